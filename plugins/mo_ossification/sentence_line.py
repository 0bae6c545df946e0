"""A sentence of the report that unfolds the numbers behind it; each date leads to its study."""

import re
from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from mo_ossification.frame import unbroken
from mo_viewer.report.paragraph import Sentence

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FOLDED, UNFOLDED = "\u25b8", "\u25be"
NOTHING = "This sentence rests on no number."


class SentenceLine(QWidget):
    """An arrow and the sentence; a click on either shows or hides the numbers.

    Parameters
    ----------
    days
        Study UIDs by date.
    go
        Called with the study UID of a date that was clicked.
    """

    def __init__(self, sentence: Sentence, days: Mapping[str, str], go: Callable[[str], None]) -> None:
        super().__init__()
        self._go = go
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self.arrow = QToolButton()
        self.arrow.setProperty("role", "plain")
        self.arrow.setText(FOLDED)
        self.arrow.setStyleSheet("padding: 0px;")
        self.arrow.setFixedWidth(16)
        self.arrow.setToolTip("The numbers behind this sentence (Space).")
        self.arrow.setAccessibleName("Numbers behind the sentence")
        self.arrow.clicked.connect(self.toggle)
        self.text = QLabel(unbroken(sentence.text))
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setObjectName("rowName")
        self.text.installEventFilter(self)
        self.numbers = QLabel(_linked(sentence.numbers, days))
        self.numbers.setTextFormat(Qt.TextFormat.RichText)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.numbers.setWordWrap(True)
        self.numbers.setObjectName("notice_quiet")
        self.numbers.linkActivated.connect(self._go)
        self.numbers.hide()
        grid.addWidget(self.arrow, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.text, 0, 1)
        grid.addWidget(self.numbers, 1, 1)

    def toggle(self) -> None:
        """Show or hide the numbers."""
        unfolded = self.numbers.isHidden()
        self.numbers.setVisible(unfolded)
        self.arrow.setText(UNFOLDED if unfolded else FOLDED)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click on the sentence is one on its arrow."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            self.toggle()
        return False


def _linked(numbers: tuple[str, ...], days: Mapping[str, str]) -> str:
    """The numbers as rich text in which each date of a study is a link."""
    from html import escape

    lines = (escape(line) for line in numbers or (NOTHING,))
    return "<br>".join(_DAY.sub(lambda found: _link(found.group(), days), line) for line in lines)


def _link(day: str, days: Mapping[str, str]) -> str:
    from html import escape

    return f'<a href="{escape(days[day])}">{day}</a>' if day in days else day
