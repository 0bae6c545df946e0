"""The marks of the current patient as the window uses them: chosen, measured, changed through the session."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

from PySide6.QtCore import QObject, Signal

from mo_viewer.base.faults import Fault
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.measure.marks import Reading, Scale, image_of, read_mark, scale_of
from mo_viewer.session.session import Session
from mo_viewer.ui.marks.drawing import CALIBRATION_COLOUR, MARK_COLOUR, DrawnMark
from mo_viewer.ui.marks.placing import flat_of, is_on, normal_of, points_of, slice_of
from mo_viewer.ui.marks.words import lines_beside, title_of
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Volume

COLOURS = {
    "Green": MARK_COLOUR,
    "Sky": "#7cc8f8",
    "Orange": "#f2a65a",
    "Yellow": "#f7e463",
    "Rose": "#f0a6ca",
    "White": "#f2f4f6",
}
_MOST_READINGS = 400


class MarkBoard(QObject):
    """Finds, measures and changes marks. `changed`: another choice, or a hand that moves one.

    Parameters
    ----------
    session
        Where findings are changed.
    told
        Called with what cannot be done.
    """

    changed = Signal()

    def __init__(self, session: Session, told: Callable[[Fault], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._told = session, told
        self.chosen = ""
        self._moving: Mark | None = None
        self._draft: tuple[object, Picture, DrawnMark] | None = None
        self._readings: dict[tuple[object, ...], tuple[Volume, Reading]] = {}

    # -- finding

    def every(self) -> Iterator[tuple[Timepoint, Mark]]:
        """All marks of the patient with their studies, newest study first."""
        document = self._session.document
        for timepoint in reversed(document.timepoints if document is not None else ()):
            for mark in timepoint.marks:
                yield timepoint, mark

    def find(self, uid: str) -> tuple[Timepoint, Mark] | None:
        """Return a mark with its study, or None."""
        return next((both for both in self.every() if both[1].uid == uid), None)

    def on(self, picture: Picture) -> tuple[Mark, ...]:
        """The marks that lie on a picture, one that is being moved as it is now."""
        if picture.is_early:
            return ()
        moving = self._moving
        marks = self._of_study(picture.volume)
        if moving is not None:
            marks = tuple(moving if mark.uid == moving.uid else mark for mark in marks)
        return tuple(mark for mark in marks if is_on(mark, picture))

    def drawn(self, view: object, picture: Picture) -> tuple[DrawnMark, ...]:
        """What is to be drawn on a picture of a view."""
        marks = tuple(self._drawn(mark, picture) for mark in self.on(picture))
        if self._draft is not None and self._draft[0] is view and self._draft[1] is picture:
            return (*marks, self._draft[2])
        return marks

    def reading(self, mark: Mark, volume: Volume) -> Reading | None:
        """Return what a mark measures on its volume; None when it is another one's."""
        k = slice_of(mark.image, volume)
        if k is None and not mark.in_patient:
            return None
        lines = tuple(m for m in self._of_study(volume) if m.kind is MarkKind.CALIBRATION)
        key = (mark.kind, mark.points, mark.image, mark.normal, id(volume), lines)
        if key not in self._readings:
            if len(self._readings) >= _MOST_READINGS:
                self._readings.clear()
            self._readings[key] = (volume, read_mark(mark, volume, k or 0, lines))
        return self._readings[key][1]

    def scale(self, picture: Picture) -> Scale | None:
        """Return the reader's own calibration of a picture; None where its image has no calibration line."""
        if picture.is_early or picture.section is not None:
            return None
        scale = scale_of(image_of(picture.volume, picture.k), picture.volume, self._of_study(picture.volume))
        return scale if scale.by_reader else None

    def calibrated(self) -> frozenset[ImageRef]:
        """The images that bear a calibration line."""
        return frozenset(mark.image for _, mark in self.every() if mark.kind is MarkKind.CALIBRATION)

    def _of_study(self, volume: Volume) -> tuple[Mark, ...]:
        document = self._session.document
        timepoint = None if document is None else document.timepoint(volume.source.study_uid)
        return () if timepoint is None else timepoint.marks

    def _drawn(self, mark: Mark, picture: Picture) -> DrawnMark:
        reading = self.reading(mark, picture.volume)
        return DrawnMark(
            mark.uid,
            mark.kind,
            flat_of(mark, picture),
            mark.colour or (CALIBRATION_COLOUR if mark.kind is MarkKind.CALIBRATION else MARK_COLOUR),
            lines_beside(mark, reading),
            mark.uid == self.chosen,
            mark.locked,
        )

    # -- choosing and moving

    def choose(self, uid: str) -> None:
        """Choose a mark; empty chooses none."""
        if uid != self.chosen:
            self.chosen = uid
            self.changed.emit()

    def sketch(self, view: object, kind: MarkKind, flat: FloatArray, picture: Picture) -> None:
        """Show a mark that is being drawn in one view, with its value so far."""
        mark = self.made(kind, flat, picture)
        reading = self.reading(mark, picture.volume) if len(flat) > 1 and _is_quick(kind, flat) else None
        lines = lines_beside(mark, reading) if reading is not None else ()
        colour = CALIBRATION_COLOUR if kind is MarkKind.CALIBRATION else MARK_COLOUR
        self._draft = (view, picture, DrawnMark("", kind, flat, colour, lines[:1], draft=True))
        self.changed.emit()

    def end_sketch(self) -> None:
        """Nothing is being drawn any more."""
        if self._draft is not None:
            self._draft = None
            self.changed.emit()

    def move(self, mark: Mark, flat: FloatArray, picture: Picture) -> None:
        """Show a mark elsewhere while the hand holds it."""
        self._moving = replace(mark, points=points_of(flat, picture))
        self.changed.emit()

    def drop(self) -> None:
        """Keep the mark where the hand let go of it."""
        moving, self._moving = self._moving, None
        if moving is not None:
            self.put(moving, f"Move {title_of(moving)}")
            self.changed.emit()

    # -- changing

    def made(self, kind: MarkKind, flat: FloatArray, picture: Picture) -> Mark:
        """Return a mark as it was drawn on a picture, not kept yet."""
        return Mark(
            "",
            kind,
            points_of(flat, picture),
            image_of(picture.volume, picture.k),
            picture.volume.geometry.in_patient,
            normal_of(picture),
        )

    def add(self, mark: Mark, volume: Volume) -> None:
        """Keep a new mark, and choose it; never in another patient's findings."""
        document = self._session.document
        if document is not None and document.patient.key != volume.source.patient.key:
            self._told(Fault("This picture is of another patient than the findings.", "Click into the picture first."))
            return
        kept = replace(mark, uid=f"2.25.{uuid4().int}")
        self.chosen = kept.uid
        self._change(f"Draw {title_of(kept)}", Timepoint.of(volume.source), kept)

    def put(self, mark: Mark, title: str) -> None:
        """Keep a mark that has changed."""
        known = self.find(mark.uid)
        if known is not None:
            self._change(title, known[0], mark)

    def alter(self, uid: str, title: str, change: Callable[[Mark], Mark]) -> None:
        """Change name, colour or lock of a mark."""
        known = self.find(uid)
        if known is not None:
            self._change(f"{title} {title_of(known[1])}", known[0], change(known[1]))

    def remove(self, uid: str) -> None:
        """Take a mark away; undo brings it back. A locked one stays."""
        known, document = self.find(uid), self._session.document
        if known is None or document is None:
            return
        if known[1].locked:
            self._told(Fault("This measurement is locked.", "Unlock it first."))
            return
        self.chosen = ""
        self._session.change(f"Delete {title_of(known[1])}", document.without_mark(known[0].study_uid, uid))

    def _change(self, title: str, timepoint: Timepoint, mark: Mark) -> None:
        document = self._session.document
        if document is None:
            return
        try:
            self._session.change(title, document.with_mark(timepoint, mark))
        except Fault as fault:
            self._told(fault)


def _is_quick(kind: MarkKind, flat: FloatArray) -> bool:
    """Whether a value can be shown while the hand still draws."""
    if kind in (MarkKind.LENGTH, MarkKind.CALIBRATION):
        return len(flat) == 2
    if kind is MarkKind.ANGLE:
        return len(flat) == 3
    return kind in (MarkKind.BIDIRECTIONAL, MarkKind.COBB) and len(flat) == 4
