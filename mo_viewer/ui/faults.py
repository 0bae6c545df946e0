"""Says what went wrong, in a line at the top of the pane concerned: a sentence, what to do, the details to copy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.ui import theme
from mo_viewer.ui.plain_text import plain

if TYPE_CHECKING:
    from mo_viewer.plugin_host.host import PluginFault

MOST_LINES = 3
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


@dataclass(frozen=True)
class Message:
    """A sentence for the reader; `tone` is fault, caution, info or good.

    `lasting` ones stay when another series is shown: they are about more than the one before.
    """

    sentence: str
    hint: str = ""
    detail: str = ""
    tone: str = "fault"
    lasting: bool = False
    verb: str = ""
    """Words of a button that does something about it."""
    act: Callable[[], None] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, fault: Fault, lasting: bool = False) -> "Message":
        """The words of a fault."""
        return cls(plain(fault.sentence), plain(fault.hint), fault.detail, lasting=lasting)

    @classmethod
    def of_plugin(cls, fault: "PluginFault") -> "Message":
        """What happened in a plugin, and what that means."""
        place = f" ({fault.place})" if fault.place else ""
        if fault.where == "start":
            sentence = f"Plugin {fault.plugin} is not used: {plain(fault.sentence)}{place}"
            return cls(sentence, "", fault.traceback, "caution", True)
        sentence = f"Plugin {fault.plugin} failed ({fault.where}): {plain(fault.sentence)}{place}"
        return cls(
            sentence, "That part is switched off until the next start; the rest goes on.", fault.traceback, lasting=True
        )


class MessageLine(QFrame):
    """One message with its buttons; `closed` when the reader has seen it."""

    closed = Signal()

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self.setObjectName("faultline")
        self.setProperty("tone", message.tone)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.setSpacing(6)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(_label(message.sentence, ""))
        if message.hint:
            words.addWidget(_label(message.hint, "quiet"))
        row.addLayout(words, 1)
        if message.detail:
            row.addWidget(_button("Copy details", "Copy what a bug report needs.", self.copy))
        if message.act is not None:
            row.addWidget(_button(message.verb, "", self._act))
        row.addWidget(_button("Close", "Close this line.", self.closed.emit))

    def _act(self) -> None:
        self.closed.emit()
        if self.message.act is not None:
            self.message.act()

    def copy(self) -> None:
        """Put sentence, hint and details on the clipboard."""
        QGuiApplication.clipboard().setText(
            "\n".join(filter(None, (self.message.sentence, self.message.hint, self.message.detail)))
        )


class Messages(QWidget):
    """The lines at the top of a widget: laid over it, so that nothing below moves. Newest first, none twice.

    `resized` carries the new height, 0 when nothing is said.
    """

    resized = Signal(int)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        over.installEventFilter(self)
        self.hide()

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is being said, newest first."""
        return tuple(line.message for line in self._lines())

    def say(self, message: Message) -> None:
        """Add a message; one that is said already is not said again."""
        if message in self.messages:
            return
        line = MessageLine(message, self)
        line.closed.connect(lambda: self._remove(line))
        self._column.insertWidget(0, line)
        line.show()
        for old in self._lines()[MOST_LINES:]:
            self._remove(old)
        self._settle()

    def drop(self, message: Message) -> None:
        """Say a message no more; nothing happens where it is not being said."""
        for line in self._lines():
            if line.message == message:
                self._remove(line)

    def clear_passing(self) -> None:
        """Say no more what was about one series only."""
        for line in self._lines():
            if not line.message.lasting:
                self._remove(line)

    def hand_over(self, other: "Messages") -> None:
        """Let another place say what lasts, and say nothing more here."""
        for line in reversed(self._lines()):
            if line.message.lasting:
                other.say(line.message)
            self._remove(line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as wide as the widget below."""
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def event(self, event: QEvent) -> bool:
        """Stay as high as the lines need, also once they have their fonts."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._settle()
        return super().event(event)

    def _lines(self) -> list[MessageLine]:
        return sorted(self.findChildren(MessageLine, options=_DIRECT), key=self._column.indexOf)

    def _remove(self, line: MessageLine) -> None:
        self._column.removeWidget(line)
        line.setParent(None)
        line.deleteLater()
        self._settle()

    def _settle(self) -> None:
        width = self._over.width()
        wraps = self._column.hasHeightForWidth()
        wanted = self._column.totalHeightForWidth(width) if wraps else self._column.totalSizeHint().height()
        height = wanted if self._lines() else 0
        self.setGeometry(0, 0, width, height)
        self.setVisible(bool(self._lines()))
        self.raise_()
        self.resized.emit(height)


def _label(text: str, tone: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("tone", tone)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFont(theme.interface_font())
    return label


def _button(text: str, tip: str, act: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(act)
    return button
