"""What the plugin's panels have in common: a content that scrolls up and down, and headings."""

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

_WITHIN = re.compile(r"(?<=[±<>≤≥]) (?=[\d−-])|(?<=\d) (?=±|%|HU|mm|cm|more|to [\d−-])|(?<=\d to) (?=[\d−-])")
_NEGATIVE = re.compile(r"(?<!\w)-(?=\d)")
_ABOVE_PX = 8
"""Between a part of a panel and the heading of the next, beside what the column leaves."""


def scrolled(panel: QWidget) -> QScrollArea:
    """Fill a panel with an area that scrolls its content up and down, and return that."""
    outer = QVBoxLayout(panel)
    outer.setContentsMargins(0, 0, 0, 0)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    outer.addWidget(scroll)
    return scroll


def heading(text: str) -> QLabel:
    """Return a heading of a part of a panel."""
    label = QLabel(text)
    label.setObjectName("heading")
    label.setContentsMargins(0, _ABOVE_PX, 0, 0)
    return label


def unbroken(text: str) -> str:
    """Return words in which no line ends between a number and its sign, spread, unit or range."""
    return _WITHIN.sub("\N{NO-BREAK SPACE}", _NEGATIVE.sub("\N{MINUS SIGN}", text))


def column_of(widget: QWidget, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """Lay a widget out from top to bottom and return its column; margins in px: left, top, right, bottom."""
    column = QVBoxLayout(widget)
    column.setContentsMargins(*margins)
    column.setSpacing(8)
    return column


def hidden_part(parent: QWidget) -> QWidget:
    """Return a part of a panel that is not shown yet."""
    made = QWidget(parent)
    made.hide()
    return made
