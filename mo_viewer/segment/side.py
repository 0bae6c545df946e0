"""On which side of the body a place lies, as far as one slice shows it."""

import numpy as np

from mo_viewer.volume.arrays import AnyArray, Point
from mo_viewer.volume.volume import Volume

FLESH_HU = -300.0
BLOCK_MM, OPENING_MM = 4.0, 8.0
TRUNK_MM, TWIN_SHARE, MIDDLE_SHARE = 260.0, 0.35, 0.06


def side_of_body(volume: Volume, at_mm: Point) -> str:
    """Return ``left``, ``right``, ``midline``, or ``""`` where the images do not show it.

    Two limbs in the slice tell by which of them the place is in; a trunk (wider than 26 cm, whole in the picture) by
    the middle of its area, as an arm may lie against it. One limb alone tells nothing. Patient x rises to the left.
    """
    from scipy import ndimage

    if volume.unit != "HU" or not volume.geometry.in_patient:
        return ""
    flesh, places = _slice(volume, at_mm)
    labels, count = ndimage.label(flesh)
    if not count:
        return ""
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    large = [int(n) for n in np.argsort(sizes)[::-1] if sizes[n] >= TWIN_SHARE * sizes.max()][:3]
    middles = [float(places[labels == n].mean()) for n in large]
    if len(large) == 2:
        own = int(np.argmin([np.abs(places[labels == n] - at_mm[0]).min() for n in large]))
        apart = middles[own] - middles[1 - own]
        widest = max(float(np.ptp(places[labels == n])) for n in large)
        return "" if abs(apart) < 0.7 * widest else "left" if apart > 0 else "right"
    body = labels == large[0]
    cut_off = body[:, [0, -1]].any() and body[[0, -1]].any()
    left, right = float(places[body].max()), float(places[body].min())
    width = left - right
    if len(large) > 2 or width < TRUNK_MM or cut_off or _touches(body, places):
        return ""
    off = at_mm[0] - float(np.median(places[body]))
    return "midline" if abs(off) < MIDDLE_SHARE * width else "left" if off > 0 else "right"


def _slice(volume: Volume, at_mm: Point) -> tuple[AnyArray, AnyArray]:
    """Flesh in the slice through a point, in blocks of about 4 mm and without thin things; patient x of each block."""
    from scipy import ndimage

    geometry = volume.geometry
    k = int(np.clip(round(float(geometry.index_of(np.array(at_mm))[0, 0])), 0, geometry.shape[0] - 1))
    steps = [max(1, round(BLOCK_MM / s)) for s in geometry.spacing_mm[1:]]
    flat = volume.rescaled_slice(k)
    rows, columns = (n // s * s for n, s in zip(flat.shape, steps, strict=True))
    blocks = flat[:rows, :columns].reshape(rows // steps[0], steps[0], columns // steps[1], steps[1]).mean(axis=(1, 3))
    flesh = ndimage.binary_opening(blocks > FLESH_HU, iterations=max(1, round(OPENING_MM / BLOCK_MM)))
    index = np.indices(flesh.shape).reshape(2, -1).T * steps + (np.array(steps) - 1) / 2
    points = geometry.points_mm(np.column_stack([np.full(len(index), k), index]))
    return flesh, points[:, 0].reshape(flesh.shape)


def _touches(body: AnyArray, places: AnyArray) -> bool:
    """Whether the body is cut off at the patient's left or right."""
    edge = np.zeros(body.shape, dtype=bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    ends = (places.min(), places.max())
    return any(bool((body & edge & (np.abs(places - end) < 2 * BLOCK_MM)).any()) for end in ends)
