"""Windows beside the main one: as large as they are meant to be, or as their screen has room for."""

from PySide6.QtWidgets import QWidget

_SIDES_PX, _TITLE_PX = 16, 48
"""What a frame with its title takes beside and above a window."""


def resize_within(widget: QWidget, width: int, height: int) -> None:
    """Give a window a size, or less of it where the screen of its parent is smaller: its buttons must be in reach.

    There is at least the room of its parent, which may lie on several screens.
    """
    parent = widget.parentWidget()
    room = (parent or widget).screen().availableGeometry().size()
    if parent is not None:
        room = room.expandedTo(parent.window().size())
    widget.resize(min(width, room.width() - _SIDES_PX), min(height, room.height() - _TITLE_PX))
