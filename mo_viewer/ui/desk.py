"""The desk that plugins work at: findings, the shown image, background work, a voice; no widget of ours."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from PySide6.QtWidgets import QApplication, QFileDialog

from mo_viewer.base.faults import Cancelled, Fault, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series, Study, studies
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import PluginChange, Scene, Tone
from mo_viewer.plugin_host.doors import Doors
from mo_viewer.plugin_host.files import write_whole
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.plugin_host.missing import signed
from mo_viewer.plugin_host.skeletons import Skeletons
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.session.session import Session
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

Result = TypeVar("Result")
_ASKED = ("tool", "command", "panel")
"""Kinds of contributions that do one thing at a time, as the reader asks for it."""
_ANSWERS = ("tool", "panel")
"""Those whose warnings are about what was asked last."""


class Shelf(Protocol):
    """What a desk needs of what is open."""

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything that is open."""


class Shell(Protocol):
    """What a desk needs of the window."""

    @property
    def library(self) -> Shelf:
        """What is open."""

    @property
    def volume(self) -> Volume | None:
        """The image in the active pane, once it is loaded."""

    def show_point(self, at_mm: Point) -> None:
        """Bring the slice through a point into the active pane."""

    def act(self, name: str) -> None:
        """Start an action by its name."""

    def why_not(self, name: str) -> str:
        """Why an action cannot be done now; empty where it can."""

    def say(self, text: str, tone: Tone) -> None:
        """Say one sentence."""

    def show_fault(self, fault: Fault) -> None:
        """Show a fault in the active pane."""

    def refuse(self, fault: Fault, tone: Tone = "caution", of: str = "") -> None:
        """Say why `of` does not do what was asked of it, until the next click or change, or until it does."""

    def succeeded(self, of: str) -> None:
        """What may have been refused before has been done."""

    def selection_changed(self) -> None:
        """Draw the selection anew."""


