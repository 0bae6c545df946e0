"""The menu at the cursor: what can be done with the picture below it, and nothing that cannot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from mo_viewer.ui.actions import ActionTable
    from mo_viewer.ui.window import Window

OF_MARK = ("mark.name", "mark.delete", "mark.copy", ">Lock and colour=mark.lock,Measurement colour")
_LESION = ("Mark", ">Lesion=Lesion", ">Contour=Contour")
_REST = (
    (
        ">Measure=Measure",
        ">Window presets=Presets,invert",
        "reset",
        ">Turn, colour table, text=Turn and flip,Colours,Text and contours,Overlay",
    ),
    (
        ">Compare=hang.Compare with prior,compare,Compare",
        ">Panes and planes=Layout,Arrange,Link,Direction,Slab",
    ),
    ("save_picture", ">Picture and report=Picture,Report,Findings", "tags"),
    ("palette",),
)
"""Sections of names of actions and of whole groups; ``>Title=Name,Name`` is a submenu."""


def show_menu(window: "Window", at: QPoint, sections: Sequence[Sequence[str]] = ()) -> None:
    """Show it, or certain sections only, at a place on the screen."""
    menu = context_menu(window, at, sections)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)


def context_menu(window: "Window", at: QPoint, sections: Sequence[Sequence[str]] = ()) -> QMenu:
    """Make it: about the chosen measurement where that lies there, else about lesions; then about the picture."""
    first = OF_MARK if window.extras.marks.is_chosen_beside(at) else _LESION
    table = window.actions_table
    table.refresh()
    menu = QMenu(window)
    menu.setToolTipsVisible(True)
    for section in sections or (first, *_REST):
        rows = [row for entry in section for row in _rows(table, menu, entry)]
        if rows and menu.actions():
            menu.addSeparator()
        menu.addActions(rows)
    return menu


def _rows(table: "ActionTable", menu: QMenu, entry: str) -> Sequence[QAction]:
    if not entry.startswith(">"):
        return _usable(table, entry)
    title, _, names = entry[1:].partition("=")
    parts = [part for name in names.split(",") if (part := _usable(table, name))]
    if not parts:
        return ()
    home = QMenu(title, menu)
    home.setToolTipsVisible(True)
    for part in parts:
        if len(part) > 1 and home.actions():
            home.addSeparator()
        home.addActions(part)
    return (home.menuAction(),)


def _usable(table: "ActionTable", name: str) -> list[QAction]:
    """The action of a name, or those of a group, that can be done now."""
    names = [action.name for action in table.all if name in (action.name, action.group)]
    return [table.qaction(one) for one in names if not table.action(one).refusal]
