"""Few fragments on a body: their common smooth body is taken; strings, rings, plates and heaps of them have none."""

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.measure.lesion import measure
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.imaged import close_up
from mo_viewer.phantom.scanner import SHARP, SOFT, Protocol
from mo_viewer.segment.edge import Field
from mo_viewer.segment.envelope import body_of_few
from mo_viewer.segment.mark import mark
from mo_viewer.segment.mesh import Mesh, of_level

STEP_MM, COUNT, BEAD_MM, RADIUS_MM = 0.8, 70, 1.6, 12.0
MIDDLE = np.full(3, 28.0)
TURNS = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)


def beads(places: np.ndarray) -> np.ndarray:
    grid = np.stack(np.indices((COUNT,) * 3)) * STEP_MM
    near = [((grid - place[:, None, None, None]) ** 2).sum(axis=0) <= BEAD_MM**2 for place in MIDDLE + places]
    inside: np.ndarray = np.any(near, axis=0)
    return inside


def seen(inside: np.ndarray, from_bone_mm: float = 8.0) -> tuple[Mesh, Field]:
    mesh = of_level(np.where(inside, -1.0, 1.0), 0.0, STEP_MM)
    assert mesh is not None
    bone = np.full(inside.shape, from_bone_mm, dtype=np.float32)
    return mesh, Field(np.where(inside, 500.0, 50.0).astype(np.float32), bone, (STEP_MM,) * 3, 50.0, 30.0)


def on_a_sphere(count: int, seed: int = 1) -> np.ndarray:
    towards = np.random.default_rng(seed).normal(size=(count, 3))
    return RADIUS_MM * towards / np.linalg.norm(towards, axis=1, keepdims=True)


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.triangles[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


NO_BODIES = {
    "string": np.array([[np.sin(i), 0.8 * np.cos(i), 5.0 * i - 20.0] for i in range(9)]),
    "arc": np.array([[14.0 * np.cos(t / 2), 14.0 * np.sin(t / 2), 0.0] for t in TURNS]),
    "ring": np.array([[14.0 * np.cos(t), 14.0 * np.sin(t), 0.0] for t in TURNS]),
    "plate": np.random.default_rng(2).uniform((-2.0, -14.0, -14.0), (2.0, 14.0, 14.0), (20, 3)),
    "heap": np.random.default_rng(3).uniform(-12.0, 12.0, (25, 3)),
}


@pytest.mark.parametrize("count", [25, 40])
def test_beads_on_a_sphere_are_taken_as_that_sphere(count: int) -> None:
    inside = beads(on_a_sphere(count))
    mesh, field = seen(inside)
    body = body_of_few(mesh, field, inside, 0.0)
    assert body is not None
    inner, outer = (4 / 3 * np.pi * r**3 for r in (RADIUS_MM, RADIUS_MM + BEAD_MM))
    assert inner < volume(body) < outer
    assert volume(mesh) < 0.1 * outer


@pytest.mark.parametrize("name", NO_BODIES)
def test_strings_rings_plates_and_heaps_of_fragments_have_no_common_body(name: str) -> None:
    inside = beads(NO_BODIES[name])
    mesh, field = seen(inside)
    if name in ("string", "arc"):
        assert body_of_few(mesh, field, inside, 0.0) is None
        return
    with pytest.raises(Refused, match="single fragments"):
        body_of_few(mesh, field, inside, 0.0)


def test_a_body_that_would_reach_into_bone_is_none() -> None:
    inside = beads(on_a_sphere(30))
    mesh, field = seen(inside, from_bone_mm=-1.0)
    with pytest.raises(Refused):
        body_of_few(mesh, field, inside, 0.0)


def test_a_surface_that_already_closes_round_the_fragments_is_left() -> None:
    inside = beads(on_a_sphere(40))
    _, field = seen(inside)
    grid = np.stack(np.indices((COUNT,) * 3)) * STEP_MM
    ball = np.linalg.norm(grid - MIDDLE[:, None, None, None], axis=0) - RADIUS_MM
    closed = of_level(ball, 0.0, STEP_MM)
    assert closed is not None
    assert body_of_few(closed, field, inside, 0.2) is None


@pytest.mark.parametrize(("seed", "sharp"), [(8611, True), (8613, False), (8616, True), (8616, False)])
def test_a_click_on_one_of_few_fragments_gives_their_body_with_a_warning(seed: int, sharp: bool) -> None:
    kernel, noise = (SHARP, 16.0) if sharp else (SOFT, 9.0)
    protocol = Protocol((64, 64, 64), (0.7, 0.7), 1.0, kernel=kernel, noise_hu=noise)
    image = close_up(situation("sparse_fragments", seed), protocol, seed=seed)
    marked = mark(image.volume, [image.truth.rim_points_mm[0]])
    found = next(m for m in measure(image.volume, marked).measurements if m.concept == "volume")
    assert found.value == pytest.approx(image.truth.volume_mm3, rel=0.12)
    assert abs(found.value - image.truth.volume_mm3) <= (found.spread or 0.0) < 0.7 * found.value
    assert any("separate fragments" in warning for warning in found.warnings)
