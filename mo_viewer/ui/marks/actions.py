"""What can be done with marks, as entries of the table of actions."""

from functools import partial

from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.marks.board import COLOURS
from mo_viewer.ui.marks.kinds import KINDS
from mo_viewer.ui.marks.room import MarkRoom

NO_MARK = "No measurement is chosen: click one on the picture first."


def mark_actions(room: MarkRoom) -> list[Action]:
    """The tools, and what can be done with the chosen mark."""
    return [*_tools(room), *_chosen(room), *_colours(room)]


def _tools(room: MarkRoom) -> list[Action]:
    return [
        Action(
            f"tool.mark.{kind}",
            info.title,
            partial(room.choose_tool, kind),
            "Measure",
            info.keys,
            f"{info.tip}. Esc puts the tool away.",
            checked=partial(room.uses, kind),
        )
        for kind, info in KINDS.items()
    ]


def _chosen(room: MarkRoom) -> list[Action]:
    has = Need(room.has_chosen, NO_MARK)
    return [
        Action("mark.name", "Name measurement …", room.ask_name, "Chosen measurement", ("F2",),
               "Give the chosen measurement a name", where="picture", enabled=has),
        Action("mark.lock", "Lock measurement", room.toggle_lock, "Chosen measurement",
               tip="A locked measurement can be neither moved nor deleted",
               checked=lambda: (mark := room.chosen()) is not None and mark.locked, enabled=has),
        Action("mark.delete", "Delete measurement", room.delete, "Chosen measurement",
               tip="Del does it too; undo brings it back", enabled=has),
        Action("mark.copy", "Copy values", room.copy_values, "Chosen measurement", ("Ctrl+Shift+C",),
               "Copy all values of the chosen measurement", enabled=has),
        Action("mark.copy_all", "Copy all measurements", room.copy_all, "Measure",
               tip="Copy the values of all measurements of the patient",
               enabled=Need(room.has_any, "This patient has no measurements yet.")),
    ]  # fmt: skip


def _colours(room: MarkRoom) -> list[Action]:
    return [
        Action(
            f"mark.colour.{name.lower()}",
            name,
            partial(room.set_colour, colour),
            "Measurement colour",
            tip="Colour of the chosen measurement",
            enabled=Need(room.has_chosen, NO_MARK),
        )
        for name, colour in COLOURS.items()
    ]
