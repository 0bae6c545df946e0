"""How sharp a stack is in its slices, read off the edge between skin and air."""

import numpy as np

from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.volume import Volume

SLICES = 7
AIR_HU, EDGE_HU = -850.0, -500.0
REACH_MM, SAMPLE_MM = 4.0, 0.1
LEAST_EDGES, MOST_EDGES = 150, 300
SHARP_QUANTILE = 0.3
QUARTERS_TO_SD = 1.349
LEAST_MM, MOST_MM = 0.25, 1.2


def in_plane_blur(volume: Volume) -> float | None:
    """Return the SD (mm) of the blur within slices, or None when too little skin meets air.

    The distance between a quarter and three quarters of the rise from air to skin is 1.349 SD of a gaussian blur;
    the sharper third of all edges is believed, because skin that leans against the slices looks wider.
    """
    count = volume.geometry.shape[0]
    which = np.unique(np.linspace(0.15 * count, 0.85 * count, SLICES).astype(int))
    widths = np.concatenate([_widths(volume.rescaled_slice(int(k)), volume.geometry.spacing_mm[1:]) for k in which])
    if widths.size < LEAST_EDGES:
        return None
    sd = float(np.quantile(widths, SHARP_QUANTILE)) / QUARTERS_TO_SD
    return float(np.clip(sd, LEAST_MM, MOST_MM))


def _widths(flat: AnyArray, spacing_mm: tuple[float, float]) -> FloatArray:
    """Quarter to three-quarter distances (mm) across the edges of one slice."""
    from scipy import ndimage

    flat = np.clip(flat, -1024.0, 300.0).astype(np.float32)
    smooth = ndimage.gaussian_filter(flat, 1.0)
    down, right = np.gradient(smooth, *spacing_mm)
    steep = np.hypot(down, right)
    edge = (np.abs(smooth - EDGE_HU) < 200.0) & (steep > 100.0)
    at = np.argwhere(edge)
    if not len(at):
        return np.zeros(0)
    at = at[:: max(1, len(at) // MOST_EDGES)]
    inwards = _unit(down, right, steep, at)
    along = np.arange(-REACH_MM, REACH_MM + 1e-9, SAMPLE_MM)
    points = at[:, None, :] + along[None, :, None] * inwards[:, None, :] / np.array(spacing_mm)
    profile = ndimage.map_coordinates(flat, np.moveaxis(points, -1, 0), order=3, mode="nearest")
    return _risen(profile.astype(np.float64), along)


def _unit(down: AnyArray, right: AnyArray, steep: AnyArray, at: AnyArray) -> FloatArray:
    rows, columns = at.T
    unit: FloatArray = np.column_stack([down[rows, columns], right[rows, columns]]) / steep[rows, columns][:, None]
    return unit


def _risen(profile: FloatArray, along: FloatArray) -> FloatArray:
    """Distances between the crossings of a quarter and three quarters, where air lies outside and flesh inside."""
    air = profile[:, along < -2.5].mean(axis=1)
    middle = np.argmin(np.abs(profile - EDGE_HU) + 1e3 * (np.abs(along) > 1.5), axis=1)
    reach = round(2.0 / SAMPLE_MM)
    index = np.arange(along.size)[None, :] - middle[:, None]
    flesh = np.where((index >= 0) & (index <= reach), profile, -np.inf).max(axis=1)
    good = (air < AIR_HU) & (flesh > -200.0) & (flesh < 250.0)
    low, high = air + 0.25 * (flesh - air), air + 0.75 * (flesh - air)
    last_low = _last_below(profile, low, index <= 0, along)
    first_high = _first_above(profile, high, index >= 0, along)
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
