"""Where the window and its sides were when it was closed."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject

from mo_viewer.session.settings import Settings
from mo_viewer.ui.sides import TITLES

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
                "place": _written(window.saveGeometry()),
                "sides": window.sides.sizes(),
                "hidden": [side for side in TITLES if not window.sides.is_shown(side)],
                "apart": {side: _written(place) for side, place in window.sides.places().items()},
            },
        )

    def restore(self) -> bool:
        """Put everything where it was; returns False, and does nothing, where nothing sensible is known.

        Qt moves what stood on a screen that is no longer there onto one that is.
        """
        kept, window = self._settings.get(_NAME, {}), self._window
        try:
            place = _read(kept["place"])
            sizes = [int(size) for size in kept["sides"]]
            hidden, apart = list(kept["hidden"]), {side: _read(own) for side, own in dict(kept["apart"]).items()}
        except (KeyError, TypeError, ValueError):
            return False
        if not window.restoreGeometry(place):
            return False
        for side in TITLES:
            if side in apart:
                window.sides.take_out(side, apart[side])
            else:
                window.sides.show_side(side, side not in hidden)
        window.restoreGeometry(place)
        if len(sizes) == window.sides.count():
            window.sides.setSizes(sizes)
        return True


def _written(place: QByteArray) -> str:
    return base64.b64encode(place.data()).decode("ascii")


def _read(text: object) -> QByteArray:
    return QByteArray(base64.b64decode(str(text)))
