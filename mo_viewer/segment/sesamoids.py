"""Bones of their own before and behind the knee: the kneecap, and the fabella in the calf's muscle."""

import numpy as np

from mo_viewer.segment.clusters import Cluster
from mo_viewer.segment.traits import Scene, Traits

END_MM2, KNEE_SHARE = 1800.0, 0.15
ELSEWHERE = ("HIP", "PELVIS", "SHOULDER", "ELBOW")
"""Parts of the body that are no knee (words in DICOM's Body Part Examined)."""
DENSE_SHARE, DENSE_PERCENTILE = 0.75, 90.0
NEAR_MM, LIMB_MM = 12.0, 70.0
KNEECAP_MM, KNEECAP_FRONT = 32.0, 0.6
"""A kneecap is as wide and as high; lesions in front of a hip's bones that were taken for one were 30 x 26 mm."""
FABELLA_MM, FABELLA_NEAR_MM, FABELLA_BEHIND = 22.0, 8.0, 0.5


def sesamoid(cluster: Cluster, t: Traits, scene: Scene) -> str | None:
    """Return why a compact cluster is a sesamoid bone of the knee, or None.

    Only at a knee, where bone takes a good part of the limb's cross-section (at a hip it takes a tenth, but more of a
    narrow field); only what is about as dense as the ends of the bones beside it; a large one in front of them, or a
    small one close behind.
    A lesion's rim may be as dense; then it is its place that tells.
    """
    if not t.solid or t.on_shaft or t.bone_mm[0] > NEAR_MM or any(one in scene.body_part for one in ELSEWHERE):
        return None
    low, high = int(cluster.index[:, 0].min()), int(cluster.index[:, 0].max()) + 1
    inside = scene.native.inside[low:high]
    areas = np.count_nonzero(inside | scene.native.enclosed[low:high], axis=(1, 2))
    pixel = scene.patch.spacing_mm[1] * scene.patch.spacing_mm[2]
    share = areas / np.maximum(1, np.count_nonzero(scene.body.inside[low:high], axis=(1, 2)))
    if areas.max() * pixel < END_MM2 or share.max() < KNEE_SHARE:
        return None
    if t.p90_hu < DENSE_SHARE * float(np.percentile(scene.smooth[low:high][inside], DENSE_PERCENTILE)):
        return None
    front = _front(cluster, scene, low, high)
    if t.lengths_mm[1] >= KNEECAP_MM and front >= KNEECAP_FRONT:
        return f"a bone of its own in front of the knee, as dense as the bone's ends ({t.p90_hu:.0f} HU): the kneecap"
    if t.lengths_mm[0] <= FABELLA_MM and t.bone_mm[0] <= FABELLA_NEAR_MM and front <= -FABELLA_BEHIND:
        return f"a small bone of its own behind the knee, as dense as the bone's ends ({t.p90_hu:.0f} HU): a fabella"
    return None


def _front(cluster: Cluster, scene: Scene, low: int, high: int) -> float:
    """How far in front of the bone in its slices a cluster lies (1: in front, 0: beside, -1: behind)."""
    middle = cluster.points_mm.mean(axis=0)
    steps = np.array(scene.patch.spacing_mm)
    flat = np.argwhere(scene.native.inside[low:high])[:, 1:] * steps[1:]
    near = flat[np.linalg.norm(flat - middle[1:], axis=1) < LIMB_MM]
    if not len(near):
        return 0.0
    off = np.concatenate([[0.0], middle[1:] - near.mean(axis=0)])
    _, towards_back, _ = off @ scene.patch.frame.axes / max(float(np.linalg.norm(off)), 1e-6)
    return -float(towards_back)
