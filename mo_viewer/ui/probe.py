"""What lies under the cursor: the stored value, rescaled, and the place in the patient."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.reslice import Section, value_at
from mo_viewer.volume.taps import Taps

_AXES = (("L", "R"), ("P", "A"), ("S", "I"))


@dataclass(frozen=True)
class Probe:
    """One pixel: its row and column, its values (one, or three of a colour), and the point in LPS mm, if any."""

    row: int
    column: int
    values: tuple[float, ...]
    unit: str
    at_mm: Point | None
    is_padding: bool = False

    @property
    def text(self) -> str:
        """One line for the corner of a picture."""
        return f"{self.value_text} at {self.where_text()}"

    def where_text(self, decimals: int = 1) -> str:
        """The place in the patient, else the row and the column."""
        at = self.at_mm
        return f"row {self.row} col {self.column}" if at is None else place_text(at, decimals)

    @property
    def value_text(self) -> str:
        """The value and its unit."""
        if self.is_padding:
            return "no pixel"
        shown = ", ".join(
            f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2f}" for value in self.values
        )
        return f"{shown} {self.unit}" if self.unit else shown


def probe(picture: Picture, flat_mm: tuple[float, float]) -> Probe | None:
    """Return what lies at a point of the plane (mm right and down of its origin); None outside the image."""
    if picture.section is not None:
        return _probe_section(picture, picture.section, flat_mm)
    geometry = picture.volume.geometry
    _, row_mm, column_mm = geometry.spacing_mm
    row, column = round(flat_mm[1] / row_mm), round(flat_mm[0] / column_mm)
    if not (0 <= row < geometry.shape[1] and 0 <= column < geometry.shape[2]):
        return None
    volume = picture.volume
    values = volume.rescaled((picture.k, row, column), (1, 1, 1)).ravel()
    padded = False
    if volume.padding is not None:
        stored = volume.values[picture.k, row, column]
        padded = bool(np.all((stored >= volume.padding[0]) & (stored <= volume.padding[1])))
    at = picture.plane.place(*flat_mm) if geometry.in_patient else None
    return Probe(row, column, tuple(values.tolist()), volume.unit, at, padded)


def _probe_section(picture: Picture, section: Section, flat_mm: tuple[float, float]) -> Probe | None:
    """Between voxels a plane shows the value interpolated at the very point; a slab what was projected there."""
    row, column = round(flat_mm[1] / section.grid.row_mm), round(flat_mm[0] / section.grid.column_mm)
    if not (0 <= row < section.grid.shape[0] and 0 <= column < section.grid.shape[1]):
        return None
    if section.outside is not None and section.outside[row, column]:
        return None
    volume = picture.volume
    at = section.grid.plane.to_patient(np.array(flat_mm))[0]
    if picture.kind:
        taps = Taps(volume)
        stored = section.values[row : row + 1, column]
        value = None if taps.is_padding(stored)[0] else float(taps.rescaled(stored)[0])
    else:
        value = value_at(volume, at)
    point = (float(at[0]), float(at[1]), float(at[2]))
    return Probe(row, column, () if value is None else (value,), volume.unit, point, value is None)


def place_text(at_mm: Point, decimals: int = 1) -> str:
    """Return an LPS point with letters instead of signs: ``L 52.7 P 31.0 S 88.2 mm``."""
    words = (f"{letters[0 if mm >= 0 else 1]} {abs(mm):.{decimals}f}" for letters, mm in zip(_AXES, at_mm, strict=True))
    return f"{' '.join(words)} mm"
