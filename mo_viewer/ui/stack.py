"""In which order a reader goes through the slices of a series, and what one slice is when it is shown."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume

_ONWARDS = (1, 1, -1)
"""Scrolling on goes to the patient's left, to posterior, and to the feet, whatever order the files have."""


@dataclass(frozen=True, eq=False)
class Stack:
    """The slices of a series; `place` counts from 0 in the order of reading, `k` is the index in the volume."""

    geometry: Geometry

    @property
    def count(self) -> int:
        """How many slices there are."""
        return self.geometry.shape[0]

    @cached_property
    def is_reversed(self) -> bool:
        """Whether reading goes against rising indices."""
        if not self.geometry.in_patient or self.count == 1:
            return False
        normal = self.geometry.normal
        axis = int(np.argmax(np.abs(normal)))
        return bool(normal[axis] * _ONWARDS[axis] < 0)

    def place_of(self, k: int) -> int:
        """Return the place of index `k` in the order of reading."""
        return self.count - 1 - k if self.is_reversed else k

    def index_at(self, place: int) -> int:
        """Return the index at a place; places beyond the ends are the ends."""
        inside = min(self.count - 1, max(0, place))
        return self.count - 1 - inside if self.is_reversed else inside

    def nearest(self, at_mm: tuple[float, float, float]) -> int:
        """Return the index of the slice nearest to an LPS point."""
        k = round(float(self.geometry.index_of(np.array(at_mm))[0, 0]))
        return min(self.count - 1, max(0, k))


@dataclass(frozen=True, eq=False)
class Picture:
    """One slice as it is shown: slice `k` of `volume`, which is slice `index` of its stack.

    While a volume loads, `volume` holds this one slice alone and `is_early` is set.
    """

    volume: Volume
    k: int
    index: int
    is_early: bool = False

    @cached_property
    def plane(self) -> Plane:
        """Where it lies."""
        return Plane.of_slice(self.volume.geometry, self.k)

    @cached_property
    def half_thickness_mm(self) -> float:
        """Half of what the slice stands for along its normal."""
        extent = float(self.volume.geometry.slice_extents_mm[self.k])
        return (extent or self.volume.source.acquisition.slice_mm or 1.0) / 2
