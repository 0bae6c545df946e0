"""Lesions that lie in fat: faces there are half-way to fat, not to muscle."""

import numpy as np

from mo_viewer.segment.edge import Field
from mo_viewer.segment.mesh import Mesh

BEYOND_MM = np.array([2.0, 3.0, 4.0])
BELOW_MUSCLE_HU, MOSTLY = 90.0, 0.5
"""Fat reads about 150 HU below muscle. Where less of a surface borders on it, muscle is what the lesion lies in (own
choice: a lesion beside a sheet of fat is measured within 5 % with muscle as the background)."""
IN_FAT = "Fat lies round most of it: its face lies half-way to fat, its mean density is uncertain."


def fat_round(shape: Mesh, field: Field) -> float | None:
    """Return what fat reads (median, HU) where most of a surface borders on it, else None."""
    beyond = field.along(shape.vertices, shape.normals(), BEYOND_MM)
    fat = (beyond < field.background_hu - BELOW_MUSCLE_HU).all(axis=1)
    return float(np.median(beyond[fat])) if fat.mean() > MOSTLY else None
