"""The table of what the window itself can do, and of what plugins add to it."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from mo_viewer.plugin_host.host import Contribution
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.first_parts import CONTOUR, LEFT_TOOLS
from mo_viewer.ui.life_size import may_be_life_size, show_life_size
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.presets import Preset

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_KEYS_OF_PICTURES = {"Tab", "Del", "Delete", "Backspace", "Space", "Return", "Enter", "Esc"}


def toolbar_menus(window: "Window") -> dict[str, QMenu]:
    """The menus that hang in the toolbar, by their titles."""
    table = window.actions_table
    menus = {"Open": table.menu(window, ["Open"]), "Presets": table.menu(window, ["Presets"])}
    menus["Compare"] = table.menu(window, ["hang.Compare with prior,compare", "Compare"])
    menus["Compare"].setToolTip(
        "Priors beside this study or in the same picture; differences, contours of the other study"
    )
    menus["Planes"] = table.menu(window, ["Layout", "Direction", "Overlay"])
    menus["Planes"].addSeparator()
    for title, groups in (("Slab and interpolation", ["Slab"]), ("Arrange and link", ["Arrange", "Link"])):
        within = table.menu(menus["Planes"], groups)
        within.setTitle(title)
        menus["Planes"].addMenu(within)
    if any(action.group == CONTOUR for action in table.all):
        menus[CONTOUR] = table.menu(window, [CONTOUR])
        menus[CONTOUR].setToolTip("Contours by hand: outline, paint, reshape, clean up, threshold, measure again")
    menus["Measure"] = table.menu(window, ["Measure"])
    menus["Measure"].setToolTip("Lengths, angles, areas, values; Esc puts the tool away")
    menus["Planes"].setToolTip("Layouts, links, directions, slabs")
    menus["Open"].setToolTip("Open a folder, files, a zip or the demo patient; or drop them anywhere")
    menus["Presets"].setToolTip("Ready-made windows (width and level); the number keys choose them too")
    menus["Presets"].addSeparator()
    menus["Presets"].addAction(table.qaction("presets.edit"))
    return menus


def shell_actions(window: "Window") -> list[Action]:
    """Everything that the window can do without plugins."""
    return [*_file_actions(window), *_tool_actions(window), *_view_actions(window), *_scroll_actions(window)]


def preset_actions(window: "Window", presets: tuple[Preset, ...]) -> list[Action]:
    """One action for each window preset, and the images' own windows as one."""
    listed = [
        Action(
            f"preset.{preset.window.name}",
            _with_numbers(preset),
            partial(window.acts.use_window, preset.window),
            "Presets",
            (preset.key,) if preset.key else (),
            f"Width {preset.window.width:.0f}, level {preset.window.centre:.0f} HU",
            where="picture",
            checked=partial(window.acts.uses_window, preset.window),
            enabled=window.acts.in_hounsfield,
        )
        for preset in presets
    ]
    auto = Action(
        "preset.auto",
        "Automatic",
        window.acts.use_auto_window,
        "Presets",
        ("0",),
        "From the values of this slice",
        where="picture",
        enabled=window.acts.shows,
    )
    own = Action(
        "preset.own",
        "As in the images",
        window.acts.use_own_window,
        "Presets",
        ("D",),
        "The window that the images bring; again: the next one",
        where="picture",
        enabled=window.acts.own_window,
    )
    return [*listed, auto, own]


def _with_numbers(preset: Preset) -> str:
    """``Bone 2000 / 350``: name, width, level."""
    level = f"{preset.window.centre:.0f}".replace("-", "\N{MINUS SIGN}")
    return f"{preset.window.name} {preset.window.width:.0f} / {level}"


def tool_action(window: "Window", contribution: Contribution) -> Action:
    """The action that chooses a plugin's tool."""
    return Action(
        f"tool.{contribution.id}",
        contribution.title,
        partial(window.tools.choose_plugin, contribution),
        contribution.group or "Mark",
        (contribution.key,) if contribution.key else (),
        contribution.tip or contribution.title,
        checked=lambda: window.tools.name == contribution.id,
        enabled=window.acts.usable(contribution.needs),
        role="mark",
        words=contribution.words,
    )


