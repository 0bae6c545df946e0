"""One check of a scanner's CT numbers: what was found in the phantom, and whether it passes."""

from dataclasses import dataclass, field

import numpy as np

from hu_check.body import body_of
from hu_check.find import Pose, find_module
from hu_check.picture import Picture
from hu_check.ramps import measured_step_mm
from hu_check.table import Insert, Table
from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.source import Source
from mo_viewer.volume.volume import Volume

NOISE_DISC_MM, UNIFORM_DISC_MM, UNIFORM_RADIUS_MM = 40.0, 20.0, 53.0
MOST_STRUCTURE_HU = 60.0


@dataclass(frozen=True)
class Measured:
    """One insert: mean and standard deviation (n - 1) of the pixels of the disc."""

    insert: Insert
    hu: float
    sd_hu: float

    @property
    def passed(self) -> bool:
        """Whether the mean is within the tolerance."""
        return abs(self.hu - self.insert.nominal_hu) <= self.insert.tolerance_hu


@dataclass(frozen=True)
class Check:
    """What a phantom's images show. `refused` says why a number is not there (None)."""

    phantom: str
    source: Source
    slice: int
    inserts: tuple[Measured, ...]
    slope: float
    intercept: float
    slice_step_mm: float
    step_by_ramps_mm: float | None
    noise_hu: float | None
    uniformity_hu: float | None
    uniform_slice: int | None
    hole_distances_mm: tuple[float, ...]
    rotation_degrees: float
    is_mirrored: bool
    table_is_edited: bool
    uniformity_tolerance_hu: float
    hole_nominal_mm: float
    hole_tolerance_mm: float
    refused: tuple[tuple[str, str], ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether everything that was measured is within its tolerance."""
        holes = all(abs(one - self.hole_nominal_mm) <= self.hole_tolerance_mm for one in self.hole_distances_mm)
        uniform = self.uniformity_hu is None or self.uniformity_hu <= self.uniformity_tolerance_hu
        return holes and uniform and all(one.passed for one in self.inserts)


def check_volume(volume: Volume, table: Table, ticket: Ticket) -> Check | None:
    """Find the phantom in a stack and measure it; None when there is no such phantom.

    Noise is the standard deviation in a 40 mm disc in the middle of the uniform module; uniformity the greatest
    difference between the mean of a 20 mm disc there and of four such discs 53 mm from the middle. The line is the
    least-squares one with which nominal = slope * measured + intercept.
    """
    if volume.unit != "HU" or volume.is_colour or volume.geometry.shape[0] < 2:
        return None
    found = find_module(volume, table, ticket)
    if found is None:
        return None
    pose, module = found
    picture = Picture.of(volume, pose.slice)
    inserts = tuple(_insert(picture, pose, insert, table) for insert in table.inserts)
    slope, intercept = np.polyfit([one.hu for one in inserts], [one.insert.nominal_hu for one in inserts], 1)
    noise, uniformity, uniform_slice = _uniform(volume, pose, table, ticket)
    holes = _holes(picture, pose, table)
    by_ramps = measured_step_mm(volume, pose, module, table, ticket)
    refused = []
    if uniform_slice is None:
        refused += [(name, "the uniform module is not in these images") for name in ("noise_hu", "uniformity_hu")]
    if not holes:
        refused.append(("hole_distances_mm", "the four holes do not show"))
    if by_ramps is None:
        refused.append(("slice_step_by_ramps_mm", "the ramp wires do not show in three slices or more"))
    return Check(
        phantom=table.phantom,
        source=volume.source,
        slice=pose.slice,
        inserts=inserts,
        slope=float(slope),
        intercept=float(intercept),
        slice_step_mm=float(volume.geometry.spacing_mm[0]),
        step_by_ramps_mm=by_ramps,
        noise_hu=noise,
        uniformity_hu=uniformity,
        uniform_slice=uniform_slice,
        hole_distances_mm=holes,
        rotation_degrees=(pose.degrees + 180.0) % 360.0 - 180.0,
        is_mirrored=pose.is_mirrored,
        table_is_edited=table.is_edited,
        uniformity_tolerance_hu=table.uniformity_tolerance_hu,
        hole_nominal_mm=table.hole_square_mm,
        hole_tolerance_mm=table.hole_tolerance_mm,
        refused=tuple(refused),
    )


def _insert(picture: Picture, pose: Pose, insert: Insert, table: Table) -> Measured:
    values = picture.disc(pose.place_mm(insert.angle_degrees, table.ring_radius_mm), table.disc_diameter_mm / 2)
    return Measured(insert, float(values.mean()), float(values.std(ddof=1)))


def _uniform(volume: Volume, pose: Pose, table: Table, ticket: Ticket) -> tuple[float | None, float | None, int | None]:
    """Noise, uniformity and slice of the uniform module: the flatter of the two places where it may lie."""
    heights = volume.geometry.heights_mm
    candidates = []
    for way in (-1.0, 1.0):
        ticket.check()
        k = int(np.argmin(np.abs(heights - heights[pose.slice] - way * table.uniformity_offset_mm)))
        if abs(abs(heights[k] - heights[pose.slice]) - table.uniformity_offset_mm) > 5.0:
            continue
        picture = Picture.of(volume, k)
        body = body_of(picture, table.body_diameter_mm)
        if body is not None:
            candidates.append((_structure(picture, body.centre_mm), k, picture, body.centre_mm))
    if not candidates or min(candidates, key=lambda one: one[0])[0] > MOST_STRUCTURE_HU:
        return None, None, None
    _, k, picture, centre = min(candidates, key=lambda one: one[0])
    spots = [centre + UNIFORM_RADIUS_MM * np.array(way) for way in ((0, -1), (1, 0), (0, 1), (-1, 0))]
    middle = picture.disc(centre, UNIFORM_DISC_MM / 2)
    around = [float(picture.disc(spot, UNIFORM_DISC_MM / 2).mean()) for spot in spots]
    uniformity = max(abs(one - float(middle.mean())) for one in around)
    return float(picture.disc(centre, NOISE_DISC_MM / 2).std(ddof=1)), uniformity, k


def _structure(picture: Picture, centre_mm: FloatArray) -> float:
    """How far HU reaches beyond noise inside the module: the range (1st to 99th percentile) after smoothing, HU."""
    from scipy.ndimage import gaussian_filter

    smooth = Picture(
        gaussian_filter(picture.hu, (2.0 / picture.row_mm, 2.0 / picture.column_mm)), picture.row_mm, picture.column_mm
    )
    low, high = np.percentile(smooth.disc(centre_mm, 65.0), (1, 99))
    return float(high - low)


def _holes(picture: Picture, pose: Pose, table: Table) -> tuple[float, ...]:
    """The four sides of the square of holes, mm; empty when a hole does not show."""
    radius = table.hole_square_mm / np.sqrt(2)
    middles = [picture.centroid(pose.place_mm(angle, radius), 4.0) for angle in (-135.0, -45.0, 45.0, 135.0)]
    known = [middle for middle in middles if middle is not None]
    if len(known) < 4:
        return ()
    return tuple(float(np.hypot(*(known[i] - known[(i + 1) % 4]))) for i in range(4))
