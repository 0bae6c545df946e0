"""Whose studies are listed: name, sex, birth date, ID; hidden with one switch."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from mo_viewer.ui.elided_label import ElidedLabel
from mo_viewer.ui.plain_text import isolated, person
from mo_viewer.ui.series_words import patient_line
from mo_viewer.volume.source import Patient

_DOT = " · "


class FactsLabel(ElidedLabel):
    """Facts with dots between them; those that have no room in the first line stand in a second one."""

    def _elide(self) -> None:
        room, parts = self.contentsRect().width(), self.whole.split(_DOT)
        fits = [n for n in range(1, len(parts)) if self.fontMetrics().horizontalAdvance(_DOT.join(parts[:n])) <= room]
        if self.fontMetrics().horizontalAdvance(self.whole) <= room or not fits:
            super()._elide()
        else:
            first, second = parts[: fits[-1]], parts[fits[-1] :]
            self.setText(f"{_DOT.join(first)}\n{self._fitted(_DOT.join(second))}")


class PatientBlock(QFrame):
    """Name, then sex, birth and ID, then a note that the window may set (``Injury 2024-01-08``)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._patient: Patient | None = None
        self._study_date = ""
        self._hidden = False
        self.name = ElidedLabel("title")
        self.facts = FactsLabel(tone="quiet")
        self.note = ElidedLabel(tone="quiet")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 12, 12, 10)
        rows.setSpacing(2)
        for label in (self.name, self.facts, self.note):
            rows.addWidget(label)
        self.note.hide()
        self.hide()

    def show_patient(self, patient: Patient | None, study_date: str = "") -> None:
        """Show a patient, with the age on an ISO date, or nothing."""
        self._patient, self._study_date = patient, study_date
        self._write()

    def hide_names(self, hidden: bool) -> None:
        """Show a short code instead of name, birth date and ID, or show them again."""
        self._hidden = hidden
        self._write()

    def set_note(self, text: str) -> None:
        """Show a third line; empty hides it."""
        self.note.show_text(text)
        self.note.setVisible(bool(text))

    def _write(self) -> None:
        patient = self._patient
        self.setVisible(patient is not None)
        if patient is None:
            return
        self.name.show_text(patient_name(patient, self._hidden))
        if self._hidden:
            self.facts.show_text(f"{patient.sex} · details hidden".strip(" ·"))
        else:
            self.facts.show_text(patient_line(patient, self._study_date))


def patient_name(patient: Patient, hidden: bool) -> str:
    """Return the name as it may be shown: where it is missing or hidden, something that still tells patients apart."""
    if hidden:
        return f"Patient {patient.key[:6]}"
    return isolated(person(patient.name)) or (f"ID {patient.id}" if patient.id else "Patient without a name")
