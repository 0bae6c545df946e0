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
class Table:
    """A VOI look-up table: the first rescaled value mapped, the bits of an entry, entries as little-endian uint16."""

    first: int
    bits: int
    entries: bytes

    def share(self, values: FloatArray) -> FloatArray:
        """Return 0..1 for rescaled values; those outside the table take its end entries (PS3.3 C.11.2.1.1)."""
        table = np.frombuffer(self.entries, "<u2")
        at = np.clip(np.floor(values + 0.5) - self.first, 0, table.size - 1).astype(np.intp)
        share: FloatArray = table[at] / float((1 << self.bits) - 1)
        return share


@dataclass(frozen=True)
class Window:
    """A range of rescaled values that is spread over the grey scale, or a look-up table."""

    centre: float
    width: float
    name: str = ""
    shape: Shape = Shape.LINEAR
    table: Table | None = None

    @property
    def span(self) -> tuple[float, float] | None:
        """Values below which all is black and above which all is white; None where there are no such values."""
        if self.table is not None or self.shape is Shape.SIGMOID or self.width < 0:
            return None
        if self.shape is Shape.LINEAR_EXACT:
            return self.centre - self.width / 2, self.centre + self.width / 2
        half = max(0.0, self.width - 1) / 2
        return self.centre - 0.5 - half, self.centre - 0.5 + half

    def grey(self, values: AnyArray) -> ByteArray:
        """Return 0..255 for rescaled values (DICOM PS3.3 C.11.2.1.2.1 LINEAR, C.11.2.1.3 the others)."""
        x = np.asarray(values, dtype=np.float64)
        if self.table is not None:
            share: FloatArray = self.table.share(x)
        elif self.shape is Shape.SIGMOID:
            share = 1.0 / (1.0 + np.exp(np.clip(-4.0 * (x - self.centre) / self.width, -700, 700)))
        elif self.shape is Shape.LINEAR_EXACT:
            share = (x - self.centre) / self.width + 0.5
        elif self.width <= 1:
            share = (x > self.centre - 0.5).astype(np.float64)
        else:
            share = (x - (self.centre - 0.5)) / (self.width - 1) + 0.5
        return np.floor(np.clip(share, 0, 1) * 255 + 0.5).astype(np.uint8)
