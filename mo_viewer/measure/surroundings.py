"""A mask with a margin of stored voxels round it: distances, native bone, local background."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.distance import away_from
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

RING_MM = 4.0
BONE_CLEARANCE_MM, BONE_KNOWN_MM = 1.5, 3.5


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Stored values (HU) in a box round a mask; distances are between voxel centres, mm.

    What is farther than was asked for, or from bone than `BONE_KNOWN_MM`, is given as that.
    """

    hu: AnyArray
    inside: BoolArray
    away_mm: FloatArray
    from_bone_mm: FloatArray
    voxel_mm3: FloatArray
    spacing_mm: tuple[float, float, float]

    def ring(self, margin_mm: float) -> BoolArray:
        """Voxels from `margin_mm` to 4 mm farther, clear of bone."""
        far = (self.away_mm > margin_mm) & (self.away_mm <= margin_mm + RING_MM)
        clear: BoolArray = far & (self.from_bone_mm > BONE_CLEARANCE_MM)
        return clear


def around(volume: Volume, mask: Mask, bone: Mask, margin_mm: float, most_mm: float = np.inf) -> Surroundings:
    """Return the box of a mask, widened by `margin_mm` where the stack reaches so far.

    Distances from the mask are worked out to `most_mm`.
    """
    spacing = volume.geometry.spacing_mm
    pad = [int(np.ceil(margin_mm / s)) for s in spacing]
    low = [max(0, c - p) for c, p in zip(mask.corner, pad, strict=True)]
    high = [
        min(n, c + s + p) for n, c, s, p in zip(volume.geometry.shape, mask.corner, mask.inside.shape, pad, strict=True)
    ]
    corner = (low[0], low[1], low[2])
    shape = (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    inside, native = mask.on_box(corner, shape), bone.on_box(corner, shape)
    return Surroundings(
        hu=volume.rescaled(corner, shape),
        inside=inside,
        away_mm=away_from(inside, spacing, most_mm),
        from_bone_mm=away_from(native, spacing, BONE_KNOWN_MM),
        voxel_mm3=np.broadcast_to(volume.geometry.voxel_volumes_mm3[low[0] : high[0], None, None], shape),
        spacing_mm=spacing,
    )
