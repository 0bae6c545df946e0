"""A line of text that gives way where there is no room for it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from mo_viewer.ui.plain_text import tooltip


class ElidedLabel(QLabel):
    """One line of plain text, cut with an ellipsis where there is no room; the tooltip has all of it."""

    def __init__(self, role: str = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for name, value in (("role", role), ("tone", tone)):
            if value:
                self.setProperty(name, value)

    @property
    def whole(self) -> str:
        """The text without elision."""
        return self._whole

    def show_text(self, text: str, tip: str = "") -> None:
        """Show one line; `tip` stands in the tooltip instead of the line itself."""
        self._whole = text
        self.setToolTip(tooltip(tip or text))
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the line anew."""
        super().resizeEvent(event)
        self._elide()

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def _elide(self) -> None:
        self.setText(self._fitted(self._whole))

    def _fitted(self, text: str) -> str:
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.contentsRect().width())
