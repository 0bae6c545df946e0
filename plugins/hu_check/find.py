"""Finds the insert module of a phantom in a stack: a ring of inserts in the right order, however it is turned."""

from dataclasses import dataclass

import numpy as np

from hu_check.body import body_of
from hu_check.picture import Picture
from hu_check.table import Table
from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Volume

ROUGH_STEP_MM = 5.0
MOST_MISFIT_HU = 60.0
SLOPES = (0.7, 1.35)
_ANGLE_STEP = 1.0


@dataclass(frozen=True, eq=False)
class Pose:
    """How the phantom lies in one slice: centre (x, y) mm, rotation clockwise on screen, seen from its other end."""

    slice: int
    centre_mm: FloatArray
    degrees: float
    is_mirrored: bool
    misfit_hu: float = 0.0
    scale: float = 1.0

    def place_mm(self, angle_degrees: float, radius_mm: float) -> FloatArray:
        """(2,) where a point of the phantom, given by angle and radius, lies in the slice."""
        turned = np.radians(self.degrees + (-angle_degrees if self.is_mirrored else angle_degrees))
        return self.centre_mm + self.scale * radius_mm * np.array([np.cos(turned), np.sin(turned)])


def find_module(volume: Volume, table: Table, ticket: Ticket) -> tuple[Pose, tuple[int, int]] | None:
    """Return the pose in the middle slice of the insert module, and the module's first and last slice; or None.

    Every few millimetres one slice is looked at; where the ring of inserts shows, its neighbours are too.
    """
    slices = volume.geometry.shape[0]
    step_mm = volume.geometry.spacing_mm[0]
    stride = max(1, int(ROUGH_STEP_MM / step_mm)) if step_mm > 0 else 1
    rough: dict[int, Pose] = {}
    for k in range(0, slices, stride):
        ticket.progress(k, slices, "Looking for a phantom")
        pose = pose_in(Picture.of(volume, k), k, table)
        if pose is not None:
            rough[k] = pose
    if not rough:
        return None
    best = min(rough.values(), key=lambda pose: pose.misfit_hu)
    first, last = (_edge_of(volume, table, best.slice, way, ticket) for way in (-1, 1))
    middle = (first + last) // 2
    pose = pose_in(Picture.of(volume, middle), middle, table) or best
    picture = Picture.of(volume, pose.slice)
    for _ in range(3):
        pose = refined(picture, pose, table)
    return pose, (first, last)


def pose_in(picture: Picture, k: int, table: Table) -> Pose | None:
    """Return how the phantom lies in one slice, or None where its inserts do not show."""
    body = body_of(picture, table.body_diameter_mm)
    if body is None:
        return None
    ring = _ring(picture, body.centre_mm, table)
    if not np.isfinite(ring).all():
        return None
    angles = np.array([insert.angle_degrees for insert in table.inserts])
    nominal = np.array([insert.nominal_hu for insert in table.inserts])
    best: Pose | None = None
    for is_mirrored in (False, True):
        misfit, turn = _best_turn(ring, -angles if is_mirrored else angles, nominal)
        if misfit < (MOST_MISFIT_HU if best is None else best.misfit_hu):
            best = Pose(k, body.centre_mm, turn, is_mirrored, misfit)
    return best


def refined(picture: Picture, pose: Pose, table: Table) -> Pose:
    """Return the pose that fits the middles of the inserts best (rotation, shift and scale by least squares).

    An insert counts by how far it stands out from what most of the ring shows.
    """
    local, seen, weight = [], [], []
    ground = float(np.median(_ring(picture, pose.centre_mm, table)))
    for insert in table.inserts:
        place = pose.place_mm(insert.angle_degrees, table.ring_radius_mm)
        found = picture.centroid(place, 9.0)
        if found is not None:
            angle = np.radians(-insert.angle_degrees if pose.is_mirrored else insert.angle_degrees)
            local.append(complex(np.cos(angle), np.sin(angle)) * table.ring_radius_mm)
            seen.append(complex(*found))
            weight.append(min(abs(float(picture.disc(place, 4.0).mean()) - ground), 300.0))
    if len(local) < 4:
        return pose
    design = np.column_stack([local, np.ones(len(local))]) * np.array(weight)[:, None]
    (turn, shift), *_ = np.linalg.lstsq(design, np.array(seen) * np.array(weight), rcond=None)
    if abs(abs(turn) - 1) > 0.05 or np.hypot(*(np.array([shift.real, shift.imag]) - pose.centre_mm)) > 5.0:
        return pose
    centre = np.array([shift.real, shift.imag])
    degrees = float(np.degrees(np.angle(turn)))
    return Pose(pose.slice, centre, degrees, pose.is_mirrored, pose.misfit_hu, float(abs(turn)))


def _edge_of(volume: Volume, table: Table, k: int, way: int, ticket: Ticket) -> int:
    while 0 <= k + way < volume.geometry.shape[0]:
        ticket.check()
        if pose_in(Picture.of(volume, k + way), k + way, table) is None:
            break
        k += way
    return k


def _ring(picture: Picture, centre_mm: FloatArray, table: Table) -> FloatArray:
    """(360,) mean HU of small discs along the ring of inserts."""
    angles = np.radians(np.arange(0.0, 360.0, _ANGLE_STEP))
    spots = centre_mm + table.ring_radius_mm * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    offsets = np.array([(x, y) for x in range(-3, 4) for y in range(-3, 4) if x * x + y * y <= 10], dtype=np.float64)
    means: FloatArray = picture.at(spots[:, None, :] + offsets).mean(axis=1)
    return means


def _best_turn(ring: FloatArray, angles: FloatArray, nominal: FloatArray) -> tuple[float, float]:
    """Return the least rms misfit of measured against nominal (a line between them is allowed), and its rotation."""
    turns = np.arange(ring.size)
    seen = ring[(turns[:, None] + np.round(angles / _ANGLE_STEP).astype(int)) % ring.size]
    spread = nominal - nominal.mean()
    slope = (seen @ spread) / (spread @ spread)
    rest = seen - seen.mean(axis=1, keepdims=True) - slope[:, None] * spread
    misfit = np.sqrt((rest**2).mean(axis=1))
    misfit[(slope < SLOPES[0]) | (slope > SLOPES[1])] = np.inf
    at = int(np.argmin(misfit))
    return float(misfit[at]), float(turns[at] * _ANGLE_STEP)
