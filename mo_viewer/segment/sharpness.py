"""How sharp a stack is in its slices, read off the edges of skin to air and of bone to muscle."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.volume import Volume

SLICES = 7
REACH_MM, SAMPLE_MM = 4.0, 0.1
LEAST_EDGES, MOST_EDGES = 150, 300
OUTSIDE_MM, INSIDE_MM, STRAY_MM = 2.5, 3.0, 1.5
SHARP_QUANTILE = 0.3
QUARTERS_TO_SD = 1.349
LEAST_MM, MOST_MM = 0.25, 1.2
TOP = 0.9


@dataclass(frozen=True)
class _Kind:
    """Edges between two tissues: where they pass (HU, and how far off), how steep (HU/mm, smoothed), what lies outside
    and inside (HU), how even it is outside (SD, HU), and how long (mm) it stays within a tenth of its top.
    """

    at_hu: float
    off_hu: float
    steep: float
    outside: tuple[float, float]
    inside: tuple[float, float]
    uneven_hu: float = np.inf
    top_mm: float = 0.0


SKIN = _Kind(-500.0, 200.0, 100.0, (-np.inf, -850.0), (-200.0, 250.0))
CORTEX = _Kind(450.0, 150.0, 120.0, (-20.0, 150.0), (700.0, 2500.0), 40.0, 1.0)


def in_plane_blur(volume: Volume) -> float | None:
    """Return the SD (mm) of the blur within slices, or None when too little skin meets air and cortex muscle.

    The distance between a quarter and three quarters of the rise from one to the other is 1.349 SD of a gaussian blur;
    the sharper third of all edges is believed, because what leans against the slices looks wider. Skin is asked first;
    cortex, where no skin is in the images, agrees with it within 0.04 mm on phantoms and four of five real limbs.
    """
    count = volume.geometry.shape[0]
    which = np.unique(np.linspace(0.15 * count, 0.85 * count, SLICES).astype(int))
    flats = [volume.rescaled_slice(int(k)) for k in which]
    for kind in (SKIN, CORTEX):
        widths = np.concatenate([_widths(flat, volume.geometry.spacing_mm[1:], kind) for flat in flats])
        if widths.size >= LEAST_EDGES:
            sd = float(np.quantile(widths, SHARP_QUANTILE)) / QUARTERS_TO_SD
            return float(np.clip(sd, LEAST_MM, MOST_MM))
    return None


def _widths(flat: AnyArray, spacing_mm: tuple[float, float], kind: _Kind) -> FloatArray:
    """Quarter to three-quarter distances (mm) across the edges of one slice."""
    from scipy import ndimage

    low, high = max(kind.outside[0] - 300.0, -1024.0), kind.inside[1] + 50.0
    flat = np.clip(flat, low, high).astype(np.float32)
    smooth = ndimage.gaussian_filter(flat, 1.0)
    down, right = np.gradient(smooth, *spacing_mm)
    steep = np.hypot(down, right)
    edge = (np.abs(smooth - kind.at_hu) < kind.off_hu) & (steep > kind.steep)
    at = np.argwhere(edge)
    if not len(at):
        return np.zeros(0)
    at = at[:: max(1, len(at) // MOST_EDGES)]
    inwards = _unit(down, right, steep, at)
    along = np.arange(-REACH_MM, REACH_MM + 1e-9, SAMPLE_MM)
    points = at[:, None, :] + along[None, :, None] * inwards[:, None, :] / np.array(spacing_mm)
    profile = ndimage.map_coordinates(flat, np.moveaxis(points, -1, 0), order=3, mode="nearest")
    return _risen(profile.astype(np.float64), along, kind)


def _unit(down: AnyArray, right: AnyArray, steep: AnyArray, at: AnyArray) -> FloatArray:
    rows, columns = at.T
    unit: FloatArray = np.column_stack([down[rows, columns], right[rows, columns]]) / steep[rows, columns][:, None]
    return unit


def _risen(profile: FloatArray, along: FloatArray, kind: _Kind) -> FloatArray:
    """Distances between the crossings of a quarter and three quarters, where what lies on both sides is of the kind."""
    before = profile[:, along < -OUTSIDE_MM]
    outside = before.mean(axis=1)
    middle = np.argmin(np.abs(profile - kind.at_hu) + 1e4 * (np.abs(along) > STRAY_MM), axis=1)
    index = np.arange(along.size)[None, :] - middle[:, None]
    behind = (index >= 0) & (index <= round(INSIDE_MM / SAMPLE_MM))
    inside = np.where(behind, profile, -np.inf).max(axis=1)
    rise = inside - outside
    top = (behind & (profile >= (outside + TOP * rise)[:, None])).sum(axis=1) * SAMPLE_MM
    good = (outside >= kind.outside[0]) & (outside <= kind.outside[1]) & (before.std(axis=1) <= kind.uneven_hu)
    good &= (inside > kind.inside[0]) & (inside < kind.inside[1]) & (top >= kind.top_mm)
    last_low = _last_below(profile, outside + 0.25 * rise, index <= 0, along)
    first_high = _first_above(profile, outside + 0.75 * rise, index >= 0, along)
    widths: FloatArray = (first_high - last_low)[good]
    return widths[(widths > 0.1) & (widths < 3.0)]


def _last_below(profile: FloatArray, level: FloatArray, where: AnyArray, along: FloatArray) -> FloatArray:
    below = (profile < level[:, None]) & where
    at = below.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1)
    return _between(profile, level, at, np.minimum(at + 1, along.size - 1), along)


def _first_above(profile: FloatArray, level: FloatArray, where: AnyArray, along: FloatArray) -> FloatArray:
    at = np.argmax((profile > level[:, None]) & where, axis=1)
    return _between(profile, level, np.maximum(at - 1, 0), at, along)


def _between(
    profile: FloatArray, level: FloatArray, before: AnyArray, after: AnyArray, along: FloatArray
) -> FloatArray:
    row = np.arange(len(level))
    low, high = profile[row, before], profile[row, after]
    share = np.clip((level - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    return along[before] + share * (along[after] - along[before])
