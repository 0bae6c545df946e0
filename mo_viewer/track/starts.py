"""Where an alignment may begin: along each bone and about its axis, because a single start slides or spins freely."""

import numpy as np

from mo_viewer.track.cloud import Cloud, angle_deg, rigid, turned
from mo_viewer.volume.arrays import FloatArray

SHIFT_STEP_MM = 14.0
SPINS_DEG = (-60.0, -30.0, 0.0, 30.0, 60.0)
LEANS_DEG = (-25.0, 25.0)
MOST_TURN_DEG = 80.0
LONG = 1.7
LINE_HALF_MM = 25.0
LEAST_STRETCH = 30


def starts(cloud: Cloud, target: Cloud) -> list[FloatArray]:
    """Return 4x4 matrices that bring `cloud` roughly onto stretches of `target`, the surface of one bone."""
    made = [np.eye(4), rigid(np.eye(3), cloud.points_mm.mean(axis=0), target.points_mm.mean(axis=0))]
    axes, spread = cloud.axis()
    _, target_spread = target.axis()
    if spread[0] > LONG * spread[1] and target_spread[0] > LONG * target_spread[1]:
        return made + _along(cloud, target, axes[:, 0])
    return made + _about(cloud, target)


def _along(cloud: Cloud, target: Cloud, axis: FloatArray) -> list[FloatArray]:
    """Every few millimetres along a long bone, turned into its direction there, at several spins."""
    middle = cloud.points_mm.mean(axis=0)
    made = []
    for place, direction in _line(target):
        ways = [direction if direction @ axis >= 0 else -direction]
        if abs(float(direction @ axis)) < 0.3:
            ways.append(-ways[0])
        for way in ways:
            onto = _onto(axis, way)
            for spin in SPINS_DEG:
                rotation = turned(np.radians(spin) * way) @ onto
                if angle_deg(rotation) <= MOST_TURN_DEG:
                    made.append(rigid(rotation, middle, place))
    return made


def _line(target: Cloud) -> list[tuple[FloatArray, FloatArray]]:
    """Middle and direction of a long bone every few millimetres, also where it bends."""
    axes, _ = target.axis()
    height = target.points_mm @ axes[:, 0]
    stops = np.arange(height.min() + 8.0, height.max() - 7.9, SHIFT_STEP_MM)
    if not stops.size:
        stops = np.array([0.5 * (height.min() + height.max())])
    found = []
    for stop in stops:
        near = target.points_mm[np.abs(height - stop) < LINE_HALF_MM]
        if len(near) < LEAST_STRETCH:
            continue
        inner = near[np.abs(near @ axes[:, 0] - stop) < 0.4 * LINE_HALF_MM]
        place = (inner if len(inner) >= LEAST_STRETCH else near).mean(axis=0)
        found.append((place, axes[:, 0]))
    if len(found) < 3:
        return found
    places = np.array([place for place, _ in found])
    slopes = np.gradient(places, axis=0)
    return [(place, slope / np.linalg.norm(slope)) for place, slope in zip(places, slopes, strict=True)]


def _about(cloud: Cloud, target: Cloud) -> list[FloatArray]:
    """Middles and ends brought together, turned about each axis of the patient."""
    rotations = [np.eye(3)]
    for axis in np.eye(3):
        rotations += [turned(np.radians(lean) * axis) for lean in (*LEANS_DEG, *(2 * lean for lean in LEANS_DEG))]
    made = []
    for rotation in rotations:
        turned_points = cloud.points_mm @ rotation.T
        low, high = turned_points.min(axis=0), turned_points.max(axis=0)
        target_low, target_high = target.points_mm.min(axis=0), target.points_mm.max(axis=0)
        shifts = [target.points_mm.mean(axis=0) - turned_points.mean(axis=0), target_low - low, target_high - high]
        for shift in shifts:
            matrix = np.eye(4)
            matrix[:3, :3], matrix[:3, 3] = rotation, shift
            made.append(matrix)
    return made


def _onto(axis: FloatArray, way: FloatArray) -> FloatArray:
    """The least rotation that brings one direction onto another."""
    cross = np.cross(axis, way)
    sine, cosine = float(np.linalg.norm(cross)), float(axis @ way)
    if sine < 1e-9:
        return np.eye(3)
    return turned(cross / sine * np.arctan2(sine, cosine))
