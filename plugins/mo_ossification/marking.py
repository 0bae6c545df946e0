"""The marking tool: clicks that find a calcification, add to it, take from it; and the number that decides."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mo_ossification.edits import Workbench, chosen, lesion_on, put
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk, Label, Line, Pointer, Primitive, Scene, Tool
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

STROKE_MM, MOST_CLICKS = 8.0, 12
THRESHOLD_STEP_HU = 10.0
SAME_SHARE, TOUCHING_SHARE = 0.5, 0.02
SLOT = "mo_ossification.mark"
BY_HAND_KEEPS = "{} was edited by hand; undo the edits, or use brush and eraser."


class MarkTool(Tool):
    """Click: a lesion, or the one that is there. Shift: add to the selected one. Alt: take from it. A drag is clicks.

    Alt and the wheel change what counts as calcified in the selected lesion.
    """

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        self._desk, self._bench = desk, bench
        self._way: list[Point] = []
        self._asked: tuple[Point, float] | None = None

    def press(self, pointer: Pointer) -> None:
        """Begin a click or a stroke of clicks."""
        self._way = [pointer.at_mm]

    def drag(self, pointer: Pointer) -> None:
        """Go on with a stroke."""
        if self._way and np.linalg.norm(np.subtract(pointer.at_mm, self._way[-1])) >= 1.0:
            self._way.append(pointer.at_mm)

    def release(self, pointer: Pointer) -> None:
        """Mark in the background and put the lesion into the findings."""
        way, self._way = self._way, []
        if not way or self._desk.document is None:
            return
        clicks = spaced(way)
        known = chosen(self._desk, pointer.volume)
        self._bench.show_numbers(self._desk)
        if pointer.alt:
            take_away(self._desk, self._bench, pointer.volume, known, clicks, pointer.near_mm)
        elif pointer.shift and known is not None:
            add(self._desk, self._bench, pointer.volume, known, clicks)
        else:
            mark(self._desk, self._bench, pointer.volume, clicks)

    def wheel(self, pointer: Pointer, steps: int) -> bool:
        """Raise or lower the threshold of the selected lesion."""
        asked = nudge(self._desk, self._bench, pointer.volume, steps)
        self._asked = None if asked is None else (pointer.at_mm, asked)
        return True

    def draw(self, scene: Scene) -> Sequence[Primitive]:
        """Show the stroke and the threshold that was asked for."""
        drawn: list[Primitive] = []
        if len(self._way) > 1:
            drawn.append(Line(np.array(self._way), "#ffffff", closed=False, dashed=True))
        if self._asked is not None:
            at, value = self._asked
            drawn.append(Label(np.array(at), f"{value:.0f} HU", "#ffffff"))
        return drawn

    def hover(self, pointer: Pointer) -> None:
        """The number stands where the wheel was turned, and goes when the mouse moves on."""
        if self._asked is not None and np.linalg.norm(np.subtract(pointer.at_mm, self._asked[0])) > pointer.near_mm:
            self._asked = None

    def leave(self) -> None:
        """Forget what was begun."""
        self._way, self._asked = [], None


def spaced(way: Sequence[Point]) -> tuple[Point, ...]:
    """Return points of a stroke, at least 8 mm apart and twelve at most; a short stroke is one click."""
    clicks = [way[0]]
    for point in way[1:]:
        if np.linalg.norm(np.subtract(point, clicks[-1])) >= STROKE_MM:
            clicks.append(point)
    return tuple(clicks[:MOST_CLICKS])


def mark(desk: Desk, bench: Workbench, volume: Volume, clicks: tuple[Point, ...]) -> None:
    """Mark a new lesion; where one is marked already, that is selected, or extended when the click adds to it."""
    document = desk.document
    if document is None:
        return
    desk.show_point(clicks[0])
    known = next((lesion for lesion in lesions_on(desk, volume) if _holds(lesion, clicks[0])), None)
    if known is not None and len(clicks) == 1:
        desk.select(known.tracking_uid)
        desk.say(f"That is {known.label} already. Shift-click adds to it, Alt-click takes away.")
        return
    label = document.next_label()

    def work(ticket: Ticket) -> Lesion:
        lesion = desk.read_lesion(volume, clicks, ticket, "", label)
        others = [one for one in lesions_on(desk, volume) if shared(lesion, one) > TOUCHING_SHARE]
        same = max(others, key=lambda one: shared(lesion, one), default=None)
        if same is None:
            return lesion
        if shared(lesion, same) < SAME_SHARE:
            return desk.read_again(volume, lesion, ticket)
        if same.is_by_hand:
            return same
        return desk.read_again(volume, replace(same, clicks_mm=(*same.clicks_mm, *clicks)), ticket)

    def done(lesion: Lesion) -> None:
        before = next((one for one in lesions_in(desk, volume) if one.tracking_uid == lesion.tracking_uid), None)
        if before is None:
            put(desk, f"Mark {lesion.label}", volume, lesion)
            return
        desk.select(before.tracking_uid)
        if lesion is not before:
            put(desk, f"Extend {lesion.label}", volume, lesion)
        desk.say(f"This belongs to {before.label}, which was marked before; there is one lesion, not two.")

    _run(desk, bench, f"Marking {label}", volume, work, lambda lesion: None if lesion is None else done(lesion))


def add(desk: Desk, bench: Workbench, volume: Volume, known: Lesion, clicks: tuple[Point, ...]) -> None:
    """Add what clicks mean to a lesion; one that was edited by hand keeps its edits and gains what they mean."""
    title = f"Extend {known.label}"
    if known.is_by_hand:
        from mo_viewer.segment.sculpt import united

        _with_mark(desk, bench, title, volume, known, clicks, united)
        return
    _again(desk, bench, title, volume, replace(known, clicks_mm=(*known.clicks_mm, *clicks)))


def take_away(
    desk: Desk, bench: Workbench, volume: Volume, known: Lesion | None, clicks: tuple[Point, ...], near_mm: float
) -> None:
    """Take from a lesion one of its own clicks, or else what is nearer to the clicks given than to its own."""
    if known is None:
        desk.say("Select the lesion first that something is to be taken from.")
        return
    title = f"Take from {known.label}"
    if known.is_by_hand:
        from mo_viewer.segment.sculpt import without

        _with_mark(desk, bench, title, volume, known, clicks, without)
        return
    kept = tuple(own for own in known.clicks_mm if np.linalg.norm(np.subtract(own, clicks[0])) > near_mm)
    if kept and len(kept) < len(known.clicks_mm):
        _again(desk, bench, title, volume, replace(known, clicks_mm=kept))
    else:
        _again(desk, bench, title, volume, replace(known, apart_mm=(*known.apart_mm, *clicks)))


def nudge(desk: Desk, bench: Workbench, volume: Volume, steps: int) -> float | None:
    """Raise (negative: lower) by steps of 10 HU what counts as calcified in the selected lesion; returns the number."""
    known = chosen(desk, volume)
    if known is None or volume.unit != "HU":
        desk.say("Select a lesion on CT first; then Alt and the wheel change its threshold.")
        return None
    if known.is_by_hand:
        desk.say(BY_HAND_KEEPS.format(known.label), "caution")
        return None
    start = bench.asked.get(known.tracking_uid) or known.threshold_hu or _half_way(known)
    wanted = THRESHOLD_STEP_HU * round((start + steps * THRESHOLD_STEP_HU) / THRESHOLD_STEP_HU)
    bench.asked[known.tracking_uid] = wanted
    desk.say(f"{known.label}: everything above {wanted:.0f} HU.")
    title = f"Threshold {wanted:.0f} HU for {known.label}"
    _again(desk, bench, title, volume, replace(known, threshold_hu=wanted))
    return wanted


def half_maximum(desk: Desk, bench: Workbench) -> None:
    """Give the selected lesion its own surface again: half-way between what it is and what surrounds it."""
    volume = desk.volume
    known = None if volume is None else chosen(desk, volume)
    if volume is None or known is None or (known.threshold_hu is None and not known.is_by_hand):
        desk.say("The selected lesion has no threshold and no edits of its own.")
        return
    if not known.clicks_mm:
        desk.say(f"{known.label} was drawn, not clicked; there is nothing to go back to.", "caution")
        return
    _again(desk, bench, f"Automatic threshold for {known.label}", volume, replace(known, threshold_hu=None))


def shared(one: Lesion, other: Lesion) -> float:
    """Return the voxels that two lesions share, as a share of the smaller one; 0 where their grids differ."""
    a, b = one.mask, other.mask
    if a is None or b is None or a.geometry != b.geometry or not a.voxels or not b.voxels:
        return 0.0
    low = np.maximum(a.corner, b.corner)
    high = np.minimum(np.add(a.corner, a.inside.shape), np.add(b.corner, b.inside.shape))
    if (high <= low).any():
        return 0.0
    of_a, of_b = (
        mask.inside[tuple(slice(p - c, q - c) for p, q, c in zip(low, high, mask.corner, strict=True))]
        for mask in (a, b)
    )
    return float(np.count_nonzero(of_a & of_b)) / min(a.voxels, b.voxels)


def lesions_in(desk: Desk, volume: Volume) -> tuple[Lesion, ...]:
    """The lesions of a volume's study."""
    document = desk.document
    timepoint = None if document is None else document.timepoint(volume.source.study_uid)
    return () if timepoint is None else timepoint.lesions


