"""A stack of stored pixel values with everything needed to read them truly."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from mo_viewer.base.remarks import Remark
from mo_viewer.volume.arrays import AnyArray, FloatArray, Triple, frozen
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source
from mo_viewer.volume.window import Window


class Length(StrEnum):
    """What a millimetre in this image means (``length_calibration`` of the contract)."""

    PATIENT = "patient"
    CALIBRATED = "calibrated"
    MAGNIFICATION_CORRECTED = "magnification-corrected"
    DETECTOR = "detector"
    FILM = "film"
    UNKNOWN = "unknown"
    NONE = "none"


UNITS = {
    Length.PATIENT: "mm",
    Length.CALIBRATED: "mm calibrated",
    Length.MAGNIFICATION_CORRECTED: "mm, magnification corrected (estimate)",
    Length.DETECTOR: "mm at detector",
    Length.FILM: "mm on film",
    Length.UNKNOWN: "mm, calibration unknown",
    Length.NONE: "px",
}
"""The unit of a length with what its millimetres mean; plain mm only in the patient."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Stored integers, how they become physical values, and where they lie.

    Parameters
    ----------
    values
        (slices, rows, columns), or (slices, rows, columns, 3) for colour; the stored type, read-only.
    geometry
        The grid.
    unit
        ``"HU"`` only where the images justify it, else ``""``.
    slope, intercept
        (slices,) each: rescaled = stored * slope + intercept, slice by slice.
    lut
        Modality LUT instead of slope and intercept: first stored value mapped, and the table. Else None.
    """

    values: AnyArray
    geometry: Geometry
    source: Source
    unit: str = ""
    slope: FloatArray = field(default_factory=lambda: np.ones(1))
    intercept: FloatArray = field(default_factory=lambda: np.zeros(1))
    lut: tuple[int, AnyArray] | None = None
    length: Length = Length.PATIENT
    remarks: tuple[Remark, ...] = ()
    windows: tuple[Window, ...] = ()
    inverted: bool = False
    """MONOCHROME1, or a presentation LUT shape INVERSE: low values are shown bright."""
    padding: tuple[int, int] | None = None
    """First and last stored value that mean "no pixel here"."""

    def __post_init__(self) -> None:
        slices = self.geometry.shape[0]
        frozen(self.values)
        for name in ("slope", "intercept"):
            per_slice = np.broadcast_to(np.asarray(getattr(self, name), dtype=np.float64), (slices,)).copy()
            object.__setattr__(self, name, frozen(per_slice))

    @property
    def is_colour(self) -> bool:
        """Whether the pixels are red, green, blue."""
        return self.values.ndim == 4

    def rescaled_slice(self, k: int) -> AnyArray:
        """Return slice k, (rows, columns), as rescaled values (HU where `unit` says so), float32."""
        whole: AnyArray = self.rescaled((k, 0, 0), (1, *self.geometry.shape[1:]))[0]
        return whole

    def rescaled(self, corner: Triple, shape: Triple) -> AnyArray:
        """Return the box that begins at `corner` as rescaled values, float32, a copy.

        The box must lie inside the volume. Padding is rescaled like any other value.
        """
        box = self.values[tuple(slice(c, c + n) for c, n in zip(corner, shape, strict=True))]
        if self.lut is not None:
            first, table = self.lut
            return np.asarray(table[np.clip(box.astype(np.int64) - first, 0, len(table) - 1)], dtype=np.float32)
        here = slice(corner[0], corner[0] + shape[0])
        lead = (slice(None),) + (None,) * (box.ndim - 1)
        scaled = box.astype(np.float32)
        scaled *= self.slope[here][lead].astype(np.float32)
        scaled += self.intercept[here][lead].astype(np.float32)
        return scaled
