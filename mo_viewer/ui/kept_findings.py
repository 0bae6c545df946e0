"""The findings of a study as anybody can read them, while a plugin that made some of them is not here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from mo_viewer.base.faults import Unreadable
from mo_viewer.plugin_host.missing import Kept
from mo_viewer.ui.plain_text import plain

_NOTE = "These findings stay as they are. What made some of them is not running here."


class KeptFindings(QScrollArea):
    """One table: name and value, and below a value of a plugin whose it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: tuple[Kept, ...] = ()

    def show_findings(self, listed: Sequence[Kept]) -> None:
        """Show these; nothing happens where they are shown already."""
        if tuple(listed) == self._shown:
            return
        self._shown = tuple(listed)
        named = _names()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 10, 18, 12)
        column.setSpacing(8)
        column.addWidget(_label(_NOTE, "notice_quiet"))
        for lesion in dict.fromkeys(one.lesion for one in listed):
            column.addWidget(_label(lesion, "heading"))
            own = [one for one in listed if one.lesion == lesion]
            column.addLayout(_table([replace(one, name=named.get(one.name, one.name)) for one in own]))
        column.addStretch(1)
        self.setWidget(content)


def _names() -> Mapping[str, str]:
    """How people call measurements; the contract's own names where the department's words cannot be read."""
    from mo_viewer.report.wording import wording

    try:
        return wording().measurements
    except Unreadable:
        return {}


def _table(listed: Sequence[Kept]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(1, 1)
    for one in sorted(listed, key=lambda kept: not kept.origin):
        at = grid.rowCount()
        value = _label(one.value, "refused" if one.value.startswith("refused") else "rowValue")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(_label(one.name, "rowName"), at, 0)
        grid.addWidget(value, at, 1)
        if one.origin:
            grid.addWidget(_label(one.origin, "rowUnit"), at + 1, 0, 1, 2)
    return grid


def _label(text: str, look: str) -> QLabel:
    label = QLabel(plain(text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(look)
    label.setWordWrap(True)
    return label
