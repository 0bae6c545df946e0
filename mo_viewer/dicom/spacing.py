"""The verdict on the steps of a stack: gaps, uneven steps, tilt."""

import numpy as np

from mo_viewer.base.remarks import Remark
from mo_viewer.dicom.frame import Frame
from mo_viewer.volume.arrays import FloatArray, IndexArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.reading_order import image_number

EVEN_SHARE = 0.02
"""Steps are equal when they differ from the usual step by less than this share (or `EVEN_MM`)."""
EVEN_MM = 0.02
WHOLE_SHARE = 0.05
"""A gap is a whole number of steps when it misses one by less than this share of a step."""
SURE_STEPS = 4
"""From this many equal steps on, a gap of whole steps counts as missing slices even where numbers run on."""
LEAST_TILT_DEG = 0.3


def stack(frames: list[Frame]) -> Geometry:
    """Return the grid of frames that lie in the patient, each at its true position.

    Raises
    ------
    Refused
        When the positions or spacings make no grid.
    """
    first = frames[0]
    assert first.orientation is not None
    rows_mm, columns_mm = first.spacing_mm
    across, down = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    return Geometry(
        (len(frames), first.traits.rows, first.traits.columns),
        np.array([frame.position for frame in frames], dtype=np.float64),
        down / np.linalg.norm(down) * rows_mm,
        across / np.linalg.norm(across) * columns_mm,
        first.traits.frame_uid,
    )


def spacing_remarks(geometry: Geometry, frames: list[Frame]) -> list[Remark]:
    """Return remarks about missing slices, uneven spacing and gantry tilt."""
    if geometry.shape[0] < 2:
        return []
    normal = geometry.normal
    steps = np.diff(geometry.origins_mm @ normal)
    found = [] if steps.max() - steps.min() <= EVEN_MM else _uneven(steps, geometry, frames)
    angle = _tilt_deg(geometry, normal)
    if angle >= LEAST_TILT_DEG:
        text = f"The slices are tilted by {angle:.1f} degrees against the direction in which they are stacked."
        found.append(Remark("gantry_tilt", text))
    return found


def tilt_deg(geometry: Geometry) -> float:
    """Return the angle between the slice normal and the way from first to last slice, degrees."""
    return _tilt_deg(geometry, geometry.normal)


def _tilt_deg(geometry: Geometry, normal: FloatArray) -> float:
    way = geometry.origins_mm[-1] - geometry.origins_mm[0]
    along = float(way @ normal)
    aside = float(np.linalg.norm(way - along * normal))
    return float(np.degrees(np.arctan2(aside, abs(along))))


def usual_step_mm(steps: FloatArray) -> float:
    """Return the step that most slices have; among equals, the smaller."""
    rounded, counts = np.unique(np.round(steps, 2), return_counts=True)
    usual = rounded[np.argmax(counts)]
    return float(np.median(steps[np.abs(steps - usual) <= 0.01]))


def odd_steps(steps: FloatArray) -> IndexArray:
    """Return which steps are not the usual one."""
    usual = usual_step_mm(steps)
    return np.flatnonzero(np.abs(steps - usual) > max(EVEN_MM, EVEN_SHARE * usual)).astype(np.int32)


def _uneven(steps: FloatArray, geometry: Geometry, frames: list[Frame]) -> list[Remark]:
    usual = usual_step_mm(steps)
    odd = odd_steps(steps)
    if not odd.size:
        return []
    gaps = [k for k in odd.tolist() if _is_gap(k, steps, usual, odd.size, frames)]
    uneven = [k for k in odd if k not in gaps]
    found = []
    if gaps:
        found.append(_missing(gaps, steps, usual, geometry))
    if uneven:
        text = f"The slice steps are uneven: {steps.min():.2f} to {steps.max():.2f} mm, usually {usual:.2f} mm."
        found.append(Remark("uneven_spacing", text))
    return found


def _is_gap(k: int, steps: FloatArray, usual: float, odd: int, frames: list[Frame]) -> bool:
    """Whether step k leaves room for whole slices that should be there.

    Numbers that skip there say so. Where they run on, only a long row of equal steps around it does: some scanners
    change their step on purpose.
    """
    share = steps[k] / usual
    if round(share) < 2 or abs(share - round(share)) > WHOLE_SHARE * max(1, round(share) / 4):
        return False
    before, after = frames[k].instance, frames[k + 1].instance
    skipped = before is None or after is None or abs(after - before) != 1
    even = steps.size - odd
    return skipped or (even >= SURE_STEPS and odd <= max(1, even // 10))


def _missing(gaps: list[int], steps: FloatArray, usual: float, geometry: Geometry) -> Remark:
    missing = sum(round(float(steps[k]) / usual) - 1 for k in gaps)
    heights = geometry.heights_mm
    read_first = {k: min(image_number(geometry, k), image_number(geometry, k + 1)) for k in gaps[:5]}
    where = "; ".join(
        f"after image {n}, between {heights[k]:.1f} and {heights[k + 1]:.1f} mm" for k, n in read_first.items()
    )
    more = f" and {len(gaps) - 5} further places" if len(gaps) > 5 else ""
    noun = "slice is" if missing == 1 else "slices are"
    return Remark("missing_slices", f"{missing} {noun} missing: {where}{more}.")
