"""Second opinion where bone is scarce: intensities of the surroundings (SimpleITK, Mattes mutual information).

SimpleITK is given only rectified boxes, resampled here through the true geometry, because it loses gantry tilt and
averages uneven slices.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.track.cloud import moved
from mo_viewer.track.edges import grid_round
from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.volume import Volume

HALF_MM, STEP_MM = 60.0, 2.0
MARGIN_MM = 25.0
EDGE_MM = 4.0
ROUNDS = 120


@dataclass(frozen=True, eq=False)
class Opinion:
    """A rigid transform by intensities, and how far it carries the surroundings of the lesion away from another one."""

    matrix: FloatArray
    apart_mm: float


def second_opinion(fixed: Volume, moving: Volume, start: FloatArray, near_mm: FloatArray) -> Opinion:
    """Improve a transform by mutual information within 60 mm of a point, soft parts included.

    Parameters
    ----------
    fixed, moving
        CT in HU; `start` (4, 4) takes points of the first to the second.
    start
        Where to begin: the registration that is to be confirmed, or one set by hand.
    near_mm
        (3,) LPS point in `fixed`.

    Returns
    -------
    The transform, and the mean distance between its and the start's images of points within 15 mm of the lesion.
    """
    import SimpleITK as sitk

    centre = moved(near_mm[None], start)[0]
    first, seen_first = _box(sitk, fixed, near_mm, HALF_MM)
    second, seen_second = _box(sitk, moving, centre, HALF_MM + MARGIN_MM)
    transform = sitk.Euler3DTransform()
    transform.SetCenter([float(v) for v in near_mm])
    transform.SetMatrix([float(v) for v in start[:3, :3].ravel()], 1e-6)
    transform.SetTranslation([float(v) for v in centre - near_mm])
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(40)
    method.SetMetricFixedMask(seen_first)
    method.SetMetricMovingMask(seen_second)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(0.2, 7)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, ROUNDS)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([2.0, 0.0])
    method.SetInitialTransform(transform, inPlace=True)
    method.Execute(first, second)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    about = np.array(transform.GetCenter())
    matrix[:3, 3] = about + np.array(transform.GetTranslation()) - matrix[:3, :3] @ about
    around = near_mm + 15.0 * np.vstack([np.zeros(3), np.eye(3), -np.eye(3)])
    apart = np.linalg.norm(moved(around, matrix) - moved(around, start), axis=1).mean()
    return Opinion(matrix, float(apart))


def _box(sitk: Any, volume: Volume, centre_mm: FloatArray, half_mm: float) -> tuple[Any, Any]:
    """A cube along the patient's axes as a SimpleITK image (float32), and where the stack shows anything at all.

    Without the second the ends of the stacks would be brought together, not the patient.
    """
    count = int(2 * half_mm / STEP_MM) + 1
    line = np.arange(count) * STEP_MM - half_mm
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3) + centre_mm
    values: AnyArray = grid_round(volume, points, STEP_MM).at(points).astype(np.float32)
    index = volume.geometry.index_of(points)
    edge = EDGE_MM / np.maximum(volume.geometry.spacing_mm, 1e-6)
    inside = ((index >= edge) & (index <= np.array(volume.geometry.shape) - 1 - edge)).all(axis=1)
    image, seen = (
        sitk.GetImageFromArray(array.reshape(count, count, count)) for array in (values, inside.astype(np.uint8))
    )
    for made in (image, seen):
        made.SetSpacing([STEP_MM] * 3)
        made.SetOrigin([float(v) for v in centre_mm - half_mm])
    return image, seen
