"""Where marks lie on a picture, and the other way round."""

import numpy as np

from mo_viewer.findings.mark import ImageRef, Mark
from mo_viewer.measure.marks import image_of
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.volume import Volume

_ON_PLANE_MM = 1e-3


def slice_of(image: ImageRef, volume: Volume) -> int | None:
    """Return the slice of a volume that an image is; None where it is none of them."""
    if image.series_uid != volume.source.series_uid:
        return None
    for k, instance in enumerate(volume.source.instances):
        if (instance.sop_uid, instance.frame) == (image.sop_uid, image.frame):
            return k
    return None


def flat_of(mark: Mark, picture: Picture) -> FloatArray:
    """Return the points of a mark as (n, 2) mm right and down of the picture's origin, projected on its plane."""
    points = np.asarray(mark.points, dtype=np.float64)
    if mark.in_patient:
        return picture.plane.on_plane(points)
    row_mm, column_mm = picture.pixel_mm
    return np.column_stack([points[:, 2] * column_mm, points[:, 1] * row_mm])


def points_of(flat: FloatArray, picture: Picture) -> tuple[Point, ...]:
    """Return points as a mark keeps them; the inverse of `flat_of`."""
    if picture.volume.geometry.in_patient:
        placed = picture.plane.to_patient(flat)
    else:
        row_mm, column_mm = picture.pixel_mm
        placed = np.column_stack([np.zeros(len(flat)), flat[:, 1] / row_mm, flat[:, 0] / column_mm])
    return tuple((float(x), float(y), float(z)) for x, y, z in placed)


def is_on(mark: Mark, picture: Picture) -> bool:
    """Whether a mark belongs on a picture: of its series, and all of it within the thickness shown."""
    if mark.image.series_uid != picture.volume.source.series_uid:
        return False
    if not mark.in_patient:
        return mark.image == image_of(picture.volume, picture.k)
    away = np.abs(picture.plane.distance_mm(np.asarray(mark.points, dtype=np.float64)))
    return bool(away.max() <= picture.half_thickness_mm + _ON_PLANE_MM)


def normal_of(picture: Picture) -> Point:
    """Return the normal of a picture's plane; zeros where nothing places it."""
    if not picture.volume.geometry.in_patient:
        return 0.0, 0.0, 0.0
    x, y, z = picture.plane.normal
    return float(x), float(y), float(z)
