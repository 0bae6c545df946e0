"""What stands around the pictures: marks, key images, cine, lens, tags, preferences; made once for a window."""

from typing import TYPE_CHECKING

from mo_viewer.base.faults import Fault
from mo_viewer.session.settings import own_settings
from mo_viewer.ui.cine import Cine
from mo_viewer.ui.key_images import KeyImages
from mo_viewer.ui.marks.actions import mark_actions
from mo_viewer.ui.marks.room import MarkRoom
from mo_viewer.ui.view_actions import view_actions

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window


class Extras:
    """Makes these parts, gives them the table of actions and every view."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self.settings = own_settings()
        self.marks = MarkRoom(window)
        self.key_images = KeyImages(window)
        self.cine = Cine(window, self.settings, self.keep)
        table = window.actions_table
        table.add([*mark_actions(self.marks), *self.key_images.actions(), *self.cine.actions(), *view_actions(window)])
        window.workspace.changed.connect(self.marks.image_changed)
        for view in window.workspace.views:
            self.join(view)

    def join(self, view: "SliceView") -> None:
        """Serve one more view."""
        self.marks.join(view)
        view.on_top.append(self.key_images.draw)

    def keep(self, name: str, value: object) -> None:
        """Keep a setting; a disk that refuses is said."""
        try:
            self.settings.set(name, value)
        except Fault as fault:
            self._window.show_fault(fault)
