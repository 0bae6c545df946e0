"""How a limb is imaged: matrix, slices, kernel, tube voltage, noise, tilt, direction."""

import math
from dataclasses import dataclass, field

import numpy as np

from mo_viewer.phantom.pose import AXIAL
from mo_viewer.volume.arrays import FloatArray, Point, Triple
from mo_viewer.volume.geometry import Geometry

FWHM = 2 * math.sqrt(2 * math.log(2))
_CALCIUM_KVP = (70.0, 80.0, 100.0, 120.0, 140.0)
_CALCIUM_FACTOR = (1.60, 1.42, 1.18, 1.0, 0.89)
_SOFT_TISSUE_HU = 60.0


@dataclass(frozen=True)
class Kernel:
    """Sharpness in the slice: width of a point (full width at half maximum), overshoot at edges, grain of the noise.

    `overshoot` is the share of (image - image blurred by `overshoot_mm`) that is added; it keeps integrals.
    """

    name: str
    fwhm_mm: float
    overshoot: float = 0.0
    overshoot_mm: float = 1.6
    grain_mm: float = 1.2


SOFT = Kernel("B30f", 1.4, grain_mm=1.7)
MEDIUM = Kernel("B50f", 1.1, grain_mm=1.2)
SHARP = Kernel("B70s", 0.9, overshoot=0.12, grain_mm=0.7)


@dataclass(frozen=True, eq=False)
class Protocol:
    """One series as it is planned.

    Parameters
    ----------
    shape
        Slices, rows, columns.
    spacing_mm
        Of rows, of columns.
    slice_mm, step_mm
        Slice thickness (box profile) and distance of slice planes along their normal; a step below the thickness
        makes overlapping slices. `step_mm` 0 means the thickness.
    steps_mm
        Uneven distances instead, repeated as often as needed.
    tilt_deg
        Gantry tilt about the columns' axis: planes lean, the table still moves along `directions[:, 0]`.
    directions
        (3, 3): columns are the directions of slices, rows and columns in the patient.
    """

    shape: Triple = (80, 160, 192)
    spacing_mm: tuple[float, float] = (0.9, 0.8)
    slice_mm: float = 1.0
    step_mm: float = 0.0
    steps_mm: tuple[float, ...] = ()
    kernel: Kernel = MEDIUM
    kvp: float = 120.0
    noise_hu: float = 12.0
    tilt_deg: float = 0.0
    directions: FloatArray = field(default_factory=lambda: AXIAL)
    centre_mm: Point = (0.0, 0.0, 0.0)

    def geometry(self, frame_uid: str = "") -> Geometry:
        """The grid, its middle at `centre_mm`."""
        slices, down, across = (self.directions[:, i] for i in range(3))
        lean = math.radians(self.tilt_deg)
        row = (math.cos(lean) * down + math.sin(lean) * slices) * self.spacing_mm[0]
        column = across * self.spacing_mm[1]
        pattern = np.resize(np.array(self.steps_mm or (self.step_mm or self.slice_mm,)), self.shape[0] - 1)
        travel = np.concatenate([[0.0], np.cumsum(pattern)]) / math.cos(lean)
        half = 0.5 * ((self.shape[1] - 1) * row + (self.shape[2] - 1) * column)
        origins = np.array(self.centre_mm) + (travel - travel[-1] / 2)[:, None] * slices - half
        return Geometry(self.shape, origins, row, column, frame_uid)


def seen_hu(true_hu: FloatArray, kvp: float) -> FloatArray:
    """HU as a tube voltage shows them: what exceeds soft tissue is calcium and scales (factor 1 at 120 kVp).

    Factors: 1.18 at 100 kVp, 1.42 at 80, 0.89 at 140, linear between.
    """
    factor = float(np.interp(kvp, _CALCIUM_KVP, _CALCIUM_FACTOR))
    if factor == 1.0:
        return true_hu
    return true_hu + (factor - 1) * np.maximum(true_hu - _SOFT_TISSUE_HU, 0)
