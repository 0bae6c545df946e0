"""The row of words at the top of the window."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCursor, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from mo_viewer.ui.actions import ActionTable

GAP = "|"
STRETCH = ">"
GIVES_WAY = (
    "tool.scroll",
    "invert",
    "fit",
    "export",
    "layout.2x2",
    "layout.1x2",
    "names",
    "save_picture",
    "tool.zoom",
    "tool.pan",
    "layout.1x1",
    "Contour",
    "layout.mpr",
    "tool.mark.length",
    "tool.window",
    "redo",
    "undo",
)
"""What leaves the row for its menu where the window is narrow, the first of them first."""
ALWAYS_MORE = ("tags", "sheet", "glossary", "preferences")
"""What stands in that menu at any width."""


LIT = {"Contour": "", "Measure": "", "Compare": "compare.off"}
"""Menus whose word is lit while something in them is on (in the others something always is), or may be ended so."""


class ToolRow(QFrame):
    """Buttons for actions by name, `GAP` between groups, `STRETCH` before what stands at the right.

    Where there is no room for all, those in `gives_way` go into the menu at the right, the first of them first.
    """

    def __init__(self, table: ActionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolbar")
        self._table = table
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 6, 3)
        self._row.setSpacing(2)
        self._parts: list[tuple[str, QWidget]] = []
        self._gives_way: tuple[str, ...] = ()
        self._stretch_at = 0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_actions(self, names: Sequence[str], menus: dict[str, QMenu], gives_way: Sequence[str] = GIVES_WAY) -> None:
        """Lay the row out anew; a name in `menus` opens that menu instead."""
        while (item := self._row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        self._parts, self._gives_way = [], tuple(gives_way)
        for name in names:
            if name == GAP:
                self._put(name, QFrame())
            elif name == STRETCH:
                self._row.addStretch(1)
                self._stretch_at = len(self._parts)
            elif name in menus:
                self._put(name, self._menu_button(name, menus[name]))
            elif name in self._table:
                self._put(name, self._button(name))
        self._more_menu = QMenu(self)
        self._menus = menus
        self._more = self._menu_button("More", self._more_menu)
        self._more.setToolTip("DICOM tags, keys, preferences, and what has no room in this row")
        self._row.addWidget(self._more)
        self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See what has room now."""
        super().resizeEvent(event)
        self._share()

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def _put(self, name: str, part: QWidget) -> None:
        self._parts.append((name, part))
        self._row.addWidget(part)

    def _share(self) -> None:
        """Hide what has no room, and the lines between groups that are empty then."""
        widths = {name: part.sizeHint().width() + 2 for name, part in self._parts if name != GAP}
        room = self.width() - 12 - 13 * sum(name == GAP for name, _ in self._parts)
        room -= self._more.sizeHint().width()
        away: list[str] = []
        for name in self._gives_way:
            if sum(width for one, width in widths.items() if one not in away) <= room:
                break
            away += [name] if name in widths else []
        self._more_menu.clear()
        for name in [name for name in widths if name in away]:
            self._more_menu.addAction(self._action(name))
        self._more_menu.addSeparator()
        self._more_menu.addActions([self._table.qaction(name) for name in ALWAYS_MORE if name in self._table])
        before: QWidget | None = None
        is_group_empty = True
        for n, (name, part) in enumerate(self._parts):
            if n == self._stretch_at:
                before, is_group_empty = None, True
            part.setVisible(name not in away and name != GAP)
            if name == GAP:
                before, is_group_empty = before if is_group_empty else part, True
            elif name not in away:
                if before is not None:
                    before.show()
                before, is_group_empty = None, False

    def _action(self, name: str) -> QAction:
        if name not in self._menus:
            return self._table.qaction(name)
        self._menus[name].setTitle(name)
        return self._menus[name].menuAction()

    def _button(self, name: str) -> QToolButton:
        action = self._table.action(name)
        button = _WordButton(self)
        button.setDefaultAction(self._table.qaction(name))
        button.setProperty("role", action.role)
        button.clicked_in_vain.connect(lambda: self._table.run(name))
        return button

    def _menu_button(self, title: str, menu: QMenu) -> "_WordButton":
        button = _WordButton(self)
        button.setText(f"{title} ▾")
        button.setToolTip(menu.toolTip() or title)
        button.setMenu(menu)
        if title in LIT:
            button.setCheckable(True)
            button.is_lit = partial(self._is_on, menu, LIT[title])
            self._table.refreshed.connect(button.show_lit)
            button.show_lit()
        menu.aboutToHide.connect(button.rest_soon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _is_on(self, menu: QMenu, ends: str) -> bool:
        may_end = ends in self._table and self._table.qaction(ends).isEnabled()
        return may_end or any(action.isChecked() for action in menu.actions())


class _WordButton(QToolButton):
    """A tool button of words only, as wide as they are. `clicked_in_vain`: it is greyed."""

    clicked_in_vain = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.is_lit: Callable[[], bool] = lambda: False

    def show_lit(self) -> None:
        """Look as if pressed in while what the word stands for is on."""
        self.setChecked(self.is_lit())

    def event(self, event: QEvent) -> bool:
        """Tell of a click also while greyed."""
        if event.type() == QEvent.Type.MouseButtonPress and not self.isEnabled():
            self.clicked_in_vain.emit()
        return super().event(event)

    def rest_soon(self) -> None:
        """Look as untouched again once the menu has gone: Qt does not tell the button that the mouse has left it."""
        QTimer.singleShot(0, self, self._rest)

    def _rest(self) -> None:
        self.setDown(False)
        is_over = self.isVisible() and self.rect().contains(self.mapFromGlobal(QCursor.pos()))
        self.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, is_over)
        self.update()
