"""A button of an action of the viewer: greyed, with the reason, while that cannot be done."""

from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QPushButton

from mo_viewer.plugin_host.api import Desk


class ActionButton(QPushButton):
    """Starts an action by its name; the viewer says whether it can be done, as it does in its own toolbar."""

    def __init__(self, desk: Desk, text: str, action: str, tip: str) -> None:
        super().__init__(text)
        self._desk, self._action, self._tip = desk, action, tip
        self.clicked.connect(lambda: desk.act(action))
        self.refresh()

    def refresh(self) -> None:
        """Grey it, or do not, by what is true now."""
        reason = self._desk.why_not(self._action)
        self.setEnabled(not reason)
        self.setToolTip(f"{self._tip}\n{reason}".rstrip())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Be right under the mouse."""
        self.refresh()
        super().enterEvent(event)
