"""Whole thighs with analytic truth; seeds that the thresholds were not chosen on."""

from functools import cache

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.catalogue import LESION, situation
from mo_viewer.phantom.imaged import close_up
from mo_viewer.phantom.scanner import SHARP, SOFT, Protocol
from mo_viewer.phantom.truth import LesionTruth, true_surface, truth_of
from mo_viewer.segment.mark import mark
from mo_viewer.segment.sharpness import in_plane_blur
from mo_viewer.segment.skeleton import native_bone
from mo_viewer.segment.voxels import filled
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

SEED = 11


@cache
def case(name: str, soft: bool) -> tuple[Volume, LesionTruth, Surface]:
    limb = situation(name, SEED)
    truth = truth_of(limb, limb.lesion(LESION))
    if soft:
        protocol = Protocol((36, 120, 120), (0.85, 0.8), 3.0, kernel=SOFT, noise_hu=10.0, centre_mm=truth.centroid_mm)
    else:
        protocol = Protocol((90, 130, 130), (0.7, 0.75), 1.0, kernel=SHARP, noise_hu=20.0, centre_mm=truth.centroid_mm)
    return acquire(limb, protocol, seed=SEED), truth, true_surface(limb.lesion(LESION))


def dice(one: Surface, other: Surface) -> float:
    both = np.concatenate([one.vertices_mm, other.vertices_mm])
    low = both.min(axis=0) - 1
    step = max(0.6, float((both.max(axis=0) - low).max()) / 80)
    shape = tuple(int(n) for n in np.ceil((both.max(axis=0) - low) / step) + 2)
    a, b = (filled((s.vertices_mm - low) / step, s.triangles, shape) for s in (one, other))
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


@pytest.mark.parametrize(
    ("name", "soft", "most", "least_dice"),
    [
        ("free_haze", True, 0.08, 0.95),
        ("eggshell", False, 0.05, 0.95),
        ("mature", True, 0.08, 0.95),
        ("cleft_1mm", False, 0.05, 0.95),
        ("cleft_1mm", True, 0.08, 0.95),
        ("dumbbell", False, 0.05, 0.95),
        ("c_shape", False, 0.05, 0.95),
        ("broad_base_dense", False, 0.08, 0.93),
        ("broad_base_eggshell", True, 0.15, 0.88),
        ("y_branch", False, 0.05, 0.93),
    ],
)
def test_one_click_gives_the_size_of_the_truth(name: str, soft: bool, most: float, least_dice: float) -> None:
    volume, truth, surface = case(name, soft)
    bone = native_bone(volume)
    click = truth.rim_points_mm[1] if soft else truth.core_points_mm[0]
    marked = mark(volume, [click], bone=bone)
    assert abs(marked.surface.volume_mm3 / truth.volume_mm3 - 1) < most
    assert dice(marked.surface, surface) > least_dice


@pytest.mark.parametrize(("kernel", "soft"), [(SHARP, False), (SOFT, True)])
def test_the_blur_of_the_scanner_is_read_off_the_skin(kernel, soft: bool) -> None:
    limb = situation("mature", SEED)
    volume = acquire(limb, Protocol((8, 260, 260), (0.75, 0.75), 2.0, kernel=kernel, noise_hu=12.0))
    assert in_plane_blur(volume) == pytest.approx(kernel.fwhm_mm / 2.355, rel=0.1)


@pytest.mark.parametrize(("seed", "slice_mm"), [(8501, 0.7), (8504, 1.5), (8506, 0.7)])
def test_a_thin_shell_in_a_sharp_series_keeps_its_size(seed: int, slice_mm: float) -> None:
    protocol = Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=SHARP, noise_hu=16.0)
    image = close_up(situation("small_shell", seed), protocol, margin_mm=60.0, seed=seed)
    bone = native_bone(image.volume)
    assert bone.blur_mm is not None
    marked = mark(image.volume, [image.truth.rim_points_mm[0]], bone=bone)
    assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=0.07)


def test_a_piece_of_a_shell_on_bone_that_thick_slices_cut_off_is_refused() -> None:
    image = close_up(
        situation("broad_base_eggshell", 10002, where="thigh"),
        Protocol((64, 64, 64), (0.72, 0.72), 5.0, kernel=SHARP, noise_hu=16.0),
        seed=10002,
    )
    bone = native_bone(image.volume)
    wholes, refusals = 0, 0
    for at in image.truth.rim_points_mm:
        try:
            marked = mark(image.volume, [at], bone=bone)
        except Refused as fault:
            refusals += "lie on native bone" in fault.sentence
            continue
        assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=0.1)
        wholes += 1
    assert wholes > refusals > 0


@pytest.mark.parametrize(("kernel", "noise_hu"), [(SHARP, 17.5), (SOFT, 9.9)])
def test_a_shell_on_bone_whose_sides_thick_slices_thin_out_keeps_its_base(kernel, noise_hu: float) -> None:
    image = close_up(
        situation("broad_base_eggshell", 7303, where="arm"),
        Protocol((64, 64, 64), (0.745, 0.745), 5.0, kernel=kernel, noise_hu=noise_hu),
        seed=7303,
    )
    bone = native_bone(image.volume)
    for at in (image.truth.core_points_mm[0], image.truth.rim_points_mm[0]):
        marked = mark(image.volume, [at], bone=bone)
        assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=0.1)
        assert dice(marked.surface, image.surface) > 0.88