def lesions_on(desk: Desk, volume: Volume) -> tuple[Lesion, ...]:
    """The lesions of a volume's study whose contours lie on that volume."""
    found = (lesion_on(desk, volume, lesion.tracking_uid) for lesion in lesions_in(desk, volume))
    return tuple(lesion for lesion in found if lesion is not None)


def _again(desk: Desk, bench: Workbench, title: str, volume: Volume, lesion: Lesion) -> None:
    def work(ticket: Ticket) -> Lesion:
        return desk.read_again(volume, lesion, ticket)

    def ended(made: Lesion | None) -> None:
        if made is not None:
            bench.asked.pop(made.tracking_uid, None)
            put(desk, title, volume, made)

    _run(desk, bench, f"{title} …", volume, work, ended)


def _run(
    desk: Desk,
    bench: Workbench,
    title: str,
    volume: Volume,
    work: Callable[[Ticket], Lesion],
    ended: Callable[[Lesion | None], None],
) -> None:
    """Mark in the background; the contour is drawn as soon as it is found."""
    own: tuple[Volume, Surface] | None = None

    def shown(surface: Surface) -> None:
        nonlocal own
        own = bench.found = (volume, surface)
        desk.redraw()

    def over(lesion: Lesion | None) -> None:
        if own is not None and bench.found is own:
            bench.found = None
            desk.redraw()
        ended(lesion)

    desk.run_shown(title, work, shown, over, SLOT)


def _with_mark(
    desk: Desk,
    bench: Workbench,
    title: str,
    volume: Volume,
    known: Lesion,
    clicks: tuple[Point, ...],
    joined: Callable[[Mask, Mask], Mask],
) -> None:
    def shaped(lesion: Lesion) -> Mask:
        found = desk.read_lesion(volume, clicks, Ticket(), "", lesion.label)
        assert lesion.mask is not None
        assert found.mask is not None
        return joined(lesion.mask, found.mask)

    bench.edit(desk, title, volume, known, shaped)


def _half_way(lesion: Lesion) -> float:
    """A threshold to start from: half-way between muscle and the brightest of the lesion."""
    peak, ground = lesion.measured("p95_hu"), lesion.measured("background_hu")
    return 200.0 if peak is None or ground is None else 0.5 * (peak.value + ground.value)


def _holds(lesion: Lesion, at_mm: Point) -> bool:
    """Whether a point lies in a lesion."""
    from mo_viewer.segment.trust import encloses

    return lesion.surface is not None and encloses(lesion.surface, np.asarray(at_mm))
