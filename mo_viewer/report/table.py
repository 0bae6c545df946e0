"""The findings as one flat table (RFC 4180): a row for every number and for everything that was not measured.

What the reader drew comes after the lesions of its study, without a tracking UID; names of its values begin with mark_.
"""

import csv
import io
from collections.abc import Iterator

from mo_viewer.report.contract import Json
from mo_viewer.report.numbers import class_text

COLUMNS = (
    "study_uid",
    "date",
    "days_since_injury",
    "series_uid",
    "tracking_uid",
    "label",
    "site",
    "laterality",
    "name",
    "value",
    "unit",
    "spread",
    "method",
    "warnings",
    "notes",
    "refused",
)
_BETWEEN = "; "


def csv_text(findings: Json) -> str:
    """Return the table of a findings object (`contract.findings_json`), numbers with every digit and a dot."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_rows(findings))
    return out.getvalue()


def _rows(findings: Json) -> Iterator[dict[str, object]]:
    for timepoint in findings["timepoints"]:
        when = {key: _cell(timepoint[key]) for key in ("study_uid", "date", "days_since_injury", "series_uid")}
        for lesion in timepoint["lesions"]:
            own = {"series_uid": lesion["series_uid"]} if lesion.get("series_uid") else {}
            who = {
                "tracking_uid": lesion["tracking_uid"],
                "label": lesion["label"],
                "site": lesion["site"]["meaning"] if lesion["site"] else "",
                "laterality": lesion["laterality"],
            }
            for row in _of_lesion(lesion):
                yield when | own | who | row
        for mark in timepoint.get("marks", ()):
            for row in _of_mark(mark):
                yield when | {"series_uid": mark["series_uid"], "label": mark["label"]} | row


def _of_lesion(lesion: Json) -> Iterator[dict[str, object]]:
    yield {"name": "mask_voxels", "value": lesion["mask_voxels"], "unit": "1"}
    yield {"name": "mask_volume", "value": _cell(lesion["mask_volume_mm3"]), "unit": "mm3"}
    for name, measured in lesion["measurements"].items():
        yield {
            "name": name,
            "value": _cell(measured["value"]),
            "unit": measured["unit"],
            "spread": _cell(measured["spread"]),
            "method": measured["method"],
            "warnings": _BETWEEN.join(measured["warnings"]),
            "notes": _BETWEEN.join(measured["notes"]),
        }
    for one in lesion["class_volumes"]:
        told = class_text(one["name"], one["from_hu"], one["to_hu"])
        yield {"name": "class_volume", "value": _cell(one["volume_mm3"]), "unit": "mm3", "notes": told}
    for refused in lesion["refused"]:
        yield {"name": refused["name"], "refused": refused["reason"]}


def _of_mark(mark: Json) -> Iterator[dict[str, object]]:
    """What the reader drew has no tracking UID: it is no lesion."""
    method = f"drawn by the reader: {mark['kind']}"
    place = [f"series {mark['series_number']}, image {mark['image']}"] if mark["image"] is not None else []
    state = [f"length calibration: {mark['length_calibration']}"] if mark["length_calibration"] else []
    notes = _BETWEEN.join((*place, *state, *mark["notes"]))
    for one in mark["values"]:
        yield {
            "name": f"mark_{one['name']}",
            "value": _cell(one["value"]),
            "unit": one["unit"],
            "method": method,
            "notes": notes,
        }
    if mark["refused"] or not mark["values"]:
        yield {"name": f"mark_{mark['kind']}", "method": method, "notes": notes, "refused": mark["refused"]}


def _cell(value: object) -> object:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else value
