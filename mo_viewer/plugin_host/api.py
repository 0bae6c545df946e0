"""All that a plugin sees of the viewer. Version 1.0.

A plugin's ``register(registry)`` is called once with a `Registry`; what it adds there is called later, guarded.
Factories receive a `Desk`: findings, the image in front of the reader, background work, and a voice.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Grade, Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume

API_VERSION = "1.0"

Result = TypeVar("Result")
Tone = Literal["info", "good", "caution", "fault"]


@dataclass(frozen=True, eq=False)
class Line:
    """A line through (n, 3) LPS points; drawn where it lies on the shown plane."""

    points_mm: FloatArray
    colour: str
    width: float = 1.6
    closed: bool = True
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class Label:
    """A few words beside an LPS point."""

    at_mm: FloatArray
    text: str
    colour: str


@dataclass(frozen=True, eq=False)
class Marker:
    """A small cross at an LPS point."""

    at_mm: FloatArray
    colour: str


Primitive = Line | Label | Marker


@dataclass(frozen=True, eq=False)
class Scene:
    """What a pane shows when an overlay is asked to draw."""

    volume: Volume
    plane: Plane
    half_thickness_mm: float
    """Things farther than this from the plane are not on it."""
    document: Document | None
    selected: str
    """Tracking UID of the selected lesion; empty when none."""


@dataclass(frozen=True, eq=False)
class Pointer:
    """Where the mouse is when a tool is called."""

    at_mm: Point
    volume: Volume
    plane: Plane
    shift: bool = False
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True)
class PluginChange:
    """Why a listener of a `Desk` is called: findings, the image, or the selection changed."""

    what: Literal["findings", "image", "selection"]


class Tool:
    """What the left mouse button does while the tool is chosen. Subclass and override what is needed."""

    def press(self, pointer: Pointer) -> None:
        """Handle the button going down on the image."""

    def drag(self, pointer: Pointer) -> None:
        """Handle a move with the button held."""

    def release(self, pointer: Pointer) -> None:
        """Handle the button coming up."""

    def leave(self) -> None:
        """Handle another tool being chosen."""


class Desk(Protocol):
    """The shell as a plugin may use it; every method may be called on the GUI thread only, unless said."""

    @property
    def document(self) -> Document | None:
        """The current patient's findings."""

    @property
    def volume(self) -> Volume | None:
        """The image in the active pane, once it is loaded."""

    @property
    def selected(self) -> str:
        """Tracking UID of the selected lesion; empty when none."""

    def select(self, tracking_uid: str) -> None:
        """Select a lesion everywhere; empty selects none."""

    def change(self, title: str, document: Document) -> None:
        """Put a new document in place: the only way to alter findings. Undoable under `title`."""

    def run(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        done: Callable[[Result], None],
        slot: str = "",
    ) -> None:
        """Run work in the background, then `done` on the GUI thread.

        Work in the same non-empty slot is replaced by newer work. Faults are shown; `done` is then not called.
        """

    def read_lesion(
        self, volume: Volume, clicks_mm: Sequence[Point], ticket: Ticket, tracking_uid: str = "", label: str = ""
    ) -> Lesion:
        """Mark and measure one lesion with the engine and all registered measures and assessments.

        For background threads. Raises `mo_viewer.base.faults.Refused` when there is nothing to mark.
        """

    def show_point(self, at_mm: Point) -> None:
        """Bring the slice through an LPS point into the active pane."""

    def act(self, action: str) -> None:
        """Start an action of the shell by its name (``"export"``, ``"undo"``), or a tool (``"tool.<id>"``)."""

    def say(self, text: str, tone: Tone = "info") -> None:
        """Say one sentence in the line meant for it; never a dialog."""

    def listen(self, told: Callable[[PluginChange], None]) -> Callable[[], None]:
        """Have a function called when something shown has changed; returns the function that ends it."""


Measure = Callable[[Lesion, Volume], Sequence[Measurement | Refusal]]
Assessment = Callable[[Lesion, Volume], tuple[Grade, str] | None]
Overlay = Callable[[Scene], Sequence[Primitive]]
PanelFactory = Callable[[Desk], Any]
ToolFactory = Callable[[Desk], Tool]
CommandAction = Callable[[Desk], None]


class Registry(ABC):
    """Where a plugin says what it adds. Names need be unique within the plugin only."""

    @abstractmethod
    def add_panel(self, title: str, factory: PanelFactory) -> None:
        """Add a panel to the right of the image; the factory returns a QWidget."""

    @abstractmethod
    def add_tool(self, name: str, title: str, factory: ToolFactory, key: str = "", tip: str = "") -> None:
        """Add a tool for the left mouse button, with its shortcut and tooltip."""

    @abstractmethod
    def add_overlay(self, name: str, draw: Overlay) -> None:
        """Add a pure function from a scene to primitives; it is called at every repaint, so it must be quick."""

    @abstractmethod
    def add_command(self, name: str, title: str, action: CommandAction, key: str = "", tip: str = "") -> None:
        """Add an entry to menus and the command list."""

    @abstractmethod
    def add_measure(self, name: str, measure: Measure) -> None:
        """Add numbers to every lesion that is read; deterministic, with units."""

    @abstractmethod
    def add_assessment(self, name: str, assess: Assessment) -> None:
        """Add a grade with its rule trace and a pattern word; None where it does not apply."""