class Room:
    """What all desks share: the session, the selected lesion, and who wants to hear of changes."""

    def __init__(self, session: Session, jobs: Jobs, host: Host, shell: Shell) -> None:
        self.session, self.jobs, self.host, self.shell = session, jobs, host, shell
        self.selected = ""
        self.turn = 0
        """Stepped to have overlays asked again."""
        self.skeletons = Skeletons()
        self.refusal: Fault | None = None
        """Why nothing may be measured: the self-test has failed."""
        self._listeners: list[tuple[Contribution, Callable[[PluginChange], None]]] = []
        self._tickets: WeakKeyDictionary[Ticket, Contribution] = WeakKeyDictionary()

    def desk(self, contribution: Contribution) -> "PluginDesk":
        """Make the desk of one contribution."""
        return PluginDesk(self, contribution)

    def tell(self, change: PluginChange) -> None:
        """Tell all listeners, each guarded."""
        for contribution, told in tuple(self._listeners):
            self.guarded(contribution, told, change)

    def guarded(self, contribution: Contribution, function: Callable[..., None], *arguments: object) -> None:
        """Call something of a plugin; its faults are shown, whatever else it raises switches it off."""
        try:
            self.host.guard(contribution, function, *arguments)
        except Fault as fault:
            self._tell_fault(contribution, fault)
        except Cancelled:
            pass

    def select(self, tracking_uid: str) -> None:
        """Select a lesion everywhere."""
        if tracking_uid != self.selected:
            self.selected = tracking_uid
            self.shell.selection_changed()
            self.tell(PluginChange("selection"))

    def select_in(self, volume: Volume | None) -> None:
        """Select the first lesion of a volume's study, unless one of its lesions is selected."""
        document = self.session.document
        timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
        known = [lesion.tracking_uid for lesion in timepoint.lesions] if timepoint is not None else []
        if self.selected not in known:
            self.select(known[0] if known else "")

    def save(self, name: str, content: bytes) -> bool:
        """Ask where to keep a file and write it; no plugin's clock runs while the user thinks."""
        with self.host.waiting():
            target, _ = QFileDialog.getSaveFileName(QApplication.activeWindow(), "Save", name)
        if target:
            path = Path(target)
            write_whole(path if path.suffix else path.with_suffix(Path(name).suffix), content)
        return bool(target)

    def export(self, exporter: Contribution) -> None:
        """Have an exporter write the current patient's findings in the background; then ask where to keep them."""
        document = self.session.document
        if document is None:
            raise Refused("No patient is open.")
        self.jobs.run(
            f"Export: {exporter.title}",
            lambda _: self.host.exported(exporter, document),
            lambda content: self._keep(exporter, content),
            self.shell.show_fault,
            slot=exporter.id,
        )

    def _keep(self, exporter: Contribution, content: bytes | None) -> None:
        try:
            if content is not None and self.save(f"{exporter.name}{exporter.suffix}", content):
                self.shell.say(f"{exporter.title}: saved.", "good")
        except Fault as fault:
            self.shell.show_fault(fault)

    def scene(self, picture: Picture) -> Scene:
        """Describe a picture to overlays."""
        document = self.session.document
        return Scene(picture.volume, picture.plane, picture.half_thickness_mm, document, self.selected)

    def listen(self, contribution: Contribution, told: Callable[[PluginChange], None]) -> Callable[[], None]:
        """Add a listener; returns the function that ends it."""
        entry = (contribution, told)
        self._listeners.append(entry)
        return lambda: self._listeners.remove(entry) if entry in self._listeners else None

    def redraw(self) -> None:
        """Have overlays and tools asked again what they draw."""
        self.turn += 1
        self.shell.selection_changed()

    def work(
        self,
        contribution: Contribution,
        title: str,
        work: Callable[[Ticket], Result],
        done: Callable[[Result], None],
        slot: str,
        lost: Callable[[], None] = lambda: None,
        shown: Callable[[Any], None] = lambda _: None,
    ) -> None:
        """Run a plugin's work in the background; a failure is named as that plugin's. `lost`: there is no result."""
        of = f"{contribution.id} {slot or title}"

        def ended(result: Result) -> None:
            self.shell.succeeded(of)
            self.guarded(contribution, done, result)

        def failed(fault: Fault) -> None:
            self._tell_fault(contribution, fault, of)
            self.guarded(contribution, lost)

        ticket = self.jobs.run(
            title,
            partial(self.host.work, contribution, work),
            ended,
            failed,
            slot,
            partial(self.guarded, contribution, lost),
            partial(self.guarded, contribution, shown),
        )
        self._tickets[ticket] = contribution

    def _tell_fault(self, contribution: Contribution, fault: Fault, of: str = "") -> None:
        if contribution.kind in _ASKED and isinstance(fault, Refused):
            self.shell.refuse(fault, of=of)
        else:
            self.shell.show_fault(fault)

    def dismiss(self) -> None:
        """Listen no more for what was switched off, and stop its work."""
        self._listeners = [entry for entry in self._listeners if entry[0].enabled]
        for ticket, contribution in tuple(self._tickets.items()):
            if not contribution.enabled:
                ticket.cancel()


