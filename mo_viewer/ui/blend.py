"""A second series laid over a picture: sampled on the picture's own plane, in colours of its own, half transparent."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from mo_viewer.base.ticket import Ticket
from mo_viewer.ui.colour_tables import colour_table
from mo_viewer.ui.framing import Bounds
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.slice_image import reference_grey_of
from mo_viewer.ui.stack import Picture, bounds_of
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
    """The second series on one picture: an image with transparency, and the rectangle of the plane that it covers."""

    image: QImage
    bounds: Bounds
    text: str
    badge: str = ""


class Blends:
    """Makes the `Laid` of one view; coarse at once where it must be, then sharp.

    Parameters
    ----------
    done
        Called when a sharper one can be had.
    """

    def __init__(self, jobs: Jobs, place: str, done: Callable[[], None]) -> None:
        self._jobs, self._slot, self._done = jobs, f"overlay of {place}", done
        self._section: tuple[Picture, Volume, Section] | None = None
        self._laid: tuple[Second, Section, Laid] | None = None

    def laid(self, picture: Picture, second: Second) -> Laid:
        """Return the second series on a picture."""
        section = self._sampled(picture, second.volume)
        if self._laid is None or self._laid[0] is not second or self._laid[1] is not section:
            self._laid = (second, section, _coloured(section, second, grid_of(picture)))
        return self._laid[2]

    def _sampled(self, picture: Picture, volume: Volume) -> Section:
        known = self._section
        if known is not None and known[0] is picture and known[1] is volume:
            return known[2]
        grid = grid_of(picture)
        times = int(np.ceil(np.sqrt(grid.shape[0] * grid.shape[1] / AT_ONCE_PX)))
        section = reslice(volume, grid if times <= 1 else grid.coarser(times))
        self._section = (picture, volume, section)
        if times > 1:
            self._want(picture, volume, grid)
        return section

    def _want(self, picture: Picture, volume: Volume, grid: Grid) -> None:
        def work(ticket: Ticket) -> Section:
            return reslice(volume, grid, ticket=ticket)

        self._jobs.run("Lay a series over", work, lambda section: self._take(picture, volume, section), slot=self._slot)

    def _take(self, picture: Picture, volume: Volume, section: Section) -> None:
        if self._section is not None and self._section[0] is picture and self._section[1] is volume:
            self._section = (picture, volume, section)
            self._done()


def grid_of(picture: Picture) -> Grid:
    """Where the pixels of a picture lie."""
    if picture.section is not None:
        return picture.section.grid
    return Grid(picture.plane, picture.shape, *picture.pixel_mm)


def _coloured(section: Section, second: Second, wanted: Grid) -> Laid:
    grey = reference_grey_of(second.volume, section, second.window)
    table = colour_table(second.colours)
    pixels = np.take(table, grey) if table is not None else grey.astype(np.uint32) * np.uint32(0x010101)
    alpha = np.rint(np.minimum(1.0, np.arange(256) / _FADES_BELOW) * second.opacity * 255).astype(np.uint32)
    shares = np.take(alpha, grey)
    if section.outside is not None:
        shares[section.outside] = 0
    packed = np.ascontiguousarray(pixels & np.uint32(0x00FFFFFF) | shares << np.uint32(24))
    rows, columns = packed.shape
    image = QImage(packed.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
    premultiplied = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    covered = bounds_of((rows, columns), (section.grid.row_mm, section.grid.column_mm))
    away = section.grid.plane.origin_mm - wanted.plane.origin_mm
    right, down = float(away @ wanted.plane.right), float(away @ wanted.plane.down)
    placed = Bounds(covered.left + right, covered.top + down, covered.width, covered.height)
    return Laid(premultiplied, placed, second.text, COARSE if section.grid.shape != wanted.shape else "")
