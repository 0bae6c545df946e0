"""Many planes as one: mean, brightest, or darkest of a slab of some thickness."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import AnyArray, BoolArray
from mo_viewer.volume.reslice import Grid, Interpolation, Section, reslice
from mo_viewer.volume.taps import Taps
from mo_viewer.volume.volume import Volume

MOST_PLANES = 400
_EDGE_MM = 1e-6


class Projection(StrEnum):
    """What becomes of the values along the normal of a slab."""

    MEAN = "mean"
    BRIGHTEST = "MIP"
    DARKEST = "MinIP"


@dataclass(frozen=True)
class Slab:
    """How thick, and what is shown of it."""

    thickness_mm: float
    how: Projection = Projection.BRIGHTEST

    @property
    def text(self) -> str:
        """For the corner of a picture: ``MIP 20 mm``."""
        return f"{self.how.value} {self.thickness_mm:g} mm"


def slab_of_slices(volume: Volume, k: int, slab: Slab) -> tuple[AnyArray, bool, int]:
    """Project the acquired slices whose planes lie within the slab about slice k; each counts with its extent.

    Slices that are sheared against each other are projected along the normal only to the pixel; see `project`.

    Returns
    -------
    (rows, columns) values; whether they are in stored units; how many slices went in.
    """
    heights = volume.geometry.heights_mm
    near = np.flatnonzero(np.abs(heights - heights[k]) <= slab.thickness_mm / 2 + _EDGE_MM)
    taps = Taps(volume)
    first, count = int(near[0]), int(near.size)
    box = volume.values[first : first + count]
    values = box if taps.is_stored else volume.rescaled((first, 0, 0), box.shape[:3])
    if slab.how is Projection.MEAN:
        shares = volume.geometry.slice_extents_mm[near]
        shares = shares / shares.sum() if shares.sum() > 0 else np.full(count, 1 / count)
        return taps.kept(np.tensordot(shares.astype(np.float32), values, (0, 0))), taps.is_stored, count
    pick = np.max if slab.how is Projection.BRIGHTEST else np.min
    return np.asarray(pick(values, axis=0)), taps.is_stored, count


def project(
    volume: Volume,
    grid: Grid,
    slab: Slab,
    how: Interpolation = Interpolation.LINEAR,
    ticket: Ticket | None = None,
) -> Section:
    """Sample a slab about a plane: parallel planes as close as the closest voxels, the outer ones at its faces.

    Raises
    ------
    Cancelled
        Once the ticket was cancelled.
    """
    taps = Taps(volume)
    least_mm = min(step for step in volume.geometry.spacing_mm if step > 0)
    wanted = max(1, int(np.ceil(slab.thickness_mm / least_mm - _EDGE_MM)) + 1)
    count = min(wanted, MOST_PLANES)
    offsets = np.linspace(-slab.thickness_mm / 2, slab.thickness_mm / 2, count) if count > 1 else np.zeros(1)
    kept: AnyArray | None = None
    seen = np.zeros(grid.shape, dtype=np.float32)
    for offset in offsets:
        section = reslice(volume, grid.moved(float(offset)), how, ticket)
        here = None if section.outside is None else ~section.outside
        kept = _joined(kept, section.values, here, slab.how)
        seen += 1 if here is None else here
    assert kept is not None
    if slab.how is Projection.MEAN:
        kept = taps.kept(kept / np.maximum(seen, 1))
    elif kept.dtype != taps.dtype:
        kept = taps.kept(np.where(np.isfinite(kept), kept, 0))
    empty = seen == 0
    remark = f"{count} of {wanted} planes" if count < wanted else ""
    return Section(kept, grid, taps.is_stored, empty if empty.any() else None, remark)


def _joined(kept: AnyArray | None, values: AnyArray, here: BoolArray | None, how: Projection) -> AnyArray:
    if how is Projection.MEAN:
        part = values.astype(np.float32) if here is None else np.where(here, values, 0).astype(np.float32)
        return part if kept is None else kept + part
    brightest = how is Projection.BRIGHTEST
    part = values if here is None else np.where(here, values, -np.inf if brightest else np.inf)
    if kept is None:
        return part
    return np.maximum(kept, part) if brightest else np.minimum(kept, part)
