"""Fragments on a smooth body: its envelope is taken; closed shells are left as they are."""

from dataclasses import replace

import numpy as np
import pytest

from mo_viewer.segment.blur import Blur
from mo_viewer.segment.edge import Field
from mo_viewer.segment.envelope import brightest_below, enveloped, in_one_sheet, local_share, patchiness, scattered
from mo_viewer.segment.mesh import Mesh
from mo_viewer.segment.shell import directions

RADIUS_MM, SUNK_MM, MIDDLE_MM = 10.0, 0.5, 16.0
SPACING = (0.8, 0.8, 0.8)


def imaged(hu: np.ndarray) -> Field:
    return Field(hu, np.full(hu.shape, 1e3), SPACING, 55.0, 30.0)


def grid() -> np.ndarray:
    return np.stack(np.meshgrid(*[np.arange(41) * s for s in SPACING], indexing="ij"), axis=-1) - MIDDLE_MM


def fragments(sunk_mm: float = SUNK_MM, ground_hu: float = 60.0, flat: float = 0.0) -> tuple[Mesh, Field]:
    """Balls of 1.3 mm whose tops lie on a sphere; the mesh sinks between them, from `flat` (radians) about each on."""
    towards = directions().vertices[::6]
    balls = towards * (RADIUS_MM - 1.3)
    near = np.min([((grid() - ball) ** 2).sum(axis=-1) for ball in balls], axis=0)
    sphere = directions()
    away = np.min(np.linalg.norm(sphere.vertices[:, None] - towards[None], axis=2), axis=1)
    sunk = RADIUS_MM - sunk_mm * np.clip((away - flat) / 0.12, 0, 1)
    return sphere.moved(sphere.vertices * sunk[:, None] + MIDDLE_MM), imaged(np.where(near < 1.3**2, 480.0, ground_hu))


@pytest.fixture(scope="module")
def cloud() -> tuple[Mesh, Field]:
    return fragments()


