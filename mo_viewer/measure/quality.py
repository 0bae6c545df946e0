"""How far a contour can be trusted, in words and as one number."""

import numpy as np

from mo_viewer.findings.lesion import Quality
from mo_viewer.measure.faint import SENTENCE, FaintZone
from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.segment.mark import Marked
from mo_viewer.volume.volume import Volume

METAL_HU, METAL_MM = 2800.0, 30.0
LEAST_METAL_VOXELS = 5
BONE_WARNING, GAP_WARNING = 0.10, 0.50
THICK_MM = 3.5


def judge(
    volume: Volume, marked: Marked, near: Surroundings, slice_mm: float, faint: FaintZone | None = None
) -> Quality:
    """Return the quality of a contour; warnings are sentences for the reader."""
    warnings = list(marked.warnings)
    touches = marked.bone_share > 0.02 or bool((near.from_bone_mm[near.inside] <= 1.0).any())
    metal = _metal_near(volume, marked)
    if marked.bone_share > BONE_WARNING:
        warnings.append(f"The contour follows native bone on {100 * marked.bone_share:.0f} % of its face.")
    if marked.bone_route == "shaft":
        warnings.append("The lesion is as dense as the bone under it: its base lies where the shaft would go on.")
    if marked.gap_share > GAP_WARNING:
        warnings.append(f"The contour bridges gaps on {100 * marked.gap_share:.0f} % of its face.")
    if slice_mm > THICK_MM:
        warnings.append(f"Slices of {slice_mm:.1f} mm are thick for this lesion.")
    if faint is not None:
        warnings.append(SENTENCE)
    if metal:
        warnings.append("There is metal within 3 cm.")
    return Quality(
        confidence=confidence(
            marked.edge_share, marked.bone_share, marked.gap_share, slice_mm, metal, faint is not None
        ),
        touches_bone=touches,
        metal=metal,
        noise_hu=marked.noise_hu,
        edge_share=marked.edge_share,
        gap_share=marked.gap_share,
        bone_share=marked.bone_share,
        warnings=tuple(warnings),
    )


def confidence(
    edge_share: float, bone_share: float, gap_share: float, slice_mm: float, metal: bool, faint: bool = False
) -> float:
    """Return 0 to 1: full credit for visible edge, some for bone faces and bridged gaps, less for thick slices,
    metal, and a lesion of which only the dense part can be seen.
    """
    seen = edge_share + 0.6 * bone_share + 0.35 * gap_share
    thick = np.clip(1.0 - 0.06 * max(0.0, slice_mm - 1.5), 0.7, 1.0)
    return float(np.clip(seen * thick * (0.8 if metal else 1.0) * (0.45 if faint else 1.0), 0.0, 1.0))


def _metal_near(volume: Volume, marked: Marked) -> bool:
    index = volume.geometry.index_of(marked.surface.vertices_mm)
    reach = METAL_MM / np.maximum(volume.geometry.spacing_mm, 1e-3)
    low = np.clip(np.floor(index.min(axis=0) - reach), 0, None).astype(int)
    high = np.clip(np.ceil(index.max(axis=0) + reach).astype(int) + 1, None, volume.geometry.shape)
    size = high - low
    box = volume.rescaled((int(low[0]), int(low[1]), int(low[2])), (int(size[0]), int(size[1]), int(size[2])))
    return int(np.count_nonzero(box > METAL_HU)) >= LEAST_METAL_VOXELS
