"""What there is to say to the reader: a sentence, what to do, the details to copy; and the line that says it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.ui import theme
from mo_viewer.ui.plain_text import plain, tooltip

if TYPE_CHECKING:
    from mo_viewer.plugin_host.host import PluginFault

_NARROW_PX, _MOST_LINES = 480, 4.0
MOST = 8
"""So many messages are kept for each pane; older ones go."""


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
        """The words of a fault; what was refused for a reason is nothing to report, so it has no details."""
        detail = "" if isinstance(fault, Refused) else fault.detail
        return cls(plain(fault.sentence), plain(fault.hint), detail, lasting=lasting)

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
    """One message with its buttons; `closed` when the reader has seen it, `turned` when the next one is wanted.

    What its button does decides whether the message is answered: the line stays until then.
    """

    closed = Signal()
    turned = Signal()

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self.setObjectName("faultline")
        self.setProperty("tone", message.tone)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(10, 4, 6, 4)
        self._box.setSpacing(6)
        words = QVBoxLayout()
        self._box.addLayout(words, 1)
        words.setSpacing(1)
        words.addStretch(1)
        sentence, self._hint = _label(message.sentence, ""), _label(message.hint, "quiet")
        sentence.setToolTip(tooltip(message.hint))
        words.addWidget(sentence)
        words.addWidget(self._hint)
        self._hint.setHidden(not message.hint)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addStretch(1)
        self._box.addLayout(row)
        if message.detail:
            row.addWidget(_button("Copy details", "Copy what a bug report needs.", self.copy))
        if message.act is not None:
            row.addWidget(_button(message.verb, "", self._act))
        self.count = _button("", "Show the next message.", self.turned.emit)
        self.count.hide()
        row.addWidget(self.count)
        row.addWidget(_button("Close", "Close this message.", self.closed.emit))

    def number(self, at: int, of: int) -> None:
        """Say which of several messages this is."""
        self.count.setText(f"{at} of {of} ›")
        self.count.setVisible(of > 1)

    def height_in(self, width: int) -> int:
        """Lay it out for a width and return its height: in a narrow one buttons stand below the words.

        A hint for which there is no room beside the sentence is a tooltip.
        """
        way, is_narrow = QBoxLayout.Direction, width < _NARROW_PX
        self._box.setDirection(way.TopToBottom if is_narrow else way.LeftToRight)
        whole = self._height_with(self.message.hint, width)
        room = _MOST_LINES * self.fontMetrics().lineSpacing()
        return whole if whole <= room or not self.message.hint else self._height_with("", width)

    def _height_with(self, hint: str, width: int) -> int:
        self._hint.setVisible(bool(hint))
        self._box.activate()
        return max(self.heightForWidth(width), self.minimumSizeHint().height())

    def polish(self) -> None:
        """Take the style now, so that it is known how high this is."""
        for part in (self, *self.findChildren(QWidget)):
            part.ensurePolished()

    def _act(self) -> None:
        if self.message.act is not None:
            self.message.act()

    def copy(self) -> None:
        """Put sentence, hint and details on the clipboard."""
        QGuiApplication.clipboard().setText(
            "\n".join(filter(None, (self.message.sentence, self.message.hint, self.message.detail)))
        )


class Messages(QObject):
    """What is being said of one pane, newest first, none twice; `changed` when that is different."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.messages: tuple[Message, ...] = ()

    def say(self, message: Message) -> None:
        """Add a message; one that is said already is not said again."""
        if message not in self.messages:
            self._keep((message, *self.messages)[:MOST])

    def drop(self, message: Message) -> None:
        """Say a message no more; nothing happens where it is not being said."""
        self._keep(tuple(one for one in self.messages if one != message))

    def clear_passing(self) -> None:
        """Say no more what was about one series only."""
        self._keep(tuple(one for one in self.messages if one.lasting))

    def hand_over(self, other: "Messages") -> None:
        """Let another place say what lasts, and say nothing more here."""
        said = self.messages
        self._keep(())
        for message in reversed(said):
            if message.lasting:
                other.say(message)

    def _keep(self, messages: tuple[Message, ...]) -> None:
        if messages != self.messages:
            self.messages = messages
            self.changed.emit()


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
