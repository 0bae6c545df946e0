"""What crosses the border between viewer and plugin: frozen data, arrays read-only, positions LPS mm."""

from dataclasses import dataclass
from typing import Literal

from mo_viewer.findings.document import Document
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume

Tone = Literal["info", "good", "caution", "fault"]
Permission = Literal["reads-images", "writes-findings", "writes-files"]
SettingValue = bool | int | float | str


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
    near_mm: float = 3.0
    """What counts as near on the screen: 8 pixels, in mm of the picture."""


@dataclass(frozen=True)
class PluginChange:
    """Why a listener of a `Desk` is called: findings, the image, or the selection changed."""

    what: Literal["findings", "image", "selection"]


@dataclass(frozen=True)
class Paragraph:
    """Plain text in a report section."""

    text: str


@dataclass(frozen=True)
class Rows:
    """A table in a report section: the columns' names, and as many cells in every row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Rows


@dataclass(frozen=True)
class Setting:
    """One value that the user may change; its type is that of `default`.

    `choices` lists all allowed values; `least` and `most` bound a number. Empty and None: no limit.
    """

    name: str
    title: str
    default: SettingValue
    tip: str = ""
    choices: tuple[SettingValue, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Calibration:
    """A line that was fitted to a phantom: reference HU = slope * measured HU + intercept.

    It holds for one scanner, tube voltage and kernel. Whoever shows it names it with its date and maker; nobody
    applies it unasked (DOMAIN 7, M12).
    """

    scanner: str
    """Manufacturer, model and station, as `Acquisition` says them, joined by spaces."""
    kvp: float | None
    kernel: str
    slope: float
    intercept: float
    date: str
    """ISO date of the phantom's images."""
    phantom: str
    made_by: str = ""
    """Plugin and version; filled in by the host."""
