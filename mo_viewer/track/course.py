"""The courses of a patient's lesions over all studies: identity for life, events, changes. Data in, data out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Fate, LesionEvent, Link, PatientEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.names import free_name, is_made
from mo_viewer.findings.registration import Registration
from mo_viewer.track.change import Category, Change, Moment, change
from mo_viewer.track.comparability import Comparability, comparability
from mo_viewer.track.fate import changed, fates, imaged, recurrence, removed_between
from mo_viewer.track.identity import Group, grouped
from mo_viewer.track.ways import way
from mo_viewer.volume.geometry import Geometry

ACCEPTED, CORRECTED = "confirmed by the reader", "corrected by the reader"
KIND_OF = {Category.INCREASE: Fate.GROWN, Category.DECREASE: Fate.SHRUNK, Category.NO_CHANGE: Fate.STABLE}
Key = tuple[str, str]
"""Study UID and tracking UID as given."""


@dataclass(frozen=True)
class Course:
    """One lesion over time."""

    tracking_uid: str
    events: tuple[LesionEvent, ...] = ()
    changes: tuple[Change, ...] = ()
    since_baseline: Change | None = None


@dataclass(frozen=True)
class Followed:
    """A document in which a lesion bears one tracking UID and label for life, its courses, and the links between."""

    document: Document
    courses: tuple[Course, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class _Interval:
    """Two neighbouring studies and what hangs together in them (lesions as given)."""

    before: Timepoint
    after: Timepoint
    groups: tuple[Group, ...]
    registration: Registration | None


def follow(
    document: Document,
    registrations: Sequence[Registration],
    events: Sequence[PatientEvent] = (),
    geometries: Mapping[str, Geometry] | None = None,
    settled: frozenset[str] = frozenset(),
    unread: frozenset[str] = frozenset(),
) -> Followed:
    """Work out the courses of all lesions of a document.

    Parameters
    ----------
    document
        The lesions as they were marked, each with a tracking UID of its own or one that it already shares.
    registrations
        Between studies, in either direction; missing and failed ones leave only lesions that already bear one UID
        together.
    events
        Operations among them tell an excision from a resorption.
    geometries
        Stack of each study (by study UID), so that a lesion that lies outside a later image is not called gone.
    settled
        Tracking UIDs that must survive (already exported); else the earliest one of a course does.
    unread
        Studies (UIDs) without a contour because none could be made there. They, and those without a lesion that are
        registered with no other, say nothing of what became of a lesion: intervals pass over them.
    """
    stacks = geometries or {}
    telling = [t for t in document.timepoints if t.lesions or _tells(t, registrations, unread)]
    intervals = [_interval(before, after, registrations) for before, after in pairwise(telling)]
    chains = _Chains(document)
    for interval in intervals:
        for group in interval.groups:
            chains.join(group, interval)
    excised = _recurrences(intervals, registrations, events, chains, stacks)
    names = chains.names(settled)
    renamed = _renamed(document, names, chains)
    return _described(renamed, intervals, registrations, events, stacks, names, excised)


def comparability_of(before: Timepoint, after: Timepoint) -> Comparability:
    """How far two timepoints may be compared."""
    metal = any(lesion.quality.metal for lesion in (*before.lesions, *after.lesions))
    return comparability(before.acquisition, after.acquisition, (before.modality, after.modality), metal)


def _tells(timepoint: Timepoint, registrations: Sequence[Registration], unread: frozenset[str]) -> bool:
    """Whether the absence of a lesion in a study means anything."""
    uid = timepoint.study_uid
    placed = any(r.matrix_lps is not None and uid in (r.from_study, r.to_study) for r in registrations)
    return placed and uid not in unread


def _interval(before: Timepoint, after: Timepoint, registrations: Sequence[Registration]) -> _Interval:
    found = way(registrations, before.study_uid, after.study_uid)
    if found is None:
        return _Interval(before, after, _by_name(before, after), None)
    return _Interval(before, after, grouped(before.lesions, after.lesions, found), found)


def _by_name(before: Timepoint, after: Timepoint) -> tuple[Group, ...]:
    """Without a registration only a shared tracking UID says that two contours are one lesion."""
    pairs = [(one, after.lesion(one.tracking_uid)) for one in before.lesions]
    return tuple(Group((one,), (two,)) for one, two in pairs if two is not None)


class _Chains:
    """Which lesions (study, UID as given) are one for life."""

    def __init__(self, document: Document) -> None:
        self._lesions = {(t.study_uid, x.tracking_uid): x for t in document.timepoints for x in t.lesions}
        self._head: dict[Key, Key] = {key: key for key in self._lesions}

    def head(self, key: Key) -> Key:
        """The first link of a lesion's chain."""
        while self._head[key] != key:
            key = self._head[key]
        return key

    def continue_with(self, earlier: Key, later: Key) -> None:
        """Say that two lesions are one."""
        self._head[self.head(later)] = self.head(earlier)

    def join(self, group: Group, interval: _Interval) -> None:
        """The largest lesion of each side goes on as one; the others of a merger or split keep their own name."""
        if group.before and group.after:
            one, two = (max(side, key=_extent) for side in (group.before, group.after))
            self.continue_with(
                (interval.before.study_uid, one.tracking_uid), (interval.after.study_uid, two.tracking_uid)
            )

    def names(self, settled: frozenset[str]) -> dict[Key, str]:
        """The tracking UID for life of every lesion: a settled one of its chain, else the earliest."""
        chosen: dict[Key, str] = {}
        for key in self._head:
            head = self.head(key)
            if head not in chosen or (key[1] in settled and chosen[head] not in settled):
                chosen[head] = key[1] if key[1] in settled else chosen.get(head, head[1])
        return {key: chosen[self.head(key)] for key in self._head}

    def label(self, key: Key, name: str) -> str:
        """The label of the chain's link that gives it its name."""
        head = self.head(key)
        named = (lesion for at, lesion in self._lesions.items() if at[1] == name and self.head(at) == head)
        return next(named, self._lesions[head]).label


