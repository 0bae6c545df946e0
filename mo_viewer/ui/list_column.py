"""Two lists above each other that share one column: each as high as its rows, the first giving way last."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from mo_viewer.ui.row_list import RowList

HEADING_PX = 34
SIDE_PX = 12
LEAST_PX = 100
SECOND_SHARE = 0.42
"""Where there is no room for both, the second list gets at most this share."""


class ListColumn(QWidget):
    """Places heading, list, heading, list; a list that does not fit scrolls by itself."""

    def __init__(
        self, first: tuple[QLabel, RowList], second: tuple[QLabel, RowList], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._pairs = (first, second)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        for pair in self._pairs:
            for widget in pair:
                widget.setParent(self)

    def minimumSizeHint(self) -> QSize:
        """Two rows of each list."""
        return QSize(0, 2 * (HEADING_PX + LEAST_PX))

    def sizeHint(self) -> QSize:
        """All rows of both lists."""
        return QSize(240, sum(HEADING_PX + rows.content_height for _, rows in self._pairs))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self.share()

    def share(self) -> None:
        """Give each list its height; call it when rows came or went."""
        top = 0
        for (heading, rows), height in zip(self._pairs, self._heights(), strict=True):
            shown = rows.rows.rowCount() > 0
            heading.setVisible(shown)
            rows.setVisible(shown)
            if shown:
                heading.setGeometry(SIDE_PX, top, max(0, self.width() - 2 * SIDE_PX), HEADING_PX)
                rows.setGeometry(0, top + HEADING_PX, self.width(), height)
                top += HEADING_PX + height

    def _heights(self) -> tuple[int, int]:
        first, second = (rows.content_height for _, rows in self._pairs)
        room = self.height() - sum(HEADING_PX for _, rows in self._pairs if rows.rows.rowCount())
        if first + second <= room:
            return first, second
        second = min(second, max(int(room * SECOND_SHARE), room - first))
        return max(0, min(first, room - second)), max(0, second)
