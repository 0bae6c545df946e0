"""In which order a reader goes through the planes of a series, and what one plane is when it is shown."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mo_viewer.ui.framing import Bounds
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.cuts import Cuts, Orientation
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.reading_order import slices_backwards
from mo_viewer.volume.reslice import Section
from mo_viewer.volume.volume import Volume


@dataclass(frozen=True, eq=False)
class Stack:
    """The planes of a series; `place` counts from 0 in the order of reading, `k` is the index.

    `cuts`: planes of another direction than the acquired slices; None: the slices themselves.
    """

    geometry: Geometry
    cuts: Cuts | None = None

    @property
    def count(self) -> int:
        """How many planes there are."""
        return self.geometry.shape[0] if self.cuts is None else self.cuts.count

    @property
    def orientation(self) -> Orientation:
        """Which way they look."""
        return Orientation.ACQUIRED if self.cuts is None else self.cuts.orientation

    @cached_property
    def is_reversed(self) -> bool:
        """Whether reading goes against rising indices."""
        return slices_backwards(self.geometry) if self.cuts is None else self.cuts.is_reversed

    @cached_property
    def bounds(self) -> Bounds:
        """What any plane covers, mm to the right and down of its origin."""
        if self.cuts is None:
            return Bounds.of(self.geometry)
        return bounds_of(self.cuts.grid(0).shape, self.pixel_mm)

    @cached_property
    def pixel_mm(self) -> tuple[float, float]:
        """From row to row, and from column to column."""
        if self.cuts is None:
            return self.geometry.spacing_mm[1:]
        grid = self.cuts.grid(0)
        return grid.row_mm, grid.column_mm

    def plane_at(self, k: int) -> Plane:
        """Where plane k lies."""
        return Plane.of_slice(self.geometry, k) if self.cuts is None else self.cuts.plane_at(k)

    def place_of(self, k: int) -> int:
        """Return the place of index `k` in the order of reading."""
        return self.count - 1 - k if self.is_reversed else k

    def index_at(self, place: int) -> int:
        """Return the index at a place; places beyond the ends are the ends."""
        inside = min(self.count - 1, max(0, place))
        return self.count - 1 - inside if self.is_reversed else inside

    def nearest(self, at_mm: Point) -> int:
        """Return the index of the plane nearest to an LPS point."""
        if self.cuts is not None:
            return self.cuts.nearest(at_mm)
        k = round(float(self.geometry.index_of(np.array(at_mm))[0, 0]))
        return min(self.count - 1, max(0, k))


@dataclass(frozen=True, eq=False)
class Picture:
    """One plane as it is shown: slice `k` of `volume`, which is index `index` of its stack.

    While a volume loads, `volume` holds this one slice alone and `is_early` is set. With a `section` what is shown
    was sampled from the volume (another direction, or a slab), and `k` is only the nearest slice.
    """

    volume: Volume
    k: int
    index: int
    is_early: bool = False
    section: Section | None = None
    half_mm: float | None = None
    """Half of what it stands for along its normal, where that is not the slice's own extent."""
    kind: str = ""
    """What stands in the corner: ``MIP 20 mm``."""
    badge: str = ""
    """What is coarser than the voxels, and why."""

    @cached_property
    def plane(self) -> Plane:
        """Where it lies."""
        return Plane.of_slice(self.volume.geometry, self.k) if self.section is None else self.section.grid.plane

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        shape = self.volume.geometry.shape if self.section is None else (0, *self.section.grid.shape)
        return shape[1], shape[2]

    @cached_property
    def pixel_mm(self) -> tuple[float, float]:
        """From row to row, and from column to column."""
        if self.section is None:
            return self.volume.geometry.spacing_mm[1:]
        return self.section.grid.row_mm, self.section.grid.column_mm

    @cached_property
    def bounds(self) -> Bounds:
        """What it covers, mm to the right and down of its plane's origin."""
        return bounds_of(self.shape, self.pixel_mm)

    @cached_property
    def half_thickness_mm(self) -> float:
        """Half of what the slice stands for along its normal."""
        if self.half_mm is not None:
            return self.half_mm
        extent = float(self.volume.geometry.slice_extents_mm[self.k])
        return (extent or self.volume.source.acquisition.slice_mm or 1.0) / 2


class Slices:
    """The pictures of the stored slices of one volume, made once: a reader scrolls to and fro."""

    def __init__(self) -> None:
        self._volume: Volume | None = None
        self._made: dict[int, Picture] = {}

    def picture(self, volume: Volume, k: int) -> Picture:
        """Return slice k of a volume; the pictures of another volume are let go of."""
        if volume is not self._volume:
            self.forget()
            self._volume = volume
        if k not in self._made:
            self._made[k] = Picture(volume, k, k)
        return self._made[k]

    def forget(self) -> None:
        """Let go of the volume."""
        self._volume, self._made = None, {}


def bounds_of(shape: tuple[int, int], pixel_mm: tuple[float, float]) -> Bounds:
    """The rectangle of so many pixels, half a pixel beyond the outer centres."""
    return Bounds(-pixel_mm[1] / 2, -pixel_mm[0] / 2, shape[1] * pixel_mm[1], shape[0] * pixel_mm[0])
