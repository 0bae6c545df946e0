"""The step between slices as the images themselves show it: wires that cross the module at a known angle."""

import numpy as np

from hu_check.find import Pose
from hu_check.picture import Picture
from hu_check.table import Table
from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Volume

_ALONG_MM = 20.0
_STANDS_OUT = 6.0
_LEAST_SLICES = 3


def measured_step_mm(volume: Volume, pose: Pose, module: tuple[int, int], table: Table, ticket: Ticket) -> float | None:
    """Return the mean distance of neighbouring slices, mm; None where fewer than two wires show in three slices.

    A wire at angle a to the slices moves by step / tan(a) along itself from one slice to the next.
    """
    slopes = []
    for angle in (-90.0, 0.0, 90.0, 180.0):
        seen = [
            (k, at) for k in range(module[0], module[1] + 1) if (at := _at(volume, pose, k, angle, table)) is not None
        ]
        ticket.check()
        if len(seen) >= _LEAST_SLICES:
            slopes.append(abs(_robust_slope(np.array(seen))))
    if len(slopes) < 2:
        return None
    return float(np.mean(slopes)) * float(np.tan(np.radians(table.ramp_degrees)))


def _at(volume: Volume, pose: Pose, k: int, angle: float, table: Table) -> float | None:
    """Where along itself the wire crosses slice k, mm from the middle; None where it does not stand out."""
    middle = pose.place_mm(angle, table.ramp_radius_mm)
    outward = (middle - pose.centre_mm) / np.hypot(*(middle - pose.centre_mm))
    along = np.array([-outward[1], outward[0]])
    t, r = np.arange(-_ALONG_MM, _ALONG_MM + 0.1, 0.25), np.arange(-2.0, 2.1, 0.5)
    spots = middle + t[:, None, None] * along + r[:, None] * outward
    line: FloatArray = Picture.of(volume, k).at(spots).max(axis=1)
    ground = float(np.median(line))
    scatter = 1.4826 * float(np.median(np.abs(line - ground)))
    above = line - ground
    peak = int(np.argmax(above))
    if not np.isfinite(above).all() or above[peak] < _STANDS_OUT * max(scatter, 5.0):
        return None
    high = np.where((above > 0.4 * above[peak]) & (np.abs(t - t[peak]) < 10.0), above, 0.0)
    at = float((high * t).sum() / high.sum())
    return at if abs(at) < _ALONG_MM - 4.0 else None


def _robust_slope(seen: FloatArray) -> float:
    """Median of the slopes of all pairs (Theil-Sen), mm per slice."""
    i, j = np.triu_indices(len(seen), 1)
    return float(np.median((seen[j, 1] - seen[i, 1]) / (seen[j, 0] - seen[i, 0])))
