"""What stands between the sides: messages, below them the pictures or the first page."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from mo_viewer.ui.faults import Messages
from mo_viewer.ui.notice_bar import NoticeBar

if TYPE_CHECKING:
    from mo_viewer.ui.workspace import Workspace


class Centre(QWidget):
    """Lays them out; what comes and goes takes room from the pictures, and covers none of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stack = QStackedWidget()
        self.stack.setObjectName("middle")
        self.page_messages = Messages(self)
        self._workspace: Workspace | None = None
        self.notices = NoticeBar(self._places, self._is_held, self, self._keeping_zoom)
        self.page_messages.changed.connect(self.notices.refresh)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.notices)
        self._column.addWidget(self.stack, 1)

    @property
    def messages(self) -> Messages:
        """What is being said of the active pane, or of the first page."""
        seen = self._seen()
        return self.page_messages if seen is None else seen.active.messages

    def take(self, workspace: "Workspace") -> None:
        """Put the pictures behind the first page."""
        self._workspace = workspace
        self.stack.addWidget(workspace)
        workspace.said.connect(self.notices.refresh)
        workspace.arranged.connect(self.notices.refresh)

    def show_pictures(self) -> None:
        """Show the pictures in place of the first page, whose size does not count from then on."""
        workspace = self._workspace
        if workspace is not None and self._seen() is None:
            self.page_messages.hand_over(workspace.active.messages)
            page = self.stack.currentWidget()
            self.stack.setCurrentWidget(workspace)
            if page is not None:
                page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            self.notices.refresh()

    def add_below(self, widget: QWidget) -> None:
        """Put something below the pictures."""
        self._column.addWidget(widget)

    def _seen(self) -> "Workspace | None":
        return self._workspace if self.stack.currentWidget() is self._workspace else None

    def _places(self) -> Sequence[Messages]:
        seen = self._seen()
        return [self.page_messages] if seen is None else [pane.messages for pane in seen.panes]

    def _is_held(self) -> bool:
        seen = self._seen()
        return seen is not None and any(pane.view.is_held for pane in seen.panes)

    def _keeping_zoom(self) -> ExitStack:
        seen, kept = self._seen(), ExitStack()
        for pane in () if seen is None else seen.panes:
            kept.enter_context(pane.view.keeping_zoom())
        return kept
