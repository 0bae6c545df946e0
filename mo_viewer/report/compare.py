"""What two files of one export say about the same lesion, held against each other; each difference one sentence."""

import io
import math
import struct
from collections.abc import Iterator, Sequence
from csv import DictReader
from typing import Any

from mo_viewer.report.codes import concepts, is_coded, unit_code
from mo_viewer.report.contract import Json
from mo_viewer.report.numbers import class_text
from mo_viewer.report.reread import Group, Number, Report
from mo_viewer.report.table import csv_text

SAME_VOLUME = 1e-3
"""Relative: the JSON rounds the volume of the mask, and positions in DICOM are decimal strings."""


def report_differences(report: Report, lesions: Sequence[Json]) -> Iterator[str]:
    """Yield what a report's groups say otherwise than the findings of its study.

    `lesions` are those of the findings JSON; lesions without voxels need no group.
    """
    groups = {group.tracking_uid: group for group in report.groups}
    for lesion in lesions:
        group = groups.pop(lesion["tracking_uid"], None)
        if group is not None:
            yield from _group_differences(group, lesion)
        elif lesion["mask_voxels"]:
            yield f"{lesion['label']}: the structured report has no group for it."
    for group in groups.values():
        yield f"{group.label}: the structured report has a group that the findings lack."


def caliper_differences(report: Report, lesions: Sequence[Json]) -> Iterator[str]:
    """Yield what the calipers of a study say otherwise than its findings."""
    known = {lesion["tracking_uid"]: lesion for lesion in lesions}
    for group in report.groups:
        lesion = known.get(group.tracking_uid)
        if lesion is None:
            yield f"{group.label}: the findings lack the lesion of this caliper."
            continue
        for (name, _), number in group.numbers.items():
            meant = lesion["measurements"].get(name)
            if meant is None:
                yield f"{lesion['label']}: the findings lack {name}, which the caliper has."
            else:
                yield from _number_differences(f"{lesion['label']}, {name}", number, meant | {"spread": None})


def table_differences(rows: Sequence[dict[str, str]], findings: Json) -> Iterator[str]:
    """Yield where the CSV table says otherwise than the findings JSON."""
    meant = list(DictReader(io.StringIO(csv_text(findings), newline="")))
    if len(rows) != len(meant):
        yield f"The CSV table has {len(rows)} rows where the findings have {len(meant)} numbers and refusals."
    for read, expected in zip(rows, meant, strict=False):
        for column, value in expected.items():
            if read.get(column) != value:
                place = f"{expected['label']}, {expected['name']}, {column}"
                yield f"CSV table, {place}: {read.get(column)!r}, in the findings {value!r}."
                break


def _group_differences(group: Group, lesion: Json) -> Iterator[str]:
    label = lesion["label"]
    expected = dict(_expected(lesion))
    counted = group.numbers.get(("mask_volume", ""))
    if counted is not None and lesion["mask_volume_mm3"] and not close(counted.value, lesion["mask_volume_mm3"]):
        yield _differs(label, "mask_volume", counted.value, lesion["mask_volume_mm3"])
    for key, number in group.numbers.items():
        if key in expected:
            yield from _number_differences(f"{label}, {' '.join(filter(None, key))}", number, expected.pop(key))
        elif key[0] not in ("mask_volume", "projected_area"):
            yield f"{label}: the structured report has {key[0]}, which the findings lack."
    for name, _ in expected:
        yield f"{label}: {name} is not in the structured report."
    refused = {r["name"]: r["reason"].rstrip() for r in lesion["refused"] if r["name"] in concepts()}
    if refused != {name: why.rstrip() for name, why in group.refused.items()}:
        yield f"{label}: the structured report refuses {sorted(group.refused)}, the findings {sorted(refused)}."


def _expected(lesion: Json) -> Iterator[tuple[tuple[str, str], Json]]:
    for name, measured in lesion["measurements"].items():
        if is_coded(name, measured["unit"]):
            yield (name, ""), measured
    for one in lesion["class_volumes"]:
        detail = class_text(one["name"], one["from_hu"], one["to_hu"])
        yield ("class_volume", detail), {"value": one["volume_mm3"], "unit": "mm3", "spread": None}


def _number_differences(place: str, read: Number, meant: Json) -> Iterator[str]:
    if read.value != meant["value"]:
        yield _differs(place, "value", read.value, meant["value"])
    if abs(float(read.text) - read.value) > half_last_place(read.text) * 1.001 + math.ulp(read.value):
        yield f"{place}: the text {read.text} is not the value {read.value:g}."
    if read.unit != unit_code(meant["unit"]).value:
        yield f"{place}: the unit is {read.unit} in the structured report, {meant['unit']} in the findings."
    if read.spread != meant["spread"]:
        yield _differs(place, "spread", read.spread, meant["spread"])


def close(one: float, other: float, relative: float = SAME_VOLUME) -> bool:
    """Whether two numbers agree to a share of their size."""
    return math.isclose(one, other, rel_tol=relative, abs_tol=1e-9)


def half_last_place(text: str) -> float:
    """Return half a step of the last digit that a decimal text has."""
    mantissa, _, exponent = text.lower().partition("e")
    return float(0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])))


def _differs(place: str, what: str, read: Any, meant: Any) -> str:
    return f"{place}: {what} is {read} in the structured report, {meant} in the findings."


def dataset_difference(meant: Any, read: Any, path: str = "") -> str:
    """Return where a data set that was read differs from the one that was written, by attribute; '' if nowhere."""
    for element in meant:
        if element.tag not in read:
            if element.VR != "SQ" and element.is_empty:
                continue
            return f"{path}{element.keyword or element.tag} is missing."
        there = read[element.tag]
        if element.VR != "SQ" and element.value == there.value:
            continue
        place = f"{path}{element.keyword or element.tag}"
        if element.VR == "SQ":
            if len(element.value) != len(there.value):
                return f"{place} has {len(there.value)} items instead of {len(element.value)}."
            for n, (one, other) in enumerate(zip(element.value, there.value, strict=True), 1):
                found = dataset_difference(one, other, f"{place}[{n}].")
                if found:
                    return found
        elif plain(element) != plain(there):
            return f"{place} is not what was written."
    extra = [element for element in read if element.tag not in meant]
    return f"{path}{extra[0].keyword or extra[0].tag} was not written." if extra else ""


def plain(element: Any) -> tuple[object, ...]:
    """Return an element's values in a form in which written and read ones compare equal."""
    values = element.value if element.VM > 1 else [element.value]
    return tuple(_plain_value(value, str(element.VR)) for value in values)


def _plain_value(value: object, kind: str) -> object:
    if value is None or value == "":
        return ""
    if kind == "FL":
        return struct.pack("<f", float(str(value)))
    if kind in ("DS", "FD", "IS", "US", "UL", "SS", "SL"):
        return float(str(value))
    if isinstance(value, bytes):
        return value
    return str(value).rstrip(" \0")
