"""Injury date and events: what is typed here goes into the findings, undoable."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from mo_viewer.findings.days import as_day
from mo_viewer.findings.document import Document
from mo_viewer.findings.event import Occasion, PatientEvent
from mo_viewer.plugin_host.api import Desk

CERTAINTIES = ("exact", "about", "unknown")
KINDS = (
    (Occasion.SURGERY, "Operation"),
    (Occasion.EXCISION, "Excision"),
    (Occasion.RADIATION, "Radiation"),
    (Occasion.NSAID, "Anti-inflammatory drug"),
    (Occasion.ACTIVITY, "Return to activity"),
    (Occasion.OTHER, "Other"),
)
_DAY = "YYYY-MM-DD"
DAY_PX = 112


class EventsBox(QWidget):
    """Lines for the injury, for one new event, and for each event that there is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self.injury = _field(_DAY)
        self.certainty = QComboBox()
        self.certainty.addItems(CERTAINTIES)
        self.day = _field(_DAY)
        self.kind = QComboBox()
        self.kind.addItems([words for _, words in KINDS])
        self.text = _field("dose, note")
        self.add = QPushButton("Add")
        for widget, tip in (
            (
                self.injury,
                "Day of the injury; times of studies and curves count from it. Enter keeps it, empty takes it out.",
            ),
            (self.certainty, "How sure the day of the injury is."),
            (self.kind, "What happened."),
            (self.day, "Day on which it happened; Enter adds it."),
            (self.text, "Dose or a note, as it stands in lists and reports; may stay empty."),
            (self.add, "Put it on the line of days, in curves and reports; Undo takes it back."),
        ):
            widget.setToolTip(tip)
        self.injury.setAccessibleName("Date of injury")
        self.day.setAccessibleName("Date of the event")
        self._place()
        self.injury.editingFinished.connect(self._set_injury)
        self.certainty.activated.connect(self._set_injury)
        self.add.clicked.connect(self._add)
        self.day.returnPressed.connect(self._add)
        self._rows: list[QWidget] = []

    def show_events(self, document: Document | None) -> None:
        """Show what the findings hold now."""
        for row in self._rows:
            self._grid.removeWidget(row)
            row.deleteLater()
        self._rows = []
        events = () if document is None else document.events
        if not self.injury.hasFocus():
            self.injury.setText("" if document is None else document.injury_date)
        known = next((e.text for e in events if e.kind is Occasion.INJURY), "")
        self.certainty.setCurrentText(known if known in CERTAINTIES else CERTAINTIES[0])
        for event in events:
            if event.kind is not Occasion.INJURY:
                self._add_row(event)

    def _place(self) -> None:
        for column, widget in enumerate((QLabel("Injury"), self.injury, self.certainty)):
            self._grid.addWidget(widget, 0, column)
        for column in (1, 2):
            self._grid.setColumnMinimumWidth(column, DAY_PX)
        self._grid.setColumnStretch(0, 1)
        self.kind.setMinimumContentsLength(9)
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._grid.addWidget(self.kind, 1, 0, 1, 2)
        self._grid.addWidget(self.day, 1, 2)
        self._grid.addWidget(self.text, 2, 0, 1, 2)
        self._grid.addWidget(self.add, 2, 2)

    def _add_row(self, event: PatientEvent) -> None:
        words = dict(KINDS).get(event.kind, event.kind.value)
        label, remove = QLabel(f"{event.date}  {words}  {event.text}".rstrip()), QPushButton("Remove")
        label.setWordWrap(True)
        remove.setProperty("role", "link")
        remove.setToolTip("Take this event out; Undo brings it back.")
        remove.clicked.connect(lambda: self._change(f"Remove {words.lower()}", lambda d: _without(d, event)))
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 2, 0, 2)
        across.addWidget(label, 1)
        across.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(row, self._grid.rowCount(), 0, 1, 3)
        self._rows.append(row)

    def _set_injury(self) -> None:
        day, sure = self.injury.text().strip(), self.certainty.currentText()
        if day and as_day(day) is None:
            self._desk.say(f"A day must read {_DAY}.", "caution")
            return
        document = self._desk.document
        if document is None or (day == document.injury_date and sure == _certainty(document)):
            return
        events = tuple(e for e in document.events if e.kind is not Occasion.INJURY)
        events += (PatientEvent(day, Occasion.INJURY, sure),) if day else ()
        self._desk.change("Injury date", replace(document, injury_date=day, events=events))

    def _add(self) -> None:
        day = self.day.text().strip()
        if as_day(day) is None:
            self._desk.say(f"A day must read {_DAY}.", "caution")
            return
        kind, words = KINDS[self.kind.currentIndex()]
        event = PatientEvent(day, kind, self.text.text().strip())
        self._change(f"Add {words.lower()}", lambda d: replace(d, events=tuple(sorted({*d.events, event}, key=_order))))
        self.day.clear()
        self.text.clear()

    def _change(self, title: str, change: Callable[[Document], Document]) -> None:
        document = self._desk.document
        if document is not None:
            self._desk.change(title, change(document))


def _field(hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(hint)
    return field


def _without(document: Document, event: PatientEvent) -> Document:
    return replace(document, events=tuple(e for e in document.events if e != event))


def _certainty(document: Document) -> str:
    return next((e.text for e in document.events if e.kind is Occasion.INJURY), CERTAINTIES[0])


def _order(event: PatientEvent) -> tuple[str, str, str]:
    return event.date, event.kind.value, event.text
