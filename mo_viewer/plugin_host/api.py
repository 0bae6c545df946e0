"""All that a plugin sees of the viewer. Version 1.4; ``plugins/README.md`` is its guide and changelog.

A plugin's ``register(registry)`` is called once with a `Registry`; what it adds there is called later, guarded and
timed. Factories receive a `Desk`: findings, images, background work, and a voice. A `Fault` (`mo_viewer.base.faults`)
that a plugin raises is a sentence for the user; any other exception is the plugin's fault and switches that
contribution off. Types that cross the border are in `mo_viewer.plugin_host.data`, and importable from here.
"""

import argparse
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Grade, Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.plugin_host.data import (
    Block,
    Calibration,
    Label,
    Line,
    Marker,
    Paragraph,
    Permission,
    PluginChange,
    Pointer,
    Primitive,
    Rows,
    Scene,
    Setting,
    SettingValue,
    Tone,
)
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

__all__ = [
    "API_VERSION",
    "Assessment",
    "Block",
    "Calibration",
    "CommandAction",
    "Configure",
    "Console",
    "ConsoleAction",
    "Desk",
    "Exporter",
    "Label",
    "Line",
    "Marker",
    "Measure",
    "Overlay",
    "PanelFactory",
    "Paragraph",
    "Permission",
    "PluginChange",
    "Pointer",
    "Primitive",
    "Registry",
    "ReportSection",
    "Rows",
    "Scene",
    "Setting",
    "SettingValue",
    "Tone",
    "Tool",
    "ToolFactory",
]

API_VERSION = "1.4"

Result = TypeVar("Result")


class Tool:
    """What the left mouse button does while the tool is chosen. Subclass and override what is needed."""

    on_projections: bool = False
    """Whether it may be used on images without a place in the patient; points are mm of the image then."""

    def press(self, pointer: Pointer) -> None:
        """Handle the button going down on the image."""

    def drag(self, pointer: Pointer) -> None:
        """Handle a move with the button held."""

    def release(self, pointer: Pointer) -> None:
        """Handle the button coming up."""

    def leave(self) -> None:
        """Handle another tool being chosen."""

    def hover(self, pointer: Pointer) -> None:
        """Handle a move with no button held."""

    def wheel(self, pointer: Pointer, steps: int) -> bool:
        """Handle Alt and the wheel over the image (away from the hand: positive); False leaves it to the viewer."""
        return False

    def draw(self, scene: Scene) -> Sequence[Primitive]:
        """Return what the tool itself shows on a picture; as an overlay, but asked anew at every repaint."""
        return ()


class Desk(Protocol):
    """The shell as a plugin may use it; every method may be called on the GUI thread only, unless said.

    What needs a permission that ``plugin.toml`` does not name raises `PermissionError`.
    """

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the manifest asks for. May be read in any thread."""

    @property
    def settings(self) -> Mapping[str, SettingValue]:
        """The plugin's settings by name, defaults filled in. May be read in any thread."""

    @property
    def data_folder(self) -> Path:
        """The plugin's own folder, made when missing; any thread. Needs writes-files."""

    def keep(self, name: str, content: bytes) -> Path:
        """Write a file in the plugin's own folder, whole or not at all; any thread. Needs writes-files."""

    @property
    def document(self) -> Document | None:
        """The current patient's findings."""

    @property
    def volume(self) -> Volume | None:
        """The image in the active pane, once it is loaded; its arrays are read-only. Needs reads-images."""

    @property
    def selected(self) -> str:
        """Tracking UID of the selected lesion; empty when none."""

    def select(self, tracking_uid: str) -> None:
        """Select a lesion everywhere; empty selects none."""

    def change(self, title: str, document: Document) -> None:
        """Put a new document in place: the only way to alter findings. Undoable under `title`.

        Needs writes-findings. Raises `mo_viewer.base.faults.Refused` when the patient is not the current one.
        """

    def studies(self) -> tuple[Study, ...]:
        """The studies that are open, with their series, newest first; no pixels. Needs reads-images."""

    def load(self, series: Series, ticket: Ticket) -> Volume:
        """Read the pixels of a series. For background threads. Needs reads-images.

        Raises `mo_viewer.base.faults.Unreadable` or `Refused`, or `Cancelled` once the ticket was cancelled.
        """

    def run(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        done: Callable[[Result], None],
        slot: str = "",
    ) -> None:
        """Run work in the background, then `done` on the GUI thread: the only place for work over a few ms.

        `work` calls ``ticket.check()`` or ``ticket.progress()`` at least ten times a second and touches no widget.
        Work in the same non-empty slot is replaced by newer work. Faults are shown; `done` is then not called.
        """

    def read_lesion(
        self, volume: Volume, clicks_mm: Sequence[Point], ticket: Ticket, tracking_uid: str = "", label: str = ""
    ) -> Lesion:
        """Mark and measure one lesion with the engine and all registered measures and assessments.

        For background threads. Needs reads-images. Raises `mo_viewer.base.faults.Refused` when there is nothing to
        mark.
        """

    def read_again(self, volume: Volume, lesion: Lesion, ticket: Ticket) -> Lesion:
        """Mark a lesion anew from its clicks, the clicks on what is not it, and its threshold, and measure it.

        Other lesions of the study keep what lies nearer to their clicks. As `read_lesion` otherwise.
        """

    def read_drawn(self, volume: Volume, lesion: Lesion, shape: Mask | Surface, ticket: Ticket) -> Lesion:
        """Give a lesion a contour that the reader drew, and measure it; its methods and spreads say that.

        `shape` is voxels on the volume's grid, or a closed surface. For background threads. Needs reads-images.
        Raises `mo_viewer.base.faults.Refused` when nothing would be left.
        """

    def native_bone(self, volume: Volume, ticket: Ticket) -> NativeBone:
        """Find the skeleton of a CT, with what the reader corrected in its study; worked out once and kept.

        For background threads. Needs reads-images.
        """

    def run_to_end(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        ended: Callable[[Result | None], None],
        slot: str = "",
    ) -> None:
        """Run work as `run` does; `ended` is always called: with None when it failed, was stopped or replaced."""

    def run_shown(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        shown: Callable[[Any], None],
        ended: Callable[[Result | None], None],
        slot: str = "",
    ) -> None:
        """Run work as `run_to_end` does, and call `shown` on the GUI thread with all that it gives to ``ticket.show``.

        `read_lesion` and `read_again` give the contour (a `Surface`) before the numbers: first roughly, then as it is.
        """

    def redraw(self) -> None:
        """Have overlays and tools asked again what they draw."""

    def save(self, name: str, content: bytes) -> bool:
        """Ask the user where to keep a file, and write it whole or not at all; False when they think better of it.

        `name` is what is proposed; its suffix decides the kind of file. Needs writes-files. Raises
        `mo_viewer.base.faults.Unwritable`.
        """

    def offer_calibration(self, calibration: Calibration) -> None:
        """Keep a line that was fitted to a phantom for all plugins to name. Needs writes-files. Any thread."""

    def calibrations(self) -> tuple[Calibration, ...]:
        """All lines on offer, newest first; whoever made them. May be read in any thread."""

    def show_point(self, at_mm: Point) -> None:
        """Bring the slice through an LPS point into the active pane."""

    def act(self, action: str) -> None:
        """Start an action of the shell by its name (``"export"``, ``"undo"``), or a tool (``"tool.<id>"``)."""

    def why_not(self, action: str) -> str:
        """Say in one sentence why an action, as `act` names it, cannot be done now; empty where it can."""

    def say(self, text: str, tone: Tone = "info") -> None:
        """Say one sentence in the line meant for it; never a dialog."""

    def listen(self, told: Callable[[PluginChange], None]) -> Callable[[], None]:
        """Have a function called when something shown has changed; returns the function that ends it."""