def command_action(window: "Window", contribution: Contribution) -> Action:
    """The action that runs a plugin's command."""
    return Action(
        contribution.id,
        contribution.title,
        partial(window.plugins.run_command, contribution),
        contribution.group or ("Lesion" if contribution.needs else "Report"),
        (contribution.key,) if contribution.key else (),
        contribution.tip or contribution.title,
        where="picture" if contribution.key in _KEYS_OF_PICTURES else "window",
        enabled=window.acts.needed(contribution.needs),
        words=contribution.words,
    )


def _file_actions(window: "Window") -> list[Action]:
    session = window.session
    return [
        Action("open_folder", "Open folder …", window.files.ask_folder, "Open", ("Ctrl+O",), "Open a folder of images"),
        Action("open_files", "Open files or zip …", window.files.ask_files, "Open", ("Ctrl+Shift+O",),
               "Open single images, or a zip of them"),
        Action("open_demo", "Open demo patient", window.files.open_demo, "Open",
               tip="A made-up patient with three studies"),
        Action("take_stored", "Take over the saved findings", session.take_stored, "Findings",
               tip="Goes on from what another window saved; this window's own states stay kept beside",
               enabled=Need(lambda: session.is_overtaken, "No other window has changed these findings.")),
        Action("undo", "Undo", partial(_step, window, -1), "Findings", ("Ctrl+Z",),
               enabled=Need(lambda: bool(session.undo_title), "There is nothing to undo."),
               wording=lambda: f"Undo: {session.undo_title}" if session.undo_title else "Undo"),
        Action("redo", "Redo", partial(_step, window, +1), "Findings", ("Ctrl+Y", "Ctrl+Shift+Z"),
               enabled=Need(lambda: bool(session.redo_title), "There is nothing to redo."),
               wording=lambda: f"Redo: {session.redo_title}" if session.redo_title else "Redo"),
        Action("export", "Export", window.files.ask_export, "Findings", ("Ctrl+E",),
               f"Write {window.files.WRITTEN} into a folder; each file is read back and compared",
               enabled=window.files.findings),
        Action("palette", "Find action …", partial(_open_palette, window), "", ("Ctrl+K",),
               "Everything that can be done, with its key; type to search"),
        Action("quit", "Quit", window.leave, "", ("Ctrl+Q",)),
    ]  # fmt: skip


def _open_palette(window: "Window") -> None:
    from mo_viewer.ui.palette import Palette

    Palette(window.actions_table, window).show_over(window)


def _step(window: "Window", by: int) -> None:
    """Undo or redo one step, and say which: what it was about may not be in sight."""
    session = window.session
    title = session.undo_title if by < 0 else session.redo_title
    (session.undo if by < 0 else session.redo)()
    window.say(f"{'Undone' if by < 0 else 'Done again'}: {title}.", "good")


def _tool_actions(window: "Window") -> list[Action]:
    keys = dict(zip(LEFT_TOOLS, ("W", "T", "Z", "G"), strict=True))
    tips = {
        "window": "Drag on the picture to set its window (width and level): right is wider, down is darker."
        " Puts any other tool away",
        "pan": "Left button moves the picture (as delivered, the middle button does with any tool)",
        "zoom": "Left button zooms, down is larger (as delivered, the right button does with any tool)",
        "scroll": "Left button goes through the images (as delivered, the wheel does with any tool)",
    }
    return [
        Action(
            f"tool.{name}",
            "Windowing" if name == "window" else name.capitalize(),
            partial(window.tools.choose, name),
            "Tools",
            (keys[name],),
            tips[name] + ". Ctrl: finer, Shift: coarser.",
            checked=partial(lambda name: window.tools.name == name, name),
        )
        for name in LEFT_TOOLS
    ]


