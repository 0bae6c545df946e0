"""The left side of the window: the patient, the studies, the series of one study, what was refused."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.mark import ImageRef
from mo_viewer.ui.elided_label import ElidedLabel
from mo_viewer.ui.first_parts import LEAST_LEFT_PX, NOTHING_OPEN, nothing_open
from mo_viewer.ui.import_report import ImportReport
from mo_viewer.ui.library import Library
from mo_viewer.ui.list_column import ListColumn
from mo_viewer.ui.openings import identity
from mo_viewer.ui.patient_block import PatientBlock
from mo_viewer.ui.report_line import ReportLine
from mo_viewer.ui.row_list import RowList
from mo_viewer.ui.search_field import SearchField
from mo_viewer.ui.series_words import first_to_show
from mo_viewer.ui.study_rows import StudyRows, key_in, matching, series_rows, study_key
from mo_viewer.ui.thumbnails import Thumbnails

SEARCH_FROM = 7
"""The search field is shown from this many studies on."""


class StudyList(QFrame):
    """Lists what the library holds; `chosen` carries the series that the reader wants to see.

    `menu_wanted` carries the study whose menu is wanted, and where on the screen.

    A click on a study chooses the series that stands for it, a click on a series that series. Arrow keys only move;
    Enter or Space chooses.
    """

    chosen = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("study_list")
        self._library = library
        self._badges: dict[str, tuple[tuple[str, str], ...]] = {}
        self._names_hidden = False
        self._calibrated: frozenset[ImageRef] = frozenset()
        self._rows = StudyRows()
        self._study = ""
        self._shown: Series | None = None
        self._series: dict[str, Series] = {}
        self._report: ImportReport | None = None
        self.thumbnails = Thumbnails(library.jobs, self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._show_studies)
        self._make_parts()
        self._lay_out()
        self._connect()
        self.refresh()

    def set_badges(self, study: Study, badges: Sequence[tuple[str, str]]) -> None:
        """Put pills on a study: words and their tone (info, good, caution, fault)."""
        key = study_key(study)
        if self._badges.get(key) != tuple(badges):
            self._badges[key] = tuple(badges)
            self._soon.start()

    def set_calibrated(self, images: frozenset[ImageRef]) -> None:
        """Say of these images that the reader has calibrated them."""
        if images != self._calibrated:
            self._calibrated = images
            self._show_series_of_study()

    def set_note(self, text: str) -> None:
        """Say one more line about the patient (``Injury 2024-01-08``); empty says nothing."""
        self.patient.set_note(text)

    def hide_names(self, hidden: bool) -> None:
        """Show short codes instead of names, birth dates and IDs, or show them again."""
        self._names_hidden = hidden
        self.patient.hide_names(hidden)
        if self._report is not None:
            self._report.hide_names(hidden)
        self._show_studies()

    def show_series(self, series: Series) -> None:
        """Mark the series that the window shows, and bring it into view; `chosen` is not emitted."""
        self._shown = series
        study = next((one for one in self._library.studies if _holds(one, series)), None)
        if study is not None:
            self._go_to(study_key(study))
            self._mark_shown()

    def open_report(self) -> None:
        """Open the import report, or bring it to the front."""
        if self._report is None:
            self._report = ImportReport(self._library, self.window())
            self._report.hide_names(self._names_hidden)
        self._report.show()
        self._report.raise_()
        self._report.activateWindow()

    def refresh(self) -> None:
        """Show what the library holds now; only rows that differ are touched."""
        known = {study_key(study) for study in self._library.studies}
        if self._study not in known:
            self._study = study_key(self._library.studies[0]) if known else ""
        self._show_studies()
        self._show_series_of_study()
        self._want_pictures()
        self.search.setVisible(len(known) >= SEARCH_FROM or bool(self.search.text()))
        self.report_line.refresh()

    def _make_parts(self) -> None:
        self.patient = PatientBlock()
        self.search = SearchField()
        self.studies = RowList(self.thumbnails.image, "Studies")
        self.series = RowList(self.thumbnails.image, "Series of the chosen study")
        self.studies_heading = _heading("STUDIES")
        self.series_heading = ElidedLabel("section")
        self.empty = nothing_open()
        self.report_line = ReportLine(self._library)
        self.column = ListColumn((self.studies_heading, self.studies), (self.series_heading, self.series))

    def _lay_out(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.patient)
        searching = QVBoxLayout()
        searching.setContentsMargins(10, 2, 10, 4)
        searching.addWidget(self.search)
        rows.addLayout(searching)
        rows.addWidget(self.empty)
        rows.addWidget(self.column, 1)
        rows.addWidget(self.report_line)
        self.setMinimumWidth(LEAST_LEFT_PX)

    def _connect(self) -> None:
        self._library.series_changed.connect(self.refresh)
        self.search.textChanged.connect(self._show_studies)
        self.search.left.connect(self.studies.setFocus)
        self.studies.moved.connect(self._go_to)
        self.studies.picked.connect(self._choose_study)
        self.studies.asked.connect(self._ask_menu)
        self.series.picked.connect(self._choose_series)
        self.thumbnails.ready.connect(self._redraw)
        self.report_line.asked.connect(self.open_report)

    def _show_studies(self) -> None:
        studies = matching(self._library.studies, self.search.text())
        several = len({study.patient.key for study in self._library.studies}) > 1
        self.studies.show_rows(self._rows.rows(studies, self._badges, self._names_hidden, under_names=several))
        self.studies.select(self._study)
        found_nothing = bool(self._library.studies) and not studies
        self.empty.setText("No study matches the search." if found_nothing else self._empty_words())
        self.empty.setVisible(not studies)
        self.column.share()

    def _show_series_of_study(self) -> None:
        study = self._current_study()
        rows, self._series = series_rows(study, self._calibrated)
        self.series.show_rows(rows)
        if not self.series.selected:
            self._mark_shown()
        self.series_heading.show_text(f"SERIES OF {study.date or 'UNKNOWN DATE'}" if study else "")
        self.patient.show_patient(study.patient if study else None, study.date if study else "")
        self.column.share()

    def _mark_shown(self) -> None:
        shown = self._shown
        if shown is None:
            return
        alike = [key for key, one in self._series.items() if identity(one) == identity(shown)]
        exact = [key for key in alike if self._series[key].key == shown.key]
        for key in (exact or alike)[:1]:
            self.series.select(key)

    def _go_to(self, key: str) -> None:
        """Make a study the current one: its series are listed."""
        self._study = key
        self.studies.select(key)
        self._show_series_of_study()
        self._want_pictures()

    def _choose_study(self, key: str) -> None:
        self._go_to(key)
        study = self._current_study()
        first = first_to_show(study.series) if study is not None else None
        if study is None or first is None or (self._shown is not None and _holds(study, self._shown)):
            return
        self._choose(first)

    def _ask_menu(self, key: str, at: QPoint) -> None:
        study = next((one for one in self._library.studies if study_key(one) == key), None)
        if study is not None:
            self.menu_wanted.emit(study, at)

    def _choose_series(self, key: str) -> None:
        series = self._series.get(key)
        if series is not None and series.is_image:
            self._choose(series)

    def _choose(self, series: Series) -> None:
        self._shown = series
        self._mark_shown()
        self.chosen.emit(series)

    def _current_study(self) -> Study | None:
        return next((study for study in self._library.studies if study_key(study) == self._study), None)

    def _want_pictures(self) -> None:
        for key, series in reversed(self._series.items()):
            self.thumbnails.want(key, series, soon=True)
        for study in self._library.studies:
            first = first_to_show(study.series)
            if first is not None:
                self.thumbnails.want(key_in(study, first), first)

    def _redraw(self, picture: str) -> None:
        self.studies.rows.redraw(picture)
        self.series.rows.redraw(picture)

    def _empty_words(self) -> str:
        return "Looking for images …" if self._library.is_reading else NOTHING_OPEN


def _holds(study: Study, series: Series) -> bool:
    return any(identity(one) == identity(series) for one in study.series)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "section")
    return label
