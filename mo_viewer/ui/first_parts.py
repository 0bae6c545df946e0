"""What the window shows before its parts are made: it looks the same once they are, so that nobody sees them come."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QVBoxLayout, QWidget

from mo_viewer.paths import bundled
from mo_viewer.session.settings import Settings
from mo_viewer.ui.actions import Action, ActionTable, Need
from mo_viewer.ui.tool_row import GAP, STRETCH, ToolRow

LEFT_TOOLS = ("window", "pan", "zoom", "scroll")
MENUS = ("Open", "Measure", "Presets", "Compare", "Planes")
NOTHING_OPEN = "Nothing is open.\n\nDrop a folder, files or a zip anywhere in the window."
_TITLES = {
    "tool.window": "Windowing",
    "tool.pan": "Pan",
    "tool.zoom": "Zoom",
    "tool.scroll": "Scroll",
    "tool.mark.length": "Length",
    "fit": "Fit",
    "invert": "Invert",
    "layout.1x1": "1×1",
    "layout.1x2": "1×2",
    "layout.2x2": "2×2",
    "layout.mpr": "MPR",
    "undo": "Undo",
    "redo": "Redo",
    "save_picture": "Save picture …",
    "export": "Export",
    "names": "Hide names",
    "palette": "Find action …",
    "tags": "DICOM tags …",
    "sheet": "Keys and mouse …",
    "glossary": "Words used here …",
    "preferences": "Preferences …",
}
_NOT_YET = {"undo", "redo"}
_KEPT = "plugin_tools"
_MENU = "menu"
CONTOUR = "Contour"
"""The menu of what plugins add for contours by hand."""
LEAST_LEFT_PX = 230
_ABOVE_PX = 6
"""Around the study list's search field, which is hidden while there is nothing to search."""


def toolbar_names(plugin_tools: Sequence[str]) -> list[str]:
    """What stands in the toolbar, from left to right."""
    return [
        "Open",
        GAP,
        "tool.window",
        "Presets",
        *(f"tool.{name}" for name in LEFT_TOOLS[1:]),
        *([GAP, *plugin_tools] if plugin_tools else []),
        CONTOUR,
        GAP,
        "tool.mark.length",
        "Measure",
        GAP,
        "fit",
        "invert",
        GAP,
        "layout.1x1",
        "layout.1x2",
        "layout.2x2",
        "layout.mpr",
        "Compare",
        "Planes",
        GAP,
        "undo",
        "redo",
        GAP,
        "save_picture",
        "export",
        STRETCH,
        "names",
        "palette",
    ]


def nothing_open() -> QLabel:
    """The words in place of the studies."""
    words = QLabel(NOTHING_OPEN, wordWrap=True)
    words.setProperty("tone", "quiet")
    words.setTextFormat(Qt.TextFormat.PlainText)
    words.setContentsMargins(12, 14, 12, 14)
    return words


def no_studies() -> QWidget:
    """The left side before there is a study list."""
    side = QFrame()
    side.setObjectName("study_list")
    side.setMinimumWidth(LEAST_LEFT_PX)
    column = QVBoxLayout(side)
    column.setContentsMargins(0, _ABOVE_PX, 0, 0)
    column.addWidget(nothing_open(), 0, Qt.AlignmentFlag.AlignTop)
    return side


def first_row(
    window: QWidget, middle: QWidget, settings: Settings, do: Callable[[str], None], parent: QWidget
) -> ToolRow:
    """Return the row of words as it stood last time; `do` gets the name of an action that is wanted."""
    remembered = _kept_tools(settings)
    kept = [one for one in remembered if one[2] != _MENU]
    menus = [*MENUS, *(name for name, _, role in remembered if role == _MENU)]
    checked = {"tool.window", "layout.1x1", *(["names"] if settings.get("names_hidden", False) else [])}
    table = ActionTable(window, middle)
    table.add(
        Action(
            name,
            title,
            partial(do, name),
            checked=partial(checked.__contains__, name),
            enabled=Need(partial(_may_begin, name, role), ""),
            role=role,
        )
        for name, title, role in [*((name, title, "") for name, title in _TITLES.items()), *kept]
    )
    for name, title, _ in kept:
        table.qaction(name).setIconText(title)
    row = ToolRow(table, parent)
    table.setParent(row)
    row.show_actions(toolbar_names([name for name, _, _ in kept]), {name: QMenu(row) for name in menus})
    return row


def keep_tools(table: ActionTable, names: Sequence[str], keep: Callable[[str, object], None]) -> None:
    """Remember the plugins' tools, so that the row has them from the beginning the next time."""
    kept = [[name, table.qaction(name).iconText(), table.action(name).role] for name in names]
    by_hand = any(action.group == CONTOUR for action in table.all)
    keep(_KEPT, [*kept, *([[CONTOUR, CONTOUR, _MENU]] if by_hand else [])])


def _kept_tools(settings: Settings) -> list[tuple[str, str, str]]:
    kept = settings.get(_KEPT, None)
    if kept is None:
        return _bundled_tools()
    kept = kept if isinstance(kept, list) else []
    return [(str(one[0]), str(one[1]), str(one[2])) for one in kept if isinstance(one, list) and len(one) == 3]


def _bundled_tools() -> list[tuple[str, str, str]]:
    """What the bundled plugins' manifests name: for the very first start."""
    import tomllib

    manifests = [tomllib.loads(file.read_text("utf-8")) for file in bundled("plugins").glob("*/plugin.toml")]
    listed = [
        (manifest["id"], one)
        for manifest in sorted(manifests, key=lambda one: (one.get("order", 50), one["id"]))
        for one in manifest.get("contributes", [])
    ]
    tools = [
        (f"tool.{plugin}.tool.{one['name']}", f"{one['title']}  {one.get('key', '')}".rstrip(), "mark")
        for plugin, one in listed
        if one["kind"] == "tool" and not one.get("group")
    ]
    by_hand = any(one.get("group") == CONTOUR for _, one in listed)
    return [*tools, *([(CONTOUR, CONTOUR, _MENU)] if by_hand else [])]


def _may_begin(name: str, role: str) -> bool:
    return name not in _NOT_YET and role != "mark"
