"""Draws outlines on slices and radiographs: lesions without calcification, and where a click sees none."""

from collections.abc import Sequence

import numpy as np

from mo_ossification.edits import Workbench, chosen
from mo_viewer.findings.lesion import Lesion, new_tracking_uid
from mo_viewer.plugin_host.api import Desk, Line, Pointer, Primitive, Scene, Tool
from mo_viewer.segment.sculpt import polygon, united, without
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask

STEP_SHARE = 0.25
PARALLEL, ON_SLICE = 0.999, 0.51


class RegionTool(Tool):
    """What is drawn round is a lesion; with Shift it is added to the selected one, with Alt taken from it."""

    on_projections = True

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        self._desk, self._bench = desk, bench
        self._line: list[Point] = []

    def press(self, pointer: Pointer) -> None:
        """Begin the outline."""
        self._line = [pointer.at_mm]

    def drag(self, pointer: Pointer) -> None:
        """Go on with it."""
        if self._line and np.linalg.norm(np.subtract(pointer.at_mm, self._line[-1])) >= STEP_SHARE * pointer.near_mm:
            self._line.append(pointer.at_mm)

    def release(self, pointer: Pointer) -> None:
        """Close it; the lesion is measured in the background."""
        line, self._line = np.array(self._line), []
        document, volume = self._desk.document, pointer.volume
        if document is None or len(line) < 3:
            self._desk.say("Draw round the lesion with the button held.")
            return
        k = float(volume.geometry.index_of(line.mean(axis=0))[0][0])
        along = abs(float(pointer.plane.normal @ volume.geometry.normal))
        if along < PARALLEL or abs(k - round(k)) > ON_SLICE:
            self._desk.say("Lesions are outlined on slices as they were acquired.", "caution")
            return
        drawn = polygon(volume.geometry, line, int(np.clip(round(k), 0, volume.geometry.shape[0] - 1)))
        known = chosen(self._desk, volume)
        if (pointer.shift or pointer.alt) and known is not None:
            joined = without if pointer.alt else united

            def shaped(lesion: Lesion) -> Mask:
                return drawn if lesion.mask is None else joined(lesion.mask, drawn)

            verb = "Take from" if pointer.alt else "Draw on"
            self._bench.edit(self._desk, f"{verb} {known.label}", volume, known, shaped)
            return
        self._bench.show_numbers(self._desk)
        new = Lesion(new_tracking_uid(), document.next_label(), ())
        self._bench.edit(self._desk, f"Draw {new.label}", volume, new, lambda _: drawn, is_new=True)

    def draw(self, scene: Scene) -> Sequence[Primitive]:
        """Show the outline so far."""
        return [Line(np.array(self._line), "#ffffff", 1.4, closed=False)] if len(self._line) > 1 else ()

    def leave(self) -> None:
        """Forget what was begun."""
        self._line = []
