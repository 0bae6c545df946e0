"""Lesions marked in one study, carried to the others, marked and measured there: the one path of window and command."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import BoneClick, Document, Timepoint
from mo_viewer.findings.event import Link
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import ImageRef
from mo_viewer.findings.registration import ON_FILMS, Registration, Verdict, inverse_of
from mo_viewer.plugin_host.films import carried_outline, films_of, registered_on_films
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_among, read_lesion
from mo_viewer.plugin_host.stacks import Stack, Stacks
from mo_viewer.segment.candidate_rules import CALCIFICATION
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.segment.trust import encloses
from mo_viewer.track.bed import NECK_MM, SURE_NECK_MM, Bed, bodies, calcified_share, starts_in
from mo_viewer.track.course import Course, follow
from mo_viewer.track.meeting import meeting, meets
from mo_viewer.track.register import refined, registered
from mo_viewer.track.side import Side
from mo_viewer.track.ways import pairs_of, way
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.mask import Mask

ONE_AND_THE_SAME = 0.5
MOST_PARTS, MOST_FOUND = 6, 8
LEAST_CALCIFIED = 0.10
NO_CT = "a study has no CT in Hounsfield units"


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Everything that is known of a patient's lesions over time; `complaints` say what could not be done."""

    document: Document
    registrations: tuple[Registration, ...] = ()
    courses: tuple[Course, ...] = ()
    links: tuple[Link, ...] = ()
    complaints: tuple[str, ...] = ()


