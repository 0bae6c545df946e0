"""Streaks of metal: bright and dark fans in the slices that cross it. A look, not a physics of beam hardening."""

import numpy as np

from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.pose import Pose
from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.geometry import Geometry

STRENGTH_HU, FADE_MM = 260.0, 26.0


def cast_streaks(hu: AnyArray, limb: Limb, pose: Pose, geometry: Geometry) -> None:
    """Add each metal body's streaks to the slices that cross it, in place."""
    for body in limb.bodies:
        if body.metal:
            for k in range(geometry.shape[0]):
                crossing = _crossing(body, pose, geometry, k)
                if crossing is not None:
                    hu[k] += _fan(geometry, crossing, k)


def _crossing(body: Solid, pose: Pose, geometry: Geometry, k: int) -> FloatArray | None:
    """Where the middle of the metal lies in slice k (row, column), found on every fourth pixel; None if nowhere."""
    rows, columns = np.meshgrid(np.arange(0, geometry.shape[1], 4), np.arange(0, geometry.shape[2], 4), indexing="ij")
    index = np.column_stack([np.full(rows.size, float(k)), rows.ravel(), columns.ravel()])
    inside = body.shape.depth(pose.to_limb(geometry.points_mm(index))) > -1.0
    if not inside.any():
        return None
    middle: FloatArray = index[inside, 1:].mean(axis=0)
    return middle


def _fan(geometry: Geometry, middle: FloatArray, k: int) -> AnyArray:
    rng = np.random.default_rng([k, 37])
    down = (np.arange(geometry.shape[1])[:, None] - middle[0]) * geometry.spacing_mm[1]
    across = (np.arange(geometry.shape[2])[None] - middle[1]) * geometry.spacing_mm[2]
    away, angle = np.hypot(down, across), np.arctan2(down, across)
    waves = sum(
        weight * np.cos(2 * order * angle + phase)
        for order, weight, phase in zip((1, 3, 6, 11), (0.5, 0.5, 0.35, 0.25), rng.uniform(0, 0.8, 4), strict=True)
    )
    fan: AnyArray = (STRENGTH_HU * waves * np.exp(-away / FADE_MM) * (away > 5)).astype(np.float32)
    return fan
