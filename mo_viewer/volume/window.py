"""Grey values for the screen. Nothing is ever measured from what is made here."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mo_viewer.volume.arrays import AnyArray, ByteArray, FloatArray


class Shape(StrEnum):
    """VOI LUT functions of DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True)
class Window:
    """A range of rescaled values that is spread over the grey scale."""

    centre: float
    width: float
    name: str = ""
    shape: Shape = Shape.LINEAR

    def grey(self, values: AnyArray) -> ByteArray:
        """Return 0..255 for rescaled values (DICOM PS3.3 C.11.2.1.2.1 LINEAR, C.11.2.1.3 the others)."""
        x = np.asarray(values, dtype=np.float64)
        if self.shape is Shape.SIGMOID:
            share: FloatArray = 1.0 / (1.0 + np.exp(np.clip(-4.0 * (x - self.centre) / self.width, -700, 700)))
        elif self.shape is Shape.LINEAR_EXACT:
            share = (x - self.centre) / self.width + 0.5
        elif self.width <= 1:
            share = (x > self.centre - 0.5).astype(np.float64)
        else:
            share = (x - (self.centre - 0.5)) / (self.width - 1) + 0.5
        return np.floor(np.clip(share, 0, 1) * 255 + 0.5).astype(np.uint8)
