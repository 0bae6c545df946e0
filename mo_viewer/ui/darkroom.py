"""Makes the pictures of a pane: at once where that is quick, else coarse at once and sharp from the background."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.stack import Picture, Slices, Stack
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.projection import MOST_PLANES, Slab, project, slab_of_slices
from mo_viewer.volume.reslice import Grid, Interpolation, Section, reslice
from mo_viewer.volume.volume import Volume

AT_ONCE_MS = 16.0
"""What may be spent while the reader scrolls: one frame."""
_COARSE_MS = 8.0
_STRAIGHT_NS, _BENT_NS, _CUBIC_NS, _SLICES_NS = 16.0, 100.0, 1500.0, 2.0
COARSE = "coarse while it is being worked out"


@dataclass(frozen=True, eq=False)
class Order:
    """A picture that is wanted."""

    stack: Stack
    volume: Volume
    k: int
    slab: Slab | None = None
    how: Interpolation = Interpolation.LINEAR

    @property
    def is_stored(self) -> bool:
        """Whether it is a slice as it is."""
        return self.stack.cuts is None and self.slab is None

    @property
    def cost_ms(self) -> float:
        """What it will take, as it was measured on one core of a small machine."""
        planes = 1 if self.slab is None else min(MOST_PLANES, self.slab.thickness_mm / min(self._steps) + 1)
        if self.stack.cuts is None:
            return float(planes * self.volume.values[0].size * _SLICES_NS / 1e6)
        rows, columns = self.stack.cuts.grid(0).shape
        geometry = self.volume.geometry
        straight = not self.stack.cuts.is_oblique and not geometry.is_sheared
        nanoseconds = _CUBIC_NS if self.how is Interpolation.CUBIC else _STRAIGHT_NS if straight else _BENT_NS
        return planes * rows * columns * nanoseconds / 1e6

    @property
    def _steps(self) -> tuple[float, ...]:
        steps = self.volume.geometry.spacing_mm
        return tuple(step for step in steps if step > 0)


class Darkroom:
    """Serves one pane; of what cannot be made at once only the latest order is worked on after the current one.

    Parameters
    ----------
    done
        Called with a picture that was made in the background, and its order.
    """

    def __init__(self, jobs: Jobs, done: Callable[[Order, Picture], None]) -> None:
        self._jobs, self._done = jobs, done
        self._busy = False
        self._next: Order | None = None
        self._slices = Slices()

    def picture(self, order: Order) -> Picture | None:
        """Return the picture, or a coarse one for now, or None where even that would take too long."""
        if order.is_stored:
            return self._slices.picture(order.volume, order.k)
        if order.cost_ms <= AT_ONCE_MS:
            self._next = None
            return develop(order)
        self._want(order)
        times = int(np.ceil(np.sqrt(order.cost_ms / _COARSE_MS * _BENT_NS / _STRAIGHT_NS)))
        return develop(order, times) if order.stack.cuts is not None and times <= 8 else None

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self._next = None
        self._slices.forget()

    def _want(self, order: Order) -> None:
        if self._busy:
            self._next = order
            return
        self._busy = True
        self._jobs.run(
            "Work out a plane",
            lambda ticket: develop(order, 1, ticket),
            lambda picture: self._take(order, picture),
            self._fail,
            stopped=self._stopped,
        )

    def _take(self, order: Order, picture: Picture) -> None:
        self._busy = False
        self._done(order, picture)
        self._go_on()

    def _fail(self, fault: Fault) -> None:
        self._stopped()
        self._jobs.failed.emit(fault)

    def _stopped(self) -> None:
        self._busy = False
        self._go_on()

    def _go_on(self) -> None:
        waiting, self._next = self._next, None
        if waiting is not None:
            self._want(waiting)


def develop(order: Order, times_coarser: int = 1, ticket: Ticket | None = None) -> Picture:
    """Make a picture; `times_coarser` leaves out rows and columns."""
    volume, slab, k = order.volume, order.slab, order.k
    if order.stack.cuts is None:
        assert slab is not None
        values, is_stored, _ = slab_of_slices(volume, k, slab)
        geometry = volume.geometry
        grid = Grid(Plane.of_slice(geometry, k), geometry.shape[1:], *geometry.spacing_mm[1:])
        return Picture(volume, k, k, False, Section(values, grid, is_stored), slab.thickness_mm / 2, slab.text)
    fine = order.stack.cuts.grid(k)
    grid = fine if times_coarser == 1 else fine.coarser(times_coarser)
    how = Interpolation.LINEAR if times_coarser > 1 and order.how is Interpolation.CUBIC else order.how
    section = reslice(volume, grid, how, ticket) if slab is None else project(volume, grid, slab, how, ticket)
    half_mm = order.stack.cuts.step_mm / 2 if slab is None else slab.thickness_mm / 2
    middle = grid.plane.to_patient(np.array([grid.shape[1] * grid.column_mm, grid.shape[0] * grid.row_mm]) / 2)[0]
    nearest = int(np.clip(round(float(volume.geometry.index_of(middle)[0, 0])), 0, volume.geometry.shape[0] - 1))
    badge = COARSE if times_coarser > 1 else section.remark
    if order.stack.cuts.coarseness > 1 and not badge:
        badge = f"shown {order.stack.cuts.coarseness} times coarser than the voxels"
    return Picture(volume, nearest, k, False, section, half_mm, "" if slab is None else slab.text, badge)