def _view_actions(window: "Window") -> list[Action]:
    acts = window.acts
    shows = acts.shows
    return [
        Action("fit", "Fit", acts.fit, "View", tip="Show the whole slice", enabled=shows),
        Action("true_pixels", "One to one", acts.true_pixels, "Zoom", tip="One image column in one screen pixel",
               where="picture", enabled=shows),
        Action("life_size", "Life size", partial(show_life_size, window), "Zoom", (),
               "As large as the patient is; Preferences, Looks: measure the screen once",
               enabled=Need(partial(may_be_life_size, window), "The scale of this image at the patient is not known.")),
        Action("reset", "Reset", acts.reset, "View", ("R",), "First window, whole slice, not inverted", enabled=shows),
        Action("invert", "Invert", window.acts.toggle_inverted, "View", ("I",),
               "Show dark as bright", checked=lambda: acts.view.is_inverted, enabled=shows),
        Action("texts", "Text on the picture", window.acts.next_texts, "Text and contours", ("Space",),
               "All words, orientation letters only, nothing", where="picture",
               checked=lambda: acts.view.texts is not Texts.NONE),
        Action("overlays", "Contours", window.acts.toggle_overlays, "Text and contours", ("O",),
               "Show or hide contours",
               checked=lambda: acts.view.overlays_on),
        Action("names", "Hide names", window.toggle_names, "Text and contours", ("N",),
               "Show codes instead of names, IDs and birth dates", checked=lambda: window.names_hidden),
        *_side_actions(window),
        Action("full_screen", "Full screen", window.toggle_full_screen, "Window", ("F", "F11"),
               checked=window.isFullScreen),
        Action("copy_picture", "Copy picture", window.acts.copy, "Picture", ("Ctrl+C",),
               "Copy the pane to the clipboard, without the patient's name, ID and birth date", where="picture",
               enabled=shows),
        Action("save_picture", "Save picture …", window.acts.save, "Picture", ("Ctrl+S",),
               "Save the pane as PNG, without the patient's name, ID and birth date; with the name: Ctrl+Shift+S",
               enabled=shows),
        Action("save_named", "Save picture with the patient's name …", partial(acts.save, named=True), "Picture",
               ("Ctrl+Shift+S",), "Save the pane as PNG with all its words", enabled=acts.named),
        Action("copy_named", "Copy picture with the patient's name", partial(acts.copy, named=True), "Picture",
               tip="Copy the pane to the clipboard with all its words", enabled=acts.named),
    ]  # fmt: skip


def _side_actions(window: "Window") -> list[Action]:
    sides = window.sides
    named = (("left", "Study list", "F7"), ("right", "Panels", "F8"))
    shown = [
        Action(f"{side}_side", title, partial(sides.toggle, side), "Window", (key,), f"Show or hide the {side} side",
               checked=partial(sides.is_shown, side))
        for side, title, key in named
    ]  # fmt: skip
    apart = [
        Action(f"{side}_apart", f"{title} in a window", partial(sides.toggle_apart, side), "Window",
               (f"Shift+{key}",),
               "A window of its own, for another screen; closing it puts it back",
               checked=partial(sides.is_apart, side))
        for side, title, key in named
    ]  # fmt: skip
    return [*shown, *apart]


def _scroll_actions(window: "Window") -> list[Action]:
    acts = window.acts
    ways = (
        ("Next image", 1, ("Down", "Right")),
        ("Previous image", -1, ("Up", "Left")),
        ("Ten images on", 10, ("PgDown", "Shift+Down")),
        ("Ten images back", -10, ("PgUp", "Shift+Up")),
    )
    listed = [
        Action(f"scroll.{by:+d}", title, partial(acts.scroll_by, by), "Go to", keys, where="picture", enabled=acts.many)
        for title, by, keys in ways
    ]
    ends = (("First image", 0, "Home"), ("Last image", -1, "End"))
    return listed + [
        Action(
            f"scroll.{key.lower()}",
            title,
            partial(acts.go_to, place),
            "Go to",
            (key,),
            where="picture",
            enabled=acts.many,
        )
        for title, place, key in ends
    ]
