"""Lesions that are not equally dense all round: half of haze, with gaps, with a rim that falls off inwards."""

import numpy as np
import pytest
from phantoms import as_volume, grid
from scipy import ndimage

from mo_viewer.measure.lesion import measure
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.imaged import close_up
from mo_viewer.phantom.scanner import SHARP, SOFT, Kernel, Protocol
from mo_viewer.segment.haze import haze_beside
from mo_viewer.segment.mark import mark
from mo_viewer.segment.mesh import of_level
from mo_viewer.segment.patch import Frame, Patch
from mo_viewer.segment.tissue import Tissue
from tests.bench.accuracy.cases import dice_of

MUSCLE = Tissue(55.0, 8.0, 10_000)
SHAPE, STEP = (60, 60, 60), (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("seed", "slice_mm", "kernel"), [(2, 1.0, SHARP), (6, 3.0, SOFT), (4, 5.0, SHARP)])
def test_a_click_on_a_half_hazy_lesion_takes_both_halves(seed: int, slice_mm: float, kernel: Kernel) -> None:
    protocol = Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=kernel, noise_hu=12.0)
    image = close_up(situation("half_hazy", seed), protocol, seed=seed)
    truth = image.truth
    points = [truth.core_points_mm[0], truth.rim_points_mm[0], truth.rim_points_mm[-1]]
    volumes = [mark(image.volume, [tuple(at)]).surface.volume_mm3 for at in points]
    assert volumes == pytest.approx([truth.volume_mm3] * 3, rel=0.06)


def ball(centre: tuple[float, ...], radius: float) -> np.ndarray:
    z, r, c = np.indices(SHAPE)
    return (z - centre[0]) ** 2 + (r - centre[1]) ** 2 + (c - centre[2]) ** 2 <= radius**2


def beside(smooth: np.ndarray, open_faces: bool = True) -> tuple[np.ndarray, bool]:
    patch = Patch(smooth, STEP, np.zeros(3), Frame(np.eye(3)), np.full((3, 2), open_faces))
    return haze_beside(ball((30, 30, 24), 8), smooth, np.ones(SHAPE, dtype=bool), patch, MUSCLE, STEP[0])


def image_of(*parts: tuple[np.ndarray, float]) -> np.ndarray:
    smooth = np.full(SHAPE, 55.0, dtype=np.float32)
    for inside, hu in parts:
        smooth[inside] = np.maximum(smooth[inside], hu)
    return smooth


def test_haze_that_begins_at_a_dense_lesion_is_its_own() -> None:
    haze = ball((30, 30, 36), 8)
    found, goes_on = beside(image_of((ball((30, 30, 24), 8), 700.0), (haze, 170.0)))
    assert not goes_on
    assert np.count_nonzero(found & haze) > 0.7 * np.count_nonzero(haze & ~ball((30, 30, 24), 8))
    assert not (found & ~haze & ~ball((30, 30, 24), 8)).any()


@pytest.mark.parametrize(
    "beside_it",
    [
        (ball((30, 30, 36), 8), 100.0),
        (ball((30, 30, 52), 5), 170.0),
        (ball((30, 30, 24), 10), 170.0),
        (ball((30, 30, 36), 8) & (np.indices(SHAPE)[0] == 30), 170.0),
    ],
    ids=["as faint as a tendon", "apart from it", "the blur of its rim", "a thin septum"],
)
def test_what_is_no_haze_is_not_taken(beside_it: tuple[np.ndarray, float]) -> None:
    found, goes_on = beside(image_of((ball((30, 30, 24), 8), 700.0), beside_it))
    assert not found.any()
    assert not goes_on


def test_a_vessel_with_contrast_that_touches_a_lesion_goes_on_and_is_left_out() -> None:
    z, r, c = np.indices(SHAPE)
    vessel = ((r - 30) ** 2 + (c - 36) ** 2 <= 25) & (z >= 0)
    smooth = image_of((ball((30, 30, 24), 8), 700.0), (vessel, 190.0))
    found, goes_on = beside(smooth)
    assert not found.any()
    assert goes_on
    assert beside(smooth, open_faces=False)[0].any()


def test_a_narrow_valley_on_a_mesh_is_filled_and_a_wide_one_is_not() -> None:
    z, r, c = np.indices((30, 30, 30)) - 14.5
    mesh = of_level(np.sqrt(z**2 + r**2 + c**2), 10.0, 1.0)
    assert mesh is not None
    towards = (mesh.vertices - 14.5)[:, 0] / 10.0
    for opening, filled in ((0.96, True), (0.0, False)):
        values = np.where(towards > opening, 100.0, 500.0)
        closed = mesh.closed(values, 5)
        assert (closed >= values).all()
        assert bool((closed[towards > 0.99] > 400.0).all()) == filled


@pytest.mark.parametrize(
    ("name", "seed", "where", "slice_mm", "within"),
    [("resorbing", 10019, "thigh", 0.7, 0.03), ("eggshell", 10009, "arm", 3.0, 0.042)],
)
def test_edges_in_a_gap_of_a_shell_neither_draw_it_out_nor_in(
    name: str, seed: int, where: str, slice_mm: float, within: float
) -> None:
    protocol = Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=SHARP, noise_hu=16.0)
    image = close_up(situation(name, seed, where=where), protocol, seed=seed)
    marked = mark(image.volume, [tuple(image.truth.rim_points_mm[0])])
    assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=within)
    assert dice_of(marked.surface, image) > 0.955


@pytest.mark.parametrize(
    ("seed", "slice_mm", "kernel", "within"), [(1, 1.0, SHARP, 0.025), (3, 1.0, SHARP, 0.025), (2, 3.0, SOFT, 0.04)]
)
def test_a_rim_that_falls_off_inwards_is_not_drawn_too_large(
    seed: int, slice_mm: float, kernel: Kernel, within: float
) -> None:
    protocol = Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=kernel, noise_hu=10.0)
    image = close_up(situation("falling_rim", seed), protocol, seed=seed)
    marked = mark(image.volume, [tuple(image.truth.core_points_mm[0])])
    assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=within)


def test_a_small_body_whose_rim_falls_off_inwards_is_as_large_as_it_is() -> None:
    step, sd, radius = 0.5, 0.6, 6.5
    stack = grid((60, 64, 64), (step,) * 3)
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    depth = (radius - np.linalg.norm(points, axis=1)).reshape(stack.shape)
    filled = np.clip(0.5 + depth / step, 0.0, 1.0)
    body = 55.0 + filled * (45.0 + 250.0 * np.exp(-((np.maximum(depth, 0.0) / 1.8) ** 2)))
    noisy = ndimage.gaussian_filter(body, sd / step) + np.random.default_rng(4).normal(0, 8, stack.shape)
    volume = as_volume(noisy, stack)
    size = next(m for m in measure(volume, mark(volume, [(0.0, 0.0, 0.0)])).measurements if m.concept == "volume")
    assert size.value == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.06)
