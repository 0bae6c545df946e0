"""Makes the parts of a window that its first picture does not need: pictures, findings, plugins, everything else.

What is heavy is imported here, inside the steps, so that the window stands before any of it is read.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from mo_viewer.base.faults import Fault
from mo_viewer.ui.first_parts import keep_tools

if TYPE_CHECKING:
    from mo_viewer.dicom.series import Series
    from mo_viewer.session.store import Store
    from mo_viewer.ui.window import Window

ENGINE = (
    "numpy",
    "mo_viewer.session.store",
    "mo_viewer.session.session",
    "mo_viewer.plugin_host.host",
    "mo_viewer.plugin_host.missing",
    "mo_viewer.plugin_host.api",
    "mo_viewer.plugin_host.places",
    "mo_viewer.dicom.load",
    "mo_viewer.dicom.scan",
    "mo_viewer.dicom.archive",
    "mo_viewer.dicom.find",
    "mo_viewer.measure.marks",
    "mo_viewer.pacs.settings",
    "mo_viewer.volume.projection",
    "mo_viewer.volume.reslice",
    "mo_viewer.report.sources",
)
"""What the steps need and what has no Qt in it: it may be read in a thread meanwhile."""
_PARTS = (
    *("library", "import_report", "row_delegate", "row_list", "thumbnails", "study_list"),
    *("slice_image", "colour_tables", "picture_text", "grips", "marks.drawing", "overlays", "blend", "picture_painter"),
    *("stack", "slice_view", "pane", "workspace", "desk", "tool_choice", "picture_acts", "file_acts", "layout_acts"),
    *("plugin_parts", "drops", "shell_actions", "marks.room", "marks.actions", "key_images", "cine", "mouse", "notes"),
    *(
        "second_series",
        "findings_in",
        "signing",
        "follow_acts",
        "comparing.room",
        "comparing.aligning",
        "comparing.dates",
    ),
    *("archives", "purge_acts", "same_patient", "join_acts", "going", "view_actions", "extras"),
)
"""Modules of the window, each a step: what a line imports first is not imported by the next."""


def read_engine() -> None:
    """Import what the steps will need; for a thread. What fails to import fails again where it is needed."""
    with suppress(ImportError):
        for name in ENGINE:
            import_module(name)


def furnish(
    window: "Window", store_path: Path | None = None, places: Iterable[tuple[str, Path]] | None = None
) -> Iterator[None]:
    """Make all parts; every `yield` ends a step that keeps the window waiting for a moment only.

    Parameters
    ----------
    window
        One that was just made.
    store_path
        Where findings are kept; None: the user's own file.
    places
        Where plugins are looked for, as `plugin_host.places.plugin_places` gives them; None: everywhere.
    """
    for name in _PARTS:
        import_module(f"mo_viewer.ui.{name}")
        yield
    trouble = _open_findings(window, store_path)
    yield
    yield from _make_sides(window)
    yield from _make_middle(window)
    yield from _make_actions(window, places)
    if trouble is not None:
        window.show_fault(trouble, lasting=True)
    restored = window.session.begin()
    if restored:
        window.say(restored, "caution")
    window.is_ready = True


def _open_findings(window: "Window", store_path: Path | None) -> Fault | None:
    from mo_viewer.paths import user_data
    from mo_viewer.plugin_host.host import Host
    from mo_viewer.session.session import Session
    from mo_viewer.session.store import NAME

    store, trouble = _store(store_path or user_data() / NAME)
    window.session = Session(store, window.saved.emit, window.show_fault)
    window.host = Host(window.plugin_said.emit)
    return trouble


def _make_sides(window: "Window") -> Iterator[None]:
    from mo_viewer.ui.library import Library
    from mo_viewer.ui.study_list import StudyList

    window.library = Library(window.jobs, window)
    window.study_list = StudyList(window.library)
    yield
    window.sides.replace("left", window.study_list)
    yield


def _make_middle(window: "Window") -> Iterator[None]:
    from mo_viewer.ui.crosshair_start import lesion_in
    from mo_viewer.ui.desk import Room
    from mo_viewer.ui.overlays import Overlays
    from mo_viewer.ui.presets import presets_or_fault
    from mo_viewer.ui.tool_choice import ToolChoice
    from mo_viewer.ui.workspace import Draw, Workspace

    def draw() -> Draw:
        overlays = Overlays(window.host, window.show_fault)
        return lambda picture: overlays.flat(window.room.scene(picture), window.room.turn, window.tools.flat)

    window.presets, trouble = presets_or_fault()
    if trouble is not None:
        window.show_fault(trouble, lasting=True)
    yield
    window.workspace = Workspace(window.library, window.presets, draw)
    window.centre.take(window.workspace)
    yield
    room = window.room = Room(window.session, window.jobs, window.host, window)
    window.workspace.start.lesion_in = lambda series: lesion_in(window.session.document, room.selected, series)
    window.tools = ToolChoice(window.room, lambda: window.workspace.views, window.refuse)
    yield


def _make_actions(window: "Window", places: Iterable[tuple[str, Path]] | None) -> Iterator[None]:
    from mo_viewer.plugin_host.places import plugin_places
    from mo_viewer.ui.actions import ActionTable
    from mo_viewer.ui.drops import Drops
    from mo_viewer.ui.extras import Extras
    from mo_viewer.ui.file_acts import FileActs
    from mo_viewer.ui.layout_acts import LayoutActs, layout_actions
    from mo_viewer.ui.picture_acts import PictureActs
    from mo_viewer.ui.plugin_parts import PluginParts
    from mo_viewer.ui.shell_actions import preset_actions, shell_actions
    from mo_viewer.ui.tool_row import ToolRow

    window.acts, window.files, window.plugins = PictureActs(window), FileActs(window), PluginParts(window)
    window.panes = LayoutActs(window)
    window.workspace.prepare = window.acts.dress
    window.plugin_said.connect(window.plugins.say, Qt.ConnectionType.QueuedConnection)
    window.drops = Drops(window)
    _connect(window)
    yield
    table = window.actions_table = ActionTable(window, window.middle)
    table.add([*shell_actions(window), *layout_actions(window)])
    yield
    table.add(preset_actions(window, window.presets))
    window.workspace.arranged.connect(table.refresh)
    yield
    window.extras = Extras(window)
    if window.settings.get("names_hidden", False):
        window.toggle_names()
    yield
    window.plugins.load(plugin_places() if places is None else places)
    yield
    window.plugins.show()
    yield
    window.take_row(ToolRow(table))
    keep_tools(table, window.plugins.tools, window.extras.keep)
    yield


def _connect(window: "Window") -> None:
    """Let the parts hear of each other."""
    from mo_viewer.ui.context_menu import show_menu

    window.session.listen(window.findings_changed)
    window.library.first_image.connect(partial(_turn_to, window))
    window.library.scan_finished.connect(window.panes.show_latest)
    window.library.fault.connect(window.show_fault)
    window.jobs.failed.connect(window.show_fault)
    window.study_list.chosen.connect(partial(_turn_to, window))
    window.library.series_changed.connect(window.show_badges)
    window.first_page.open_folder.connect(window.files.ask_folder)
    window.first_page.open_files.connect(window.files.ask_files)
    window.first_page.open_demo.connect(window.files.open_demo)
    window.first_page.open_recent.connect(lambda path: window.open_paths([path]))
    window.workspace.changed.connect(window.picture_changed)
    window.workspace.dropped.connect(window.show_series)
    window.workspace.menu_wanted.connect(partial(show_menu, window))


def _turn_to(window: "Window", series: "Series") -> None:
    """Show a series; of another patient than the one before nothing stays beside it, nor what was said of them."""
    patient = series.source.patient.key
    document = window.session.document
    if document is not None and document.patient.key != patient:
        window.say("")
    window.workspace.leave_others(patient)
    window.show_series(series)


def _store(path: Path) -> "tuple[Store | None, Fault | None]":
    from mo_viewer.session.schema import Damaged
    from mo_viewer.session.store import Store

    try:
        store = Store(path)
        return store, store.trouble
    except Damaged:
        return _rescued(path)
    except Fault as fault:
        fault.hint = f"Findings of this session will not be kept. {fault.hint}".strip()
        return None, fault


def _rescued(path: Path) -> "tuple[Store | None, Fault | None]":
    from mo_viewer.session.rescue import rescue

    try:
        rescued = rescue(path)
    except Fault as fault:
        return None, fault
    return rescued.store, Fault(rescued.sentence)
