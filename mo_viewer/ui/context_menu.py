"""The menu at the cursor: what can be done with the picture below it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

MENU_GROUPS = (
    "?Chosen mark",
    "?>Mark colour",
    "Mark",
    "?>Contour",
    ">Measure",
    ">Left button=Tools",
    ">Presets",
    ">Panes and planes=Layout,Arrange,Link,Direction,Slab",
    "?>Compare",
    ">Go to and zoom=Go to,Zoom",
    ">Turn, colours, words=Turn,Colours,Words,Overlay",
    "View",
    ">Picture and report=Picture,Report",
    ">Tags, keys, preferences=Window",
    ">Findings",
)


def show_menu(window: "Window", at: QPoint) -> None:
    """Show it at a place on the screen."""
    table = window.actions_table
    table.refresh()
    menu = table.menu(window, MENU_GROUPS)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)
