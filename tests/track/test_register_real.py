"""Registration of real images: a plastic skull scanned twice, and a real thigh moved by a known transform."""

from dataclasses import replace

import numpy as np
import pytest
from real_images import BODIES, centre_of_mass, largest
from serial_limbs import carried, target_error

from mo_viewer.findings.registration import Verdict
from mo_viewer.track.cloud import moved, rigid, turned
from mo_viewer.track.register import register
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

LESION = np.array([62.0, 6.0, 872.0])


@pytest.fixture(scope="module")
def skulls(request):
    folder = request.getfixturevalue("shared") / "phantom_head_rescan_zip"
    return tuple(largest(folder / name) for name in ("scan1_no_tilt.zip", "scan2_tilt_minus18.zip"))


@pytest.fixture(scope="module")
def thigh(request):
    return upper_part(largest(request.getfixturevalue("shared") / "ct_thigh_calcified_mass_a" / "ct"))


def upper_part(volume):
    """The slices and columns round the mass and the femur, so that copies are made quickly."""
    corner, shape = (22, 20, 40), (52, 150, 150)
    box = tuple(slice(c, c + n) for c, n in zip(corner, shape, strict=True))
    return replace(
        volume,
        values=np.ascontiguousarray(volume.values[box]),
        geometry=volume.geometry.crop(corner, shape),
        slope=volume.slope[box[0]],
        intercept=volume.intercept[box[0]],
    )


def imaged_again(volume, matrix, spacing_mm, noise_hu, blur_mm=0.0, seed=1):
    """The patient moved by `matrix` and imaged on another grid (linear interpolation)."""
    from scipy import ndimage

    old = volume.geometry
    far = np.array(old.shape) - 1
    corners = moved(
        old.points_mm(np.array([[(k >> i & 1) * far[i] for i in range(3)] for k in range(8)], float)), matrix
    )
    low = corners.min(axis=0)
    shape = tuple(int(n) for n in np.ceil(np.ptp(corners, axis=0)[::-1] / np.array(spacing_mm)) + 1)
    axes = np.zeros((4, 4))
    axes[2, 0], axes[1, 1], axes[0, 2], axes[3, 3] = *spacing_mm, 1.0
    axes[:3, 3] = low
    new = Geometry.even(shape, axes)
    hu, back = volume.rescaled((0, 0, 0), old.shape), np.linalg.inv(matrix)
    rows = np.indices(shape[1:]).reshape(2, -1).T
    out = np.empty(shape, dtype=np.float32)
    for k in range(shape[0]):
        points = new.points_mm(np.column_stack([np.full(len(rows), k), rows]).astype(float))
        at = old.index_of(moved(points, back)).T
        out[k] = ndimage.map_coordinates(hu, at, order=1, cval=-1000.0).reshape(shape[1:])
    out = ndimage.gaussian_filter(out, [blur_mm / s for s in spacing_mm]) if blur_mm else out
    out += np.random.default_rng(seed).normal(0.0, noise_hu, shape)
    stored = np.round(np.clip(out, -1024, 3071)).astype(np.int16)
    return Volume(stored, new, replace(volume.source, study_uid="2.25.9"), unit="HU")


def calcification(volume):
    """What is denser than 150 HU near the mass."""
    shape = volume.geometry.shape
    points = volume.geometry.points_mm(np.indices(shape).reshape(3, -1).T.astype(float)).reshape(*shape, 3)
    near = np.linalg.norm(points - LESION, axis=-1) < 26
    return Mask.trimmed(near & (volume.rescaled((0, 0, 0), shape) > 150), (0, 0, 0), volume.geometry)


def test_balls_and_cube_in_a_skull_coincide_though_one_gantry_was_tilted(skulls):
    first, second = skulls
    assert second.geometry.is_sheared
    assert not first.geometry.is_sheared
    places = {name: centre_of_mass(first, *BODIES[name]) for name in BODIES}
    found = register(first, second, [tuple(place) for place in places.values()])
    assert found.verdict is not Verdict.FAILED, found.reason
    for name, here in places.items():
        over = found.carried(here)[0]
        away = over - centre_of_mass(second, over, BODIES[name][1])
        across = away[:2] if name == "cube" else away
        assert np.linalg.norm(across) < 0.6, name


@pytest.mark.long
def test_the_tilted_skull_finds_the_other_one_though_nothing_is_marked(skulls):
    second, first = skulls
    found = register(first, second)
    assert found.verdict is not Verdict.FAILED, found.reason
    back = np.linalg.inv(found.matrix)
    for name in ("upper ball", "lower ball"):
        here = centre_of_mass(second, *BODIES[name])
        over = moved(here[None], back)[0]
        assert np.linalg.norm(over - centre_of_mass(first, over, BODIES[name][1])) < 1.0, name


AGAIN = {
    "1 mm": (
        rigid(turned(np.radians([10, -8, 20])), LESION, LESION + np.array([30.0, -12.0, 40.0])),
        (1.0, 0.8, 0.9),
        0.0,
        0.3,
    ),
    "2 mm, turned far": (rigid(turned(np.radians([-25, 15, -30])), LESION, LESION - 60), (2.0, 0.9, 0.9), 0.5, 0.3),
    "3 mm": (rigid(turned(np.radians([10, -8, 20])), LESION, LESION + 25), (3.0, 0.9, 0.9), 0.6, 0.4),
}


@pytest.mark.parametrize(
    "name", [*(pytest.param(n, marks=pytest.mark.long) for n in ("1 mm", "2 mm, turned far")), "3 mm"]
)
def test_a_real_thigh_is_found_again_after_a_known_move(thigh, name):
    matrix, spacing, blur, bar = AGAIN[name]
    again = imaged_again(thigh, matrix, spacing, 10.0, blur)
    found = register(thigh, again, [tuple(LESION)], [calcification(thigh)])
    assert found.verdict is Verdict.GOOD, found.reason
    assert max(target_error(found.matrix, matrix, LESION)) < bar


def test_another_real_thigh_and_a_mirrored_stack_are_never_shown_as_good(thigh, shared):
    for other in (largest(shared / "ct_thigh_calcified_mass_b"), carried(thigh, np.diag([-1.0, 1, 1]))):
        found = register(thigh, other, [tuple(LESION)], [calcification(thigh)])
        assert found.verdict is Verdict.FAILED


@pytest.mark.long
def test_other_real_limbs_and_misread_stacks_are_never_shown_as_good(thigh, shared):
    others = [largest(shared / name) for name in ("ct_thigh_plain_mass", "ct_arm_plain_mass", "ct_calf_calcified_mass")]
    shear = np.eye(3)
    shear[1, 2] = np.tan(np.radians(15))
    misread = [np.diag([-1.0, -1, 1]), np.diag([1.0, -1, -1]), np.diag([1.0, 1, 1.1]), shear]
    for other in [*others, *(carried(thigh, linear) for linear in misread)]:
        found = register(thigh, other, [tuple(LESION)], [calcification(thigh)])
        assert found.verdict is Verdict.FAILED
