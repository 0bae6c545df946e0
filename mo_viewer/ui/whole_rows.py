"""Lists that end with a whole row instead of a part of one."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractItemView


class WholeRows(QObject):
    """Makes a list of equal rows a little lower than its place, so that its last row is not cut."""

    def __init__(self, rows: QAbstractItemView) -> None:
        super().__init__(rows)
        self._rows = rows
        rows.viewport().installEventFilter(self)
        rows.verticalScrollBar().rangeChanged.connect(self._fit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give up what is too little for a row, once a layout has given the list a height."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._fit()
        return False

    def _fit(self) -> None:
        height = self._rows.viewport().height()
        row = self._rows.sizeHintForRow(0)
        if 0 < row < height and height % row:
            self._rows.resize(self._rows.width(), self._rows.height() - height % row)
