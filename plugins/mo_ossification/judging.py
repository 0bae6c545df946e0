"""What became of a lesion from one study to the next: the proposal is accepted or corrected with one key."""

from mo_viewer.findings.document import Document
from mo_viewer.findings.event import Fate, LesionEvent
from mo_viewer.plugin_host.api import Desk
from mo_viewer.report.history import history_in


def accept(desk: Desk) -> None:
    """Accept what is proposed for the selected lesion in the study that is shown."""
    event = proposed(desk)
    if event is not None:
        judge(desk, event, event.kind)


def correct(desk: Desk) -> None:
    """Ask with a menu, one letter for each kind, what became of the selected lesion."""
    event = proposed(desk)
    if event is not None:
        from mo_ossification.kinds_menu import ask_kind

        ask_kind(desk, event)


def judge(desk: Desk, event: LesionEvent, kind: Fate) -> None:
    """Put into the findings what the reader says became of a lesion; undo takes it back."""
    document = desk.document
    if document is None:
        return
    label = _label(document, event.tracking_uid)
    said = LesionEvent(event.tracking_uid, kind, event.study_uid, event.date, event.with_uids)
    verb, done = ("Confirm", "confirmed") if kind is event.kind else ("Correct", "corrected")
    desk.change(f"{verb} event of {label}: {kind.value}", document.with_judged(said))
    desk.say(f"{label}, {event.date}: {kind.value}, {done}.", "good")


def is_judged(document: Document, event: LesionEvent) -> bool:
    """Whether a reader has accepted or corrected an event."""
    return any((e.tracking_uid, e.study_uid) == (event.tracking_uid, event.study_uid) for e in document.judged)


def proposed(desk: Desk) -> LesionEvent | None:
    """The event of the selected lesion up to the study that is shown; says so where there is none."""
    document, volume = desk.document, desk.volume
    course = None if document is None else history_in(document).course(desk.selected)
    study = "" if volume is None else volume.source.study_uid
    found = None if course is None else next((e for e in course.events if e.study_uid == study), None)
    if found is None:
        desk.say(
            "No event of the selected lesion is known up to this study. Find in all studies (Shift+K) looks for it."
        )
    return found


def _label(document: Document, uid: str) -> str:
    known = (x.label for t in document.timepoints for x in t.lesions if x.tracking_uid == uid)
    return next(known, "lesion")
