"""Where the window and its sides were when it was closed."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject

from mo_viewer.session.settings import Settings

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_NAME = "window"


class WindowMemory(QObject):
    """Keeps size, place and sides at closing; `restore` puts them back."""

    def __init__(self, window: "Window", settings: Settings, keep: Callable[[str, object], None]) -> None:
        super().__init__(window)
        self._window, self._settings, self._keep = window, settings, keep
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember at closing."""
        if event.type() == QEvent.Type.Close:
            self.remember()
        return False

    def remember(self) -> None:
        """Keep where everything is now."""
        window = self._window
        self._keep(
            _NAME,
            {
                "place": base64.b64encode(window.saveGeometry().data()).decode("ascii"),
                "sides": window.sides.sizes(),
                "left": not window.study_list.isHidden(),
                "right": not window.panels.isHidden(),
            },
        )

    def restore(self) -> bool:
        """Put everything where it was; returns False, and does nothing, where nothing sensible is known."""
        kept, window = self._settings.get(_NAME, {}), self._window
        try:
            place = QByteArray(base64.b64decode(str(kept["place"])))
            sides = [int(size) for size in kept["sides"]]
        except (KeyError, TypeError, ValueError):
            return False
        if len(sides) != window.sides.count() or not window.restoreGeometry(place):
            return False
        window.sides.setSizes(sides)
        window.study_list.setVisible(kept.get("left") is not False)
        window.panels.setVisible(kept.get("right") is not False)
        return True
