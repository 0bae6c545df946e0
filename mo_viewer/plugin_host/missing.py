"""Findings whose plugin is not running: they stay as they are, and are shown under the name of who made them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mo_viewer.base.units import SHOWN, in_shown_units, shown, shown_value
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Grade, Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.plugin_host.host import Host


@dataclass(frozen=True)
class Kept:
    """One number, refusal, grade or event as anybody can read it; `origin` is empty for what the engine measured.

    `lesion` is the label of the lesion that it is about, or ``Events``.
    """

    lesion: str
    name: str
    value: str
    origin: str = ""


def makers(document: Document) -> tuple[str, ...]:
    """Return the plugins (with their versions) that made something in these findings, each once."""
    listed = [by for timepoint in document.timepoints for lesion in timepoint.lesions for by in _makers_of(lesion)]
    listed += [event.made_by for event in document.events]
    return tuple(dict.fromkeys(by for by in listed if by))


def missing_makers(host: Host, document: Document) -> tuple[str, ...]:
    """Return those of them that do not run, whatever version is there."""
    return tuple(by for by in makers(document) if why_missing(host, by))


def why_missing(host: Host, made_by: str) -> str:
    """Return ``not installed`` or ``not running`` for a plugin with its version; empty when it runs."""
    plugin_id = made_by.partition(" ")[0]
    known = [plugin for plugin in host.plugins if plugin.id == plugin_id and not plugin.is_second]
    if not known:
        return "not installed"
    return "" if known[0].state in ("found", "running") else "not running"


def origin(host: Host, made_by: str) -> str:
    """Return ``from mo_x 0.3.0, not installed``; without the last words when it runs."""
    return ", ".join(filter(None, (f"from {made_by}", why_missing(host, made_by))))


def signed(document: Document, old: Document | None, made_by: str) -> Document:
    """Return the document with the plugin's name on the events that are new in it."""
    known = () if old is None else old.events
    return replace(
        document,
        events=tuple(e if e in known or e.made_by else replace(e, made_by=made_by) for e in document.events),
    )


def kept_findings(host: Host, document: Document, timepoint: Timepoint) -> Iterator[Kept]:
    """Yield everything that is known of the lesions of one study, then what happened to the patient."""
    for lesion in timepoint.lesions:
        for found in lesion.measurements:
            yield Kept(lesion.label, found.concept, _figures(found), _from(host, found.made_by))
        for refused in lesion.refused:
            yield Kept(
                lesion.label,
                refused.concept,
                f"not measured: {in_shown_units(refused.reason)}",
                _from(host, refused.made_by),
            )
        if lesion.grade is not None:
            yield Kept(lesion.label, lesion.grade.scale, _judged(lesion.grade), _from(host, lesion.grade.made_by))
    for event in document.events:
        said = " ".join(filter(None, (event.kind.value, event.text)))
        yield Kept("Events", event.date, said, _from(host, event.made_by))


def _from(host: Host, made_by: str) -> str:
    return origin(host, made_by) if made_by else ""


def _makers_of(lesion: Lesion) -> Iterator[str]:
    yield from (found.made_by for found in lesion.measurements)
    yield from (refused.made_by for refused in lesion.refused)
    if lesion.grade is not None:
        yield lesion.grade.made_by


def _figures(found: Measurement) -> str:
    spread = "" if found.spread is None else f" ± {shown_value(found.spread, found.unit):.2g}"
    return f"{shown(found.value, found.unit, found.spread)}{spread} {SHOWN.get(found.unit, found.unit)}".strip()


def _judged(grade: Grade) -> str:
    met = [rule.name for rule in grade.rules if rule.met]
    return grade.value + (f" ({'; '.join(met)})" if met else "")
