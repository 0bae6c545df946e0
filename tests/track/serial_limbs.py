"""Pairs of studies of one phantom limb in two poses, with the true transform between them."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mo_viewer.findings.registration import Registration
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.pose import AXIAL, Pose, turn
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Protocol
from mo_viewer.phantom.truth import true_mask
from mo_viewer.track.register import register
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

FINE = Protocol((90, 116, 116), (1.2, 1.1), 1.0, kernel=SHARP)
OTHERS = {
    "the same protocol": FINE,
    "soft kernel": replace(FINE, kernel=SOFT),
    "2 mm soft": Protocol((45, 116, 116), (1.2, 1.1), 2.0, kernel=SOFT),
    "3 mm soft": Protocol((30, 116, 116), (1.2, 1.1), 3.0, kernel=SOFT),
    "100 kVp": replace(FINE, kernel=SOFT, kvp=100.0),
    "gantry tilt": replace(FINE, kernel=MEDIUM, tilt_deg=15.0),
    "oblique": replace(FINE, kernel=MEDIUM, directions=turn(14.0, -18.0, 25.0) @ AXIAL),
    "uneven steps": replace(FINE, kernel=MEDIUM, steps_mm=(1.0, 1.0, 1.6, 0.8)),
    "another field of view": replace(FINE, shape=(80, 150, 150), spacing_mm=(0.75, 0.7), kernel=MEDIUM),
}
FIRST, SECOND = Pose((3.0, -4.0, 6.0), (95.0, 8.0, -510.0)), Pose((-8.0, 9.0, -14.0), (-66.0, -9.0, 212.0))
FAR = Pose((24.0, -18.0, 38.0), (30.0, -20.0, 40.0))


@dataclass(frozen=True)
class Study:
    """A volume, its lesions' true masks, and the pose that it was made in."""

    volume: Volume
    masks: tuple[Mask, ...]
    pose: Pose
    limb: Limb

    def lesion_mm(self, at: int = 0) -> np.ndarray:
        """Middle of a lesion's box, LPS mm."""
        low, high = self.limb.lesions[at].shape.box
        return self.pose.to_patient((np.array(low) + np.array(high))[None] / 2)[0]


def study(
    limb: Limb, protocol: Protocol, pose: Pose, seed: int, aim: tuple[float, float, float] = (-11, 8, 0)
) -> Study:
    """Image a limb with the stack's middle at a point of it."""
    x, y, z = (float(v) for v in pose.to_patient(np.array([aim], dtype=float))[0])
    volume = acquire(limb, replace(protocol, centre_mm=(x, y, z)), pose, seed)
    return Study(volume, tuple(true_mask(s, pose, volume.geometry) for s in limb.lesions), pose, limb)


def registered_pair(first: Study, second: Study, known_lesions: bool = True) -> Registration:
    """Register near the first lesion; `known_lesions` False: those of the second study are not marked yet."""
    near = tuple(float(v) for v in first.lesion_mm())
    masks = second.masks if known_lesions else ()
    return register(first.volume, second.volume, [near], first.masks, masks)


def truth(first: Pose, second: Pose, turned: np.ndarray | None = None) -> np.ndarray:
    """4x4 from the patient space of one pose to that of another; `turned` moves the bone within the limb."""
    inner = np.eye(4)
    if turned is not None:
        inner[:3, :3] = turned
    return _matrix(second) @ inner @ np.linalg.inv(_matrix(first))


def target_error(matrix: np.ndarray, true: np.ndarray, at_mm: np.ndarray) -> tuple[float, float]:
    """Mean and greatest distance of the images of points within 15 mm of the lesion."""
    line = np.linspace(-15.0, 15.0, 5)
    points = np.stack(np.meshgrid(line, line, line), axis=-1).reshape(-1, 3) + at_mm
    away = np.linalg.norm(points @ (matrix - true)[:3, :3].T + (matrix - true)[:3, 3], axis=1)
    return float(away.mean()), float(away.max())


@lru_cache(maxsize=4)
def limb_with_lesion(seed: int, laterality: str = "L") -> Limb:
    """A thigh with a mature lesion in a place that depends on the seed."""
    from mo_viewer.phantom.catalogue import situation

    return situation("mature", seed, laterality)


def replaced_geometry(volume: Volume, geometry: Geometry) -> Volume:
    """The same pixels, read at other places."""
    return replace(volume, geometry=geometry)


def untilted(volume: Volume) -> Volume:
    """A tilted stack read as if its slices stood straight above each other, as some readers do."""
    g = volume.geometry
    step = (g.origins_mm[-1] - g.origins_mm[0]) / (g.shape[0] - 1)
    origins = g.origins_mm[0] + np.arange(g.shape[0])[:, None] * g.normal * np.linalg.norm(step)
    return replaced_geometry(volume, Geometry(g.shape, origins, g.row_step_mm, g.column_step_mm))


def carried(volume: Volume, linear: np.ndarray) -> Volume:
    """The same pixels with all positions changed by a (3, 3) matrix: flips, half turns, wrong spacing."""
    g = volume.geometry
    return replaced_geometry(
        volume, Geometry(g.shape, g.origins_mm @ linear.T, linear @ g.row_step_mm, linear @ g.column_step_mm)
    )


def _matrix(pose: Pose) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = pose.rotation, pose.shift_mm
    return matrix


def moved_body(solid: Solid, rotation: np.ndarray) -> Solid:
    """A body turned about the limb's origin."""
    from mo_viewer.phantom.shapes import Placed

    return replace(solid, shape=Placed(solid.shape, (0.0, 0.0, 0.0), rotation))
