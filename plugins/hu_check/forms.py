"""A check as JSON (``mo-viewer/hu-check/1``), as CSV, and as rows to read."""

import csv
import io
import json
from typing import Any

from hu_check.check import Check
from hu_check.history import scanner_of

SCHEMA = "mo-viewer/hu-check/1"


def check_json(found: Check | None) -> dict[str, Any]:
    """The check as the command writes it; None is the answer "no phantom"."""
    if found is None:
        return {
            "schema": SCHEMA,
            "phantom": None,
            "inserts": [],
            "noise_hu": None,
            "uniformity_hu": None,
            "slice_step_mm": None,
            "hole_distances_mm": [],
            "line": None,
        }
    acquisition = found.source.acquisition
    return {
        "schema": SCHEMA,
        "phantom": found.phantom,
        "pass": found.passed,
        "inserts": [
            {
                "material": one.insert.material,
                "nominal_hu": one.insert.nominal_hu,
                "tolerance_hu": one.insert.tolerance_hu,
                "measured_hu": round(one.hu, 2),
                "sd_hu": round(one.sd_hu, 2),
                "pass": one.passed,
            }
            for one in found.inserts
        ],
        "noise_hu": _rounded(found.noise_hu),
        "uniformity_hu": _rounded(found.uniformity_hu),
        "slice_step_mm": round(found.slice_step_mm, 4),
        "slice_step_by_ramps_mm": _rounded(found.step_by_ramps_mm),
        "hole_distances_mm": [round(one, 3) for one in found.hole_distances_mm],
        "line": {
            "slope": round(found.slope, 6),
            "intercept": round(found.intercept, 4),
            "meaning": "nominal_hu = slope * measured_hu + intercept",
        },
        "refused": [{"name": name, "reason": reason} for name, reason in found.refused],
        "study_uid": found.source.study_uid,
        "series_uid": found.source.series_uid,
        "date": found.source.date,
        "scanner": scanner_of(acquisition),
        "kvp": acquisition.kvp,
        "kernel": acquisition.kernel,
        "slice": found.slice,
        "rotation_degrees": round(found.rotation_degrees, 2),
        "mirrored": found.is_mirrored,
        "table": "edited" if found.table_is_edited else "as delivered",
    }


def json_bytes(found: Check) -> bytes:
    """The JSON file."""
    return (json.dumps(check_json(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def csv_bytes(found: Check) -> bytes:
    """One row a number: name, nominal, tolerance, measured, standard deviation, verdict, unit."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "nominal", "tolerance", "measured", "sd", "pass", "unit"])
    for one in found.inserts:
        known = one.insert
        row = [known.material, known.nominal_hu, known.tolerance_hu, round(one.hu, 2), round(one.sd_hu, 2)]
        writer.writerow([*row, "pass" if one.passed else "fail", "HU"])
    others = [("noise", found.noise_hu, "HU"), ("uniformity", found.uniformity_hu, "HU")]
    others += [("slice step", found.slice_step_mm, "mm"), ("slice step by ramps", found.step_by_ramps_mm, "mm")]
    others += [(f"holes {n}", one, "mm") for n, one in enumerate(found.hole_distances_mm, 1)]
    others += [("line slope", found.slope, "1"), ("line intercept", found.intercept, "HU")]
    for name, value, unit in others:
        writer.writerow([name, "", "", "" if value is None else round(value, 4), "", "", unit])
    return text.getvalue().encode("utf-8-sig")


def file_stem(found: Check) -> str:
    """Beginning of a file name, without patient text."""
    return f"hu-check_{found.source.date or 'undated'}"


def other_rows(found: Check) -> list[tuple[str, str, str]]:
    """Name, value and limit of what is not an insert."""
    ramps = "not seen" if found.step_by_ramps_mm is None else f"{found.step_by_ramps_mm:.2f} mm"
    holes = found.hole_distances_mm
    return [
        ("Noise", _shown(found.noise_hu, "HU"), ""),
        ("Uniformity", _shown(found.uniformity_hu, "HU"), f"≤ {found.uniformity_tolerance_hu:.0f}"),
        ("Slice step", f"{found.slice_step_mm:.2f} mm", ""),
        ("Slice step by ramps", ramps, ""),
        (
            "Holes",
            f"{min(holes):.1f} to {max(holes):.1f} mm" if holes else "not seen",
            f"{found.hole_nominal_mm:.0f} ± {found.hole_tolerance_mm:g}",
        ),
        ("Line", f"{found.slope:.4f} × HU {found.intercept:+.1f}", ""),
    ]


def _shown(value: float | None, unit: str) -> str:
    return "not measured" if value is None else f"{value:.1f} {unit}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
