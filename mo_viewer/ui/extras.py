"""What stands around the pictures: marks, key images, cine, lens, tags, preferences; made once for a window."""

from typing import TYPE_CHECKING

from mo_viewer.ui.marks.actions import mark_actions
from mo_viewer.ui.marks.room import MarkRoom

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window


class Extras:
    """Makes these parts, gives them the table of actions and every view."""

    def __init__(self, window: "Window") -> None:
        self.marks = MarkRoom(window)
        window.actions_table.add(mark_actions(self.marks))
        window.workspace.changed.connect(self.marks.image_changed)
        for view in window.workspace.views:
            self.join(view)

    def join(self, view: "SliceView") -> None:
        """Serve one more view."""
        self.marks.join(view)
