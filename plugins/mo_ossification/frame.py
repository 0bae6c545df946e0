"""What the plugin's panels have in common: a content that scrolls up and down, and headings."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget


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
    return label
