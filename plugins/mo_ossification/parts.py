"""What the panel is made of: a table with its rows, notices, and parts that come and go."""

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from mo_ossification.frame import heading, unbroken
from mo_ossification.rows import Row

HEADING_PX = 26
LONG_NAME = 22
"""A name of more letters is broken where the panel is narrow; it would push the units out of sight."""
REASON_PX = (130, 168)
"""So wide a reason wants to be, for two lines: for more, names would be broken that have room beside numbers."""


def forget(parts: Iterable[QWidget]) -> None:
    """Take parts out of the panel."""
    for part in parts:
        part.hide()
        part.deleteLater()


def polish(content: QWidget) -> None:
    """Style what is there already: at once, all of it would hold the window."""
    for widget in content.findChildren(QWidget):
        widget.ensurePolished()


def add_table(column: QVBoxLayout, sections: Sequence[tuple[str, tuple[Row, ...]]]) -> Iterator[None]:
    """One grid for all sections, so that values and units stand in the same columns from top to bottom."""
    grid = QGridLayout()
    column.addLayout(grid)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    for title, rows in sections:
        at = grid.rowCount()
        grid.addWidget(heading(title), at, 0, 1, 3, Qt.AlignmentFlag.AlignBottom)
        grid.setRowMinimumHeight(at, HEADING_PX)
        for row in rows:
            _add_row(grid, row)
        yield


def _add_row(grid: QGridLayout, row: Row) -> None:
    at = grid.rowCount()
    name, unit = QLabel(unbroken(row.name)), QLabel(row.unit)
    value = (_Reason if row.refused else QLabel)(unbroken(row.value))
    value.setTextFormat(Qt.TextFormat.PlainText)
    value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    value.setWordWrap(row.refused)
    name.setWordWrap(len(row.name) > LONG_NAME)
    of_value = "refused" if row.refused else "caution" if row.caution else "rowValue"
    of_unit = "rowMet" if row.met and not row.caution else "rowUnit"
    names = ("rowName", of_value, of_unit)
    for widget, style in zip((name, value, unit), names, strict=True):
        widget.setObjectName(style)
        widget.setToolTip(row.tip)
    grid.addWidget(name, at, 0)
    if row.refused:
        grid.addWidget(value, at, 1, 1, 2)
        unit.deleteLater()
    else:
        grid.addWidget(value, at, 1)
        grid.addWidget(unit, at, 2)


class _Reason(QLabel):
    """Why there is no number, in as many lines as it takes beside the names."""

    def sizeHint(self) -> QSize:
        """About as wide as a value with its unit."""
        least, most = REASON_PX
        wide = min(most, max(least, self.fontMetrics().horizontalAdvance(self.text()) // 2 + 8))
        return QSize(wide, self.heightForWidth(wide))


def quiet(text: str) -> QLabel:
    """Return a quiet sentence."""
    return notice(text, "quiet")


def notice(text: str, tone: str) -> QLabel:
    """Return a sentence in a tone: ``quiet`` or ``caution``."""
    label = QLabel(text)
    label.setObjectName(f"notice_{tone}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
