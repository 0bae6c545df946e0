"""``mo-viewer compare``: lesions of one patient over several studies."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from mo_viewer.base.faults import Fault, Misuse, Refused, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.cli.measure import SOFTWARE, clicks_of, on_record, plugin_text, started_host
from mo_viewer.cli.output import complain, write_json
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Occasion, PatientEvent
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.plugin_host.followed import with_followed
from mo_viewer.plugin_host.following import Following, FollowUp
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.stacks import Stacks
from mo_viewer.session.audit import EXPORT, RECORD
from mo_viewer.track.ways import pairs_of
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.source import Patient
from mo_viewer.volume.volume import Volume

HELP = "follow lesions through the studies of one patient"
STRANGERS = "the studies belong to different patients"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--at", action="append", default=[], metavar="X,Y,Z", help="LPS mm; clicks joined by /")
    parser.add_argument("--in", dest="home", default="", metavar="STUDY_UID", help="where the points lie; the latest")
    parser.add_argument("--injury", default="", metavar="YYYY-MM-DD")
    parser.add_argument("--event", action="append", default=[], metavar="DATE:KIND")
    parser.add_argument("--same-patient", action="store_true", help="two identities are one person")
    parser.add_argument("--json", required=True, metavar="FILE", help="- for standard output")
    parser.add_argument("--export", type=Path, metavar="DIR")
    parser.add_argument("--keep", action="store_true", help="keep the findings in the store")
    parser.add_argument("--names", action="store_true", help="patient text too")


def act(options: argparse.Namespace) -> int:
    """Follow, write the JSON, export and keep as asked; exit 1 when something was refused."""
    clicks = [clicks_of(text) for text in options.at]
    events = tuple(_event(text) for text in options.event)
    injury = _day(options.injury) if options.injury else _injury(events)
    studies = _of_persons(_studies(options.paths))
    home = _home(studies, options.home)
    host = started_host()
    document = Document(home.patient, injury_date=injury, events=events)
    strangers = list({s.patient.key: s.patient for s in studies if s.patient.key != home.patient.key}.values())
    if strangers and not options.same_patient:
        _write(options, _apart(studies, document), host)
        raise Refused(f"{STRANGERS[:1].upper()}{STRANGERS[1:]}.", "Say --same-patient if they are one person.")
    if strangers:
        studies = [_with_patient(s, replace(s.patient, key=home.patient.key, own_key=_own(s, home))) for s in studies]
        on_record(RECORD, "U", home.patient.key, "several identities are said to be one person")
    stacks = Stacks(studies, _opened, Ticket())
    found = _followed(Following(host, stacks, document), home, clicks)
    _write(options, found, host)
    if options.export is not None and any(t.lesions for t in found.document.timepoints):
        _export(options.export, found, stacks, host)
    if options.keep:
        _keep(found, strangers)
    for complaint in found.complaints:
        complain(complaint)
    return 1 if found.complaints else 0


def _followed(
    following: Following,
    home: Study,
    clicks: Sequence[Sequence[Point]],
) -> FollowUp:
    """Mark in the study that was named, or take what the store holds, and carry it to the others."""
    kept = _stored(following.document)
    if kept is not None:
        following.take_bone(kept)
    has_lesions = kept is not None and any(t.lesions for t in kept.timepoints)
    known = kept if has_lesions and not clicks else None
    if clicks:
        _choose(following.stacks, home, clicks)
        for number, points in enumerate(clicks):
            rivals = [p for other, one in enumerate(clicks) if other != number for p in one]
            following.mark(home.study_uid, points, rivals)
    elif known is not None:
        following.take(known)
    else:
        for uid in following.order[::-1]:
            following.find(uid)
            following.carry(uid)
    if not clicks and not any(t.lesions for t in following.document.timepoints):
        complain("No lesion is known, and none was found: the studies are registered only.")
    if known is not None:
        for uid in following.order[::-1]:
            following.carry(uid)
    following.carry(home.study_uid)
    return following.finish(frozenset() if known is None else _uids(known))


def _choose(stacks: Stacks, home: Study, clicks: Sequence[Sequence[Point]]) -> None:
    """The series that holds all points; where none does, the one that holds the first lesion that any holds."""
    for points in ([p for one in clicks for p in one], *clicks):
        try:
            stacks.choose(home.study_uid, points)
            return
        except Refused:
            continue


def _opened(series: Series, ticket: Ticket) -> Volume:
    from mo_viewer.dicom.load import load

    return load(series, ticket)


def _studies(paths: Sequence[Path]) -> list[Study]:
    """Return the studies with images in order of date, time, UID."""
    from mo_viewer.dicom.scan import scan
    from mo_viewer.dicom.series import studies

    if any(not path.exists() for path in paths):
        raise Unreadable("A path that was given is not there.")
    index = scan(paths)
    found = [replace(s, series=tuple(x for x in s.series if x.is_image)) for s in studies(index.series)]
    found = sorted((s for s in found if s.series), key=_when)
    if not found:
        raise Unreadable("No DICOM series was found there.", detail="; ".join(r.text for r in index.refused[:5]))
    return found


def _of_persons(studies: Sequence[Study]) -> list[Study]:
    """Return the studies with the patients that readers said they are of."""
    from mo_viewer.session.persons import Persons
    from mo_viewer.session.store import Store, store_path

    if not store_path().is_file():
        return list(studies)
    store = Store(store_path())
    try:
        persons = Persons(store.identities())
    finally:
        store.close()
    return [_with_patient(study, persons.of(study.patient)) for study in studies]


def _with_patient(study: Study, patient: Patient) -> Study:
    return replace(study, patient=patient, series=tuple(one.with_patient(patient) for one in study.series))


def _own(study: Study, home: Study) -> str:
    """The key of a study's own patient ID; empty where that is the patient at home."""
    return "" if study.patient.identity == home.patient.key else study.patient.identity


