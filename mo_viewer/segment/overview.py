"""A whole stack on an even, coarse grid: what a search through all of it works on."""

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.patch import LEAST_SLICES, LOWEST_HU, Frame, Patch
from mo_viewer.volume.arrays import AnyArray, FloatArray, frozen
from mo_viewer.volume.volume import Volume

COARSE_MM = 1.3
LEAST_STEP_MM, MOST_STEP_MM = 0.9, 1.7
MOST_OWN_VOXELS = 5_000_000


def overview(volume: Volume, ticket: Ticket, step_mm: float = COARSE_MM) -> Patch:
    """Return the whole stack as float32 HU with voxels of about `step_mm`.

    Finer voxels are averaged, thicker slices interpolated; a tilted stack is straightened and uneven steps are
    evened. Where a straightened box reaches beyond the stack it holds -1024 HU.

    Raises
    ------
    Refused
        When the stack has too few slices to search through.
    """
    geometry, frame = volume.geometry, Frame.of(volume.geometry)
    heights = geometry.heights_mm
    if heights.size < LEAST_SLICES or np.diff(heights).min() <= 0:
        raise Refused("Calcifications can be searched for only in a stack of slices.")
    least = LEAST_STEP_MM if np.prod(geometry.shape, dtype=float) <= MOST_OWN_VOXELS else step_mm
    z = _grid(heights, step_mm, least)
    origins = frame.framed(geometry.origins_mm)
    lines = [
        np.arange(o.min(), o.max() + (n - 1) * s + 1e-6, _even_step(s, step_mm, least))
        for o, n, s in zip((origins[:, 1], origins[:, 2]), geometry.shape[1:], geometry.spacing_mm[1:], strict=True)
    ]
    hu = np.zeros((z.size, lines[0].size, lines[1].size), dtype=np.float32)
    along = _weights(heights, z)
    for k in range(heights.size):
        ticket.progress(k, heights.size, "overview")
        used = along[:, k].nonzero()[0]
        if not used.size:
            continue
        flat = np.maximum(volume.rescaled_slice(k), LOWEST_HU).astype(np.float32)
        for axis, line in enumerate(lines):
            places = origins[k, 1 + axis] + np.arange(geometry.shape[1 + axis]) * geometry.spacing_mm[1 + axis]
            flat = _resampled(flat, places, line)
        for at in used:
            hu[at] += along[at, k] * flat
    steps = (float(z[1] - z[0]), float(lines[0][1] - lines[0][0]), float(lines[1][1] - lines[1][0]))
    first = np.array([z[0], lines[0][0], lines[1][0]])
    return Patch(frozen(hu), steps, frozen(first), frame, np.zeros((3, 2), dtype=bool))


def _even_step(spacing_mm: float, step_mm: float, least_mm: float) -> float:
    """The voxel's own size where it is near enough, else the step."""
    return spacing_mm if least_mm <= spacing_mm <= MOST_STEP_MM else step_mm


def _grid(heights: FloatArray, step_mm: float, least_mm: float) -> FloatArray:
    gap = float(np.median(np.diff(heights)))
    step = _even_step(gap, step_mm, least_mm)
    if gap > MOST_STEP_MM:
        step = gap / np.ceil(gap / MOST_STEP_MM)
    return np.arange(heights[0], heights[-1] + 1e-6, step)


def _resampled(flat: AnyArray, places: FloatArray, line: FloatArray) -> AnyArray:
    """Values along the first axis at a coarser line; the result is transposed, so that two calls do both axes."""
    if np.allclose(places[[0, -1]], line[[0, -1]]) and places.size == line.size:
        return np.ascontiguousarray(flat.T)
    lost = _outside(places, line)
    out: AnyArray = np.asarray(_weights(places, line) @ flat).astype(np.float32)
    out[lost] = LOWEST_HU
    return np.ascontiguousarray(out.T)


def _outside(places: FloatArray, line: FloatArray) -> AnyArray:
    half = 0.5 * (places[1] - places[0]) + 1e-6
    beyond: AnyArray = (line < places[0] - half) | (line > places[-1] + half)
    return beyond


def _weights(places: FloatArray, line: FloatArray) -> AnyArray:
    """(line, places) weights that average finer samples and interpolate coarser ones: a tent as wide as the wider."""
    gap = np.diff(places)
    left, right = np.concatenate([gap[:1], gap]), np.concatenate([gap, gap[-1:]])
    width = float(line[1] - line[0])
    off = line[:, None] - places[None, :]
    reach = np.where(off < 0, np.maximum(left, width)[None, :], np.maximum(right, width)[None, :])
    tent = np.clip(1.0 - np.abs(off) / reach, 0.0, None) * (0.5 * (left + right))[None, :]
    total = tent.sum(axis=1, keepdims=True)
    weights: AnyArray = (tent / np.where(total > 0, total, 1.0)).astype(np.float32)
    return weights
