"""Brush, eraser and push: the contour by hand, on the slice or in space, one step of undo for each stroke."""

from collections.abc import Sequence

import numpy as np

from mo_ossification.edits import Workbench, chosen
from mo_viewer.base.faults import Refused
from mo_viewer.findings.lesion import Lesion, new_tracking_uid
from mo_viewer.plugin_host.api import Desk, Label, Line, Pointer, Primitive, Scene, Tool
from mo_viewer.segment.sculpt import gated, pushed, stroke, united, without
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.surface import Surface

PAINT, RUB = "#ffffff", "#ff6b6b"
ROUND = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
MOST_CIRCLES = 80
GRAB_SHARE = 3.0


class BrushTool(Tool):
    """Paints onto the selected lesion, with Ctrl onto a new one; Shift does the opposite. Alt and wheel: its size."""

    on_projections = True

    def __init__(self, desk: Desk, bench: Workbench, rubs: bool = False) -> None:
        self._desk, self._bench, self._rubs = desk, bench, rubs
        self._way: list[Point] = []
        self._mouse: Pointer | None = None

    def press(self, pointer: Pointer) -> None:
        """Put the brush down."""
        self._mouse, self._way = pointer, [pointer.at_mm]

    def drag(self, pointer: Pointer) -> None:
        """Draw it on."""
        self._mouse = pointer
        step = 0.3 * self._bench.brush.radius_mm
        if self._way and np.linalg.norm(np.subtract(pointer.at_mm, self._way[-1])) >= step:
            self._way.append(pointer.at_mm)

    def release(self, pointer: Pointer) -> None:
        """Lift it: the lesion is measured again in the background."""
        way, self._way = tuple(self._way), []
        document, brush = self._desk.document, self._bench.brush
        if not way or document is None:
            return
        rubs = self._rubs != pointer.shift
        volume = pointer.volume
        known = None if pointer.ctrl else self._bench.begun(volume) or chosen(self._desk, volume)
        if known is None and rubs:
            self._desk.say("Select the lesion first that something is to be rubbed out of.")
            return
        across = None if brush.is_ball and volume.geometry.in_patient else pointer.plane.normal
        radius, gate = brush.radius_mm, brush.gate_hu if volume.unit == "HU" else None

        def shaped(lesion: Lesion) -> Mask:
            touched = stroke(volume.geometry, way, radius, across)
            low, high = gate or (None, None)
            touched = gated(volume, touched, low, high)
            if not touched.voxels:
                raise Refused(f"The brush touched no voxel{' within the HU limits' if gate else ''}.")
            if lesion.mask is None or lesion.mask.geometry != volume.geometry:
                return touched
            after = without(lesion.mask, touched) if rubs else united(lesion.mask, touched)
            if after == lesion.mask:
                raise Refused(f"The stroke changed nothing of {lesion.label}.")
            return after

        verb = "Rub out" if rubs else "Brush"
        if known is None:
            self._bench.show_numbers(self._desk)
            new = Lesion(new_tracking_uid(), document.next_label(), ())
            self._bench.edit(self._desk, f"Draw {new.label}", volume, new, shaped, is_new=True)
        else:
            self._bench.edit(self._desk, f"{verb} {known.label}", volume, known, shaped)

    def hover(self, pointer: Pointer) -> None:
        """Keep the ring under the mouse."""
        self._mouse = pointer

    def wheel(self, pointer: Pointer, steps: int) -> bool:
        """Change the size."""
        self._mouse = pointer
        self._bench.brush.resize(steps)
        self._bench.changed()
        self._desk.say(self._bench.brush.words())
        return True

    def draw(self, scene: Scene) -> Sequence[Primitive]:
        """Show the ring, what was gone over, and the size."""
        mouse, brush = self._mouse, self._bench.brush
        if mouse is None or abs(float(scene.plane.distance_mm(np.array(mouse.at_mm))[0])) > 0.01:
            return ()
        colour = RUB if self._rubs != mouse.shift else PAINT
        ring = _circle(scene.plane, mouse.at_mm, brush.radius_mm)
        drawn: list[Primitive] = [Line(ring, colour, width=1.2)]
        if self._way:
            drawn += [Line(arc, colour, 1.4, closed=False) for arc in _swept(scene.plane, self._way, brush.radius_mm)]
        else:
            words = f"{brush.radius_mm:.1f} mm{' 3D' if brush.is_ball else ''}{' HU' if brush.gate_hu else ''}"
            drawn.append(Label(ring[0], words, colour))
        return drawn

    def leave(self) -> None:
        """Take the ring away."""
        self._mouse, self._way = None, []


