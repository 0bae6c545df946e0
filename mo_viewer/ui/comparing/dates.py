"""Shows the line of dates below the pictures while studies of a patient are compared, and takes its clicks."""

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mo_viewer.dicom.series import Study
from mo_viewer.findings.days import as_day, first_day, moments, span_words
from mo_viewer.findings.document import Document
from mo_viewer.ui.comparing.time_axis import Stop, TimeAxis
from mo_viewer.ui.hanging import best_of
from mo_viewer.ui.series_words import modalities, study_clock

if TYPE_CHECKING:
    from mo_viewer.ui.comparing.room import Comparing
    from mo_viewer.ui.window import Window


class Dates(QObject):
    """Knows which studies are compared; the line is made with the first comparison and hidden without one."""

    def __init__(self, window: "Window", comparing: "Comparing") -> None:
        super().__init__(window)
        self._window, self._comparing = window, comparing
        self._shown: tuple[object, ...] = ()
        window.workspace.changed.connect(self.refresh)
        window.workspace.arranged.connect(self.refresh)
        window.workspace.settled.connect(self.refresh)
        window.library.series_changed.connect(self._anew)
        window.session.listen(lambda _: self._anew())
        comparing.changed.connect(self.refresh)

    @cached_property
    def axis(self) -> TimeAxis:
        """The line."""
        made = TimeAxis()
        made.hide()
        made.chosen.connect(self._comparing.choose_study)
        self._window.centre.add_below(made)
        return made

    def refresh(self) -> None:
        """Show what is compared now, if that is different."""
        shown, active = self._comparing.seen(), self._window.pane.series
        now = (shown, None if active is None else active.source.study_uid)
        if now != self._shown:
            self._shown = now
            self._show()

    def _anew(self) -> None:
        self._shown = ()
        self.refresh()

    def _show(self) -> None:
        document, series = self._window.session.document, self._window.pane.series
        shown = self._comparing.seen()
        stops: list[Stop] = []
        if document is not None and series is not None and len(shown) > 1:
            active = series.source.study_uid
            listed = self._studies(series.source.patient.key)
            stops = [
                self._stop(one, f"{one.date} {study_clock(one, listed)}".rstrip(), document, shown, active)
                for one in listed
            ]
        if sum(stop.is_shown for stop in stops) > 1 and document is not None:
            happened = moments(document, date.fromordinal(1))
            self.axis.show_stops(stops, happened)
            self.axis.show()
        elif "axis" in self.__dict__:
            self.axis.hide()

    def _studies(self, patient_key: str) -> list[Study]:
        """The patient's studies with pictures and a date, oldest first."""
        return [
            study
            for study in reversed(self._window.library.studies)
            if study.patient.key == patient_key and as_day(study.date) is not None and best_of(study) is not None
        ]

    def _stop(self, study: Study, words: str, document: Document, shown: frozenset[str], active: str) -> Stop:
        day, zero = as_day(study.date), first_day(document) if document.injury_date else None
        assert day is not None
        after = span_words((day - zero).days) if zero is not None and day >= zero else ""
        timepoint = document.timepoint(study.study_uid)
        marked = 0 if timepoint is None else len(timepoint.lesions)
        facts = (
            f"{words} {modalities(study)}".strip(),
            f"{after} after the injury" if after else "",
            "" if not marked else "1 lesion" if marked == 1 else f"{marked} lesions",
        )
        is_shown = study.study_uid in shown
        does = "It is shown: a click makes its pane the active one." if is_shown else "A click compares with it."
        tip = " · ".join(filter(None, facts)) + f"\n{does}"
        uid = study.study_uid
        return Stop(uid, day.toordinal() - 1, words, after, is_shown, uid == active, tip)
