"""One paragraph about a lesion in the department's words; every sentence names the numbers that it stands on."""

from collections.abc import Iterator
from dataclasses import dataclass

from mo_viewer.base.units import SHOWN, in_shown_units, shown
from mo_viewer.report.contract import Json
from mo_viewer.report.reading_lesion import MOST_NAMES
from mo_viewer.report.wording import Wording


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the numbers behind it, one in a line: name, date, value, limit, reason."""

    text: str
    numbers: tuple[str, ...] = ()


def paragraph(uid: str, findings: Json, words: Wording) -> tuple[Sentence, ...]:
    """Return what is to be said of the lesion with that tracking UID, in its latest study.

    `findings` is the contract's object (`contract.findings_json`). Nothing is said that has no number there.
    """
    seen = [(t, x) for t in findings["timepoints"] for x in t["lesions"] if x["tracking_uid"] == uid]
    if not seen:
        return ()
    timepoint, lesion = seen[-1]
    course = next((c for c in findings["courses"] if c["tracking_uid"] == uid), None)
    return (
        _place(lesion, words),
        _size(timepoint, lesion, words),
        *_pattern(lesion, words),
        *_course(course, words),
        *_missing(lesion, words),
    )


def as_text(sentences: tuple[Sentence, ...]) -> str:
    """Return the paragraph as it is copied."""
    return " ".join(sentence.text for sentence in sentences)


def _place(lesion: Json, words: Wording) -> Sentence:
    side = "" if lesion["laterality"] == "unknown" else lesion["laterality"]
    site = lesion["site"]["meaning"] if lesion["site"] else ""
    place = words.say("place", side=side, site=site).strip() if site else words.say("place_unknown")
    return Sentence(words.say("para_place", label=words.lesion(lesion["label"]), place=place))


def _size(timepoint: Json, lesion: Json, words: Wording) -> Sentence:
    names = ("volume", "p95_hu", "mineral_content")
    size, density, content = (_value(lesion, name, words) for name in names)
    date = timepoint["date"] or words.say("no_date")
    text = words.say("para_size", date=date, size=size, density=density, content=content)
    return Sentence(
        text, tuple(_measured(lesion, name, date, words) for name in names if name in lesion["measurements"])
    )


def _pattern(lesion: Json, words: Wording) -> Iterator[Sentence]:
    key = f"pattern_{lesion['pattern']}"
    if key in words.texts:
        index = lesion["measurements"].get("zonal_index")
        behind = () if index is None else (f"{words.name('zonal_index')} {index['value']:z.2f}",)
        yield Sentence(words.say("para_pattern", pattern=words.say(key)), behind)


def _course(course: Json | None, words: Wording) -> Iterator[Sentence]:
    if course is None:
        return
    for event in course["events"][-1:]:
        kind = words.event(event["kind"]) + ("" if event["certain"] else f" ({words.say('uncertain')})")
        yield Sentence(words.say("para_event", date=event["date"], kind=kind), tuple(event["evidence"]))
    if not course["changes"]:
        return
    last = course["changes"][-1]
    yield _changed("para_change", last, words)
    if last["statement"]:
        yield Sentence(words.say("para_statement", statement=last["statement"]), _behind(last, words))
    if last["comparability"] != "comparable":
        state = words.say(f"para_{last['comparability']}")
        yield Sentence(words.say("para_reasons", state=state, reasons=", ".join(last["reasons"])), tuple(last["notes"]))
    if "since_baseline" in course:
        yield _changed("para_first", course["since_baseline"], words)


def _changed(key: str, change: Json, words: Wording) -> Sentence:
    size, content, density = (_change(change, name, words) for name in ("volume", "mineral_content", "p95_hu"))
    days = "?" if change["days"] is None else change["days"]
    text = words.say(key, date=change["from"], days=days, size=size, content=content, density=density)
    return Sentence(text, _behind(change, words))


def _change(change: Json, name: str, words: Wording) -> str:
    said = change.get(name)
    if said is None or "percent" not in said or said["category"] == "cannot_tell":
        return words.say("para_cannot")
    key = "para_within" if said["category"] == "no_change" else "para_beyond"
    return words.say(key, percent=f"{said['percent']:+.0f}", limit=f"{said['limit_percent']:.0f}")


def _behind(change: Json, words: Wording) -> tuple[str, ...]:
    found = []
    for name, said in change.items():
        if isinstance(said, dict) and "category" in said:
            numbers = [f"{said['percent']:+.1f} %"] if "percent" in said else []
            numbers += [f"limit ±{said['limit_percent']:.1f} %"] if "limit_percent" in said else []
            numbers += [f"{said['difference']:+.3g} {said.get('unit', '')}".strip()] if "difference" in said else []
            found.append("; ".join([f"{words.name(name)} {change['from']} – {change['to']}", *numbers, *said["why"]]))
    return tuple(found)


def _missing(lesion: Json, words: Wording) -> Iterator[Sentence]:
    if lesion["refused"]:
        names = dict.fromkeys(words.name(one["name"]) for one in lesion["refused"])
        reasons = dict.fromkeys(in_shown_units(one["reason"]) for one in lesion["refused"])
        behind = tuple(f"{words.name(one['name'])}: {in_shown_units(one['reason'])}" for one in lesion["refused"])
        if len(names) > MOST_NAMES:
            said = words.say("para_missing_many", count=len(names), reasons="; ".join(reasons))
        else:
            said = words.say("para_missing", names=", ".join(names))
        yield Sentence(said, behind)


def _value(lesion: Json, name: str, words: Wording) -> str:
    measured = lesion["measurements"].get(name)
    if measured is None:
        return words.say("para_not_known")
    spread = measured["spread"]
    text = shown(measured["value"], measured["unit"], spread)
    text += "" if not spread else f" ± {shown(spread, measured['unit'], spread)}"
    return f"{text} {SHOWN.get(measured['unit'], measured['unit'])}"


def _measured(lesion: Json, name: str, date: str, words: Wording) -> str:
    return f"{words.name(name)} {date}: {_value(lesion, name, words)}; {lesion['measurements'][name]['method']}"
