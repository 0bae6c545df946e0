"""The panel: which lesions there are, how big, how dense, how mature, how sure, what next."""

import time
from collections.abc import Iterator
from functools import cached_property

from PySide6.QtCore import QEvent, QRect, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mo_ossification.action_button import ActionButton
from mo_ossification.bands import bars, limits_of, read_limits, use_limits, why_apart
from mo_ossification.by_hand import ByHand
from mo_ossification.calibration import fitting, words
from mo_ossification.commands import go_to, lesions_shown
from mo_ossification.details import Details
from mo_ossification.edits import Workbench, lesion_on, nothing
from mo_ossification.flow import Flow
from mo_ossification.frame import column_of, heading, hidden_part, scrolled
from mo_ossification.parts import add_table, forget, notice, polish, quiet
from mo_ossification.regions import ACTION as MEASURE_CONTOUR
from mo_ossification.regions import MEASURED, is_measured, offer
from mo_ossification.rows import copyable, measurement_rows, rule_rows, size_of, warnings_of
from mo_ossification.small_pictures import ClassBars, DepthCurve, RimMap, disc
from mo_ossification.words import NOT_CLAIMED, graded, in_force, pattern_sentence
from mo_ossification.zones import Zones, rim_sentence, zones_of
from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk, PluginChange

MARK, REGION = "tool.mo_ossification.tool.mark", "tool.mo_ossification.tool.region"
EXPORT_TIP = """Write the findings of all studies of this patient into a folder (Ctrl+E):
report (PDF), DICOM SR and SEG, CSV, JSON, FHIR; each file is read back and compared."""
OTHER_IMAGE = "Drawn on another image of this study: a click on its name above shows that."
LEAST_SLICES = 4
WHILE_TYPED_MS = 300
STEP_S = 0.008
AFTER_PICTURE_MS = 20