def volume(mesh) -> float:
    a, b, c = (mesh.vertices[mesh.triangles[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize(("sunk_mm", "flat", "least"), [(1.2, 0.16, 0.95), (SUNK_MM, 0.0, 0.91)])
def test_the_surface_of_a_cloud_is_widened_to_its_outer_faces(sunk_mm: float, flat: float, least: float) -> None:
    mesh, field = fragments(sunk_mm, flat=flat)
    wider, share = enveloped(mesh, field)
    whole = volume(mesh.moved(directions().vertices * RADIUS_MM))
    assert share == 1.0
    assert volume(mesh) < 0.93 * whole
    assert least * whole < volume(wider) <= 1.01 * whole


def test_few_noisy_points_do_not_carry_the_envelope_with_them() -> None:
    mesh, field = fragments(1.0, flat=0.1)
    whole = volume(mesh.moved(directions().vertices * RADIUS_MM))
    noisy = mesh.vertices.copy()
    noisy[:: len(noisy) // 20] = MIDDLE_MM + 1.04 * (noisy[:: len(noisy) // 20] - MIDDLE_MM)
    assert volume(enveloped(mesh.moved(noisy), field)[0]) < 1.01 * whole


def test_a_point_that_stands_far_out_of_the_envelope_is_taken_in() -> None:
    mesh, field = fragments(1.2, flat=0.16)
    spiked = mesh.vertices.copy()
    spiked[0] = MIDDLE_MM + 1.2 * (spiked[0] - MIDDLE_MM)
    moved, _ = enveloped(mesh.moved(spiked), field)
    assert np.linalg.norm(moved.vertices[0] - MIDDLE_MM) < RADIUS_MM + 0.6


def test_fragments_that_hardly_stand_out_are_a_cloud_where_the_surface_sinks_between_them() -> None:
    even, uneven = fragments(0.5, ground_hu=200.0), fragments(1.0, ground_hu=200.0)
    assert patchiness(brightest_below(*uneven)) == pytest.approx(patchiness(brightest_below(*even)), abs=0.01)
    assert enveloped(*even)[1] == 0.0
    wider, share = enveloped(*uneven)
    assert share == 1.0
    assert volume(wider) > volume(uneven[0])


def test_a_cloud_in_slices_too_thick_for_an_envelope_is_told_but_not_widened(cloud) -> None:
    mesh, field = cloud
    same, share = enveloped(mesh, replace(field, blur=Blur.expected(SPACING, 0.6, 5.0)))
    assert share == 1.0
    assert np.array_equal(same.vertices, mesh.vertices)


def test_a_closed_shell_is_left_as_it_is(cloud) -> None:
    mesh, _ = cloud
    away = np.linalg.norm(grid(), axis=-1)
    shell = imaged(np.where((away < RADIUS_MM) & (away > RADIUS_MM - 2.5), 480.0, 60.0))
    assert patchiness(brightest_below(mesh, shell)) < 0.1
    assert enveloped(mesh, shell) == (mesh, 0.0)


def with_holes() -> Field:
    """A closed shell that is missing at three places, 14 mm wide."""
    away = np.linalg.norm(grid(), axis=-1)
    unit = grid() / np.maximum(away, 1e-6)[..., None]
    shell = (away < RADIUS_MM) & (away > RADIUS_MM - 2.5) & (unit.max(axis=-1) < np.cos(0.7))
    return imaged(np.where(shell, 480.0, 60.0))


def test_a_rim_with_wide_gaps_hangs_together_and_is_no_cloud(cloud) -> None:
    mesh, holes = cloud[0].moved(directions().vertices * RADIUS_MM + MIDDLE_MM), with_holes()
    below = brightest_below(mesh, holes)
    assert patchiness(below) > 0.45
    assert in_one_sheet(mesh, below) > 0.5
    assert local_share(below) < 0.34 < 0.7 < local_share(brightest_below(*cloud))
    same, share = enveloped(mesh, holes)
    assert share == 0.0
    assert np.array_equal(same.vertices, mesh.vertices)


def test_fragments_with_outliers_are_not_widened_but_nobody_knows_what_bounds_them(cloud) -> None:
    mesh, field = cloud
    rough = mesh.vertices.copy()
    rough[::9] = MIDDLE_MM + 1.25 * (rough[::9] - MIDDLE_MM)
    same, share = enveloped(mesh.moved(rough), field)
    assert share == 1.0
    assert np.array_equal(same.vertices, rough)


def test_bright_bone_beside_a_smooth_face_makes_no_cloud_of_it(cloud) -> None:
    mesh, field = cloud
    beside = replace(field, bone_mm=np.full(field.hu.shape, 1.0))
    assert patchiness(brightest_below(mesh, beside)) == 0.0


@pytest.mark.parametrize(
    ("sizes", "share"), [((9, 1, 1, 1, 1, 1, 1, 1), 0.0), ((4, 4, 4, 4, 1), 289 / 65 - 4), ((2,) * 9, 1.0)]
)
def test_many_parts_of_like_size_are_scattered_and_one_with_crumbs_is_not(sizes: tuple, share: float) -> None:
    inside = np.zeros((2, 3 * len(sizes), 10), dtype=bool)
    for at, size in enumerate(sizes):
        inside[0, 3 * at, :size] = True
    assert scattered(inside, 1.0) == pytest.approx(share)
    assert scattered(np.zeros((4, 4, 4), dtype=bool), 1.0) == 0.0


def test_a_few_parts_of_like_size_are_scattered_where_the_surface_follows_each_of_them() -> None:
    inside = np.zeros((2, 12, 10), dtype=bool)
    inside[0, ::3, :4] = True
    assert scattered(inside, 1.2) == 0.0
    assert scattered(inside, 1.75) == pytest.approx(0.5)
    assert scattered(inside, 3.0) == 1.0
    inside[0, 6:] = False
    assert scattered(inside, 3.0) == 0.0