class Following:
    """One patient's studies while lesions are marked in one and carried to the others.

    Parameters
    ----------
    host
        Whose plugins measure and grade.
    stacks
        The studies' images.
    document
        What is known already; every study becomes a timepoint.
    """

    def __init__(self, host: Host, stacks: Stacks, document: Document) -> None:
        self.host, self.stacks, self.ticket = host, stacks, stacks.ticket
        self.complaints: list[str] = []
        self._known = {
            (r.from_study, r.to_study): r
            for r in document.registrations
            if r.from_study in stacks.studies
            and r.to_study in stacks.studies
            and not (r.anchor == ON_FILMS and r.verdict is Verdict.FAILED)
        }
        self._unread: set[str] = set()
        self.document = document
        for uid in stacks.studies:
            if document.timepoint(uid) is None:
                self.document = self.document.with_timepoint(stacks.timepoint(uid))

    @property
    def order(self) -> list[str]:
        """Study UIDs by date, time, UID."""
        return [t.study_uid for t in self.document.timepoints]

    def mark(self, study_uid: str, clicks_mm: Sequence[Point], rivals_mm: Sequence[Point] = ()) -> Lesion | None:
        """Mark and measure one lesion in a study; a refusal becomes a complaint. Rivals are clicks beside its own.

        A body that was marked already is that lesion, which notes that it was marked more than once.
        """
        series = self.stacks.series(study_uid)
        if series is None:
            self.complaints.append(f"{_text(clicks_mm[0])}: {NO_CT}")
            return None
        try:
            stack, label = self.stacks.stack(series), self.document.next_label()
            bone = self._bone(stack)
            found = read_among(self.host, stack.volume, clicks_mm, rivals_mm, self.ticket, label, bone=bone)
        except Refused as fault:
            self.complaints.append(f"{_text(clicks_mm[0])}: {fault}")
            return None
        return self._new(study_uid, found)

    def take(self, known: Document) -> None:
        """Take over lesions that were marked earlier, as far as their studies are here."""
        self.take_bone(known)
        for timepoint in known.timepoints:
            if timepoint.study_uid in self.stacks.studies and timepoint.lesions:
                self.document = self.document.with_timepoint(timepoint)
        self.document = replace(
            self.document,
            events=tuple(dict.fromkeys((*known.events, *self.document.events))),
            injury_date=self.document.injury_date or known.injury_date,
        )

    def take_bone(self, known: Document) -> None:
        """Take over what a reader said of native bone, as far as the studies are here."""
        for timepoint in known.timepoints:
            here = self.document.timepoint(timepoint.study_uid)
            if here is not None and timepoint.bone_clicks:
                self.document = self.document.with_timepoint(replace(here, bone_clicks=timepoint.bone_clicks))

    def carry(self, home: str) -> None:
        """Carry the lesions of a study to the others, and mark there what is calcified in their beds."""
        for uid in self.order:
            if uid != home and uid in self.stacks.studies:
                self._carry(home, uid)

    def find(self, uid: str, most: int = MOST_FOUND) -> None:
        """Mark the candidates of a study that no contour holds yet, the likeliest first."""
        from mo_viewer.segment.candidates import find_candidates

        series = self.stacks.series(uid)
        if series is None:
            return
        stack = self.stacks.stack(series)
        with suppress(Refused):
            listed = find_candidates(stack.volume, self._bone(stack), self.ticket)
            for candidate in [c for c in listed if c.kind == CALCIFICATION][:most]:
                if any(_encloses(x, candidate.at_mm) for x in self._lesions(uid)):
                    continue
                with suppress(Refused):
                    self._new(uid, self._read(stack, [candidate.at_mm]))

    def register(self, pairs: Sequence[tuple[str, str]]) -> tuple[Registration, ...]:
        """Register pairs of studies near the lesions that are known."""
        return tuple(self._between(*pair) for pair in pairs)

    def finish(self, settled: frozenset[str] = frozenset()) -> FollowUp:
        """Register what must be, and tell the courses by the document's events."""
        registrations = [self._between(*pair) for pair in pairs_of(self.order)]
        geometries = {
            uid: series.geometry
            for uid in self.order
            if uid in self.stacks.studies
            and (series := self.stacks.series(uid) or self._film(uid)) is not None
            and series.geometry is not None
        }
        extra = [one for one in self._known.values() if one.matrix_lps is not None]
        found = follow(
            self.document, [*registrations, *extra], self.document.events, geometries, settled, frozenset(self._unread)
        )
        self.document = found.document
        return FollowUp(found.document, tuple(registrations), found.courses, found.links, tuple(self.complaints))

    def _carry(self, home: str, uid: str) -> None:
        if not any(_voxels(x) for x in self._lesions(home)):
            if (home, uid) not in self._known:
                self._registered(home, uid)
            return
        known = way(list(self._known.values()), home, uid) or self._registered(home, uid)
        if known.matrix_lps is None:
            return
        if known.from_series:
            self._carry_outlines(home, uid, known)
            return
        beds = [(lesion, Bed.of(_mask(lesion), known.matrix)) for lesion in self._lesions(home) if _voxels(lesion)]
        places = [_point(bed.points_mm.mean(axis=0)) for _, bed in beds]
        stack = self._stack_over(uid, places, self._kernel(home))
        for lesion, bed in beds:
            if not bed.lies_in(stack.volume.geometry) or any(bed.holds(mask) for mask in self._masks(uid)):
                continue
            clicks = [_point(at) for at in known.carried(np.array(lesion.clicks_mm))]
            found = self._first(clicks, bed, stack)
            at_home = [one for _, one in beds]
            if found is not None:
                self._settle(uid, stack, found, bed, lesion.label, at_home)
            for start in self._left(uid, bed, stack):
                with suppress(Refused):
                    self._settle(uid, stack, self._read(stack, start), bed, lesion.label, at_home)
            self._doubt(uid, stack, bed, lesion)

    def _carry_outlines(self, home: str, uid: str, known: Registration) -> None:
        """Carry what was drawn on a radiograph to another one, as outlines to start from."""
        series, timepoint, there = self._film(uid, known.to_series), self.document.timepoint(home), self._lesions(uid)
        if series is None or series.geometry is None or timepoint is None:
            return
        for lesion in timepoint.lesions:
            if _series_uid(timepoint, lesion) != known.from_series:
                continue
            found = carried_outline(lesion, known, series.geometry)
            if found is None or any(x.tracking_uid == lesion.tracking_uid for x in there):
                continue
            target = self.document.timepoint(uid) or Timepoint.of(series.source)
            masks = [_mask(x) for x in there if _voxels(x)]
            is_clear = all(target.is_on(x, series.source, series.geometry) for x in there if _voxels(x))
            if is_clear and not any(meets(_mask(found), mask) for mask in masks):
                image = ImageRef.of(series.source, _mask(found).corner[0])
                self.document = self.document.with_lesion(Timepoint.of(series.source), replace(found, image=image))

    def _film(self, uid: str, series_uid: str = "") -> Series | None:
        """A radiograph of a study: the one of that UID, else the one that was drawn on."""
        timepoint = self.document.timepoint(uid)
        wanted = series_uid or ("" if timepoint is None else timepoint.series_uid)
        return next((s for s in films_of(self.stacks.studies[uid]) if s.source.series_uid == wanted), None)

    def _doubt(self, uid: str, stack: Stack, bed: Bed, lesion: Lesion) -> None:
        """Say so where a bed is calcified and yet no contour came of it: that is no absence."""
        if any(bed.holds(mask) for mask in self._masks(uid)):
            return
        if calcified_share(stack.volume, bed, self._bone(stack)) > LEAST_CALCIFIED:
            self._unread.add(uid)
            timepoint = self.document.timepoint(uid)
            date = "" if timepoint is None else timepoint.date
            self.complaints.append(f"{date}: {lesion.label} is calcified there, but no reliable contour was found.")

    def _first(self, clicks_mm: Sequence[Point], bed: Bed, stack: Stack) -> Lesion | None:
        """The contour by the carried clicks; by all that is calcified in the bed where they do not reach it."""
        starts = starts_in(stack.volume, bed)
        if not starts:
            return None
        found = self._attempt(clicks_mm, bed, stack)
        left = starts if found is None else starts_in(stack.volume, bed, [_mask(found)])
        if left:
            whole = self._attempt(starts[:MOST_PARTS], bed, stack)
            if whole is not None and len(starts_in(stack.volume, bed, [_mask(whole)])) < len(left):
                return whole
        return found

    def _attempt(self, clicks_mm: Sequence[Point], bed: Bed, stack: Stack) -> Lesion | None:
        try:
            found = self._read(stack, clicks_mm)
        except Refused:
            return None
        return found if bed.holds(_mask(found)) else None

    def _left(self, uid: str, bed: Bed, stack: Stack) -> Iterator[Sequence[Point]]:
        """Starts in what no contour of the study holds yet."""
        tried = 0
        while tried < MOST_PARTS:
            left = starts_in(stack.volume, bed, self._masks(uid))
            if len(left) <= tried:
                return
            before = len(self._lesions(uid))
            yield left[tried : tried + 1]
            tried = tried + 1 if len(self._lesions(uid)) == before else 0

    def _settle(self, uid: str, stack: Stack, found: Lesion, bed: Bed, label: str, at_home: Sequence[Bed]) -> None:
        """Keep a contour; what is several bodies here, and was one or several lesions at home, becomes several lesions.

        Where it was several, a wider neck between them is no bond yet: the contour may have run over a narrow gap.
        """
        was_several = sum(one.holds(_mask(found)) for one in at_home) > 1
        places = bodies(_mask(found), SURE_NECK_MM if was_several else NECK_MM)
        if len(places) > max(1, len(bodies(bed.mask, SURE_NECK_MM))):
            for place in places:
                rivals = [other for other in places if other != place]
                with suppress(Refused):
                    self._kept(uid, self._read(stack, [place], rivals), bed, label)
        else:
            self._kept(uid, found, bed, label)

    def _kept(self, uid: str, found: Lesion, bed: Bed, label: str) -> None:
        """Keep a contour that lies in the bed and is not known yet; the first in a study bears the lesion's label."""
        if bed.holds(_mask(found)):
            taken = any(x.label == label for x in self._lesions(uid))
            self._new(uid, replace(found, label=self.document.next_label() if taken else label))

    def _new(self, uid: str, found: Lesion) -> Lesion | None:
        """Keep a contour in a study; None where one of its contours is the same already."""
        if any(meeting(_mask(found), other, np.eye(4))[0] > ONE_AND_THE_SAME for other in self._masks(uid)):
            return None
        self.document = self.document.with_lesion(self.stacks.timepoint(uid), found)
        return found

    def _read(self, stack: Stack, clicks_mm: Sequence[Point], rivals_mm: Sequence[Point] = ()) -> Lesion:
        label = self.document.next_label()
        return read_lesion(
            self.host, stack.volume, clicks_mm, self.ticket, label=label, bone=self._bone(stack), rivals_mm=rivals_mm
        )

    def _stack_over(self, uid: str, places_mm: Sequence[Point], kernel: str) -> Stack:
        """The stack that shows most of the places best; the one that was registered where none holds them all."""
        try:
            return self.stacks.stack(self.stacks.choose(uid, places_mm, kernel))
        except Refused:
            series = self.stacks.series(uid)
            assert series is not None
            return self.stacks.stack(series)

    def _registered(self, first: str, other: str) -> Registration:
        """Search for the way from one study to another, and remember it."""
        one, two = self._side(first), self._side(other)
        if one is None or two is None:
            on_films = registered_on_films(self.stacks, self.document, first, other)
            if on_films is None:
                return Registration(first, other, Verdict.FAILED, NO_CT)
            found = on_films
        else:
            found = registered(one, two, self._places(first), self.ticket)
        self._known[first, other] = found
        return found

    def _between(self, first: str, other: str) -> Registration:
        """The registration of a pair: what is known improved now that both studies' lesions can be left out."""
        by_hand = self._known.get((first, other)) or self._known.get((other, first))
        if by_hand is not None and (by_hand.is_by_hand or by_hand.anchor == ON_FILMS):
            return by_hand if by_hand.from_study == first else inverse_of(by_hand)
        start = way(list(self._known.values()), first, other)
        if start is not None and start.from_series:
            return self._searched(first, other)
        if start is None or start.verdict is not Verdict.GOOD:
            direct = self._known.get((first, other)) or self._known.get((other, first))
            if direct is not None and not self._lesions(first if direct.from_study == other else other):
                return direct if direct.from_study == first else inverse_of(direct)
            return self._searched(first, other)
        one, two = self._side(first), self._side(other)
        assert one is not None
        assert two is not None
        found = refined(one, two, start.matrix, self._places(first))
        return found if found.verdict is Verdict.GOOD else self._searched(first, other)

    def _searched(self, first: str, other: str) -> Registration:
        """Search from the study where lesions are known, in whichever order was asked."""
        if self._places(first) or not self._places(other):
            return self._registered(first, other)
        return inverse_of(self._registered(other, first))

    def _side(self, uid: str) -> Side | None:
        side = self.stacks.side(uid)
        if side is None:
            return None
        no_bone = self.stacks.no_bone(uid, self._clicks(uid))
        lesions = self._masks(uid)
        return side.without(lesions if no_bone is None else [*lesions, no_bone])

    def _places(self, uid: str) -> list[Point] | None:
        """Where in a study registration must hold: its lesions, or where those of other studies come to lie."""
        own = [_point(mask.points_mm().mean(axis=0)) for mask in self._masks(uid)]
        if own:
            return own
        for (home, there), known in self._known.items():
            if there == uid and known.matrix_lps is not None and self._lesions(home):
                middles = [mask.points_mm().mean(axis=0) for mask in self._masks(home)]
                return [_point(at) for at in known.carried(np.array(middles))]
        return None

    def _bone(self, stack: Stack) -> NativeBone:
        """The skeleton with what the reader corrected in its study."""
        return self.stacks.bone(stack, self._clicks(stack.volume.source.study_uid))

    def _clicks(self, uid: str) -> tuple[BoneClick, ...]:
        timepoint = self.document.timepoint(uid)
        return () if timepoint is None else timepoint.bone_clicks

    def _lesions(self, uid: str) -> tuple[Lesion, ...]:
        timepoint = self.document.timepoint(uid)
        return () if timepoint is None else timepoint.lesions

    def _masks(self, uid: str) -> list[Mask]:
        return [_mask(x) for x in self._lesions(uid) if _voxels(x)]

    def _kernel(self, uid: str) -> str:
        timepoint = self.document.timepoint(uid)
        return "" if timepoint is None else timepoint.acquisition.kernel


def _voxels(lesion: Lesion) -> bool:
    return lesion.mask is not None and lesion.mask.voxels > 0


def _mask(lesion: Lesion) -> Mask:
    assert lesion.mask is not None
    return lesion.mask


def _series_uid(timepoint: Timepoint, lesion: Lesion) -> str:
    """The series that a lesion was drawn on; the one that its study was measured in where that is not known."""
    image = timepoint.drawn_on(lesion)
    return timepoint.series_uid if image is None else image.series_uid


def _encloses(lesion: Lesion, at_mm: Point) -> bool:
    return lesion.surface is not None and encloses(lesion.surface, np.array(at_mm))


def _point(at: FloatArray) -> Point:
    x, y, z = (float(v) for v in at)
    return x, y, z


def _text(at: Point) -> str:
    return ",".join(f"{value:g}" for value in at)
