"""Several patient IDs of one person: findings joined under one of them, and taken apart again."""

from dataclasses import replace
from uuid import uuid4

from mo_viewer.findings.document import Document, Identity, Timepoint
from mo_viewer.volume.source import Patient


def joined(document: Document, other: Document) -> Document:
    """Return a patient's findings with those under another ID of the same person.

    Each study keeps whose ID it bears. Labels that both use are given anew to the lesions that come.
    """
    said = {one.patient.key: one for one in (*document.identities, *other.identities)}
    said |= {other.patient.key: Identity(_by_itself(other.patient), True)}
    said.pop(document.patient.key, None)
    whole = replace(
        document,
        identities=tuple(said.values()),
        injury_date=document.injury_date or other.injury_date,
        events=tuple(dict.fromkeys((*document.events, *other.events))),
        registrations=(*document.registrations, *other.registrations),
        judged=(*document.judged, *other.judged),
    )
    labels = {lesion.tracking_uid: lesion.label for one in document.timepoints for lesion in one.lesions}
    for timepoint in other.timepoints:
        bears = replace(timepoint, lesions=(), identity=timepoint.identity or other.patient.key)
        whole = whole.with_timepoint(bears)
        for lesion in timepoint.lesions:
            free = whole.next_label() if lesion.label in labels.values() else lesion.label
            label = labels.setdefault(lesion.tracking_uid, free)
            whole = whole.with_lesion(bears, replace(lesion, label=label))
    return whole


def parted(document: Document, other: Document) -> tuple[Document, Document]:
    """Return a patient's findings without those in studies of a joined ID, and these as findings under that ID.

    Parameters
    ----------
    document
        The person's findings.
    other
        What was kept under the ID before it was joined; its events and date of injury stay.

    Returns
    -------
    rest, own
        A lesion that was followed across both keeps its tracking UID in `rest` and gets a new one in `own`.
    """
    key = other.patient.key
    theirs = tuple(one for one in document.timepoints if one.identity == key)
    ours = tuple(one for one in document.timepoints if one.identity != key)
    uids = {one.study_uid for one in theirs}
    rest = replace(
        document,
        timepoints=ours,
        identities=tuple(one for one in document.identities if one.patient.key != key),
        registrations=tuple(r for r in document.registrations if not {r.from_study, r.to_study} & uids),
        judged=tuple(e for e in document.judged if e.study_uid not in uids),
    )
    kept = {lesion.tracking_uid for one in ours for lesion in one.lesions}
    fresh = {uid: f"2.25.{uuid4().int}" for uid in kept & {x.tracking_uid for one in theirs for x in one.lesions}}
    own = replace(
        other,
        timepoints=tuple(_own(one, fresh) for one in theirs),
        registrations=tuple(r for r in document.registrations if {r.from_study, r.to_study} <= uids),
        judged=tuple(
            replace(e, tracking_uid=fresh.get(e.tracking_uid, e.tracking_uid))
            for e in document.judged
            if e.study_uid in uids
        ),
    )
    return rest, own


def told_apart(document: Document, other: Patient) -> Document:
    """Return findings that say that another ID is another person's; of that person only the key is kept."""
    others = tuple(one for one in document.identities if one.patient.key != other.identity)
    return replace(document, identities=(*others, Identity(Patient(other.identity), False)))


def _own(timepoint: Timepoint, fresh: dict[str, str]) -> Timepoint:
    lesions = tuple(replace(x, tracking_uid=fresh.get(x.tracking_uid, x.tracking_uid)) for x in timepoint.lesions)
    return replace(timepoint, lesions=lesions, identity="")


def _by_itself(patient: Patient) -> Patient:
    return replace(patient, key=patient.identity, own_key="")
