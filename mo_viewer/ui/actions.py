"""What the reader can do, as data: one table makes toolbar, menus, shortcuts and the list of Ctrl+K."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from mo_viewer.ui.field_keys import FieldKeys
from mo_viewer.ui.plain_text import plain

_SOON_MS = 60
Place = Literal["window", "picture"]


@dataclass(frozen=True)
class Need:
    """What must be so before something can be done, and the sentence that says why it cannot where it is not."""

    is_met: Callable[[], bool]
    otherwise: str | Callable[[], str]

    def __call__(self) -> bool:
        """Whether it can be done now."""
        return self.is_met()

    @property
    def refusal(self) -> str:
        """Why not; empty where it can be done."""
        if self.is_met():
            return ""
        return self.otherwise if isinstance(self.otherwise, str) else self.otherwise()


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Parameters
    ----------
    name
        Unique; also what plugins and settings call it.
    title
        Two words at most, as they stand in toolbar and menu.
    keys
        Shortcuts; the first is shown.
    where
        ``"picture"``: the keys count only while a picture has the focus (arrows, Tab, Del mean other things elsewhere).
    group
        Heading in menus and lists; actions of one group stand together.
    checked, enabled, wording
        Asked whenever something has changed; `wording` replaces the tooltip.
    words
        What else people call it, for the search; `search_words.words_of` knows those of our own.
    """

    name: str
    title: str
    run: Callable[[], None]
    group: str = ""
    keys: tuple[str, ...] = ()
    tip: str = ""
    where: Place = "window"
    checked: Callable[[], bool] | None = None
    enabled: Need | None = None
    wording: Callable[[], str] | None = None
    role: str = ""
    words: str = ""

    @property
    def refusal(self) -> str:
        """Why it cannot be done now; empty where it can."""
        return "" if self.enabled is None else self.enabled.refusal

    def tooltip(self) -> str:
        """Words for a tooltip: what it does, why not now, the key."""
        words = self.wording() if self.wording is not None else self.tip or self.title
        return "\n".join(filter(None, (words, self.refusal, self.key_text())))

    def key_text(self) -> str:
        """The first key as this system writes it."""
        return QKeySequence(self.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if self.keys else ""


class ActionTable(QObject):
    """Makes a `QAction` of every `Action` and keeps marks, greying and tooltips true.

    Parameters
    ----------
    window, picture
        Whose focus the keys follow.
    """

    refused = Signal(object, str)
    """An `Action` cannot be done now: with the sentence that says why."""
    done = Signal()
    refreshed = Signal()

    def __init__(self, window: QWidget, picture: QWidget) -> None:
        super().__init__(window)
        self._homes = {"window": window, "picture": picture}
        self._actions: dict[str, Action] = {}
        self._made: dict[str, QAction] = {}
        self._delivered: dict[str, tuple[str, ...]] = {}
        self._changed: dict[str, tuple[str, ...]] = {}
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.refresh)
        for home in self._homes.values():
            home.installEventFilter(self)
        FieldKeys(window, self._has_now)

    @property
    def all(self) -> tuple[Action, ...]:
        """Every action, in the order of the table."""
        return tuple(self._actions.values())

    def add(self, actions: Iterable[Action]) -> None:
        """Add actions; a key that is taken already stays with the older one."""
        taken = {key for action in self.all for key in action.keys}
        for action in actions:
            if action.name in self._actions:
                continue
            self._delivered[action.name] = action.keys
            if action.name in self._changed:
                action = replace(action, keys=self._changed[action.name])
            made = QAction(plain(action.title), self)
            if action.role == "mark":
                made.setIconText(f"{plain(action.title)}  {action.key_text()}".rstrip())
            made.setShortcuts([QKeySequence(key) for key in action.keys if key not in taken])
            of_window = action.where == "window"
            context = Qt.ShortcutContext
            made.setShortcutContext(context.WindowShortcut if of_window else context.WidgetWithChildrenShortcut)
            made.setCheckable(action.checked is not None)
            made.triggered.connect(lambda _=False, name=action.name: self.run(name))
            self._homes[action.where].addAction(made)
            self._actions[action.name], self._made[action.name] = action, made
            taken |= set(action.keys)
        self.refresh()

    def remove(self, name: str) -> None:
        """Take an action away, with its key."""
        action, made = self._actions.pop(name, None), self._made.pop(name, None)
        if action is not None and made is not None:
            self._homes[action.where].removeAction(made)
            made.deleteLater()

    def use_keys(self, changed: dict[str, tuple[str, ...]]) -> None:
        """Give these actions other keys, now or when they are added; all others those that they came with."""
        self._changed = dict(changed)
        taken: set[str] = set()
        for name in sorted(self._actions, key=lambda one: one not in changed):
            action, made = self._actions[name], self._made[name]
            keys = tuple(key for key in changed.get(name, self._delivered[name]) if key not in taken)
            taken |= set(keys)
            self._actions[name] = replace(action, keys=changed.get(name, self._delivered[name]))
            made.setShortcuts([QKeySequence(key) for key in keys])
        self.refresh()

    def __contains__(self, name: object) -> bool:
        return name in self._actions

    def qaction(self, name: str) -> QAction:
        """The `QAction` of a name."""
        return self._made[name]

    def action(self, name: str) -> Action:
        """The `Action` of a name."""
        return self._actions[name]

    def run(self, name: str) -> None:
        """Do it, if it may be done now; then look at all marks again."""
        action = self._actions[name]
        if refusal := action.refusal:
            self.refused.emit(action, refusal)
        else:
            self.done.emit()
            action.run()
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A key that came up to here was wanted by nobody: where its action is greyed, say why."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            keys = QKeySequence(QKeyCombination(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, _key(event)))
            for name, action in self._actions.items():
                made = self._made[name]
                if self._homes[action.where] is watched and not made.isEnabled() and keys in made.shortcuts():
                    self.run(name)
                    return True
        return False

    def _has_now(self, keys: QKeySequence) -> bool:
        of_window = (self._made[name] for name, action in self._actions.items() if action.where == "window")
        return any(made.isEnabled() and keys in made.shortcuts() for made in of_window)

    def refresh(self) -> None:
        """Set marks, greying and tooltips to what is true now."""
        for name, action in self._actions.items():
            made = self._made[name]
            if action.checked is not None:
                made.setChecked(action.checked())
            made.setEnabled(action.enabled is None or action.enabled())
            made.setToolTip(action.tooltip())
        self.refreshed.emit()

    def refresh_soon(self) -> None:
        """Refresh once the mouse is no longer busy: it takes as long as a good part of a frame."""
        self._soon.start()

    def menu(self, parent: QWidget, groups: Sequence[str]) -> QMenu:
        """Make a menu of whole groups, or of actions by name (``a,b``), a line between them."""
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        for group in groups:
            if menu.actions():
                menu.addSeparator()
            for one in group.split(","):
                menu.addActions([self._made[name] for name, a in self._actions.items() if one in (name, a.group)])
        return menu


def _key(event: QKeyEvent) -> Qt.Key:
    try:
        return Qt.Key(event.key())
    except ValueError:
        return Qt.Key.Key_unknown