def _extent(lesion: Lesion) -> float:
    volume = lesion.measured("volume")
    return volume.value if volume is not None else lesion.mask.volume_mm3 if lesion.mask is not None else 0.0


def _recurrences(
    intervals: Sequence[_Interval],
    registrations: Sequence[Registration],
    events: Sequence[PatientEvent],
    chains: _Chains,
    stacks: Mapping[str, Geometry],
) -> dict[Key, tuple[str, ...]]:
    """New lesions in the bed of an excised one: joined to its chain, with the evidence."""
    gone: list[tuple[str, Lesion]] = []
    found: dict[Key, tuple[str, ...]] = {}
    for interval in intervals:
        later = interval.after.study_uid
        for group in interval.groups:
            if group.before or interval.registration is None:
                continue
            ways = [(old, way(registrations, study, later)) for study, old in gone]
            for lesion in group.after:
                hit = recurrence(lesion, [(old, found_way) for old, found_way in ways if found_way is not None])
                if hit is not None:
                    study = next(s for s, old in gone if old is hit[0])
                    chains.continue_with((study, hit[0].tracking_uid), (later, lesion.tracking_uid))
                    found[later, lesion.tracking_uid] = hit[1]
        if removed_between(interval.before.date, interval.after.date, events):
            gone += [(interval.before.study_uid, x) for x in _vanished(interval, stacks)]
    return found


def _vanished(interval: _Interval, stacks: Mapping[str, Geometry]) -> list[Lesion]:
    if interval.registration is None:
        return []
    stack = stacks.get(interval.after.study_uid)
    lost = [lesion for group in interval.groups if not group.after for lesion in group.before]
    return [lesion for lesion in lost if imaged(lesion, interval.registration, stack)]


def _renamed(document: Document, names: dict[Key, str], chains: _Chains) -> Document:
    labels = _labels(document, names, chains)
    timepoints = []
    for t in document.timepoints:
        uids = [names[t.study_uid, x.tracking_uid] for x in t.lesions]
        lesions = tuple(replace(x, tracking_uid=uid, label=labels[uid]) for x, uid in zip(t.lesions, uids, strict=True))
        timepoints.append(replace(t, lesions=lesions))
    return replace(document, timepoints=tuple(timepoints))


def _labels(document: Document, names: dict[Key, str], chains: _Chains) -> dict[str, str]:
    """The label of every lesion for life; a number that an earlier lesion has gives way to the first free one."""
    wanted: dict[str, str] = {}
    for key in ((t.study_uid, x.tracking_uid) for t in document.timepoints for x in t.lesions):
        wanted.setdefault(names[key], chains.label(key, names[key]))
    given: dict[str, str] = {}
    for uid, label in wanted.items():
        if is_made(label) and label in given.values():
            label = free_name({*wanted.values(), *given.values()})
        given[uid] = label
    return given


