"""When a picture changes faster than an eye can study it, and when it rests again."""

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer

REST_MS = 50
"""So long after its last change a picture rests; changes that are as far apart as this are each looked at."""
_FOLLOWING = 3
"""So many changes must follow one another before it is a motion: opening, fitting and linking make two or three."""


class Motion(QObject):
    """Of one picture. `is_quick`: frame follows frame; `rested` is called once when that is over.

    The first changes after a rest are not quick, nor are slow steps, nor another series or size: only what is in motion
    changes how it is drawn. A window that follows another on the same place is a hand's at once: nothing else changes
    it alone. What counts is the time between frames, not that of drawing, so that a slow machine is in motion too.
    """

    def __init__(self, parent: QObject, rested: Callable[[], None]) -> None:
        super().__init__(parent)
        self.is_quick = False
        self._rested = rested
        self._scene: object = None
        self._place: object = None
        self._window: object = None
        self._following = 0
        self._drawn_at = -float("inf")
        self._timer = QTimer(self, singleShot=True, interval=REST_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._rest)

    def begin(self, scene: object, place: object, window: object) -> bool:
        """Tell what is about to be drawn; return whether it is a change, which is then followed by `drawn`.

        A frame that shows what the last one did is no change, and another scene begins anew.
        """
        stays = place == self._place and scene == self._scene
        if stays and window == self._window:
            return False
        goes_on = scene == self._scene and monotonic() - self._drawn_at < REST_MS / 1000
        self._following = max(self._following + 1, _FOLLOWING if stays else 0) if goes_on else 0
        self.is_quick = self._following >= _FOLLOWING
        self._scene, self._place, self._window = scene, place, window
        return True

    def drawn(self) -> None:
        """The change is on the screen."""
        self._drawn_at = monotonic()
        if self.is_quick:
            self._timer.start()

    def forget(self) -> None:
        """Let go of what was drawn last."""
        self._scene = self._place = self._window = None

    def _rest(self) -> None:
        self.is_quick = False
        self._rested()
