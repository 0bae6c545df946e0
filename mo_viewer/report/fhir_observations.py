"""Observations of a study: each number, each refusal, each grade, and each change since the prior study."""

from collections.abc import Callable, Iterator
from typing import Any

from mo_viewer.findings.codes import Code
from mo_viewer.report.codes import Concept, code, concept, concepts, is_coded
from mo_viewer.report.contract import NOT_FINITE
from mo_viewer.report.courses import CHANGES
from mo_viewer.report.fhir_words import concept as codeable
from mo_viewer.report.fhir_words import quantity, reference, urn
from mo_viewer.report.numbers import class_text

Json = dict[str, Any]
Named = tuple[str, Json]
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def lesion_observations(timepoint: Json, common: Json) -> Iterator[Named]:
    """Yield (what it is, observation) of everything said about the lesions of a study.

    `common` is what all of them share.
    """
    for lesion in timepoint["lesions"]:
        uid = lesion["tracking_uid"]
        own = common | {"focus": [reference(urn(f"lesion {uid}"))]}
        for what, observation in _of_lesion(lesion):
            yield f"{uid} {what}", own | observation


def change_observations(findings: Json, timepoint: Json, common: Callable[[Json, list[str]], Json]) -> Iterator[Named]:
    """Yield the changes that end with a study; each is derived from both studies."""
    for course in findings["courses"]:
        uid = course["tracking_uid"]
        for change in course["changes"]:
            if change["to_study"] != timepoint["study_uid"]:
                continue
            both = [urn(f"study {change[key]}") for key in ("from_study", "to_study")]
            shared = common(timepoint, both) | {"focus": [reference(urn(f"lesion {uid}"))]}
            for name in CHANGES:
                if name in change:
                    yield f"{uid} change of {name}", shared | _change(name, change)


def _of_lesion(lesion: Json) -> Iterator[Named]:
    counted = concept("voxel_count_volume")
    yield "mask_volume", _number(counted, {"value": lesion["mask_volume_mm3"], "unit": "mm3"})
    for name, measured in lesion["measurements"].items():
        if is_coded(name, measured["unit"]):
            yield name, _number(concepts()[name], measured)
    for one in lesion["class_volumes"]:
        told = class_text(one["name"], one["from_hu"], one["to_hu"])
        number = _number(concept("class_volume"), {"value": one["volume_mm3"], "unit": "mm3"})
        number["code"]["text"] = told
        yield f"class {told}", number
    for refused in lesion["refused"]:
        if refused["name"] in concepts():
            yield f"refused {refused['name']}", _refused(concepts()[refused["name"]], refused["reason"])
    if lesion["grade"] is not None and lesion["grade"]["value"]:
        yield "grade", _grade(lesion["grade"])
    if lesion["pattern"]:
        yield (
            "pattern",
            {
                "code": codeable(code("pattern")),
                "valueCodeableConcept": _word("patterns", lesion["pattern"]),
            },
        )


def _number(known: Concept, measured: Json) -> Json:
    text = known.code.meaning if known.derivation is None else f"{known.code.meaning}, {known.derivation.meaning}"
    told: Json = {
        "code": codeable(known.code, text),
        "valueQuantity": quantity(measured["value"], measured["unit"]),
        "method": codeable(known.method, measured.get("method") or ""),
    }
    if measured.get("spread") is not None:
        spread = quantity(measured["spread"], measured["unit"])
        told["component"] = [{"code": codeable(code("uncertainty")), "valueQuantity": spread}]
    said = [*measured.get("warnings", ()), *measured.get("notes", ())]
    return told | ({"note": [{"text": text} for text in said if text.strip()]} if any(map(str.strip, said)) else {})


def _refused(known: Concept, reason: str) -> Json:
    word = "not-a-number" if reason == NOT_FINITE else "not-performed"
    text = known.code.meaning if known.derivation is None else f"{known.code.meaning}, {known.derivation.meaning}"
    absent: Json = {"coding": [{"system": ABSENT, "code": word}]}
    return {
        "code": codeable(known.code, text),
        "method": codeable(known.method),
        "dataAbsentReason": absent | ({"text": reason} if reason.strip() else {}),
    }


def _grade(grade: Json) -> Json:
    told: Json = {"code": codeable(code("grade"), grade["scale"] or "")}
    told["valueCodeableConcept"] = _word("grades", grade["value"])
    notes = [{"text": _rule(rule)} for rule in grade["rules"]]
    return told | ({"note": notes} if notes else {})


def _rule(rule: Json) -> str:
    met = "not evaluable" if rule["met"] is None else "met" if rule["met"] else "not met"
    met += f" ({rule['reason']})" if rule.get("reason") else ""
    value = "not readable" if rule["value"] is None else f"{rule['value']:g}"
    state = "provisional" if rule["provisional"] else "established"
    return f"{rule['rule']}: {value}, limit {rule['limit']}: {met} ({state})"


def _word(table: str, value: str) -> Json:
    from mo_viewer.findings.codes import load_codes

    return codeable(code(table, value)) if value in load_codes("measurements")[table] else {"text": value}


def _change(name: str, change: Json) -> Json:
    said: Json = change[name]
    told: Json = {"code": codeable(code(CHANGES[name]))}
    if "percent" in said:
        told["valueQuantity"] = quantity(said["percent"], "%")
    else:
        why = "; ".join(said.get("why") or change["reasons"]) or "cannot be told"
        told["dataAbsentReason"] = {"coding": [{"system": ABSENT, "code": "not-applicable"}], "text": why}
    told["interpretation"] = [codeable(_category(said["category"]))]
    parts = [{"code": codeable(code("comparability")), "valueCodeableConcept": _tier(change["comparability"])}]
    if "limit_percent" in said:
        limit = quantity(said["limit_percent"], "%")
        parts.append({"code": codeable(code("change_limit")), "valueQuantity": limit})
    if change["days"] is not None:
        days = quantity(change["days"], "d")
        parts.append({"code": codeable(code("interval")), "valueQuantity": days})
    return told | {"component": parts}


def _category(word: str) -> Code:
    return code("change_categories", word)


def _tier(word: str) -> Json:
    return codeable(code("comparabilities", word))
