"""What became of the lesions of a group: the event that is proposed, with what speaks for it."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.findings.event import Fate, LesionEvent, Occasion, PatientEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.track.change import Category, Change, Moment, change
from mo_viewer.track.comparability import Comparability, Tier
from mo_viewer.track.identity import LEAST_OVERLAP, MOST_GAP_MM, Group
from mo_viewer.track.meeting import meeting
from mo_viewer.volume.geometry import Geometry

REMOVING = (Occasion.SURGERY, Occasion.EXCISION)
PLAIN_PERCENT = 40.0


def fates(
    group: Group, before: Moment, after: Moment, pair: Comparability, registration: Registration, removed: bool
) -> tuple[LesionEvent, ...]:
    """Return the events of a group, one for each lesion of it.

    Parameters
    ----------
    group, pair, registration
        What hangs together, how far the studies may be compared, and the way from the earlier to the later.
    before, after
        The two studies (their lesions are not used, the group's are).
    removed
        Whether an operation lies between them.
    """
    sure = registration.verdict is Verdict.GOOD
    if not group.after:
        kind = Fate.EXCISED if removed else Fate.RESORBED
        text = "an operation lies between the studies" if removed else "no contour where it was"
        return tuple(_event(lesion, kind, after, (), (text,), sure) for lesion in group.before)
    if not group.before:
        return tuple(_event(lesion, Fate.NEW, after, (), ("nothing was there",), sure) for lesion in group.after)
    if len(group.before) == 1 and len(group.after) == 1:
        return (_stayed(group, before, after, pair, sure),)
    lesions = {lesion.tracking_uid: lesion for lesion in (*group.before, *group.after)}
    kind = Fate.MERGED if len(group.before) > len(group.after) else Fate.SPLIT
    return tuple(
        _event(lesion, kind, after, tuple(u for u in lesions if u != uid), group.evidence, sure)
        for uid, lesion in lesions.items()
    )


def removed_between(first_date: str, second_date: str, events: Sequence[PatientEvent]) -> bool:
    """Whether an operation lies after the first study and not after the second (ISO dates)."""
    return any(e.kind in REMOVING and first_date < e.date <= second_date for e in events if e.date)


def recurrence(lesion: Lesion, gone: Sequence[tuple[Lesion, Registration]]) -> tuple[Lesion, tuple[str, ...]] | None:
    """Return the excised lesion in whose bed a new one lies, and why; `gone` with registrations to the new study."""
    for old, registration in gone:
        if old.mask is None or lesion.mask is None or registration.matrix_lps is None:
            continue
        overlap, gap = meeting(old.mask, lesion.mask, registration.matrix)
        if overlap >= LEAST_OVERLAP or gap <= MOST_GAP_MM:
            where = f"overlapping by {100 * overlap:.0f} %" if overlap > 0 else f"{gap:.1f} mm away"
            return old, (f"in the bed of an excised lesion ({where})",)
    return None


def imaged(lesion: Lesion, registration: Registration, geometry: Geometry | None) -> bool:
    """Whether the later study shows the place where a lesion was; True when its stack is not known."""
    if geometry is None or lesion.mask is None or registration.matrix_lps is None:
        return True
    there = registration.carried(lesion.mask.points_mm().mean(axis=0))
    return bool(np.all([geometry.contains(point) for point in there]))


def changed(group: Group, before: Moment, after: Moment, pair: Comparability) -> Change | None:
    """The change of the whole group; None where one side is empty."""
    if not group.before or not group.after:
        return None
    return change(
        Moment(before.study_uid, before.date, group.before), Moment(after.study_uid, after.date, group.after), pair
    )


def _stayed(group: Group, before: Moment, after: Moment, pair: Comparability, sure: bool) -> LesionEvent:
    found = changed(group, before, after, pair)
    assert found is not None
    size = found.of("volume")
    category = size.category if size is not None else Category.CANNOT_TELL
    texts = [*group.evidence, found.statement] if found.statement else [*group.evidence]
    if category is Category.CANNOT_TELL:
        category, text = _plainly(group)
        texts += [*pair.reasons, text] if pair.tier is Tier.NOT_COMPARABLE else [text]
        sure = False
    kind = {Category.INCREASE: Fate.GROWN, Category.DECREASE: Fate.SHRUNK}.get(category, Fate.STABLE)
    if kind is Fate.STABLE and _denser(found):
        kind = Fate.DENSER
    return _event(group.after[0], kind, after, (), tuple(texts), sure)


def _plainly(group: Group) -> tuple[Category, str]:
    """What sizes say where no limit can be stated: only a change beyond 40 % counts."""
    sizes = [[lesion.measured("volume") for lesion in side] for side in (group.before, group.after)]
    known = [sum(m.value for m in side if m is not None) for side in sizes]
    if min(known) <= 0:
        return Category.NO_CHANGE, "the size was not measured in both studies"
    percent = 100 * (known[1] / known[0] - 1)
    if abs(percent) <= PLAIN_PERCENT:
        return Category.NO_CHANGE, "no change could be told"
    return (Category.INCREASE if percent > 0 else Category.DECREASE), "plainly another size"


def _denser(found: Change) -> bool:
    rises = [q.category for q in (found.of(n) for n in ("p95_hu", "normalised_density", "mineral_content")) if q]
    return Category.INCREASE in rises and Category.DECREASE not in rises


def _event(
    lesion: Lesion, kind: Fate, after: Moment, others: tuple[str, ...], texts: tuple[str, ...], sure: bool
) -> LesionEvent:
    return LesionEvent(lesion.tracking_uid, kind, after.study_uid, after.date, others, texts, sure)
