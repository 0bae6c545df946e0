"""Lesions as one of our reports tells them openly, read from its content items alone."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from mo_viewer.findings.codes import Code, load_codes
from mo_viewer.findings.lesion import Grade, Laterality, Lesion, Quality, Rule
from mo_viewer.findings.measurement import ClassVolume, Measurement, Refusal
from mo_viewer.report.codes import code, unit_code
from mo_viewer.report.reread import item_name, item_tree, measured_key, number_of
from mo_viewer.volume.arrays import Point

_RULE = re.compile(
    r"(?P<scale>.*?), (?P<name>.*): (?P<value>not readable|\S+), limit (?P<limit>.*): "
    r"(?P<met>met|not met|not evaluable)( \((?P<reason>.*)\))? "
    r"\((?P<state>provisional|established)(, basis (?P<basis>.*))?\)"
)
_CLASS = re.compile(r"(?P<name>.*): (?P<low>\S+) (to (?P<high>\S+)|and more) HU")
_MET = {"met": True, "not met": False, "not evaluable": None}


def told_lesions(dataset: Any) -> tuple[list[Lesion], str]:
    """Return the lesions of a report, without voxels and surfaces, and the date of injury ('' when not told)."""
    groups = [item for item in item_tree(dataset) if item_name(item) == ("125007", "DCM")]
    return [_lesion(group) for group in groups], _injury(dataset, groups)


def _lesion(group: Any) -> Lesion:
    content = list(group.ContentSequence)
    names = {item_name(item): item for item in content}
    measurements, classes = _numbers(content)
    return Lesion(
        tracking_uid=str(names["112040", "DCM"].UID),
        label=str(names["112039", "DCM"].TextValue),
        clicks_mm=tuple(_point(text) for text in _texts(content, "marked_point")),
        site=_site(names.get(("363698007", "SCT"))),
        laterality=_side(names.get(("363698007", "SCT"))),
        measurements=measurements,
        refused=tuple(_refusals(content)),
        class_volumes=classes,
        quality=_quality(next(iter(_texts(content, "quality")), "")),
        grade=_grade(content),
        pattern=_word(content, "pattern", "patterns"),
    )


def _numbers(content: list[Any]) -> tuple[tuple[Measurement, ...], tuple[ClassVolume, ...]]:
    numbers = [i for i in content if i.ValueType == "NUM"]
    numbers += [
        c for i in content if i.ValueType == "TEXT" for c in i.get("ContentSequence", ()) if c.ValueType == "NUM"
    ]
    units = {unit_code(unit).value: unit for unit in load_codes("measurements")["units"]}
    found, classes = [], []
    for item in numbers:
        key = measured_key(item)
        if key is None or key[0] in ("mask_volume", "projected_area"):
            continue
        number, around = number_of(item), list(item.get("ContentSequence", ()))
        if key[0] == "class_volume":
            classes.append(_class(key[1], number.value))
            continue
        found.append(
            Measurement(
                key[0],
                number.value,
                units[number.unit],
                number.spread,
                next(iter(_texts(around, "method_in_words")), ""),
                tuple(_texts(around, "warning")),
                tuple(_texts(around, "note")),
            )
        )
    return tuple(found), tuple(classes)


def _class(text: str, volume_mm3: float) -> ClassVolume:
    match = _CLASS.fullmatch(text)
    if match is None:
        raise ValueError(f"a density class reads {text!r}")
    high = match["high"]
    return ClassVolume(match["name"], float(match["low"]), None if high is None else float(high), volume_mm3)


def _refusals(content: list[Any]) -> Iterator[Refusal]:
    for item in content:
        for text in _texts(list(item.get("ContentSequence", ())), "reason"):
            name, _, reason = text.partition(":")
            yield Refusal(name, reason.removeprefix(" "))


def _texts(content: list[Any], key: str) -> list[str]:
    said = code(key)
    return [str(i.TextValue) for i in content if item_name(i) == (said.value, said.scheme) and i.ValueType == "TEXT"]


def _point(text: str) -> Point:
    x, y, z = (float(part) for part in text.removesuffix(" mm (LPS)").split())
    return x, y, z


def _site(item: Any | None) -> Code | None:
    if item is None:
        return None
    said = item.ConceptCodeSequence[0]
    return Code(str(said.CodeValue), str(said.CodingSchemeDesignator), str(said.CodeMeaning))


def _side(item: Any | None) -> Laterality:
    for child in () if item is None else item.get("ContentSequence", ()):
        value = str(child.ConceptCodeSequence[0].CodeValue) if child.ValueType == "CODE" else ""
        for side in (Laterality.LEFT, Laterality.RIGHT, Laterality.MIDLINE):
            if value == code("laterality", side.value).value:
                return side
    return Laterality.UNKNOWN


def _word(content: list[Any], key: str, table: str) -> str:
    """A word of the contract by its code, or as the text that stands for one without a code."""
    said = code(key)
    for item in content:
        if item_name(item) != (said.value, said.scheme):
            continue
        if item.ValueType == "TEXT":
            return str(item.TextValue)
        value = str(item.ConceptCodeSequence[0].CodeValue)
        return next((w for w, c in load_codes("measurements")[table].items() if c[0] == value), "")
    return ""


def _grade(content: list[Any]) -> Grade | None:
    value = _word(content, "grade", "grades")
    matches = [m for m in (_RULE.fullmatch(text) for text in _texts(content, "rule")) if m is not None]
    if not value and not matches:
        return None
    rules = tuple(
        Rule(
            m["name"],
            None if m["value"] == "not readable" else float(m["value"]),
            m["limit"],
            _MET[m["met"]],
            m["basis"] or "",
            m["state"] == "provisional",
            m["reason"] or "",
        )
        for m in matches
    )
    return Grade(value, matches[0]["scale"] if matches else "", rules)


def _quality(text: str) -> Quality:
    parts = text.split("; ")
    if len(parts) < 4:
        return Quality()
    confidence, touches, metal, noise, *warnings = parts
    noise_hu = noise.removeprefix("noise ").removesuffix(" HU")
    return Quality(
        confidence=float(confidence.removeprefix("confidence ")),
        touches_bone=touches.endswith("yes"),
        metal=metal.endswith("yes"),
        noise_hu=None if noise_hu == "not known" else float(noise_hu),
        warnings=tuple(warnings),
    )


def _injury(dataset: Any, groups: list[Any]) -> str:
    """Date of the time point less the days since injury."""
    for group in groups:
        for item in item_tree(group):
            if item_name(item) == ("128740", "DCM") and item.ValueType == "NUM":
                days = int(float(item.MeasuredValueSequence[0].NumericValue))
                told = [i for i in group.ContentSequence if item_name(i) == ("C2348792", "UMLS")]
                day = str(told[0].TextValue) if told else ""
                try:
                    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
                except ValueError:
                    return ""
    return ""
