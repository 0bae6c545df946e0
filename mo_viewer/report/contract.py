"""The findings of a document as the strict JSON that CONTRACT.md fixes."""

import json
import math
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from mo_viewer.dicom.scan import Index
from mo_viewer.dicom.series import Series, Study, studies
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Grade, Lesion, Quality
from mo_viewer.findings.measurement import Measurement
from mo_viewer.report.codes import concepts
from mo_viewer.report.courses import courses_json, registrations_json
from mo_viewer.report.history import NO_HISTORY, History
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Length

FINDINGS = "mo-viewer/findings/1"
SCAN = "mo-viewer/scan/1"
_DECIMALS_MM = 4
NOT_FINITE = "the result was not a finite number"

Json = dict[str, Any]


def findings_json(document: Document, software: str, plugin: str, history: History = NO_HISTORY) -> Json:
    """Return all findings of a patient as the contract's ``measure`` and ``compare`` object.

    Measured values keep every digit (the window and the command line must agree to the last bit); positions
    that follow from the mask are rounded to 0.1 micrometre. Nothing in it names the patient.

    Parameters
    ----------
    document
        What was found.
    software, plugin
        Name and version, such as ``mo-viewer 0.1.0``.
    history
        Courses and registrations.
    """
    return {
        "schema": FINDINGS,
        "software": software,
        "plugin": plugin,
        "injury_date": document.injury_date or None,
        "timepoints": [_timepoint(timepoint, document.injury_date) for timepoint in document.timepoints],
        "registrations": registrations_json(history),
        "courses": courses_json(history),
        "events": [
            {"date": e.date, "kind": e.kind.value, "text": e.text, **_made_by(e.made_by)} for e in history.events
        ],
    }


def scan_json(index: Index, names: bool = False) -> Json:
    """Return what a folder holds as the contract's ``scan`` object.

    Parameters
    ----------
    index
        Of `mo_viewer.dicom.scan.scan`.
    names
        Give the patient's own ID and name instead of the stable hash.
    """
    return {
        "schema": SCAN,
        "seconds": round(index.seconds, 3),
        "files": index.files,
        "studies": [_study(study, names) for study in studies(index.series)],
        "refused": [{"file": r.file, "code": r.code, "text": r.text} for r in index.refused],
    }


