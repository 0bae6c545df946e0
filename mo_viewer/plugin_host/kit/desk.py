"""A desk without a window, which writes down what a plugin does at it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeVar

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.data import Permission, PluginChange, Tone
from mo_viewer.plugin_host.doors import Doors
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.plugin_host.kit.studies import TRACKING_UID, Sample
from mo_viewer.plugin_host.reading import read_again, read_drawn, read_lesion
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

Result = TypeVar("Result")


@dataclass(frozen=True)
class Work:
    """Background work that a plugin asked for."""

    title: str
    work: Callable[[Ticket], Any]
    done: Callable[[Any], None]
    shown: Callable[[Any], None] = lambda _: None


class KitDesk(Doors):
    """A `Desk` of the plugin API over a sample study; background work is kept and run when the kit says so."""

    def __init__(self, host: Host, contribution: Contribution, sample: Sample) -> None:
        super().__init__(host, contribution)
        self._sample = sample
        self.selected = "" if sample.volume is None else TRACKING_UID
        self.document = sample.document
        self.works: list[Work] = []
        self.listeners: list[Callable[[PluginChange], None]] = []
        self.wrong: list[str] = []
        self.denied: list[str] = []

    def need(self, permission: Permission) -> None:
        """Note what is denied."""
        try:
            super().need(permission)
        except PermissionError as error:
            self.denied.append(str(error))
            raise

    @property
    def volume(self) -> Volume | None:
        """The sample's image."""
        self.need("reads-images")
        return self._sample.volume

    def select(self, tracking_uid: str) -> None:
        """Select a lesion."""
        self.selected = tracking_uid
        self.tell(PluginChange("selection"))

    def change(self, title: str, document: Document) -> None:
        """Take a new document."""
        self.need("writes-findings")
        if not title.strip():
            self.wrong.append("change wants a title")
        if self.document is None or document.patient.key != self.document.patient.key:
            raise Refused("These findings belong to a patient who is not open.")
        self.document = document
        self.tell(PluginChange("findings"))

    def studies(self) -> tuple[Study, ...]:
        """No files are behind the samples."""
        self.need("reads-images")
        return ()

    def load(self, series: Series, ticket: Ticket) -> Volume:
        """No files are behind the samples."""
        self.need("reads-images")
        raise Refused("There is no such series.")

    def run(self, title: str, work: Callable[[Ticket], Result], done: Callable[[Result], None], slot: str = "") -> None:
        """Keep the work."""
        self.works.append(Work(title, work, done))

    def read_lesion(
        self, volume: Volume, clicks_mm: Sequence[Point], ticket: Ticket, tracking_uid: str = "", label: str = ""
    ) -> Lesion:
        """Mark and measure with the engine."""
        self.need("reads-images")
        return read_lesion(self._host, volume, clicks_mm, ticket, tracking_uid, label)

    def read_again(self, volume: Volume, lesion: Lesion, ticket: Ticket) -> Lesion:
        """Mark anew with the engine."""
        self.need("reads-images")
        return read_again(self._host, volume, lesion, ticket)

    def read_drawn(self, volume: Volume, lesion: Lesion, shape: Mask | Surface, ticket: Ticket) -> Lesion:
        """Measure what was drawn with the engine."""
        self.need("reads-images")
        return read_drawn(self._host, volume, lesion, shape, ticket)

    def native_bone(self, volume: Volume, ticket: Ticket) -> NativeBone:
        """Find the skeleton with the engine."""
        self.need("reads-images")
        return native_bone(volume, ticket)

    def run_to_end(
        self, title: str, work: Callable[[Ticket], Result], ended: Callable[[Result | None], None], slot: str = ""
    ) -> None:
        """Keep the work."""
        self.works.append(Work(title, work, ended))

    def run_shown(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        shown: Callable[[Any], None],
        ended: Callable[[Result | None], None],
        slot: str = "",
    ) -> None:
        """Keep the work."""
        self.works.append(Work(title, work, ended, shown))

    def redraw(self) -> None:
        """Nothing is drawn."""

    def save(self, name: str, content: bytes) -> bool:
        """Look at what would be written."""
        self.need("writes-files")
        if "." not in name:
            self.wrong.append("save wants a name with a suffix")
        return True

    def show_point(self, at_mm: Point) -> None:
        """Look at the point."""
        if not all(map(isfinite, at_mm)):
            self.wrong.append("show_point wants a finite x, y, z")

    def act(self, action: str) -> None:
        """Nothing happens."""

    def why_not(self, action: str) -> str:
        """Everything can be done."""
        return ""

    def say(self, text: str, tone: Tone = "info") -> None:
        """Look at the words."""
        if not text.strip() or tone not in ("info", "good", "caution", "fault"):
            self.wrong.append("say wants words and a tone")

    def listen(self, told: Callable[[PluginChange], None]) -> Callable[[], None]:
        """Keep the listener."""
        self.listeners.append(told)
        return lambda: self.listeners.remove(told) if told in self.listeners else None

    def tell(self, change: PluginChange) -> None:
        """Tell the listeners."""
        for told in tuple(self.listeners):
            told(change)