class PluginDesk(Doors):
    """A `Desk` of the plugin API, for one contribution: what it calls back is guarded in that contribution's name."""

    def __init__(self, room: Room, contribution: Contribution) -> None:
        super().__init__(room.host, contribution)
        self._room = room

    @property
    def document(self) -> Document | None:
        """The current patient's findings."""
        return self._room.session.document

    @property
    def volume(self) -> Volume | None:
        """The image in the active pane, once it is loaded."""
        self.need("reads-images")
        return self._room.shell.volume

    @property
    def selected(self) -> str:
        """Tracking UID of the selected lesion; empty when none."""
        return self._room.selected

    def select(self, tracking_uid: str) -> None:
        """Select a lesion everywhere; empty selects none."""
        self._room.select(tracking_uid)

    def change(self, title: str, document: Document) -> None:
        """Put a new document in place."""
        self.need("writes-findings")
        made_by = self._contribution.made_by
        self._room.session.change(title, signed(document, self._room.session.document, made_by))

    def studies(self) -> tuple[Study, ...]:
        """The studies that are open, newest first."""
        self.need("reads-images")
        return studies(self._room.shell.library.series)

    def load(self, series: Series, ticket: Ticket) -> Volume:
        """Read the pixels of a series; for background threads."""
        from mo_viewer.dicom.load import load

        self.need("reads-images")
        return load(series, ticket)

    def save(self, name: str, content: bytes) -> bool:
        """Ask the user where to keep a file, and write it."""
        self.need("writes-files")
        return self._room.save(name, content)

    def run(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        done: Callable[[Result], None],
        slot: str = "",
    ) -> None:
        """Run work in the background, then `done` here, guarded."""
        self._room.work(self._contribution, title, work, done, slot)

    def read_lesion(
        self, volume: Volume, clicks_mm: Sequence[Point], ticket: Ticket, tracking_uid: str = "", label: str = ""
    ) -> Lesion:
        """Mark and measure one lesion; for background threads."""
        from mo_viewer.plugin_host.reading import read_lesion, rivals

        document = self._may_read()
        bone = self.native_bone(volume, ticket) if volume.unit == "HU" else None
        return read_lesion(
            self._room.host,
            volume,
            clicks_mm,
            ticket,
            tracking_uid,
            label,
            bone=bone,
            rivals_mm=rivals(document, volume, tracking_uid),
        )

    def read_again(self, volume: Volume, lesion: Lesion, ticket: Ticket) -> Lesion:
        """Mark a lesion anew from its clicks, and measure it; for background threads."""
        from mo_viewer.plugin_host.reading import read_again, rivals

        document = self._may_read()
        near = rivals(document, volume, lesion.tracking_uid)
        return read_again(self._room.host, volume, lesion, ticket, self.native_bone(volume, ticket), near)

    def read_drawn(self, volume: Volume, lesion: Lesion, shape: Mask | Surface, ticket: Ticket) -> Lesion:
        """Give a lesion a contour that the reader drew, and measure it; for background threads."""
        from mo_viewer.plugin_host.reading import read_drawn

        self._may_read()
        is_ct = volume.unit == "HU" and volume.geometry.shape[0] > 1
        bone = self.native_bone(volume, ticket) if is_ct else None
        return read_drawn(self._room.host, volume, lesion, shape, ticket, bone)

    def native_bone(self, volume: Volume, ticket: Ticket) -> NativeBone:
        """Find the skeleton of a CT, with the reader's corrections; for background threads."""
        document = self._may_read()
        timepoint = None if document is None else document.timepoint(volume.source.study_uid)
        return self._room.skeletons.of(volume, () if timepoint is None else timepoint.bone_clicks, ticket)

    def _may_read(self) -> Document | None:
        self.need("reads-images")
        if self._room.refusal is not None:
            raise self._room.refusal
        return self._room.session.document

    def run_to_end(
        self, title: str, work: Callable[[Ticket], Result], ended: Callable[[Result | None], None], slot: str = ""
    ) -> None:
        """Run work in the background; `ended` is called in any case."""
        self._room.work(self._contribution, title, work, ended, slot, partial(ended, None))

    def run_shown(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        shown: Callable[[Any], None],
        ended: Callable[[Result | None], None],
        slot: str = "",
    ) -> None:
        """Run work in the background; `shown` is called with what it has so far, `ended` in any case."""
        self._room.work(self._contribution, title, work, ended, slot, partial(ended, None), shown)

    def redraw(self) -> None:
        """Have overlays and tools asked again what they draw."""
        self._room.redraw()

    def show_point(self, at_mm: Point) -> None:
        """Bring the slice through an LPS point into the active pane."""
        self._room.shell.show_point(at_mm)

    def act(self, action: str) -> None:
        """Start an action of the shell by its name."""
        self._room.shell.act(action)

    def why_not(self, action: str) -> str:
        """Why an action of the shell cannot be done now; empty where it can."""
        return self._room.shell.why_not(action)

    def say(self, text: str, tone: Tone = "info") -> None:
        """Say one sentence; what a tool or panel warns of goes with the next click or change."""
        if self._contribution.kind in _ANSWERS and tone in ("caution", "fault"):
            self._room.shell.refuse(Fault(text), tone)
        else:
            self._room.shell.say(text, tone)

    def listen(self, told: Callable[[PluginChange], None]) -> Callable[[], None]:
        """Have a function called when something shown has changed."""
        return self._room.listen(self._contribution, told)
