"""The demo patient: one thigh, one injury, three studies, a lesion in the adductors that ripens."""

import json
import os
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.phantom.compounds import Bulged
from mo_viewer.phantom.fills import Zoned
from mo_viewer.phantom.limb import Limb, Oedema, Solid, Table
from mo_viewer.phantom.placing import beside
from mo_viewer.phantom.pose import Pose, turn
from mo_viewer.phantom.render import render
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed
from mo_viewer.phantom.thigh import femur, thigh
from mo_viewer.phantom.truth import LesionTruth, truth_of
from mo_viewer.phantom.write import Identity, write_ct
from mo_viewer.volume.arrays import Point

INJURY = date(2024, 1, 8)
MARKER = "mo-viewer-demo.json"
VERSION = 2
SEED = 20240108
LESION = "adductor lesion"
_AXES_MM = (13.0, 10.5, 20.5)
_RENDERED = 0.9
"""Share of a study's time that its images take; the rest is writing."""


@dataclass(frozen=True)
class DemoCase:
    """Everything that decides one study of the demo patient."""

    weeks: int
    limb: Limb
    protocol: Protocol
    pose: Pose
    identity: Identity

    @property
    def date(self) -> date:
        """Day of the study."""
        return INJURY + timedelta(weeks=self.weeks)

    @property
    def lesion(self) -> Solid:
        """The one lesion."""
        return self.limb.lesion(LESION)

    def truth(self) -> LesionTruth:
        """What is true of it in this study."""
        return truth_of(self.limb, self.lesion, self.pose, self.protocol.kvp)


@dataclass(frozen=True)
class DemoStudy:
    """One study as it lies on disk."""

    folder: Path
    date: date
    weeks: int
    study_uid: str
    series_uid: str
    truth: LesionTruth

    @property
    def click_mm(self) -> Point:
        """A good place to click: the deepest point of the lesion."""
        return self.truth.core_points_mm[0]


@dataclass(frozen=True)
class DemoPatient:
    """The demo patient on disk; studies by date."""

    folder: Path
    injury: date
    studies: tuple[DemoStudy, ...]


@dataclass(frozen=True)
class _Stage:
    """The lesion at one time: its size against the first, and what is in it."""

    weeks: int
    swelling: float
    rim_mm: float
    rim_hu: float
    core_hu: float
    blend_mm: float
    coverage: float
    spreads_hu: tuple[float, float]
    oedema_hu: float


_STAGES = (
    _Stage(4, 1.00, 3.5, 172.0, 100.0, 2.5, 1.0, (26.0, 18.0), 9.0),
    _Stage(9, 1.07, 2.8, 500.0, 82.0, 1.0, 0.86, (50.0, 10.0), 5.0),
    _Stage(30, 1.03, 3.9, 880.0, 240.0, 1.4, 1.0, (45.0, 85.0), 0.0),
)
_SERIES = (
    (Protocol((100, 256, 256), (0.77, 0.77), 1.5, kernel=SOFT, noise_hu=11.0), (2.0, -3.0, 5.0), (84.0, 3.0, -612.0)),
    (
        Protocol((150, 256, 256), (0.74, 0.74), 1.0, kernel=SHARP, noise_hu=16.0),
        (-5.0, 4.0, -13.0),
        (91.0, 9.0, -447.5),
    ),
    (Protocol((76, 256, 256), (0.79, 0.79), 2.0, kernel=MEDIUM, noise_hu=11.0), (4.0, 1.0, 12.0), (79.0, -6.0, -531.0)),
)


def demo_cases() -> tuple[DemoCase, ...]:
    """The three studies, not yet imaged."""
    return tuple(
        _case(stage, protocol, Pose(turned, shift))
        for stage, (protocol, turned, shift) in zip(_STAGES, _SERIES, strict=True)
    )


