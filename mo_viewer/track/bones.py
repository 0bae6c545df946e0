"""Bones of a study on a thinned grid, told apart where joints may have moved."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, IndexArray, Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

THIN_MM = 2.0
BONE_HU = 250.0
SPLIT_HU = (350.0, 450.0, 550.0, 650.0)
LEAST_LEAVING_ML, LEAST_FREE_ML = 1.5, 20.0
LEAST_PART_ML = 1.5
LEAST_PEAK_HU = 400.0
EXCLUDED_MARGIN_MM = 3.0
CORTEX_PERCENTILE = 80.0
METAL_HU = 2800.0


@dataclass(frozen=True, eq=False)
class Bones:
    """Numbered bones (1 to `count`, 0 none) on every few voxels of a stack, and what cortex reads in each, HU.

    `factors` says how many voxels of the stack lie from one sample to the next; sample 0 is voxel 0. `metal_mm` are
    the (n, 3) LPS mm of the samples of metal, which belong to no bone.
    """

    labels: IndexArray
    geometry: Geometry
    factors: Triple
    cortex_hu: FloatArray
    metal_mm: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def count(self) -> int:
        """How many bones there are."""
        return len(self.cortex_hu) - 1

    def points_mm(self, number: int) -> FloatArray:
        """(n, 3) LPS mm of the samples of one bone."""
        return self.geometry.points_mm(np.argwhere(self.labels == number).astype(np.float64))

    def by_nearness(self, near_mm: FloatArray) -> list[tuple[int, float]]:
        """Numbers of the bones and their distances from the nearest of (n, 3) points, nearest first."""
        index = np.argwhere(self.labels > 0)
        if not len(index):
            return []
        numbers = self.labels[tuple(index.T)]
        points = self.geometry.points_mm(index.astype(np.float64))
        away = np.min([np.linalg.norm(points - p, axis=1) for p in np.atleast_2d(near_mm)], axis=0)
        least = np.full(self.count + 1, np.inf)
        np.minimum.at(least, numbers, away)
        return sorted(((k, float(least[k])) for k in range(1, self.count + 1)), key=lambda pair: pair[1])


def find_bones(volume: Volume, exclude: Sequence[Mask], ticket: Ticket) -> Bones:
    """Find the bones of a stack of HU.

    Connected parts above 250 HU count when they leave the stack (1.5 mL) or are large (20 mL); those that fall apart
    at a higher threshold are cut along the darkest line between the pieces, because a joint may have moved. Excluded
    masks are taken out with a margin of 3 mm, and metal with its nearest samples: it would be taken for the cortex.
    """
    from scipy import ndimage

    hu, geometry, factors = _thinned(volume, ticket)
    inside, metal = hu > BONE_HU, hu > METAL_HU
    if metal.any():
        inside &= ~ndimage.binary_dilation(metal)
    for mask in exclude:
        _blank(inside, mask, geometry)
    labels, count = ndimage.label(inside)
    ticket.check()
    voxel_ml = float(np.median(geometry.voxel_volumes_mm3)) / 1000
    keep = _native(labels, count, hu, voxel_ml)
    made = np.zeros(labels.shape, dtype=np.int32)
    cortex = [0.0]
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None or not keep[number]:
            continue
        here = labels[box] == number
        for part in _parts(hu[box], here, SPLIT_HU, LEAST_PART_ML / voxel_ml):
            made[box][part] = len(cortex)
            cortex.append(float(np.percentile(hu[box][part], CORTEX_PERCENTILE)))
    metal_mm = geometry.points_mm(np.argwhere(metal).astype(np.float64))
    return Bones(made, geometry, factors, np.array(cortex), metal_mm)


def _thinned(volume: Volume, ticket: Ticket) -> tuple[AnyArray, Geometry, Triple]:
    """HU of every few voxels (in-plane means, so that noise does not make bone), about 2 mm apart."""
    fine = volume.geometry
    steps = fine.spacing_mm
    first, rows, columns = (max(1, int(THIN_MM / s + 0.25)) if s > 0 else 1 for s in steps)
    shape = (-(-fine.shape[0] // first), fine.shape[1] // rows, fine.shape[2] // columns)
    hu = np.empty(shape, dtype=np.float32)
    for k in range(shape[0]):
        if k % 16 == 0:
            ticket.progress(k, shape[0], "bones")
        hu[k] = _means(volume, k * first, rows, columns, shape)
    inset = (rows - 1) / 2 * fine.row_step_mm + (columns - 1) / 2 * fine.column_step_mm
    origins = fine.origins_mm[::first] + inset
    grid = Geometry(shape, origins, fine.row_step_mm * rows, fine.column_step_mm * columns, fine.frame_uid)
    return hu, grid, (first, rows, columns)


def _means(volume: Volume, k: int, rows: int, columns: int, shape: Triple) -> AnyArray:
    whole = volume.rescaled_slice(k) if volume.lut is not None else volume.values[k]
    whole = whole[: shape[1] * rows, : shape[2] * columns]
    total = np.zeros(shape[1:], dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            total += whole[row::rows, column::columns]
    total /= rows * columns
    return total if volume.lut is not None else total * np.float32(volume.slope[k]) + np.float32(volume.intercept[k])


def _blank(inside: BoolArray, mask: Mask, geometry: Geometry) -> None:
    """Take a mask, widened by the margin, out of a region on another grid."""
    if not mask.voxels:
        return
    from scipy.spatial import KDTree

    points = mask.points_mm()
    reach = EXCLUDED_MARGIN_MM + 0.5 * float(np.linalg.norm(mask.geometry.spacing_mm))
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    index = np.argwhere(inside)
    if not len(index):
        return
    placed = geometry.points_mm(index.astype(np.float64))
    near = np.flatnonzero(((placed >= low) & (placed <= high)).all(axis=1))
    away, _ = KDTree(points).query(placed[near], distance_upper_bound=reach)
    inside[tuple(index[near[np.isfinite(away)]].T)] = False


def _native(labels: AnyArray, count: int, hu: AnyArray, voxel_ml: float) -> BoolArray:
    """Which connected parts are large enough, or leave the stack, and are dense enough to be bone."""
    if not count:
        return np.zeros(1, dtype=bool)
    there = labels > 0
    numbers = labels[there]
    size = np.bincount(numbers, minlength=count + 1) * voxel_ml
    peak = np.full(count + 1, -np.inf)
    np.maximum.at(peak, numbers, hu[there].astype(np.float64))
    leaves = np.zeros(count + 1, dtype=bool)
    for face in (labels[:2], labels[-2:], labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        leaves[np.unique(face)] = True
    keep: BoolArray = (size > np.where(leaves, LEAST_LEAVING_ML, LEAST_FREE_ML)) & (peak > LEAST_PEAK_HU)
    keep[0] = False
    return keep


def _parts(hu: AnyArray, inside: BoolArray, levels: tuple[float, ...], least: float) -> list[BoolArray]:
    """Pieces into which a region falls at rising thresholds, each grown back along the darkest line."""
    from scipy import ndimage
    from skimage.segmentation import watershed

    for at, level in enumerate(levels):
        labels, count = ndimage.label(inside & (hu > level))
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        sizes[0] = 0
        large = np.flatnonzero(sizes >= least)
        if len(large) < 1:
            break
        if len(large) == 1:
            continue
        markers = np.zeros(inside.shape, dtype=np.int32)
        for number, old in enumerate(large, start=1):
            markers[labels == old] = number
        basins = watershed(-hu, markers, mask=inside)
        found = []
        for number in range(1, len(large) + 1):
            found += _parts(hu, basins == number, levels[at + 1 :], least)
        return found
    return [inside]
