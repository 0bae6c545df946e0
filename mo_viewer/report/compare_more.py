"""Changes, outlines and FHIR bundles of an export held against its findings; each difference one sentence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mo_viewer.report.codes import code, concepts, is_coded
from mo_viewer.report.contract import Json
from mo_viewer.report.courses import CHANGES
from mo_viewer.report.fhir_words import oid
from mo_viewer.report.reread import Report
from mo_viewer.volume.arrays import FloatArray

Stated = tuple[str, str, str, str, float]
"""Study UID, tracking UID, code and method of the concept, value."""


def change_differences(report: Report, findings: Json) -> Iterator[str]:
    """Yield where a report of changes says otherwise than the courses of the findings."""
    study = str(report.header.get("StudyInstanceUID", ""))
    known = {
        course["tracking_uid"]: change
        for course in findings["courses"]
        for change in course["changes"]
        if change["to_study"] == study
    }
    for group in report.groups:
        change = known.pop(group.tracking_uid, None)
        if change is None:
            yield f"{group.label}: the findings lack the change that the structured report has."
            continue
        for name, key in CHANGES.items():
            said = code(key)
            read = group.codes.get((said.value, said.scheme))
            meant = change.get(name, {}).get("percent")
            if (None if read is None else read.value) != meant:
                yield f"{group.label}: the change of {name} is not that of the findings."


def outline_differences(report: Report, lesions: Sequence[Json]) -> Iterator[str]:
    """Yield lesions whose outlines hold another number of pixels than the findings; holes are filled in outlines."""
    known = {lesion["tracking_uid"]: lesion for lesion in lesions}
    for group in report.groups:
        lesion = known.get(group.tracking_uid)
        if lesion is None or not group.outlines or group.segment is not None or report.is_calipers:
            continue
        held = sum(pixels_inside(line) for line in group.outlines)
        if held < lesion["mask_voxels"]:
            yield f"{group.label}: its outlines hold {held} pixels, the findings say {lesion['mask_voxels']}."


def pixels_inside(line: FloatArray) -> int:
    """Return how many pixel centres lie inside a closed line of (n, 2) column and row."""
    from skimage.measure import points_in_poly

    low, high = np.floor(line.min(axis=0)).astype(int), np.ceil(line.max(axis=0)).astype(int)
    columns, rows = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
    return int(np.count_nonzero(points_in_poly(np.column_stack([columns.ravel(), rows.ravel()]), line)))


def bundle_differences(bundle: Json, findings: Json) -> Iterator[str]:
    """Yield where the FHIR bundle has other numbers than the findings."""
    read, meant = Counter(_of_bundle(bundle)), Counter(_of_findings(findings))
    for study, uid, said, method, value in (meant - read).elements():
        yield f"FHIR bundle: {_name(said, method)} {value:g} of {_label(findings, uid)} is not in it ({study})."
    for _study, uid, said, method, value in (read - meant).elements():
        yield f"FHIR bundle: {_name(said, method)} {value:g} of {_label(findings, uid)} is not in the findings."


def _of_findings(findings: Json) -> Iterator[Stated]:
    for timepoint in findings["timepoints"]:
        for lesion in timepoint["lesions"]:
            for name, measured in lesion["measurements"].items():
                if is_coded(name, measured["unit"]):
                    known = concepts()[name]
                    text = known.code.meaning
                    text += "" if known.derivation is None else f", {known.derivation.meaning}"
                    yield timepoint["study_uid"], lesion["tracking_uid"], text, known.method.value, measured["value"]


def _of_bundle(bundle: Json) -> Iterator[Stated]:
    """Numbers of lesions; voxel counts, classes and changes are left aside."""
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    names = {
        (c.code.meaning if c.derivation is None else f"{c.code.meaning}, {c.derivation.meaning}", c.method.value)
        for c in concepts().values()
    }
    for resource in resources.values():
        if resource["resourceType"] != "Observation" or "valueQuantity" not in resource or "method" not in resource:
            continue
        text, method = resource["code"]["text"], resource["method"]["coding"][0]["code"]
        if (text, method) in names:
            study = _uid(resources[resource["derivedFrom"][0]["reference"]])
            lesion = _uid(resources[resource["focus"][0]["reference"]])
            yield study, lesion, text, method, resource["valueQuantity"]["value"]


def _uid(resource: Any) -> str:
    return str(resource["identifier"][0]["value"]).removeprefix(oid(""))


def _name(said: str, method: str) -> str:
    return next((c.name for c in concepts().values() if c.code.meaning in said and c.method.value == method), said)


def _label(findings: Json, uid: str) -> str:
    lesions = [x for t in findings["timepoints"] for x in t["lesions"]]
    return next((x["label"] for x in lesions if x["tracking_uid"] == uid), uid)
