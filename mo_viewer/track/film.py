"""A radiograph as registration sees it: bone edges with their directions, whatever the exposure was."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Length, Volume

FINE_STEPS, COARSE_STEPS = 480, 128
"""Pixels along the longer side at which edges are refined, and at which they are searched for."""
SMOOTH, AROUND = 1.2, 16.0
"""Gaussian sigmas, in fine pixels: of the image, and of the surroundings that brightness and contrast are told from."""
MOST_EDGES, EDGE_SHARE = 5000, 0.35
BORDER = 4
HIDDEN_STEPS = 3
"""A lesion and so many fine pixels round it tell nothing: it changes."""


@dataclass(frozen=True, eq=False)
class Film:
    """Edges and local contrast of one radiograph; positions in the image's own plane, in its own millimetres.

    Parameters
    ----------
    step_mm
        Edge of a fine pixel; all pixels are square here, whatever the image's are.
    contrast
        (rows, columns) brightness against the surroundings, in their own spread; bone is bright.
    known
        (rows, columns) where it means anything: off borders, flat parts and lesions.
    edges_mm, normals
        (n, 2) each: places of edges, x and y, and the unit direction in which it becomes brighter.
    """

    study_uid: str
    series_uid: str
    step_mm: float
    contrast: FloatArray
    known: BoolArray
    edges_mm: FloatArray
    normals: FloatArray
    length: Length

    @property
    def has_scale(self) -> bool:
        """Whether its millimetres are more than pixels."""
        return self.length is not Length.NONE

    def mirrored(self) -> "Film":
        """Return its mirror image, left for right."""
        width = self.step_mm * (self.contrast.shape[1] - 1)
        flip = np.array([-1.0, 1.0])
        return Film(
            self.study_uid,
            self.series_uid,
            self.step_mm,
            self.contrast[:, ::-1],
            self.known[:, ::-1],
            self.edges_mm * flip + [width, 0.0],
            self.normals * flip,
            self.length,
        )


def film_of(volume: Volume, exclude: Sequence[Mask] = ()) -> Film:
    """Find the edges of a radiograph, lesions left out.

    Parameters
    ----------
    volume
        One projection; its first image counts.
    exclude
        Lesions on its grid.
    """
    from scipy import ndimage

    geometry = volume.geometry
    rows, columns = geometry.shape[1:]
    down, right = geometry.spacing_mm[1:]
    step = max(rows * down, columns * right) / FINE_STEPS
    shape = max(8, round(rows * down / step)), max(8, round(columns * right / step))
    grid = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    at = np.stack([grid[0] * step / down, grid[1] * step / right])
    bright = np.asarray(volume.rescaled_slice(0), dtype=np.float64)
    bright = -bright if volume.inverted else bright
    fine = ndimage.gaussian_filter(bright, [SMOOTH * 0.5 * step / down, SMOOTH * 0.5 * step / right])
    fine = ndimage.map_coordinates(fine, at, order=1, mode="nearest")
    hidden = np.zeros(shape, dtype=bool)
    for mask in exclude:
        index = np.argwhere(mask.inside)[:, 1:] + np.array(mask.corner[1:])
        there = np.rint(index * np.array([down, right]) / step).astype(int)
        there = there[((there >= 0) & (there < shape)).all(axis=1)]
        hidden[tuple(there.T)] = True
    contrast, known = _contrast(fine)
    if hidden.any():
        known &= ~ndimage.binary_dilation(hidden, iterations=HIDDEN_STEPS)
    edges, normals = _edges(contrast, known)
    return Film(
        volume.source.study_uid, volume.source.series_uid, step, contrast, known, edges * step, normals, volume.length
    )


def _contrast(fine: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Brightness against what surrounds it; flat parts (outside the field, saturated) tell nothing."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(fine, SMOOTH)
    mean = ndimage.gaussian_filter(smooth, AROUND)
    spread = np.sqrt(np.maximum(ndimage.gaussian_filter((smooth - mean) ** 2, AROUND), 0.0))
    floor = 0.15 * float(np.percentile(spread, 75)) + 1e-9
    local = ndimage.maximum_filter(fine, 5) - ndimage.minimum_filter(fine, 5)
    known = ndimage.binary_erosion(local > 1e-6 * (float(np.ptp(fine)) + 1e-9), iterations=BORDER)
    made: FloatArray = (smooth - mean) / (spread + floor)
    return made, np.asarray(known, dtype=bool)


def slopes(contrast: FloatArray, known: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return slopes along y and x, compressed so that a faint edge of bone counts beside a strong one."""
    down, right = np.gradient(contrast)
    size = np.hypot(down, right)
    usual = float(np.percentile(size[known], 80)) if known.any() else 1.0
    weight = np.where(known, 1.0 / (size + usual + 1e-9), 0.0)
    return down * weight, right * weight


def _edges(contrast: FloatArray, known: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return places (x, y in fine pixels) and directions of the crests of the slope, the stronger ones."""
    from scipy import ndimage

    down, right = np.gradient(contrast)
    size = np.hypot(down, right)
    unit_y, unit_x = down / (size + 1e-12), right / (size + 1e-12)
    grid = np.mgrid[: size.shape[0], : size.shape[1]].astype(np.float64)
    ahead, behind = (
        ndimage.map_coordinates(size, [grid[0] + k * unit_y, grid[1] + k * unit_x], order=1, mode="nearest")
        for k in (1, -1)
    )
    crest = known & (size > ahead) & (size >= behind)
    index = np.argwhere(crest)
    if not len(index):
        return np.zeros((0, 2)), np.zeros((0, 2))
    strength = size[crest]
    keep = np.argsort(strength)[::-1][: min(MOST_EDGES, max(1, int(EDGE_SHARE * len(index))))]
    y, x = index[keep].T
    before, here, after = behind[y, x], size[y, x], ahead[y, x]
    off = np.clip(0.5 * (before - after) / np.minimum(before - 2 * here + after, -1e-9), -0.5, 0.5)
    normals = np.column_stack([unit_x[y, x], unit_y[y, x]])
    places: AnyArray = np.column_stack([x, y]) + off[:, None] * normals
    return np.asarray(places, dtype=np.float64), normals
