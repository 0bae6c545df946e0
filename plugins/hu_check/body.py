"""The phantom's round body in one slice, also beside a table or cut off by the edge of the image."""

from dataclasses import dataclass

import numpy as np

from hu_check.picture import Picture
from mo_viewer.volume.arrays import FloatArray

EDGE_HU = -500.0
_ROUGH_MM = 2.0
_RADIUS_TOLERANCE_MM = 4.0
_LEAST_SHARE = 0.55
_FIT_MM = 1.0


@dataclass(frozen=True, eq=False)
class Circle:
    """Centre (x, y) mm and radius."""

    centre_mm: FloatArray
    radius_mm: float


def body_of(picture: Picture, diameter_mm: float) -> Circle | None:
    """Return the outline of a round body of about that diameter, or None.

    The deepest place of what is denser than air is where rays start; where each first meets air is an edge point.
    A circle through them must agree with more than half of all directions to within 1 mm.
    """
    start = _deepest(picture, diameter_mm / 2)
    if start is None:
        return None
    circle = Circle(start, diameter_mm / 2)
    for _ in range(3):
        found = _through_edge(picture, circle, diameter_mm / 2)
        if found is None:
            return None
        circle = found
    return circle if abs(circle.radius_mm - diameter_mm / 2) <= _RADIUS_TOLERANCE_MM else None


def _deepest(picture: Picture, radius_mm: float) -> FloatArray | None:
    from scipy.ndimage import binary_fill_holes, distance_transform_edt

    steps = [max(1, round(_ROUGH_MM / size)) for size in (picture.row_mm, picture.column_mm)]
    inside = binary_fill_holes(picture.hu[:: steps[0], :: steps[1]] > EDGE_HU)
    if inside is None or inside.sum() * steps[0] * picture.row_mm * steps[1] * picture.column_mm < 2 * radius_mm**2:
        return None
    depth = distance_transform_edt(inside, (steps[0] * picture.row_mm, steps[1] * picture.column_mm))
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return np.array([column * steps[1] * picture.column_mm, row * steps[0] * picture.row_mm])


def _through_edge(picture: Picture, circle: Circle, radius_mm: float) -> Circle | None:
    angles = np.radians(np.arange(0.0, 360.0, 2.0))
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    reach = np.arange(0.7 * radius_mm, 1.35 * radius_mm, 0.5)
    hu = picture.at(circle.centre_mm + rays[:, None, :] * reach[:, None])
    is_air = np.nan_to_num(hu, nan=np.inf) < EDGE_HU
    at = is_air.argmax(axis=1)
    known = is_air.any(axis=1) & (at > 0)
    if known.sum() < _LEAST_SHARE * len(rays):
        return None
    which, at = np.flatnonzero(known), at[known]
    before, after = hu[which, at - 1], hu[which, at]
    edge = reach[at - 1] + 0.5 * (before - EDGE_HU) / np.maximum(before - after, 1e-6)
    return _fitted(circle.centre_mm + rays[which] * edge[:, None], len(rays))


def _fitted(points: FloatArray, rays: int) -> Circle | None:
    """Least squares on x² + y² = 2ax + 2by + c (Kasa 1976), the farthest points left out again and again."""
    kept = points
    for limit in (12.0, 5.0, 2.0, _FIT_MM):
        if len(kept) < _LEAST_SHARE * rays:
            return None
        design = np.column_stack([2 * kept, np.ones(len(kept))])
        (a, b, c), *_ = np.linalg.lstsq(design, (kept**2).sum(axis=1), rcond=None)
        radius = float(np.sqrt(max(c + a * a + b * b, 0.0)))
        off = np.abs(np.hypot(points[:, 0] - a, points[:, 1] - b) - radius)
        kept = points[off <= limit]
    return Circle(np.array([a, b]), radius) if len(kept) >= _LEAST_SHARE * rays else None