def _described(
    document: Document,
    intervals: Sequence[_Interval],
    registrations: Sequence[Registration],
    events: Sequence[PatientEvent],
    stacks: Mapping[str, Geometry],
    names: dict[Key, str],
    excised: dict[Key, tuple[str, ...]],
) -> Followed:
    happened: dict[str, list[LesionEvent]] = {}
    changes: dict[str, list[Change]] = {}
    links: list[Link] = []
    for uid in dict.fromkeys(names.values()):
        happened[uid], changes[uid] = [], []
    for interval in intervals:
        pair = comparability_of(interval.before, interval.after)
        before, after = _moment(interval.before), _moment(interval.after)
        removed = removed_between(before.date, after.date, events)
        kept = set(map(id, _vanished(interval, stacks)))
        for given in interval.groups:
            group = _group_named(given, interval, names)
            links += group.links
            found = changed(group, before, after, pair)
            if found is not None:
                changes[max(group.after, key=_extent).tracking_uid].append(found)
            lost_from_view = not given.after and not any(id(x) in kept for x in given.before)
            if interval.registration is None or lost_from_view:
                continue
            for event in fates(group, before, after, pair, interval.registration, removed):
                happened[event.tracking_uid].append(_recurred(event, given, interval, excised))
    courses = []
    for uid, own in happened.items():
        told = [_told_from_earlier(event, changes[uid], document) for event in own]
        courses.append(Course(uid, judged(told, document.judged), tuple(changes[uid]), _since_baseline(document, uid)))
    return Followed(document, tuple(courses), tuple(links))


def _told_from_earlier(event: LesionEvent, changes: Sequence[Change], document: Document) -> LesionEvent:
    """An event of which the study before tells nothing, as told from the last one before that which does."""
    untold = next((c for c in changes if c.to_study == event.study_uid and _size_of(c) is Category.CANNOT_TELL), None)
    if event.kind is not Fate.STABLE or untold is None:
        return event
    uids = [t.study_uid for t in document.timepoints]
    after = document.timepoints[uids.index(event.study_uid)]
    for before in reversed(document.timepoints[: uids.index(untold.from_study)]):
        found = _of_one(event.tracking_uid, before, after)
        size = None if found is None else _size_of(found)
        if found is not None and size in KIND_OF:
            said = f"from the study of {before.date}, which can be compared: {found.statement or 'no change'}"
            return replace(event, kind=KIND_OF[size], evidence=(*event.evidence, said))
    return event


def _size_of(found: Change) -> Category | None:
    size = found.of("volume")
    return None if size is None else size.category


def judged(proposed: Sequence[LesionEvent], said: Sequence[LesionEvent]) -> tuple[LesionEvent, ...]:
    """Return events as a reader has judged them, where one has; what speaks for the proposal stays as evidence."""
    by_place = {(e.tracking_uid, e.study_uid): e for e in said}
    return tuple(_judged(event, by_place.get((event.tracking_uid, event.study_uid))) for event in proposed)


def _judged(event: LesionEvent, said: LesionEvent | None) -> LesionEvent:
    if said is None:
        return event
    note = ACCEPTED if said.kind is event.kind else f"{CORRECTED}; computed was {event.kind.value}"
    return replace(event, kind=said.kind, evidence=(*event.evidence, note), certain=True)


def _recurred(
    event: LesionEvent, given: Group, interval: _Interval, excised: dict[Key, tuple[str, ...]]
) -> LesionEvent:
    if event.kind is not Fate.NEW:
        return event
    texts = [excised.get((interval.after.study_uid, x.tracking_uid)) for x in given.after]
    why = next((text for text in texts if text), None)
    return event if why is None else replace(event, kind=Fate.RECURRED, evidence=why)


def _group_named(group: Group, interval: _Interval, names: dict[Key, str]) -> Group:
    one, two = interval.before.study_uid, interval.after.study_uid
    return Group(
        tuple(replace(x, tracking_uid=names[one, x.tracking_uid]) for x in group.before),
        tuple(replace(x, tracking_uid=names[two, x.tracking_uid]) for x in group.after),
        tuple(replace(k, from_uid=names[one, k.from_uid], to_uid=names[two, k.to_uid]) for k in group.links),
    )


def _moment(timepoint: Timepoint) -> Moment:
    return Moment(timepoint.study_uid, timepoint.date, timepoint.lesions)


def _since_baseline(document: Document, uid: str) -> Change | None:
    """From the first study that has the lesion to the last, when there are others between."""
    having = [t for t in document.timepoints if t.lesion(uid) is not None]
    if len(having) < 3:
        return None
    return _of_one(uid, having[0], having[-1])


def _of_one(uid: str, before: Timepoint, after: Timepoint) -> Change | None:
    one, two = before.lesion(uid), after.lesion(uid)
    if one is None or two is None:
        return None
    return change(
        Moment(before.study_uid, before.date, (one,)),
        Moment(after.study_uid, after.date, (two,)),
        comparability_of(before, after),
    )
