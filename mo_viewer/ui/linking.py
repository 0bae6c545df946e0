"""What panes do together: scroll by millimetres, window, zoom and pan; each can be switched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.ui.offsets import Offsets
from mo_viewer.ui.pane import Pane
from mo_viewer.volume.arrays import FloatArray, Point

LINKED, REGISTERED = "linked", "registered"
PARALLEL = 0.98
"""Planes whose normals agree this well are scrolled together."""


@dataclass(frozen=True)
class Linked:
    """Which of the three are linked."""

    scroll: bool = False
    window: bool = False
    zoom: bool = False

    def __bool__(self) -> bool:
        return self.scroll or self.window or self.zoom

    @property
    def text(self) -> str:
        """For the corner of a picture: ``scroll, zoom``, or ``linked`` for all three."""
        if self.scroll and self.window and self.zoom:
            return LINKED
        return ", ".join(name for name in ("scroll", "window", "zoom") if getattr(self, name))


class Linking:
    """Passes on what happens in one pane.

    Panes of one frame of reference are linked by positions in the patient; studies that are registered, by the
    registration. Others are linked by the distance that they had when the reader linked scrolling: a manual offset,
    kept for the pair of series.
    """

    def __init__(self) -> None:
        self.way: Callable[[str, str], Registration | None] = lambda first, other: None
        """The registration that takes points of one study to another, where there is one."""
        self.linked = Linked()
        self.offsets = Offsets()
        self._heights: dict[str, float] = {}
        self._busy = False

    def switch(self, what: str, panes: Iterable[Pane]) -> None:
        """Switch one of ``scroll``, ``window``, ``zoom``; linking scrolling takes the panes as they stand now."""
        self.linked = replace(self.linked, **{what: not getattr(self.linked, what)})
        if what == "scroll" and self.linked.scroll:
            self.align(panes)

    def align(self, panes: Iterable[Pane]) -> None:
        """Take the slices that are shown now for the same place, where the frames of reference differ."""
        shown = [pane for pane in panes if pane.view.shown is not None]
        for one in shown:
            for other in shown:
                if one is not other and not same_frame(one, other):
                    self.offsets.set(_pair(one, other), _height(other) - _height(one))

    def offset_mm(self, one: Pane, other: Pane) -> float | None:
        """How far the second pane's place lies from the first's along its normal; None in one frame of reference."""
        return self.offsets.get(_pair(one, other))

    def follow(self, source: Pane, panes: Iterable[Pane]) -> None:
        """Have the other panes do what the source has done."""
        if self._busy or source.view.shown is None or not self.linked:
            return
        self._busy = True
        try:
            for pane in panes:
                if pane is not source and pane.view.shown is not None:
                    self._pass_on(source, pane)
        finally:
            self._busy = False
        self._heights = {_name(pane): _height(pane) for pane in panes if pane.view.shown is not None}

    def words(self, pane: Pane, panes: Iterable[Pane]) -> str:
        """What is linked, for the corner of a pane's picture; empty where no other pane shows one.

        ``registered``: the pane goes with all of the others through a registration, or within one frame of reference.
        """
        others = [other for other in panes if other is not pane and other.view.shown is not None]
        if pane.view.shown is None or not others:
            return ""
        apart = [other for other in others if not same_frame(pane, other)]
        is_registered = bool(apart) and all(self._registered(pane, other) is not None for other in apart)
        text = self.linked.text
        if not is_registered or not (self.linked.scroll or self.linked.zoom):
            return text
        return REGISTERED if text == LINKED else f"{text} · {REGISTERED}"

    def doubt(self, pane: Pane, panes: Iterable[Pane]) -> str:
        """What the reader must know of the registrations by which a pane goes with others; empty when nothing."""
        if not (self.linked.scroll or self.linked.zoom) or pane.view.shown is None:
            return ""
        others = [other for other in panes if other is not pane and other.view.shown is not None]
        ways = [self._registered(pane, other) for other in others]
        reasons = dict.fromkeys(way.reason for way in ways if way is not None and way.verdict is Verdict.CHECK)
        return f"to be checked: {'; '.join(reasons)}" if reasons else ""

    def stand(self, pane: Pane) -> None:
        """Know where a pane stands that has not been scrolled yet: others are linked to it from there."""
        if not self._busy and pane.view.shown is not None:
            self._heights.setdefault(_name(pane), _height(pane))

    def _pass_on(self, source: Pane, pane: Pane) -> None:
        linked = self.linked
        if linked.window and _same_values(source, pane) and pane.view.window_level != source.view.window_level:
            pane.view.set_window(source.view.window_level)
        known = self._registered(source, pane)
        if linked.scroll and (known is not None or _are_parallel(source, pane)):
            at = self._counterpart(source, pane)
            if pane.view.stack is not None and pane.view.stack.nearest(at) != pane.view.asked:
                pane.view.ask(pane.view.stack.nearest(at))
        if linked.zoom and (known is not None or _are_parallel(source, pane)):
            self._zoom(source, pane)

    def _registered(self, source: Pane, pane: Pane) -> Registration | None:
        """The way between the studies of two panes; None within one frame of reference."""
        if same_frame(source, pane):
            return None
        assert source.view.shown is not None
        assert pane.view.shown is not None
        here, there = source.view.shown.volume, pane.view.shown.volume
        first, other = here.source.study_uid, there.source.study_uid
        known = self.way(first, other) if first != other else None
        if known is None or not known.from_series:
            return known if here.geometry.in_patient and there.geometry.in_patient else None
        planes = here.source.series_uid, there.source.series_uid
        return known if planes == (known.from_series, known.to_series) else None

    def _counterpart(self, source: Pane, pane: Pane) -> Point:
        middle = np.array(source.view.middle_mm())
        if same_frame(source, pane):
            return _point(middle)
        known = self._registered(source, pane)
        if known is not None:
            return _point(known.carried(middle)[0])
        before = self._heights.get(_name(source), _height(source))
        offset = self.offsets.suppose(_pair(source, pane), _height(pane) - before)
        self.offsets.suppose(_pair(pane, source), -offset)
        plane = _plane_normal(pane)
        here = np.array(pane.view.middle_mm())
        return _point(here + (_height(source) + offset - float(here @ plane)) * plane)

    def _zoom(self, source: Pane, pane: Pane) -> None:
        framing = source.view.framing
        known = self._registered(source, pane)
        if known is not None or same_frame(source, pane):
            assert pane.view.shown is not None
            middle = np.array(source.view.middle_mm())
            flat = pane.view.shown.plane.on_plane(middle if known is None else known.carried(middle)[0])[0]
        else:
            assert source.view.stack is not None
            assert pane.view.stack is not None
            away = np.array(framing.centre_mm) - source.view.stack.bounds.centre
            flat = pane.view.stack.bounds.centre + away
        scale = _scale(known) if known is not None and known.from_series else 1.0
        wanted = replace(
            pane.view.framing, px_per_mm=framing.px_per_mm / scale, centre_mm=(float(flat[0]), float(flat[1]))
        )
        now = pane.view.framing
        if not np.allclose([*wanted.centre_mm, wanted.px_per_mm], [*now.centre_mm, now.px_per_mm], atol=1e-6):
            pane.view.set_framing(wanted, source.view.is_fitted)


def _scale(known: Registration) -> float:
    """How many millimetres of the other radiograph one of the first is."""
    return float(np.hypot(known.matrix[0, 0], known.matrix[1, 0]))


def _plane_normal(pane: Pane) -> FloatArray:
    """The normal, on one side for all panes that look along the same axis."""
    assert pane.view.shown is not None
    normal = pane.view.shown.plane.normal
    return normal if normal[int(np.argmax(np.abs(normal)))] > 0 else -normal


def _height(pane: Pane) -> float:
    assert pane.view.shown is not None
    return float(pane.view.shown.plane.origin_mm @ _plane_normal(pane))


def same_frame(one: Pane, other: Pane) -> bool:
    """Whether what two panes show lies in one frame of reference."""
    if one.view.shown is None or other.view.shown is None:
        return False
    first, second = one.view.shown.volume.geometry, other.view.shown.volume.geometry
    return first.in_patient and second.in_patient and bool(first.frame_uid) and first.frame_uid == second.frame_uid


def _same_values(one: Pane, other: Pane) -> bool:
    assert one.view.shown is not None
    assert other.view.shown is not None
    first, second = one.view.shown.volume, other.view.shown.volume
    return first.unit == second.unit and first.source.modality == second.source.modality


def _are_parallel(one: Pane, other: Pane) -> bool:
    assert one.view.shown is not None
    assert other.view.shown is not None
    return abs(float(one.view.shown.plane.normal @ other.view.shown.plane.normal)) >= PARALLEL


def _pair(one: Pane, other: Pane) -> tuple[str, str]:
    return _name(one), _name(other)


def _name(pane: Pane) -> str:
    return "" if pane.series is None else f"{pane.series.source.series_uid} {pane.looks}"


def _point(at_mm: FloatArray) -> Point:
    return float(at_mm[0]), float(at_mm[1]), float(at_mm[2])
