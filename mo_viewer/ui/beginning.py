"""The window stands first; what it does not show is made behind it, at once when the reader touches something."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QToolButton

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_TOUCHES = {
    QEvent.Type.KeyPress,
    QEvent.Type.ShortcutOverride,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.TabletPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.ContextMenu,
    QEvent.Type.DragEnter,
    QEvent.Type.Close,
}
_UNSEEN_MS = 1000
"""A window that was not painted by then (it began as an icon, say) is made ready all the same."""
_LOOK_MS = 10


class Beginning(QObject):
    """Makes a window ready after it was painted: first `read` in a thread, then step after step in the event loop.

    Whatever a person does reaches a window that is ready: the first touch waits until everything is made.

    Parameters
    ----------
    window
        The window as it was made.
    steps
        What makes it ready, each step short.
    read
        Imports what the steps need; without Qt, for it runs in a thread.
    """

    done = Signal()

    def __init__(self, window: "Window", steps: Iterator[None], read: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._steps = window, steps
        self._reader = Thread(target=read, name="beginning")
        self._is_seen = self._is_stepping = self._is_over = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        QTimer.singleShot(_UNSEEN_MS, self, self._begin)
        window.hurried.connect(self.finish)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin once the window was painted; let nothing that a person does through before all is made.

        A press on a word that gave way to another one meanwhile (plugins have changed) is not meant for that one.
        """
        kind = event.type()
        if isinstance(event, QMouseEvent) and kind in _TOUCHES:
            at = event.globalPosition().toPoint()
            aimed = self._word_at(at)
            self.finish()
            return self._word_at(at) != aimed
        if kind in _TOUCHES:
            self.finish()
        elif kind == QEvent.Type.Paint and not self._is_seen and watched is self._window:
            self._is_seen = True
            self._application().installEventFilter(self)
            QTimer.singleShot(0, self, self._begin)
        return False

    def finish(self) -> None:
        """Make all that is not made yet, now."""
        if self._reader.ident is not None:
            self._reader.join()
        while not self._is_over and not self._is_stepping:
            self._step()

    def _begin(self) -> None:
        if self._reader.ident is None and not self._is_over:
            self._reader.start()
            self._timer.start(_LOOK_MS)

    def _go_on(self) -> None:
        if not self._reader.is_alive():
            self._step()
        if not self._is_over:
            self._timer.start(_LOOK_MS if self._reader.is_alive() else 0)

    def _step(self) -> None:
        self._is_stepping = True
        try:
            next(self._steps)
        except StopIteration:
            self._stop()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            self.done.emit()
        except BaseException:
            self._stop()
            raise
        finally:
            self._is_stepping = False

    def _stop(self) -> None:
        self._is_over = True
        self._timer.stop()
        self._window.removeEventFilter(self)
        self._application().removeEventFilter(self)

    def _word_at(self, at: QPoint) -> str:
        button = self._window.childAt(self._window.mapFromGlobal(at))
        return button.text() if isinstance(button, QToolButton) else ""

    @staticmethod
    def _application() -> QCoreApplication:
        application = QCoreApplication.instance()
        assert application is not None
        return application