class Console(Protocol):
    """The command line as a plugin may use it."""

    @property
    def settings(self) -> Mapping[str, SettingValue]:
        """The plugin's settings by name, defaults filled in."""

    @property
    def data_folder(self) -> Path:
        """The plugin's own folder, made when missing. Needs writes-files."""

    def keep(self, name: str, content: bytes) -> Path:
        """Write a file in the plugin's own folder, whole or not at all. Needs writes-files."""

    def say(self, text: str) -> None:
        """Print one line to standard output."""

    def complain(self, text: str) -> None:
        """Print one line to standard error."""

    def write_json(self, target: str, content: Mapping[str, Any]) -> None:
        """Write strict JSON to a file, whole or not at all; ``-`` is standard output. Needs writes-files."""

    def offer_calibration(self, calibration: Calibration) -> None:
        """Keep a line that was fitted to a phantom for all plugins to name. Needs writes-files."""


Measure = Callable[[Lesion, Volume], Sequence[Measurement | Refusal]]
Assessment = Callable[[Lesion, Volume], tuple[Grade, str] | None]
Overlay = Callable[[Scene], Sequence[Primitive]]
PanelFactory = Callable[[Desk], Any]
ToolFactory = Callable[[Desk], Tool]
CommandAction = Callable[[Desk], None]
ReportSection = Callable[[Document], Sequence[Block]]
Exporter = Callable[[Document], bytes]
Configure = Callable[[argparse.ArgumentParser], None]
ConsoleAction = Callable[[argparse.Namespace, Console], int]


class Registry(ABC):
    """Where a plugin says what it adds. Names need be unique within the plugin and kind only.

    In brackets: the permissions that a kind needs.
    """

    @abstractmethod
    def add_panel(self, title: str, factory: PanelFactory) -> None:
        """Add a panel to the right of the image; the factory returns a QWidget."""

    @abstractmethod
    def add_tool(self, name: str, title: str, factory: ToolFactory, key: str = "", tip: str = "") -> None:
        """Add a tool for the left mouse button, with its shortcut and tooltip [reads-images]."""

    @abstractmethod
    def add_overlay(self, name: str, draw: Overlay) -> None:
        """Add a pure function from a scene to primitives, called at every repaint: 8 ms at most [reads-images]."""

    @abstractmethod
    def add_command(self, name: str, title: str, action: CommandAction, key: str = "", tip: str = "") -> None:
        """Add an entry to menus and the command list."""

    @abstractmethod
    def add_measure(self, name: str, measure: Measure) -> None:
        """Add numbers to every lesion that is read; deterministic, with units [reads-images, writes-findings]."""

    @abstractmethod
    def add_assessment(self, name: str, assess: Assessment) -> None:
        """Add a grade with its rule trace and a pattern word, or None [reads-images, writes-findings]."""

    @abstractmethod
    def add_section(self, name: str, title: str, write: ReportSection) -> None:
        """Add a section to reports; a pure function, empty where there is nothing to say."""

    @abstractmethod
    def add_exporter(self, name: str, title: str, write: Exporter, suffix: str, tip: str = "") -> None:
        """Add a kind of export (``suffix`` as ``".csv"``); the host asks where and writes [writes-files]."""

    @abstractmethod
    def add_cli(self, name: str, configure: Configure, act: ConsoleAction, tip: str = "") -> None:
        """Add ``mo-viewer <name>``; ``plugin.toml`` must declare it. `act` returns the exit code, 0 or 1."""

    @abstractmethod
    def add_settings(self, title: str, settings: Sequence[Setting]) -> None:
        """Add values that the user may change in the preferences."""
