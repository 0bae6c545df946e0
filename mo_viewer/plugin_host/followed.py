"""What a follow-up found, put into a patient's findings."""

from collections.abc import Sequence
from dataclasses import replace

from mo_viewer.findings.document import Document
from mo_viewer.findings.registration import Registration
from mo_viewer.plugin_host.following import FollowUp


def with_followed(document: Document, found: FollowUp) -> Document:
    """Return a patient's findings with what a follow-up found added: lesions, studies, registrations, events.

    A lesion that was marked from the same clicks is the same, also where it bears another tracking UID now.
    """
    labels = {x.tracking_uid: x.label for t in document.timepoints for x in t.lesions}
    for timepoint in found.document.timepoints:
        known = document.timepoint(timepoint.study_uid)
        if known is None:
            document = document.with_timepoint(replace(timepoint, lesions=()))
        for lesion in timepoint.lesions:
            for old in () if known is None else known.lesions:
                if old.clicks_mm == lesion.clicks_mm and old.tracking_uid != lesion.tracking_uid:
                    document = document.without_lesion(timepoint.study_uid, old.tracking_uid)
                    labels.setdefault(lesion.tracking_uid, old.label)
            label = labels.setdefault(lesion.tracking_uid, document.next_label())
            document = document.with_lesion(timepoint, replace(lesion, label=label))
    fresh = tuple(e for e in found.document.events if e not in document.events)
    return replace(
        with_registrations(document, found.registrations),
        events=(*document.events, *fresh),
        injury_date=found.document.injury_date or document.injury_date,
    )


def with_registrations(document: Document, found: Sequence[Registration]) -> Document:
    """Return a document with these registrations in place of older ones of the same pairs."""
    pairs = {frozenset((r.from_study, r.to_study)) for r in found}
    kept = tuple(r for r in document.registrations if frozenset((r.from_study, r.to_study)) not in pairs)
    return replace(document, registrations=(*kept, *found))
