"""A limb, its image and its truth together: what tests, the self-test and the table of accuracy work with."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.phantom.truth import LesionTruth, true_mask, true_surface, truth_of
from mo_viewer.phantom.write import Identity
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume


@dataclass(frozen=True, eq=False)
class Imaged:
    """One limb in one scanner; image and truth are made when they are first asked for."""

    limb: Limb
    protocol: Protocol
    pose: Pose
    seed: int = 1
    identity: Identity | None = None

    @cached_property
    def volume(self) -> Volume:
        """The image, as if its files had been loaded."""
        return acquire(self.limb, self.protocol, self.pose, self.seed, self.identity)

    @cached_property
    def truth(self) -> LesionTruth:
        """Truth of the first lesion."""
        return self.truth_of(self.limb.lesions[0].name)

    @cached_property
    def mask(self) -> Mask:
        """Voxels of the first lesion, by their centres."""
        return self.mask_of(self.limb.lesions[0].name)

    @property
    def surface(self) -> Surface:
        """Surface of the first lesion."""
        return true_surface(self.limb.lesions[0], self.pose)

    def truth_of(self, name: str) -> LesionTruth:
        """Truth of a lesion by name."""
        return truth_of(self.limb, self.limb.lesion(name), self.pose, self.protocol.kvp)

    def mask_of(self, name: str) -> Mask:
        """Voxels of a lesion by name."""
        return true_mask(self.limb.lesion(name), self.pose, self.volume.geometry)


def close_up(
    limb: Limb, protocol: Protocol, pose: Pose | None = None, margin_mm: float = 38.0, seed: int = 1
) -> Imaged:
    """The limb's lesions and `margin_mm` round them, with all else of a protocol: quick to render."""
    known = pose or Pose()
    low, high = _lesions_box(limb.lesions, known)
    along = np.abs((high - low) @ np.abs(protocol.directions)) + 2 * margin_mm
    step = np.mean(protocol.steps_mm) if protocol.steps_mm else protocol.step_mm or protocol.slice_mm
    lean = math.tan(math.radians(abs(protocol.tilt_deg)))
    lengths = (along[0] + lean * along[1], along[1] + lean * along[0], along[2])
    slices, rows, columns = (
        max(2, math.ceil(float(length / spacing)))
        for length, spacing in zip(lengths, (step, *protocol.spacing_mm), strict=True)
    )
    x, y, z = (float(v) for v in (low + high) / 2)
    return Imaged(limb, replace(protocol, shape=(slices, rows, columns), centre_mm=(x, y, z)), known, seed)


def _lesions_box(lesions: tuple[Solid, ...], pose: Pose) -> tuple[FloatArray, FloatArray]:
    picks = np.array([[(k >> i) & 1 for i in range(3)] for k in range(8)])
    corners = np.concatenate([pose.to_patient(np.where(picks, s.shape.box[1], s.shape.box[0])) for s in lesions])
    return corners.min(axis=0), corners.max(axis=0)
