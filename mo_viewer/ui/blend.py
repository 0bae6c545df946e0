"""A second series laid over a picture: sampled on the picture's own plane, in colours of its own, half transparent."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage, QRegion

from mo_viewer.base.ticket import Ticket
from mo_viewer.ui.colour_tables import colour_table
from mo_viewer.ui.framing import Bounds
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.slice_image import reference_grey_of
from mo_viewer.ui.stack import Picture, bounds_of
from mo_viewer.volume.arrays import ByteArray
from mo_viewer.volume.reslice import Grid, Section, reslice
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

AT_ONCE_PX = 120_000
"""So many points are sampled while the reader scrolls; a finer picture comes from the background."""
_FADES_BELOW = 24
"""Greys below this fade out, so that what the window leaves black does not darken the picture underneath."""
COARSE = "overlay coarse while it is being worked out"


@dataclass(frozen=True, eq=False)
class Second:
    """What is laid over, and how; `opacity` 0 to 1, `colours` the name of a colour table (empty: grey)."""

    volume: Volume
    title: str
    window: Window
    colours: str = ""
    opacity: float = 0.5

    @property
    def text(self) -> str:
        """For the corner of a picture."""
        return f"+ {self.opacity:.0%} {self.colours.lower() or 'grey'} · {self.title}"


@dataclass(frozen=True, eq=False)
class Laid:
    """The second series on one picture: an image with transparency, and the rectangle of the plane that it covers.

    `region`: the part of a screen of so many pixels (width, height) where it is drawn; None: everywhere.
    """

    image: QImage
    bounds: Bounds
    text: str
    badge: str = ""
    region: Callable[[int, int], QRegion] | None = None


class Sampler:
    """Samples another volume on the grid of a picture: coarse at once where it must be, then sharp.

    Parameters
    ----------
    done
        Called when a sharper one can be had.
    """

    def __init__(self, jobs: Jobs, slot: str, done: Callable[[], None]) -> None:
        self._jobs, self._slot, self._done = jobs, slot, done
        self._kept: tuple[Picture, Volume, object, Section] | None = None

    def section(self, picture: Picture, volume: Volume, grid: Grid, key: object = None) -> Section:
        """Return the volume on a grid of the picture's shape; `key` stands for where the grid was carried to."""
        kept = self._kept
        if kept is not None and kept[0] is picture and kept[1] is volume and kept[2] == key:
            return kept[3]
        times = int(np.ceil(np.sqrt(grid.shape[0] * grid.shape[1] / AT_ONCE_PX)))
        section = reslice(volume, grid if times <= 1 else grid.coarser(times))
        self._kept = (picture, volume, key, section)
        if times > 1:
            self._want(picture, volume, grid, key)
        return section

    def forget(self) -> None:
        """Let go of the volume and of what was sampled."""
        self._kept = None

    def _want(self, picture: Picture, volume: Volume, grid: Grid, key: object) -> None:
        def work(ticket: Ticket) -> Section:
            return reslice(volume, grid, ticket=ticket)

        def take(section: Section) -> None:
            kept = self._kept
            if kept is not None and kept[0] is picture and kept[1] is volume and kept[2] == key:
                self._kept = (picture, volume, key, section)
                self._done()

        self._jobs.run("Lay a series over", work, take, slot=self._slot)


class Blends:
    """Makes the `Laid` of one view.

    Parameters
    ----------
    done
        Called when a sharper one can be had.
    """

    def __init__(self, jobs: Jobs, place: str, done: Callable[[], None]) -> None:
        self._sampler = Sampler(jobs, f"overlay of {place}", done)
        self._laid: tuple[Second, Section, Laid] | None = None

    def forget(self) -> None:
        """Let go of the series."""
        self._laid = None
        self._sampler.forget()

    def laid(self, picture: Picture, second: Second) -> Laid:
        """Return the second series on a picture."""
        grid = grid_of(picture)
        section = self._sampler.section(picture, second.volume, grid)
        if self._laid is None or self._laid[0] is not second or self._laid[1] is not section:
            self._laid = (second, section, _coloured(section, second, grid))
        return self._laid[2]


def grid_of(picture: Picture) -> Grid:
    """Where the pixels of a picture lie."""
    if picture.section is not None:
        return picture.section.grid
    return Grid(picture.plane, picture.shape, *picture.pixel_mm)


def _coloured(section: Section, second: Second, wanted: Grid) -> Laid:
    grey = reference_grey_of(second.volume, section, second.window)
    alpha = np.rint(np.minimum(1.0, np.arange(256) / _FADES_BELOW) * second.opacity * 255).astype(np.uint32)
    shares = np.take(alpha, grey)
    if section.outside is not None:
        shares[section.outside] = 0
    image = layer_image(pixels_of(grey, second.colours), shares)
    badge = COARSE if section.grid.shape != wanted.shape else ""
    return Laid(image, placed_on(section.grid, wanted), second.text, badge)


def pixels_of(grey: ByteArray, colours: str) -> np.ndarray:
    """Return (rows, columns) screen pixels without transparency for greys, in the colours of a table."""
    table = colour_table(colours)
    return np.take(table, grey) if table is not None else grey.astype(np.uint32) * np.uint32(0x010101)


def layer_image(pixels: np.ndarray, alpha: np.ndarray) -> QImage:
    """Return an image of (rows, columns) screen pixels, each as opaque as `alpha` (0 to 255) says."""
    packed = np.ascontiguousarray(pixels.astype(np.uint32) & np.uint32(0x00FFFFFF) | alpha << np.uint32(24))
    rows, columns = packed.shape
    image = QImage(packed.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def placed_on(grid: Grid, wanted: Grid) -> Bounds:
    """Return what a coarser grid covers on the plane of a finer one."""
    covered = bounds_of(grid.shape, (grid.row_mm, grid.column_mm))
    away = grid.plane.origin_mm - wanted.plane.origin_mm
    right, down = float(away @ wanted.plane.right), float(away @ wanted.plane.down)
    return Bounds(covered.left + right, covered.top + down, covered.width, covered.height)
