"""Files and folders may be dropped anywhere on the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from mo_viewer.ui.file_acts import local_paths

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class Drops(QObject):
    """Takes what is dragged over the window and opens what is dropped."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer drags; everything else goes its way."""
        if isinstance(event, QDragEnterEvent):
            if local_paths(event.mimeData()):
                event.acceptProposedAction()
                self._window.first_page.set_dragging(True)
            return True
        if event.type() in (QEvent.Type.DragLeave, QEvent.Type.Drop):
            self._window.first_page.set_dragging(False)
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            event.acceptProposedAction()
            self._window.open_paths(local_paths(event.mimeData()))
            return True
        return False
