"""Two patients side by side: what agrees, what differs, and the question whether they are one person."""

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.session.persons import Fact, compared
from mo_viewer.ui.plain_text import isolated, person, plain
from mo_viewer.ui.same_patient import named
from mo_viewer.volume.source import Patient

NOTE = (
    "If they are, their studies are one course: one list, one comparison, one report. The answer is kept with the "
    "findings and written into the audit record; undo takes it back."
)
_WORDS = {True: ("agrees", "good"), False: ("differs", "caution"), None: ("not said", "quiet")}


class SameDialog(QDialog):
    """Asks; `answer` is True for one person, False for two, None while it was not decided.

    Parameters
    ----------
    ours
        The current patient.
    others
        Who it may be; the first is proposed.
    hidden
        Show no names, dates and IDs, only whether they agree.
    """

    def __init__(self, parent: QWidget, ours: Patient, others: Sequence[Patient], hidden: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle("Same patient?")
        self.answer: bool | None = None
        self._ours, self._others, self._hidden = ours, tuple(others), hidden
        self.choice = QComboBox()
        self.choice.addItems([named(one, hidden) for one in self._others])
        self.choice.setAccessibleName("Other patient")
        self.choice.setVisible(len(self._others) > 1)
        self.choice.currentIndexChanged.connect(self._show_facts)
        self._facts = QWidget()
        self._grid = QGridLayout(self._facts)
        self._grid.setHorizontalSpacing(18)
        note = QLabel(NOTE)
        note.setWordWrap(True)
        note.setProperty("tone", "quiet")
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for part in (QLabel("Are these the same person?"), self.choice, self._facts, note, self._buttons()):
            column.addWidget(part)
        self.setMinimumWidth(520)
        self._show_facts()

    @property
    def other(self) -> Patient:
        """Who was asked about."""
        return self._others[max(0, self.choice.currentIndex())]

    def _buttons(self) -> QDialogButtonBox:
        """Nothing is answered by Enter alone: the button that decides nothing has it."""
        buttons = QDialogButtonBox()
        for text, answer in (("Same patient", True), ("Different people", False)):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, answer=answer: self._decide(answer))
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        later = buttons.addButton("Decide later", QDialogButtonBox.ButtonRole.RejectRole)
        later.setDefault(True)
        later.setFocus()
        buttons.rejected.connect(self.reject)
        return buttons

    def _decide(self, answer: bool) -> None:
        self.answer = answer
        self.accept()

    def _show_facts(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for column, text in enumerate(("", "Shown patient", "Other patient")):
            self._put(0, column, text, "quiet")
        for row, fact in enumerate(compared(self._ours, self.other), 1):
            words, tone = _WORDS[fact.agrees]
            self._put(row, 0, fact.name.capitalize() if fact.name != "patient ID" else "Patient ID", "quiet")
            self._put(row, 1, self._shown(fact, fact.ours))
            self._put(row, 2, self._shown(fact, fact.theirs))
            self._put(row, 3, words, tone)

    def _shown(self, fact: Fact, value: str) -> str:
        if self._hidden and fact.name != "sex":
            return "hidden" if value else "—"
        text = person(value) if fact.name == "name" else plain(value)
        return isolated(text) or "—"

    def _put(self, row: int, column: int, text: str, tone: str = "") -> None:
        label = QLabel(text)
        if tone:
            label.setProperty("tone", tone)
        self._grid.addWidget(label, row, column)