def written(data: Json) -> str:
    """Return JSON text: strict (NaN raises ValueError), letters as they are, one value a line."""
    return json.dumps(data, allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def days_since(injury_date: str, study_date: str) -> int | None:
    """Return whole days from injury to study; None when either date is not known or not a date."""
    try:
        return (date.fromisoformat(study_date) - date.fromisoformat(injury_date)).days
    except ValueError:
        return None


def finite(value: float | None) -> float | None:
    """Return a plain float, or None where there is no finite number."""
    return float(value) if value is not None and math.isfinite(value) else None


def in_order(lesion: Lesion) -> list[Measurement]:
    """Return the finite measurements of a lesion in the order of the code table, unknown names at the end."""
    rank = {name: at for at, name in enumerate(concepts())}
    known = [m for m in lesion.measurements if math.isfinite(m.value)]
    return sorted(known, key=lambda m: rank.get(m.concept, len(rank)))


def refusals(lesion: Lesion) -> list[tuple[str, str]]:
    """Return (name, reason) of everything that was not measured, values that are no numbers included."""
    broken = [(m.concept, NOT_FINITE) for m in lesion.measurements if not math.isfinite(m.value)]
    return [(r.concept, r.reason) for r in lesion.refused] + broken


def centroid_mm(mask: Mask) -> FloatArray:
    """Return the LPS centre of gravity of the voxels inside, each counted with its own volume."""
    indices = mask.indices()
    weights = mask.geometry.voxel_volumes_mm3[indices[:, 0].astype(int)]
    centre: FloatArray = np.average(mask.points_mm(), axis=0, weights=weights if weights.sum() > 0 else None)
    return centre


def bounds_mm(mask: Mask) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest LPS coordinates that voxels inside reach, their own extent included."""
    geometry, points = mask.geometry, mask.points_mm()
    extent = geometry.slice_extents_mm[mask.indices()[:, 0].astype(int)]
    in_plane = np.abs(geometry.row_step_mm) + np.abs(geometry.column_step_mm)
    half = 0.5 * (in_plane + extent[:, None] * np.abs(geometry.normal))
    return (points - half).min(axis=0), (points + half).max(axis=0)


def _timepoint(timepoint: Timepoint, injury_date: str) -> Json:
    acquisition = asdict(timepoint.acquisition)
    return {
        "study_uid": timepoint.study_uid,
        "series_uid": timepoint.series_uid,
        "date": timepoint.date or None,
        "modality": timepoint.modality,
        "days_since_injury": days_since(injury_date, timepoint.date),
        "acquisition": {
            "kvp": finite(acquisition["kvp"]),
            "kernel": acquisition["kernel"],
            "slice_mm": finite(acquisition["slice_mm"]),
            "contrast": acquisition["contrast"],
            "manufacturer": acquisition["manufacturer"],
            "model": acquisition["model"],
        },
        "lesions": [_lesion(lesion) | _image(timepoint, lesion) for lesion in timepoint.lesions],
    }


def _image(timepoint: Timepoint, lesion: Lesion) -> Json:
    """The series that a lesion was drawn on, where that is known."""
    image = timepoint.drawn_on(lesion)
    return {} if image is None else {"series_uid": image.series_uid}


def _lesion(lesion: Lesion) -> Json:
    clicks = [[float(c) for c in click] for click in lesion.clicks_mm]
    site = lesion.site
    return {
        "tracking_uid": lesion.tracking_uid,
        "label": lesion.label,
        "at_mm": clicks[0] if clicks else None,
        "clicks_mm": clicks,
        "site": None if site is None else {"code": site.value, "scheme": site.scheme, "meaning": site.meaning},
        "laterality": lesion.laterality.value,
        **_place(lesion.mask),
        "measurements": {m.concept: _measurement(m) for m in in_order(lesion)},
        "class_volumes": [
            {
                "name": c.name,
                "from_hu": float(c.from_hu),
                "to_hu": finite(c.to_hu),
                "volume_mm3": float(c.volume_mm3),
            }
            for c in lesion.class_volumes
        ],
        "refused": [{"name": name, "reason": reason} for name, reason in refusals(lesion)],
        "grade": None if lesion.grade is None else _grade(lesion.grade),
        "pattern": lesion.pattern or "not_assessable",
        "quality": _quality(lesion.quality),
    }


def _place(mask: Mask | None) -> Json:
    if mask is None or mask.voxels == 0:
        return {"centroid_mm": None, "bbox_mm": None, "mask_voxels": 0, "mask_volume_mm3": 0.0}
    low, high = bounds_mm(mask)
    return {
        "centroid_mm": _rounded(centroid_mm(mask)),
        "bbox_mm": [_rounded(low), _rounded(high)],
        "mask_voxels": mask.voxels,
        "mask_volume_mm3": round(mask.volume_mm3, _DECIMALS_MM),
    }


def _measurement(measurement: Measurement) -> Json:
    return {
        "value": float(measurement.value),
        "unit": measurement.unit,
        "spread": finite(measurement.spread),
        "method": measurement.method,
        "warnings": list(measurement.warnings),
        "notes": list(measurement.notes),
        **_made_by(measurement.made_by),
    }


def _grade(grade: Grade) -> Json:
    rules = [
        {
            "rule": rule.name.partition(" ")[0],
            "title": rule.name.partition(" ")[2],
            "value": finite(rule.value),
            "limit": rule.limit,
            "met": rule.met,
            "basis": rule.basis,
            "provisional": rule.provisional,
            **({"reason": rule.reason} if rule.reason else {}),
        }
        for rule in grade.rules
    ]
    return {"value": grade.value, "scale": grade.scale, "rules": rules, **_made_by(grade.made_by)}


def _made_by(plugin: str) -> Json:
    """The plugin and its version, where it was not the engine."""
    return {"made_by": plugin} if plugin else {}


def _quality(quality: Quality) -> Json:
    return {
        "touches_bone": bool(quality.touches_bone),
        "metal": bool(quality.metal),
        "noise_hu": finite(quality.noise_hu),
        "confidence": finite(quality.confidence),
        "edge_share": finite(quality.edge_share),
        "gap_share": finite(quality.gap_share),
        "bone_share": finite(quality.bone_share),
        "warnings": list(quality.warnings),
    }


def _rounded(point: FloatArray) -> list[float]:
    return [round(float(c), _DECIMALS_MM) + 0.0 for c in point]


def _study(study: Study, names: bool) -> Json:
    patient = study.patient
    who = {"patient_id": patient.id, "patient_name": patient.name} if names else {"patient_id": patient.key}
    return {
        "study_uid": study.study_uid,
        **who,
        "date": study.date or None,
        "series": [_series(series) for series in study.series],
    }


def _series(series: Series) -> Json:
    return {
        "series_uid": series.source.series_uid,
        "number": series.source.number,
        "description": series.source.description,
        "modality": series.source.modality,
        "body_part": series.source.body_part,
        "files": series.files,
        "frames": series.frames,
        "shape": list(series.shape),
        "spacing_mm": _spacing(series),
        "transfer_syntax": series.transfer_syntax,
        "volume": series.is_volume,
        "hounsfield": series.hounsfield,
        "length_calibration": series.length.value,
        "remarks": [{"code": remark.code, "text": remark.text} for remark in series.remarks],
    }


def _spacing(series: Series) -> list[float] | None:
    """None for objects and for pictures without a size; slices that nothing places have no distance."""
    if series.geometry is None or series.length is Length.NONE:
        return None
    step, *in_plane = (round(step, 6) for step in series.geometry.spacing_mm)
    return [step if series.geometry.in_patient else 0.0, *in_plane]
