"""A lesion a millimetre off a thin bone that stands beside a thicker one, as the fibula does beside the tibia."""

import numpy as np
import pytest
from phantoms import as_volume, grid
from scipy import ndimage

from mo_viewer.measure.lesion import measure
from mo_viewer.segment.core import dense_core
from mo_viewer.segment.mark import mark
from mo_viewer.segment.patch import cut_patch, smoothed
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume

FINE_MM, MUSCLE, CORTEX, MARROW = 0.45, 55.0, 1450.0, -60.0
THICK, THIN = (-27.0, 0.0), (-5.5, 0.0)
THIN_MM, GAP_MM = 6.8, 0.8
AXES_MM = np.array([9.4, 8.6, 8.0])
VOLUME_MM3 = 4 / 3 * np.pi * float(np.prod(AXES_MM))


def tube(
    x: np.ndarray, y: np.ndarray, at: tuple[float, float], outer_mm: float, wall_mm: float, cortex: float
) -> np.ndarray:
    away = np.hypot(x - at[0], y - at[1])
    inner = np.where(away < outer_mm - wall_mm, MARROW, cortex)
    return np.where(away < outer_mm, inner, np.nan)


def leg(slice_mm: float, sd_mm: float, noise_hu: float) -> Volume:
    """Two shafts along the slices' normal, and a body that is densest at its rim, whose face is 0.8 mm off it."""
    count = round(60.0 / FINE_MM)
    per = round(slice_mm / FINE_MM)
    x, y = (FINE_MM * (np.arange(n) - 0.5 * (n - 1)) for n in (168, 120))
    z = FINE_MM * (np.arange(count) - 0.5 * (count - 1))
    hu = np.full((count, y.size, x.size), MUSCLE)
    for at, outer, wall, cortex in ((THICK, 13.0, 4.5, CORTEX), (THIN, THIN_MM, 4.0, 0.82 * CORTEX)):
        bone = tube(x[None, :], y[:, None], at, outer, wall, cortex)
        hu = np.where(np.isnan(bone), hu, bone)
    middle = np.array([THIN[0] + THIN_MM + GAP_MM + AXES_MM[0], 0.0, 0.0])
    sides = (x[None, None, :], y[None, :, None], z[:, None, None])
    out = np.sqrt(sum(((s - m) / a) ** 2 for s, m, a in zip(sides, middle, AXES_MM, strict=True)))
    depth = (1.0 - out) * AXES_MM.min()
    hu = np.where(out < 1.0, 110.0 + 400.0 * np.exp(-((depth / 2.0) ** 2)), hu)
    blurred = ndimage.gaussian_filter(hu, sd_mm / FINE_MM)
    kept = count // per * per
    slices = blurred[:kept].reshape(-1, per, y.size, x.size).mean(axis=1)
    noisy = slices + ndimage.gaussian_filter(np.random.default_rng(3).normal(0, 3 * noise_hu, slices.shape), (0, 1, 1))
    spacing = (per * FINE_MM, FINE_MM, FINE_MM)
    return as_volume(noisy, grid(slices.shape, spacing))


def centre() -> float:
    return THIN[0] + THIN_MM + GAP_MM + float(AXES_MM[0])


@pytest.mark.parametrize(("slice_mm", "sd_mm", "noise_hu"), [(0.9, 0.5, 18.0), (3.15, 0.75, 8.0)])
@pytest.mark.parametrize("click", ["core", "beside the bone", "far side"])
def test_a_thin_bone_is_not_taken_for_a_part_of_the_lesion_beside_it(
    slice_mm: float, sd_mm: float, noise_hu: float, click: str
) -> None:
    volume = leg(slice_mm, sd_mm, noise_hu)
    off = {"core": 0.0, "beside the bone": 1.6 - AXES_MM[0], "far side": AXES_MM[0] - 1.6}[click]
    at: Point = (centre() + float(off), 0.0, 0.0)
    found = {one.concept: one for one in measure(volume, mark(volume, [at])).measurements}
    size = found["volume"]
    assert size.value == pytest.approx(VOLUME_MM3, rel=0.06 if slice_mm < 1.5 else 0.15)
    assert found["gap_to_bone_mm"].value == pytest.approx(GAP_MM, abs=0.7)


def test_no_crumbs_of_a_thin_shell_are_left_as_bone() -> None:
    volume = leg(0.9, 0.5, 0.0)
    patch = cut_patch(volume, *(np.array((sign * 26.0,) * 3) for sign in (-1, 1)))
    hu = smoothed(patch)
    index = np.indices(patch.shape).reshape(3, -1).T
    points = patch.points_mm(index).reshape(*patch.shape, 3)
    away = np.linalg.norm(points - (centre(), 0.0, 0.0), axis=-1)
    shell = (away > 6.0) & (away < 8.4)
    hu = np.where(shell, 320.0, np.where(away <= 6.0, 100.0, np.minimum(hu, np.where(away < 11.0, 100.0, 1500.0))))
    bridge = (np.abs(points[..., 0] - THIN[0] - 8.0) < 2.5) & (np.hypot(points[..., 1], points[..., 2]) < 2.5)
    mineral = (hu > 250.0) | bridge
    hu = np.where(bridge & (hu < 300.0), 300.0, hu)
    seed = np.array([patch.index_of(np.array([[centre() + 7.5, 0.0, 0.0]]))[0]])
    told = dense_core(patch, hu, mineral, seed, CORTEX)
    assert told is not None
    assert np.count_nonzero(shell & (points[..., 0] > centre())) > 1000
    assert np.count_nonzero(told[0] & shell & (points[..., 0] > centre())) == 0
