"""Edits of contours: done one after the other in the background, each one step of undo; and what the brush is like."""

from collections.abc import Callable
from dataclasses import dataclass

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

SMALLEST_MM, LARGEST_MM, STEP = 0.5, 30.0, 1.15
FIRST_GATE_HU = (100.0, 3000.0)

Shaped = Callable[[Lesion], Mask | Surface]
"""From a lesion as it is to its new voxels or surface; called in the background."""
NUMBERS = "mo_ossification.panel.Lesions"
"""The panel of lesions, as an action that brings it to the front."""


@dataclass
class Brush:
    """What brush, eraser and push work with."""

    radius_mm: float = 4.0
    is_ball: bool = False
    gate_hu: tuple[float, float] | None = None

    def resize(self, steps: int) -> None:
        """Make it larger (negative: smaller) by steps of 15 %."""
        self.radius_mm = min(LARGEST_MM, max(SMALLEST_MM, self.radius_mm * STEP**steps))

    def toggle_gate(self) -> None:
        """Let only some values through, or all."""
        self.gate_hu = FIRST_GATE_HU if self.gate_hu is None else None

    def words(self) -> str:
        """Return what the brush is like, as a sentence."""
        form = "ball (3D)" if self.is_ball else "disc (this slice)"
        gate = "" if self.gate_hu is None else f", only {self.gate_hu[0]:.0f} to {self.gate_hu[1]:.0f} HU"
        return f"Brush: {form}, radius {self.radius_mm:.1f} mm{gate}."


@dataclass(frozen=True, eq=False)
class _Edit:
    title: str
    volume: Volume
    uid: str
    shaped: Shaped
    new: Lesion | None


def nothing() -> None:
    """Do nothing."""


class Workbench:
    """The brush, and edits that wait for their turn; shared by the plugin's tools, commands and panels."""

    def __init__(self) -> None:
        self.brush = Brush()
        self.changed: Callable[[], None] = nothing
        """Called when the brush has changed."""
        self.asked: dict[str, float] = {}
        """Thresholds that were asked for and are not measured yet, HU, by tracking UID."""
        self.found: tuple[Volume, Surface] | None = None
        """A contour that is found and whose numbers are not there yet."""
        self.is_course_seen = False
        """Whether the course is in front, which shows the numbers of all dates."""
        self._waiting: list[_Edit] = []
        self._is_busy = False

    @property
    def waiting(self) -> int:
        """How many edits are not measured yet."""
        return len(self._waiting)

    def show_numbers(self, desk: Desk) -> None:
        """Bring the panel of lesions to the front after a click on the picture, unless the course tells of it."""
        if not self.is_course_seen:
            desk.act(NUMBERS)

    def begun(self, volume: Volume) -> Lesion | None:
        """Return the lesion that was drawn last on a volume and is not measured yet."""
        return next((one.new for one in reversed(self._waiting) if one.new is not None and one.volume is volume), None)

    def edit(
        self, desk: Desk, title: str, volume: Volume, lesion: Lesion, shaped: Shaped, is_new: bool = False
    ) -> None:
        """Give a lesion another shape and measure it again; what it is now is asked when its turn comes."""
        self._waiting.append(_Edit(title, volume, lesion.tracking_uid, shaped, lesion if is_new else None))
        self._next(desk)

    def _next(self, desk: Desk) -> None:
        if self._is_busy or not self._waiting:
            return
        one = self._waiting[0]
        lesion = lesion_of(desk, one.volume, one.uid) or one.new
        if lesion is None:
            self._waiting.pop(0)
            desk.say("The lesion is gone; the edit was dropped.", "caution")
            self._next(desk)
            return
        self._is_busy = True

        def work(ticket: Ticket) -> Lesion | Refused:
            try:
                shape = one.shaped(lesion)
                ticket.check()
                return desk.read_drawn(one.volume, lesion, shape, ticket)
            except Refused as refused:
                return refused

        def ended(answer: Lesion | Refused | None) -> None:
            self._is_busy = False
            self._waiting.pop(0)
            if isinstance(answer, Lesion):
                put(desk, one.title, one.volume, answer)
            elif answer is not None:
                desk.say(str(answer), "caution")
            desk.redraw()
            self._next(desk)

        desk.run_to_end(one.title, work, ended)


def lesion_of(desk: Desk, volume: Volume, uid: str) -> Lesion | None:
    """Return a lesion of a volume's study as it is now."""
    document = desk.document
    timepoint = None if document is None else document.timepoint(volume.source.study_uid)
    return None if timepoint is None else timepoint.lesion(uid)


def chosen(desk: Desk, volume: Volume) -> Lesion | None:
    """Return the selected lesion, where its contour lies on a volume."""
    return lesion_on(desk, volume, desk.selected)


def lesion_on(desk: Desk, volume: Volume, uid: str) -> Lesion | None:
    """Return a lesion whose contour lies on a volume, or that has none yet."""
    lesion, document = lesion_of(desk, volume, uid), desk.document
    timepoint = None if document is None else document.timepoint(volume.source.study_uid)
    if lesion is None or timepoint is None or lesion.mask is None:
        return lesion
    return lesion if timepoint.is_on(lesion, volume.source, volume.geometry) else None


def put(desk: Desk, title: str, volume: Volume, lesion: Lesion) -> None:
    """Put a lesion into the findings, unless another patient is open by now, and select it."""
    document = desk.document
    if document is not None and document.patient.key == volume.source.patient.key:
        desk.change(title, document.with_lesion(Timepoint.of(volume.source), lesion))
        desk.select(lesion.tracking_uid)