class LesionPanel(QWidget):
    """Shows the lesions of the study in the active pane and the selected one's numbers."""

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        super().__init__()
        self._desk = desk
        self._zones: tuple[Lesion | None, Zones | None] = (None, None)
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._show)
        self._building: Iterator[None] = iter(())
        self._shown: tuple[QWidget, ...] = ()
        self._begun: tuple[QWidget, ...] = ()
        self._patient = ""
        self._next = QTimer(self, singleShot=True)
        self._next.timeout.connect(self._build)
        self._bench = bench
        self.destroyed.connect(lambda: setattr(bench, "changed", nothing))
        self._scroll = scrolled(self)
        self._content = QWidget(self)
        self._content.setObjectName("panelContent")
        self._content.hide()
        self._column = column_of(self._content, (12, 10, 8, 12))
        self._column.addStretch(1)
        self._stop = desk.listen(self._refresh)
        self.destroyed.connect(self._stop)
        self._find_bone()
        self._show()

    def _refresh(self, change: PluginChange) -> None:
        if change.what == "image":
            self._find_bone()
        self._soon.start(AFTER_PICTURE_MS)

    def _show(self) -> None:
        if self._is_typed_in():
            self._soon.start(WHILE_TYPED_MS)
            return
        forget(self._begun)
        self._begun = (hidden_part(self._content), hidden_part(self._content))
        self._building = self._filled(*self._begun)
        self._build()

    def _build(self) -> None:
        """Make what is shown in steps, so that the window answers between them."""
        if self._is_typed_in():
            self._next.start(WHILE_TYPED_MS)
            return
        until = time.thread_time() + STEP_S
        for _ in self._building:
            if time.thread_time() > until:
                self._next.start(0)
                return

    def _filled(self, list_part: QWidget, numbers_part: QWidget) -> Iterator[None]:
        """Fill two parts beside those that are shown, and show them once they are whole.

        What stands between them, name and site and the tools, is made once and stays: every move of a widget to
        another parent has all of it styled anew.
        """
        lesions = lesions_shown(self._desk)
        chosen = next((lesion for lesion in lesions if lesion.tracking_uid == self._desk.selected), None)
        column = column_of(list_part)
        column.addWidget(heading("LESIONS IN THIS STUDY"))
        for lesion in lesions:
            column.addWidget(self._lesion_line(lesion, lesion is chosen))
        if not lesions:
            column.addWidget(quiet(self._what_to_do()))
        column.addLayout(self._buttons(chosen))
        polish(list_part)
        self._lay_out(list_part)
        yield
        column = column_of(numbers_part)
        if chosen is not None:
            for _ in self._add_numbers(column, chosen):
                polish(numbers_part)
                yield
            self.details.ensurePolished()
            yield
        if self._desk.volume is not None:
            self.by_hand.ensurePolished()
            yield
        self._lay_out(numbers_part)
        yield
        self._put((list_part, numbers_part), chosen)
        yield
        if chosen is not None and self._zones[0] is not chosen:
            self._find_zones(chosen)

    def _lay_out(self, part: QWidget) -> None:
        """Place what is in a hidden part as it will stand, so that showing it need not."""
        margins = self._column.contentsMargins()
        width = self._scroll.viewport().width() - margins.left() - margins.right()
        layout = part.layout()
        if layout is not None:
            layout.setGeometry(QRect(0, 0, width, layout.totalHeightForWidth(width)))

    def _put(self, parts: tuple[QWidget, QWidget], chosen: Lesion | None) -> None:
        """Show new parts in the place of the old ones; another patient's from their top."""
        patient = "" if self._desk.document is None else self._desk.document.patient.key
        at = self._scroll.verticalScrollBar().value() if patient == self._patient else 0
        old, self._shown, self._begun, self._patient = self._shown, parts, (), patient
        first, last = parts
        self._column.insertWidget(0, first)
        self._column.insertWidget(self._column.count() - 1, last)
        if chosen is not None:
            self.details.show_lesion(chosen)
        if "details" in self.__dict__:
            if self._column.indexOf(self.details) < 0:
                self._column.insertWidget(1, self.details)
            self.details.setVisible(chosen is not None)
        if "by_hand" in self.__dict__:
            if self._column.indexOf(self.by_hand) < 0:
                self._column.insertWidget(self._column.indexOf(last), self.by_hand)
            self.by_hand.setVisible(self._desk.volume is not None)
            self.by_hand.refresh()
        for part in parts:
            part.show()
        forget(old)
        for button in self.findChildren(ActionButton):
            button.refresh()
        if self._scroll.widget() is None:
            self._scroll.setWidget(self._content)
            self._content.show()
        QApplication.sendEvent(self._content, QEvent(QEvent.Type.LayoutRequest))
        self._scroll.verticalScrollBar().setValue(at)

    def _is_typed_in(self) -> bool:
        typed = QApplication.focusWidget()
        return isinstance(typed, QLineEdit) and typed.isModified() and self.isAncestorOf(typed)

    @cached_property
    def details(self) -> Details:
        """Name, site and side; made when a lesion is first selected."""
        made = Details(self._desk, self._content)
        made.hide()
        return made

    @cached_property
    def by_hand(self) -> ByHand:
        """The tools for the contour; made when an image is first shown."""
        return ByHand(self._desk, self._bench, self._content)

    def _what_to_do(self) -> str:
        volume = self._desk.volume
        if volume is None:
            return "Open a study to mark in it."
        if volume.unit != "HU":
            return "Marking by click needs a CT in Hounsfield units. Use Outline a lesion instead (Shift+R)."
        return "Choose Mark calcification (K) and click inside or on a calcification."

    def _lesion_line(self, lesion: Lesion, chosen: bool) -> QPushButton:
        document = self._desk.document
        colour = "" if document is None else lesion_colour(document, lesion.tracking_uid)
        state = "confirmed" if lesion.accepted else "unconfirmed"
        line = QPushButton(disc(colour), f" {lesion.label}   {size_of(lesion)}   · {state}")
        line.setObjectName("lesionLine")
        line.setCheckable(True)
        line.setChecked(chosen)
        line.setStyleSheet("text-align: left;")
        line.setToolTip(f"Select {lesion.label} and go to it (Tab: the next one).")
        line.clicked.connect(lambda: self._choose(lesion))
        return line

    def _choose(self, lesion: Lesion) -> None:
        self._desk.select(lesion.tracking_uid)
        go_to(self._desk, lesion)

    def _buttons(self, chosen: Lesion | None) -> Flow:
        row = Flow(6)
        mark = self._button("Mark", MARK, "Mark a calcification by a click (K).")
        row.addWidget(mark)
        if not mark.isEnabled():
            tip = "Makes a lesion of what you outline with the button held: measured and followed (Shift+R)."
            row.addWidget(self._button("Outline a lesion", REGION, tip))
        if chosen is not None:
            words = "Unconfirm" if chosen.accepted else "Confirm"
            tip = "Say that this contour is right, or take that back (Ctrl+Enter); exports say which it is."
            row.addWidget(self._button(words, "mo_ossification.command.accept_lesion", tip))
            row.addWidget(self._button("Export", "export", EXPORT_TIP))
            copy = QPushButton("Copy")
            copy.setProperty("role", "tight")
            copy.setToolTip("Copy the numbers of this lesion as text, below what is to be doubted of them.")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(copyable(chosen)))
            row.addWidget(copy)
            tip = "Delete this lesion from this study (Del); Undo brings it back."
            row.addWidget(self._button("Delete", "mo_ossification.command.delete", tip))
        return row

    def _button(self, text: str, action: str, tip: str) -> ActionButton:
        made = ActionButton(self._desk, text, action, tip)
        made.setProperty("role", "tight")
        return made

    def _add_numbers(self, column: QVBoxLayout, lesion: Lesion) -> Iterator[None]:
        volume = self._desk.volume
        if volume is not None and lesion_on(self._desk, volume, lesion.tracking_uid) is None:
            column.addWidget(quiet(OTHER_IMAGE))
        for warning in warnings_of(lesion):
            column.addWidget(notice(warning, "caution"))
        offered = offer(self._desk, lesion)
        if offered and is_measured(self._desk, lesion):
            column.addWidget(quiet(MEASURED))
        elif offered:
            column.addWidget(quiet(offered))
            tip = "Adds a Freehand region with this contour, measured like any other; Undo takes it back."
            column.addWidget(self._button("Measure this contour as a region", MEASURE_CONTOUR, tip))
        yield from add_table(column, measurement_rows(lesion))
        self._name_calibration(column)
        self._add_pictures(column, lesion)
        yield
        if lesion.grade is not None:
            said = in_force()
            column.addWidget(heading("MATURITY GRADE"))
            grade = QLabel(graded(lesion.grade.value, said))
            grade.setObjectName("grade")
            grade.setWordWrap(True)
            grade.setToolTip(said.glossary["Maturity grade"])
            column.addWidget(grade)
            yield from add_table(column, (("RULES OF THE GRADE", rule_rows(lesion)),))
            column.addWidget(quiet(said.say("grade_apart")))
            tone = "caution" if lesion.pattern == "inside_out" else "quiet"
            column.addWidget(notice(pattern_sentence(lesion.pattern, said), tone))
        column.addWidget(notice(NOT_CLAIMED, "quiet"))

    def _add_pictures(self, column: QVBoxLayout, lesion: Lesion) -> None:
        found = bars(self._desk.document, lesion.tracking_uid)
        if found:
            column.addWidget(heading("DENSITY CLASSES BY DATE"))
            column.addWidget(ClassBars(found))
            if apart := why_apart(lesion):
                column.addWidget(quiet(apart))
            limits = QLineEdit(limits_of(lesion.class_volumes))
            limits.setToolTip(
                "Lower limits of the four classes in HU, for all lesions of this study. Enter counts anew."
            )
            limits.returnPressed.connect(lambda: self._use_limits(limits))
            limits.setEnabled(bool(lesion.class_volumes))
            limits.setAccessibleName("Limits of the density classes, HU")
            line = QHBoxLayout()
            line.addWidget(QLabel("From, HU"))
            line.addWidget(limits, 1)
            column.addLayout(line)
        zones = self._zones[1] if self._zones[0] is lesion else None
        if zones is not None:
            if zones.rim is not None and lesion.measured("rim_coverage") is not None:
                column.addWidget(heading("WHERE THE RIM IS CLOSED"))
                said = rim_sentence(zones.rim)
                column.addWidget(quiet(said) if said else RimMap(zones.rim))
            column.addWidget(heading("DENSITY BY DEPTH · HU"))
            column.addWidget(DepthCurve(zones))

    def _use_limits(self, field: QLineEdit) -> None:
        field.setModified(False)
        try:
            use_limits(self._desk, read_limits(field.text()))
        except Refused as refused:
            self._desk.say(str(refused), "caution")

    def _find_zones(self, lesion: Lesion) -> None:
        volume = self._desk.volume
        self._zones = (lesion, None)
        if volume is None or volume.unit != "HU":
            return

        def work(ticket: Ticket) -> Zones | None:
            ticket.check()
            return zones_of(lesion, volume)

        def done(zones: Zones | None) -> None:
            if self._zones[0] is lesion and zones is not None:
                self._zones = (lesion, zones)
                self._soon.start(AFTER_PICTURE_MS)

        self._desk.run("Rim and depth", work, done, slot="mo_ossification.zones")

    def _find_bone(self) -> None:
        """Find native bone once the images are there, so that the first click need not."""
        volume = self._desk.volume
        if volume is None or volume.unit != "HU" or volume.geometry.shape[0] < LEAST_SLICES:
            return

        def work(ticket: Ticket) -> None:
            from mo_viewer.segment.mark import get_ready

            self._desk.native_bone(volume, ticket)
            get_ready(ticket)

        self._desk.run("Finding native bone", work, lambda _: None, slot="mo_ossification.native")

    def _name_calibration(self, column: QVBoxLayout) -> None:
        document, volume = self._desk.document, self._desk.volume
        timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
        line = None if timepoint is None else fitting(self._desk.calibrations(), timepoint.acquisition)
        if line is not None:
            column.addWidget(notice(words(line), "quiet"))