def _when(study: Study) -> tuple[str, str, str]:
    return study.date, study.time, study.study_uid


def _home(studies: Sequence[Study], uid: str) -> Study:
    found = [study for study in studies if not uid or study.study_uid == uid]
    if not found:
        raise Refused("No study has the UID that was given.")
    return found[-1]


def _apart(studies: Sequence[Study], document: Document) -> FollowUp:
    """Timepoints without lesions, and registrations that failed because the patients differ."""
    for study in studies:
        document = document.with_timepoint(Timepoint.of(study.series[0].source))
    pairs = pairs_of([t.study_uid for t in document.timepoints])
    return FollowUp(document, tuple(Registration(*pair, Verdict.FAILED, STRANGERS) for pair in pairs))


def _stored(document: Document) -> Document | None:
    """What the store holds of the patient; it is not made by looking."""
    from mo_viewer.session.store import Store, store_path

    if not store_path().is_file():
        return None
    store = Store(store_path())
    try:
        head = store.head(document.patient.key)
    finally:
        store.close()
    return None if head is None else head.document


def _write(options: argparse.Namespace, found: FollowUp, host: Host) -> None:
    from mo_viewer.report.contract import findings_json
    from mo_viewer.report.history import history_of

    history = history_of(found.courses, found.registrations, found.document.events, found.document.judged)
    content = findings_json(found.document, SOFTWARE, plugin_text(host), history)
    if options.names:
        content["patient"] = {"name": found.document.patient.name, "id": found.document.patient.id}
    write_json(options.json, content)


def _export(folder: Path, found: FollowUp, stacks: Stacks, host: Host) -> None:
    from mo_viewer.plugin_host.sections import sections_of
    from mo_viewer.report.export import export
    from mo_viewer.report.history import history_of

    chosen = [stacks.series(uid) for uid in stacks.studies]
    sources = {series.source.series_uid: series.source for series in chosen if series is not None}
    history = history_of(found.courses, found.registrations, found.document.events, found.document.judged)
    exported = export(
        found.document,
        sources,
        folder,
        software=SOFTWARE,
        plugin=plugin_text(host),
        history=history,
        sections=sections_of(host, found.document),
    )
    for remark in exported.remarks:
        complain(str(remark))
    on_record(EXPORT, "E", found.document.patient.key, f"{len(exported.files)} files")


def _keep(found: FollowUp, others: Sequence[Patient]) -> None:
    """Add timepoints and lesions to the patient's findings in the store, after those of `others`, who are the same."""
    from mo_viewer.session.session import Session
    from mo_viewer.session.store import findings_store

    faults: list[Fault] = []
    session = Session(findings_store(), lambda fault: faults.append(fault) if fault else None)
    try:
        document = session.open_patient(found.document.patient)
        for other in others:
            session.join(other)
        session.change("Compared on the command line", with_followed(session.document or document, found))
    finally:
        session.close()
    if faults:
        raise faults[0]


def _uids(document: Document) -> frozenset[str]:
    return frozenset(lesion.tracking_uid for t in document.timepoints for lesion in t.lesions)


def _event(text: str) -> PatientEvent:
    day, _, kind = text.partition(":")
    if kind not in set(Occasion):
        raise Misuse(f"An event must read DATE:KIND; kinds are {', '.join(Occasion)}.")
    return PatientEvent(_day(day), Occasion(kind))


def _injury(events: Sequence[PatientEvent]) -> str:
    """The first injury among the events; empty when there is none."""
    return min((e.date for e in events if e.kind is Occasion.INJURY), default="")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Misuse("A day must read YYYY-MM-DD.") from None
