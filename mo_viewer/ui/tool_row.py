"""The row of words at the top of the window."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from mo_viewer.ui.actions import ActionTable

GAP = "|"
STRETCH = ">"


class ToolRow(QFrame):
    """Buttons for actions by name, `GAP` between groups, `STRETCH` before what stands at the right."""

    def __init__(self, table: ActionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolbar")
        self._table = table
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 6, 3)
        self._row.setSpacing(2)

    def show_actions(self, names: Sequence[str], menus: dict[str, QMenu]) -> None:
        """Lay the row out anew; a name in `menus` opens that menu instead."""
        while (item := self._row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for name in names:
            if name == GAP:
                self._row.addWidget(QFrame())
            elif name == STRETCH:
                self._row.addStretch(1)
            elif name in menus:
                self._row.addWidget(self._menu_button(name, menus[name]))
            elif name in self._table:
                self._row.addWidget(self._button(name))

    def _button(self, name: str) -> QToolButton:
        action = self._table.action(name)
        button = _WordButton(self)
        button.setDefaultAction(self._table.qaction(name))
        button.setProperty("role", action.role)
        return button

    def _menu_button(self, title: str, menu: QMenu) -> QToolButton:
        button = _WordButton(self)
        button.setText(f"{title} ▾")
        button.setToolTip(menu.toolTip() or title)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button


class _WordButton(QToolButton):
    """A tool button of words only, as wide as they are."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
