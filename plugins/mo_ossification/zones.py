"""Where the rim is closed and how density changes with depth, as arrays for small pictures; no widgets."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.measure import density, profiles, shells
from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.volume import Volume

ROWS, COLUMNS = 24, 48
DEPTH_STEP_MM, DEEPEST_MM = 0.5, 40.0
NOT_SEEN, OPEN, CLOSED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Zones:
    """The rim on the sphere of directions, and the curve of density.

    `rim` (24, 48) uint8: rows from the head down, columns from the patient's right over the front to the left and
    the back; 0 no surface there, 1 open, 2 closed. None where there is no cortex to compare with. `depths_mm` and
    `mean_hu` are the middles of steps of 0.5 mm below the surface, and the means there.
    """

    rim: AnyArray | None
    depths_mm: FloatArray
    mean_hu: FloatArray


def zones_of(lesion: Lesion, volume: Volume) -> Zones | None:
    """Work out the pictures of a lesion on CT; None where there is nothing to show. For background threads.

    Where its density was refused, so is the curve: a contour on one slice has no depth.
    """
    if lesion.measured("mean_hu") is None:
        return None
    if lesion.surface is None or lesion.mask is None or volume.unit != "HU" or lesion.mask.geometry != volume.geometry:
        return None
    points = lesion.mask.points_mm()
    depth = shells.depths(lesion.surface, points, DEEPEST_MM)
    steps, means = shells.profile(density.values_in(volume, lesion.mask), depth, DEPTH_STEP_MM)
    return Zones(_rim(lesion, volume), steps, means)


def rim_sentence(rim: AnyArray) -> str:
    """Return what a map of one colour would show, as a sentence; empty where there is something to map."""
    seen = rim[rim != NOT_SEEN]
    if not seen.size:
        return "The rim could not be looked at in any direction."
    if (seen == CLOSED).all():
        return "Closed on all sides."
    if (seen == OPEN).all():
        share = f"{shells.COVERAGE_SHARE:.0%}".replace("%", " %")
        return (
            f"Open on all sides: almost nowhere is the rim as dense as {share} of the way from muscle to cortical bone."
        )
    return ""


def _rim(lesion: Lesion, volume: Volume) -> AnyArray | None:
    ground, cortex = lesion.measured("background_hu"), lesion.measured("cortex_hu")
    if ground is None or cortex is None or lesion.measured("rim_coverage") is None or lesion.surface is None:
        return None
    surface = lesion.surface
    direction, areas = profiles.normals(surface)
    along = -np.arange(0.0, shells.COVERAGE_DEPTH_MM + 1e-9, 0.5)
    brightest = profiles.sampled(
        volume, surface.vertices_mm[:, None, :] + along[None, :, None] * direction[:, None, :]
    ).max(axis=1)
    limit = ground.value + shells.COVERAGE_SHARE * (cortex.value - ground.value)
    return on_sphere(surface.vertices_mm, areas, brightest > limit)


def on_sphere(points_mm: FloatArray, areas_mm2: FloatArray, closed: AnyArray) -> AnyArray:
    """Return (24, 48) cells of directions from the middle of a surface: what most of its area there is.

    A direction without a point takes what its neighbours (8) say, if they say anything.
    """
    away = points_mm - np.average(points_mm, axis=0, weights=areas_mm2)
    unit = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    row = np.clip((np.arccos(np.clip(unit[:, 2], -1, 1)) / np.pi * ROWS).astype(int), 0, ROWS - 1)
    turn = np.arctan2(unit[:, 0], -unit[:, 1]) / (2 * np.pi) + 0.25
    column = (np.floor((turn % 1.0) * COLUMNS)).astype(int) % COLUMNS
    cell = row * COLUMNS + column
    size = ROWS * COLUMNS
    yes = np.bincount(cell, areas_mm2 * closed, minlength=size).reshape(ROWS, COLUMNS)
    whole = np.bincount(cell, areas_mm2, minlength=size).reshape(ROWS, COLUMNS)
    for _ in range(2):
        empty = whole == 0
        yes, whole = np.where(empty, _around(yes), yes), np.where(empty, _around(whole), whole)
    made = np.where(whole == 0, NOT_SEEN, np.where(yes > 0.5 * whole, CLOSED, OPEN))
    return made.astype(np.uint8)


def _around(cells: AnyArray) -> AnyArray:
    """Sums of the eight neighbours, round the sphere in columns, not beyond the poles in rows."""
    padded = np.pad(np.pad(cells, ((1, 1), (0, 0))), ((0, 0), (1, 1)), mode="wrap")
    rows, columns = cells.shape
    summed: AnyArray = sum(padded[r : r + rows, c : c + columns] for r in range(3) for c in range(3)) - cells
    return summed
