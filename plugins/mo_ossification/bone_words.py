"""Native bone on demand: its outline while the tool is chosen, and a click that corrects it."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import BoneClick, Timepoint
from mo_viewer.plugin_host.api import Desk, Line, Marker, PluginChange, Pointer, Primitive, Scene, Tool
from mo_viewer.segment.sculpt import plain_surface
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

BONE = "#9be7ff"
SLOT = "mo_ossification.bone"


class BoneTool(Tool):
    """Shows native bone. A click on it says that this part is none; a click elsewhere says that this part is bone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: tuple[Volume, tuple[BoneClick, ...], NativeBone, Surface | None] | None = None
        self._cuts: dict[tuple[float, ...], tuple[FloatArray, ...]] = {}
        self._stop = desk.listen(self._heard)
        self._find()

    def release(self, pointer: Pointer) -> None:
        """Correct the part under the mouse."""
        document, shown = self._desk.document, self._shown
        if document is None or shown is None or shown[0] is not pointer.volume:
            self._desk.say("Native bone of these images is still being found.")
            return
        is_bone = not _holds(shown[2], pointer.at_mm)
        word = BoneClick(pointer.at_mm, is_bone)
        changed = document.with_bone_click(Timepoint.of(pointer.volume.source), word)
        self._desk.change("This is bone" if is_bone else "This is no bone", changed)
        self._desk.say("Lesions marked before keep their numbers; Measure again (Shift+Y) brings them up to date.")

    def draw(self, scene: Scene) -> Sequence[Primitive]:
        """Show the outline of native bone, and the reader's words."""
        if self._shown is None or self._shown[0] is not scene.volume or self._shown[3] is None:
            return ()
        key = (*scene.plane.origin_mm, *scene.plane.right, *scene.plane.down)
        if key not in self._cuts:
            self._cuts = {key: self._shown[3].cut(scene.plane)}
        drawn: list[Primitive] = [Line(cut, BONE, 1.2) for cut in self._cuts[key]]
        return [*drawn, *(Marker(np.array(word.at_mm), BONE) for word in self._shown[1])]

    def leave(self) -> None:
        """Show it no more."""
        self._stop()
        self._shown = None

    def _heard(self, change: PluginChange) -> None:
        if change.what == "image" or (self._shown is not None and self._words(self._shown[0]) != self._shown[1]):
            self._find()

    def _words(self, volume: Volume) -> tuple[BoneClick, ...]:
        document = self._desk.document
        timepoint = None if document is None else document.timepoint(volume.source.study_uid)
        return () if timepoint is None else timepoint.bone_clicks

    def _find(self) -> None:
        volume = self._desk.volume
        if volume is None or volume.unit != "HU" or volume.geometry.shape[0] < 2:
            self._desk.say("Native bone is found on CT only.")
            return
        words = self._words(volume)

        def work(ticket: Ticket) -> tuple[NativeBone, Surface | None]:
            bone = self._desk.native_bone(volume, ticket)
            ticket.check()
            return bone, plain_surface(bone.mask) if bone.mask.voxels else None

        def done(found: tuple[NativeBone, Surface | None]) -> None:
            self._shown, self._cuts = (volume, words, *found), {}
            if found[1] is None:
                self._desk.say("There is no native bone in these images.")
            self._desk.redraw()

        self._desk.run("Finding native bone", work, done, slot=SLOT)


def _holds(bone: NativeBone, at_mm: Sequence[float]) -> bool:
    mask = bone.mask
    if not mask.voxels:
        return False
    index = np.rint(mask.geometry.index_of(np.array(at_mm))[0]).astype(int) - mask.corner
    return bool((index >= 0).all() and (index < mask.inside.shape).all()) and bool(mask.inside[tuple(index)])


def measure_again(desk: Desk) -> None:
    """Mark and measure the selected lesion anew; one that was drawn, or edited by hand, keeps its contour."""
    from mo_ossification.edits import chosen, put
    from mo_viewer.findings.lesion import Lesion

    volume = desk.volume
    known = None if volume is None else chosen(desk, volume)
    if volume is None or known is None:
        desk.say("Select a lesion first.")
        return

    def work(ticket: Ticket) -> Lesion:
        if known.mask is not None and (known.is_by_hand or not known.clicks_mm):
            return desk.read_drawn(volume, known, known.mask, ticket)
        if not known.clicks_mm:
            raise Refused(f"{known.label} has no clicks to be marked from.")
        return desk.read_again(volume, known, ticket)

    def done(lesion: Lesion) -> None:
        put(desk, f"Measure {lesion.label} again", volume, lesion)

    desk.run(f"Measuring {known.label} again", work, done, slot="mo_ossification.mark")