class PushTool(Tool):
    """Takes hold of the contour and pulls it out or pushes it in. Alt and the wheel: how wide the hold is."""

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        self._desk, self._bench = desk, bench
        self._lesion: Lesion | None = None
        self._start: Point | None = None
        self._mouse: Pointer | None = None

    def press(self, pointer: Pointer) -> None:
        """Take hold of the selected lesion's contour under the mouse."""
        known = chosen(self._desk, pointer.volume)
        self._mouse, self._lesion, self._start = pointer, None, None
        if known is None or known.surface is None:
            self._desk.say("Select the lesion first whose contour is to be moved.")
            return
        lines = known.surface.cut(pointer.plane)
        away = np.concatenate(lines) - np.array(pointer.at_mm) if lines else np.full((1, 3), np.inf)
        nearest = int(np.argmin(np.linalg.norm(away, axis=1)))
        if np.linalg.norm(away[nearest]) > GRAB_SHARE * pointer.near_mm:
            self._desk.say("Take hold of the contour itself: press on its line and pull.")
            return
        x, y, z = np.array(pointer.at_mm) + away[nearest]
        self._lesion, self._start = known, (float(x), float(y), float(z))

    def drag(self, pointer: Pointer) -> None:
        """Move it."""
        self._mouse = pointer

    def release(self, pointer: Pointer) -> None:
        """Let go: the lesion is measured again in the background."""
        known, start = self._lesion, self._start
        self._lesion, self._start, self._mouse = None, None, pointer
        if known is None or start is None:
            return
        by, reach = np.subtract(pointer.at_mm, start), self._bench.brush.radius_mm
        if np.linalg.norm(by) < 0.1:
            return

        def shaped(lesion: Lesion) -> Surface:
            assert lesion.surface is not None
            return pushed(lesion.surface, start, by, reach)

        self._bench.edit(self._desk, f"Reshape {known.label}", pointer.volume, known, shaped)

    def hover(self, pointer: Pointer) -> None:
        """Keep the ring under the mouse."""
        self._mouse = pointer

    def wheel(self, pointer: Pointer, steps: int) -> bool:
        """Change how wide the hold is."""
        self._mouse = pointer
        self._bench.brush.resize(steps)
        self._bench.changed()
        self._desk.say(f"Reshape takes hold within {self._bench.brush.radius_mm:.1f} mm.")
        return True

    def draw(self, scene: Scene) -> Sequence[Primitive]:
        """Show how wide the hold is, and the contour as it would be."""
        mouse = self._mouse
        if mouse is None or abs(float(scene.plane.distance_mm(np.array(mouse.at_mm))[0])) > 0.01:
            return ()
        reach = self._bench.brush.radius_mm
        drawn: list[Primitive] = [Line(_circle(scene.plane, mouse.at_mm, reach), PAINT, 1.0, dashed=True)]
        if self._lesion is not None and self._start is not None and self._lesion.surface is not None:
            moved = pushed(self._lesion.surface, self._start, np.subtract(mouse.at_mm, self._start), reach)
            drawn += [Line(cut, PAINT, 1.6) for cut in moved.cut(scene.plane)]
        return drawn

    def leave(self) -> None:
        """Let go without moving."""
        self._lesion, self._start, self._mouse = None, None, None


def _circle(plane: Plane, at_mm: Point, radius_mm: float) -> FloatArray:
    flat = plane.on_plane(np.array(at_mm)) + radius_mm * np.column_stack([np.cos(ROUND), np.sin(ROUND)])
    return plane.to_patient(flat)


def _swept(plane: Plane, way: Sequence[Point], radius_mm: float) -> list[FloatArray]:
    """The outline of what a disc has gone over: arcs of its circles that no other circle covers."""
    middles = plane.on_plane(np.array(way))
    middles = middles[:: max(1, len(middles) // MOST_CIRCLES)]
    rim = middles[:, None, :] + radius_mm * np.column_stack([np.cos(ROUND), np.sin(ROUND)])[None]
    away = np.linalg.norm(rim[:, :, None, :] - middles[None, None], axis=3)
    away[np.arange(len(middles)), :, np.arange(len(middles))] = np.inf
    free = (away >= 0.999 * radius_mm).all(axis=2)
    arcs = []
    for circle, is_free in zip(rim, free, strict=True):
        if is_free.all():
            arcs.append(plane.to_patient(np.vstack([circle, circle[:1]])))
            continue
        turned = np.roll(np.arange(len(circle)), -int(np.argmin(is_free)))
        runs = np.split(turned, np.flatnonzero(np.diff(is_free[turned].astype(int))) + 1)
        arcs += [plane.to_patient(circle[run]) for run in runs if is_free[run[0]] and len(run) > 1]
    return arcs
