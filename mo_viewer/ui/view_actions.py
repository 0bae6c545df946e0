"""Turning, flipping, colours, lens, pictures without words: what is done to the active picture besides windows."""

from functools import partial
from typing import TYPE_CHECKING

from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.colour_tables import COLOUR_TABLES
from mo_viewer.ui.framing import FLIPPED, QUARTER, UPRIGHT, Turn
from mo_viewer.ui.lens import LensGrip

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window

_BACK: Turn = ((0, 1), (-1, 0))
_UPSIDE_DOWN: Turn = ((1, 0), (0, -1))


def view_actions(window: "Window") -> list[Action]:
    """All of them."""
    return [*_turning(window), *_colouring(window), _lens(window), *_pictures(window)]


def _turning(window: "Window") -> list[Action]:
    acts = window.acts
    ways: tuple[tuple[str, str, Turn, str, str], ...] = (
        ("turn.right", "Turn right", QUARTER, "Ctrl+Right", "A quarter turn clockwise"),
        ("turn.left", "Turn left", _BACK, "Ctrl+Left", "A quarter turn against the clock"),
        ("turn.flip", "Flip left and right", FLIPPED, "Shift+H", "Exchange left and right on the screen"),
        ("turn.upside", "Flip up and down", _UPSIDE_DOWN, "Shift+V", "Exchange top and bottom on the screen"),
    )
    listed = [
        Action(
            name,
            title,
            partial(_turn, window, by),
            "Turn and flip",
            (key,),
            f"{tip}; the letters follow",
            where="picture",
            enabled=acts.shows,
        )
        for name, title, by, key, tip in ways
    ]
    upright = Action(
        "turn.upright",
        "As acquired",
        lambda: _turn_upright(acts.view),
        "Turn and flip",
        tip="Take back turns and flips",
        enabled=Need(lambda: acts.view.framing.turn != UPRIGHT, "This picture is neither turned nor flipped."),
    )
    return [*listed, upright]


def _turn(window: "Window", by: Turn) -> None:
    window.acts.view.turn(by)


def _turn_upright(view: "SliceView") -> None:
    (a, b), (c, d) = view.framing.turn
    view.turn(((a, c), (b, d)))


def _colouring(window: "Window") -> list[Action]:
    acts = window.acts

    def use(name: str) -> None:
        acts.view.colours = name
        acts.view.update()

    def may() -> bool:
        shown = acts.view.shown
        return shown is not None and not shown.volume.is_colour

    return [
        Action(
            f"colours.{(name or 'grey').lower().replace(' ', '_')}",
            name or "Grey",
            partial(use, name),
            "Colours",
            tip="Colours instead of greys; the window decides which value has which",
            checked=partial(lambda name: acts.view.colours == name, name),
            enabled=Need(may, "Only a grey picture can be shown in other colours."),
        )
        for name in ("", *COLOUR_TABLES)
    ]


def _lens(window: "Window") -> Action:
    return Action(
        "tool.lens",
        "Magnifier",
        lambda: window.tools.choose(window.tools.home) if window.tools.name == "lens" else window.tools.use(LensGrip()),
        "Tools",
        ("J",),
        "Hold the left button: a round piece of the picture is three times as large",
        checked=lambda: window.tools.name == "lens",
    )


def _pictures(window: "Window") -> list[Action]:
    acts = window.acts
    return [
        Action("copy_bare", "Copy picture without words", partial(acts.copy, False), "Picture", ("Ctrl+Alt+C",),
               "Copy image and marks alone, without any word", where="picture", enabled=acts.shows),
        Action("save_bare", "Save picture without words …", partial(acts.save, False), "Picture", ("Ctrl+Alt+S",),
               "Save image and marks alone, without any word", enabled=acts.shows),
    ]  # fmt: skip
