"""Walls that turn in at their gaps are spanned; bodies side by side are not."""

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.measure.lesion import measure
from mo_viewer.segment import mesh
from mo_viewer.segment.mark import mark
from mo_viewer.segment.mesh import Mesh, spanning
from mo_viewer.segment.wall_ends import turning_in, weak
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume

RADIUS_MM = 12.0


def ball(radius: float = RADIUS_MM, bodies: int = 1) -> Mesh:
    index = np.indices((32, 32, 32 * bodies)) - 15.5
    away = np.min(
        [np.linalg.norm(index - np.array([0, 0, 32 * n])[:, None, None, None], axis=0) for n in range(bodies)], 0
    )
    made = mesh.of_level(away, radius, 1.0)
    assert made is not None
    return made.moved(made.vertices - 15.5)


def from_pole_deg(made: Mesh) -> np.ndarray:
    return np.degrees(np.arccos(np.clip(made.vertices[:, 0] / RADIUS_MM, -1.0, 1.0)))


def dented(made: Mesh, gap_deg: float, ends_deg: float, by_mm: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A gap round a pole, and edges beside it that lie `by_mm` too far in: shifts, what is clear, and the ends."""
    angle = from_pole_deg(made)
    ends = (angle >= gap_deg) & (angle < ends_deg)
    return np.where(ends, -by_mm, 0.0), angle >= gap_deg, ends


def test_edges_that_turn_in_at_a_gap_are_none() -> None:
    made = ball()
    shift, clear, ends = dented(made, 20.0, 32.0, 1.5)
    found = turning_in(made, shift, clear, np.zeros_like(clear))
    assert found[ends].mean() > 0.8
    assert not found[~ends].any()


@pytest.mark.parametrize("by_mm", [0.0, 0.3, -1.5])
def test_edges_that_go_on_round_a_gap_or_out_are_kept(by_mm: float) -> None:
    made = ball()
    shift, clear, _ = dented(made, 20.0, 32.0, by_mm)
    assert not turning_in(made, shift, clear, np.zeros_like(clear)).any()


def test_without_a_gap_nothing_turns_in() -> None:
    made = ball()
    shift, clear, _ = dented(made, 0.0, 32.0, 1.5)
    assert not turning_in(made, shift, np.ones_like(clear), np.zeros_like(clear)).any()


def test_bodies_side_by_side_and_surfaces_of_gaps_are_not_spanned() -> None:
    apart = ball(RADIUS_MM, 2)
    angle = from_pole_deg(apart)
    shift, clear = np.where((angle >= 20.0) & (angle < 32.0), -1.5, 0.0), angle >= 20.0
    assert not turning_in(apart, shift, clear, np.zeros_like(clear)).any()
    made = ball()
    shift, clear, _ = dented(made, 110.0, 120.0, 1.5)
    assert not turning_in(made, shift, clear, np.zeros_like(clear)).any()


def test_what_spans_a_hole_of_a_ball_lies_nearly_on_it() -> None:
    made = ball()
    free = from_pole_deg(made) < 30.0
    places = np.where(free[:, None], 0.95 * made.vertices, made.vertices)
    away = np.linalg.norm(spanning(made, places, free), axis=1)
    assert away == pytest.approx(RADIUS_MM, abs=0.5)


def test_edges_as_faint_as_muscle_are_none_between_fragments_too() -> None:
    made = ball()
    held = from_pole_deg(made) > 90.0
    high = np.where(held, 300.0, 8.0)
    faint = weak(made, high, np.ones_like(held), pictured=True)
    assert faint[from_pole_deg(made) < 80.0].all()
    assert not faint[from_pole_deg(made) > 100.0].any()


def open_shell(gap_deg: float) -> tuple[Volume, Point, float]:
    """A shell of 3 mm round muscle, open round one pole, in muscle: where its wall is, and the ball's volume (mm3)."""
    stack = grid((64, 72, 72), (0.7, 0.6, 0.6))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    away = np.linalg.norm(points, axis=1)
    angle = np.degrees(np.arccos(np.clip(points[:, 0] / np.maximum(away, 1e-6), -1.0, 1.0)))
    inside = np.clip((RADIUS_MM - away) / 0.7 + 0.5, 0, 1) * np.clip((away - RADIUS_MM + 3.0) / 0.7 + 0.5, 0, 1)
    hu = 55.0 + 600.0 * inside * np.clip((angle - gap_deg) / 3.0, 0, 1)
    noisy = hu + np.random.default_rng(9).normal(0, 8, len(hu))
    return as_volume(noisy.reshape(stack.shape), stack), (-RADIUS_MM + 1.5, 0.0, 0.0), 4 / 3 * np.pi * RADIUS_MM**3


@pytest.mark.parametrize("gap_deg", [25.0, 40.0])
def test_an_open_shell_is_as_large_as_if_it_were_closed(gap_deg: float) -> None:
    volume, at, truth = open_shell(gap_deg)
    size = next(m for m in measure(volume, mark(volume, [at])).measurements if m.concept == "volume")
    assert size.value == pytest.approx(truth, rel=0.05)
    assert abs(size.value - truth) <= size.spread
