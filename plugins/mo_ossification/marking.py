"""The marking tool and the commands about the selected lesion."""

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk, Pointer, Tool
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume


class MarkTool(Tool):
    """Click: a new lesion. Shift-click: one more click for the selected lesion. A click in a known one selects it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def press(self, pointer: Pointer) -> None:
        """Mark at the pointer in the background and put the lesion into the findings."""
        document = self._desk.document
        if document is None:
            return
        known = _selected(self._desk, pointer.volume)
        if pointer.shift and known is not None:
            self._read(pointer.volume, (*known.clicks_mm, pointer.at_mm), known)
        else:
            self._read(pointer.volume, (pointer.at_mm,), None)

    def _read(self, volume: Volume, clicks: tuple[Point, ...], known: Lesion | None) -> None:
        document = self._desk.document
        assert document is not None
        uid = "" if known is None else known.tracking_uid
        label = document.next_label() if known is None else known.label

        def work(ticket: Ticket) -> Lesion:
            return self._desk.read_lesion(volume, clicks, ticket, uid, label)

        def done(lesion: Lesion) -> None:
            now = self._desk.document
            if now is None or now.patient.key != document.patient.key:
                return
            title = f"Mark {lesion.label}" if known is None else f"Extend {lesion.label}"
            self._desk.change(title, now.with_lesion(Timepoint.of(volume.source), lesion))
            self._desk.select(lesion.tracking_uid)

        self._desk.run(f"Marking {label}", work, done, slot="mo_ossification.mark")


def lesions_shown(desk: Desk) -> tuple[Lesion, ...]:
    """The lesions of the study in the active pane."""
    document, volume = desk.document, desk.volume
    timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
    return () if timepoint is None else timepoint.lesions


def select_next(desk: Desk) -> None:
    """Select the lesion after the selected one and show its middle."""
    lesions = lesions_shown(desk)
    if not lesions:
        desk.say("No lesion is marked in this study.")
        return
    uids = [lesion.tracking_uid for lesion in lesions]
    at = (uids.index(desk.selected) + 1) % len(uids) if desk.selected in uids else 0
    desk.select(uids[at])
    go_to(desk, lesions[at])


def go_to(desk: Desk, lesion: Lesion) -> None:
    """Bring the slice through the lesion's middle into the active pane."""
    if lesion.surface is not None:
        x, y, z = lesion.surface.vertices_mm.mean(axis=0)
        desk.show_point((float(x), float(y), float(z)))
    else:
        desk.show_point(lesion.clicks_mm[0])


def delete_selected(desk: Desk) -> None:
    """Take the selected lesion out of the study in the active pane; undo brings it back."""
    document, volume = desk.document, desk.volume
    lesion = None if volume is None else _selected(desk, volume)
    if document is None or volume is None or lesion is None:
        desk.say("Select a lesion first.")
        return
    changed: Document = document.without_lesion(volume.source.study_uid, lesion.tracking_uid)
    desk.change(f"Delete {lesion.label}", changed)
    desk.select("")


def _selected(desk: Desk, volume: Volume) -> Lesion | None:
    document = desk.document
    timepoint = None if document is None else document.timepoint(volume.source.study_uid)
    return None if timepoint is None else timepoint.lesion(desk.selected)
