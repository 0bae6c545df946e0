"""The bar above the pictures that says what needs attention: it takes room of its own, and lies over nothing."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from mo_viewer.ui.faults import Message, MessageLine, Messages

LINGER_MS = 900
"""The room stays so long after the last message: pictures do not jump to and fro while one follows another."""
_HELD_MS = 100


class NoticeBar(QFrame):
    """Shows one message at a time, the newest first; others are a click away.

    It is as high as the highest of them, and changes its height only while no button is held on a picture.

    Parameters
    ----------
    places
        Gives what is being said of each pane that is seen.
    is_held
        Whether a mouse button is held on a picture.
    keeping
        What pictures keep as it is while the bar takes room or gives it back.
    """

    def __init__(
        self,
        places: Callable[[], Sequence[Messages]],
        is_held: Callable[[], bool],
        parent: QWidget,
        keeping: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        super().__init__(parent)
        self._keeping = keeping
        self._over, self._places, self._is_held = parent, places, is_held
        self.setObjectName("notices")
        self._said: dict[Message, MessageLine] = {}
        self._width = 0
        self._stack = QStackedLayout(self)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._give_room)
        self.hide()

    @property
    def line(self) -> MessageLine | None:
        """The line that is seen."""
        seen = self._stack.currentWidget()
        return seen if isinstance(seen, MessageLine) else None

    def refresh(self) -> None:
        """Show what is being said now."""
        wanted = dict.fromkeys(message for place in self._places() for message in place.messages)
        for message in [one for one in self._said if one not in wanted]:
            gone = self._said.pop(message)
            self._stack.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        fresh = [message for message in wanted if message not in self._said]
        for message in reversed(fresh):
            self._said[message] = line = MessageLine(message, self)
            line.closed.connect(lambda message=message: self._close(message))
            line.turned.connect(self._turn)
            self._stack.insertWidget(0, line)
            line.polish()
        if fresh:
            self._stack.setCurrentIndex(0)
        for line in self._said.values():
            line.number(self._stack.indexOf(line) + 1, self._stack.count())
        if self._said:
            self._give_room()
        elif not self.isHidden():
            self._later.start(LINGER_MS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the words need in another width."""
        super().resizeEvent(event)
        if self._said and event.size().width() != event.oldSize().width():
            self._give_room()

    def event(self, event: QEvent) -> bool:
        """Be as high as the words need once they have their fonts."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self._said:
            self._give_room()
        return done

    def _close(self, message: Message) -> None:
        for place in self._places():
            place.drop(message)

    def _turn(self) -> None:
        self._stack.setCurrentIndex((self._stack.currentIndex() + 1) % self._stack.count())

    def _give_room(self) -> None:
        """Take the height that is needed, or give all of it back."""
        if self._is_held():
            self._later.start(_HELD_MS)
            return
        self._later.stop()
        layout = self._over.layout()
        with self._keeping():
            if self._said:
                self.setFixedHeight(self._needed())
            self.setVisible(bool(self._said))
            if layout is not None:
                layout.activate()

    def _needed(self) -> int:
        """The height of the highest line; in one width it does not become less while anything is said."""
        width = self._over.width()
        before = self.height() if width == self._width and not self.isHidden() else 0
        self._width = width
        return max(before, *(line.height_in(width) for line in self._said.values()))