def write_demo(folder: Path, ticket: Ticket | None = None) -> DemoPatient:
    """Write the demo patient into `folder`, or use what is there when it is whole and of this version.

    Everything is written beside it first and renamed, so that `folder` is never half full.

    Raises
    ------
    Unwritable
        When it cannot be written, or `folder` holds something that is not a demo patient.
    """
    known = read_demo(folder)
    if known is not None:
        return known
    if folder.exists() and not (folder / MARKER).is_file():
        raise Unwritable("The folder for the demo patient holds something else.", "Choose another folder.")
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        _write_all(part, ticket or Ticket())
        _put_in_place(part, folder)
    except OSError as error:
        raise Unwritable("The demo patient could not be written.", detail=str(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    written = read_demo(folder)
    if written is None:
        raise Unwritable("The demo patient could not be read back after writing.")
    return written


def read_demo(folder: Path) -> DemoPatient | None:
    """The demo patient in `folder`, or None when there is none, or one of another version, or files are missing."""
    try:
        known = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        if known["version"] != VERSION:
            return None
        studies = tuple(_study(folder, study) for study in known["studies"])
        counts = [len(list(study.folder.glob("*.dcm"))) for study in studies]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if counts != [study["files"] for study in known["studies"]]:
        return None
    return DemoPatient(folder, date.fromisoformat(known["injury"]), studies)


def _case(stage: _Stage, protocol: Protocol, pose: Pose) -> DemoCase:
    body = _body(stage.swelling)
    fill = Zoned(
        rim_mm=stage.rim_mm,
        rim_hu=stage.rim_hu,
        core_hu=stage.core_hu,
        centre_mm=body.centre_mm,
        seed=SEED,
        blend_mm=stage.blend_mm,
        coverage=stage.coverage,
        gap_hu=96.0,
        rim_spread_hu=stage.spreads_hu[0],
        core_spread_hu=stage.spreads_hu[1],
        core_grain_mm=4.5,
    )
    oedemas = (
        (Oedema(Placed(Ellipsoid(_AXES_MM), body.centre_mm, body.turn), stage.oedema_hu, 14.0),)
        if stage.oedema_hu
        else ()
    )
    middle = pose.to_patient(_row(-11.0, 8.0, 0.0))[0]
    table = Table(top_mm=float(middle[1]) + 87.0, middle_mm=float(middle[0]) - 70.0, curve_radius_mm=800.0)
    limb = thigh(SEED, (Solid(LESION, body, fill),), oedemas=oedemas, table=table)
    aimed = replace(protocol, centre_mm=(float(middle[0]), float(middle[1]) + 4.0, float(middle[2])))
    return DemoCase(stage.weeks, limb, aimed, pose, _identity(stage.weeks, protocol))


def _row(x: float, y: float, z: float) -> Any:
    import numpy as np

    return np.array([[x, y, z]])


def _body(swelling: float) -> Placed:
    """The lesion's body in the adductors; as it swells it keeps its cleft to the femur."""
    outer, _ = femur()
    x, y, z = (axis * swelling ** (1 / 3) for axis in _AXES_MM)
    shape = Bulged(Ellipsoid((x, y, z)), 0.9, SEED)
    return beside(outer, shape, (0.0, 0.0, 6.0), (-0.80, 0.60), 3.0, turn(9.0, -6.0, -32.0))


def _identity(weeks: int, protocol: Protocol) -> Identity:
    day = INJURY + timedelta(weeks=weeks)
    return Identity(
        key=f"demo week {weeks}",
        patient_id="MOV-DEMO-1",
        patient_name="Demo^Thigh",
        study_date=day.strftime("%Y%m%d"),
        study_time=f"{8 + weeks % 7:02d}{(weeks * 7) % 60:02d}00",
        series_description=f"Thigh {protocol.slice_mm:.1f} {protocol.kernel.name}",
        accession=f"DEMO{weeks:04d}",
    )


def _write_all(part: Path, ticket: Ticket) -> None:
    cases = demo_cases()
    studies = []
    for number, case in enumerate(cases):
        own = ticket.share(number / len(cases), (number + 1) / len(cases), f"Demo patient, week {case.weeks}")
        name = case.date.isoformat()
        seed, frame_uid = SEED + case.weeks, case.identity.frame_uid
        hu, geometry = render(case.limb, case.protocol, case.pose, seed, frame_uid, own.share(0.0, _RENDERED))
        files = write_ct(part / name, hu, geometry, case.protocol, case.identity, own.share(_RENDERED, 1.0))
        studies.append(
            {
                "folder": name,
                "files": len(files),
                "weeks": case.weeks,
                "study_uid": case.identity.study_uid,
                "series_uid": case.identity.series_uid,
                "truth": case.truth().as_json(),
            }
        )
    known = {"version": VERSION, "injury": INJURY.isoformat(), "studies": studies}
    (part / MARKER).write_text(json.dumps(known, indent=1), encoding="utf-8")
    ticket.progress(len(cases), len(cases), "Demo patient")


def _put_in_place(part: Path, folder: Path) -> None:
    """Rename; when another process was faster, its patient is as good as ours."""
    if folder.exists() and read_demo(folder) is None:
        shutil.rmtree(folder)
    try:
        part.rename(folder)
    except OSError:
        if read_demo(folder) is None:
            raise


def _study(folder: Path, known: dict[str, Any]) -> DemoStudy:
    return DemoStudy(
        folder / known["folder"],
        date.fromisoformat(known["folder"]),
        int(known["weeks"]),
        str(known["study_uid"]),
        str(known["series_uid"]),
        LesionTruth.from_json(known["truth"]),
    )
