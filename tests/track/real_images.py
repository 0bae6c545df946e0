"""Real images that registration is held against: which series, and where bodies lie in them."""

import numpy as np

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan

BODIES = {
    "upper ball": ((-23.5, 82.2, 774.9), 15.0),
    "lower ball": ((16.9, 139.8, 750.9), 15.0),
    "cube": ((13.2, 87.1, 770.9), 19.0),
}
"""Where about they lie in the first scan, and the radius of a ball that holds them. The cube stands on a rod."""


def largest(path):
    index = scan([path])
    return load(max((s for s in index.series if s.hounsfield and s.is_volume), key=lambda s: s.shape[0]))


def centre_of_mass(volume, start_mm, radius_mm):
    """Centre of what is denser than air within a ball that moves with it."""
    geometry, centre = volume.geometry, np.array(start_mm)
    for _ in range(40):
        low, high = (geometry.index_of((centre + side * (radius_mm + 20.0))[None])[0] for side in (-1, 1))
        first = np.clip(np.floor(np.minimum(low, high)), 0, None).astype(int)
        last = np.minimum(np.ceil(np.maximum(low, high)).astype(int) + 1, geometry.shape)
        size = last - first
        hu = volume.rescaled(tuple(map(int, first)), tuple(map(int, size))).astype(float).ravel()
        index = np.indices(tuple(size)).reshape(3, -1).T + first
        points = geometry.points_mm(index.astype(float))
        within = np.clip((radius_mm - np.linalg.norm(points - centre, axis=1)) / 3 + 0.5, 0, 1)
        weight = within * np.clip(hu + 950, 0, 1200) * geometry.voxel_volumes_mm3[index[:, 0]]
        fresh = (points * weight[:, None]).sum(axis=0) / weight.sum()
        if np.linalg.norm(fresh - centre) < 1e-3:
            return fresh
        centre = fresh
    return centre
