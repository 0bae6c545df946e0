"""The menu that asks what became of a lesion."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMenu

from mo_ossification.judging import judge
from mo_viewer.findings.event import Fate, LesionEvent
from mo_viewer.plugin_host.api import Desk

KEYS = {
    Fate.NEW: "&New",
    Fate.STABLE: "&Stable",
    Fate.GROWN: "&Grown",
    Fate.SHRUNK: "S&hrunk",
    Fate.DENSER: "&Denser",
    Fate.RESORBED: "&Resorbed",
    Fate.MERGED: "&Merged",
    Fate.SPLIT: "S&plit",
    Fate.EXCISED: "&Excised",
    Fate.RECURRED: "Re&curred",
}
"""The kinds as the menu has them; the letter after & chooses."""


def ask_kind(desk: Desk, event: LesionEvent) -> None:
    """Open the menu at the cursor; it asks nothing else and can be undone."""
    kinds_menu(desk, event).popup(QCursor.pos())


def kinds_menu(desk: Desk, event: LesionEvent) -> QMenu:
    """Return a menu of all kinds; choosing one says that the event was of that kind."""
    menu = QMenu(QApplication.activeWindow())
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for kind, title in KEYS.items():
        action = menu.addAction(title, partial(judge, desk, event, kind))
        action.setCheckable(True)
        action.setChecked(kind is event.kind)
    return menu
