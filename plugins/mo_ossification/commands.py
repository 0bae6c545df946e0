"""Commands about lesions: go through them, delete, fill, smooth, drop islands, measure again; and the brush."""

from collections.abc import Callable
from dataclasses import replace

from mo_ossification.edits import Workbench, chosen, lesion_of, lesion_on
from mo_ossification.marking import lesions_in, nudge
from mo_viewer.base.faults import Refused
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk
from mo_viewer.volume.mask import Mask


def lesions_shown(desk: Desk) -> tuple[Lesion, ...]:
    """The lesions of the study in the active pane."""
    return () if desk.volume is None else lesions_in(desk, desk.volume)


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
    """Bring the slice through the lesion's middle into the active pane, with its images where others are shown."""
    volume = desk.volume
    if volume is not None and lesion_on(desk, volume, lesion.tracking_uid) is None:
        desk.act(f"study.{volume.source.study_uid}")
        return
    if lesion.surface is not None:
        x, y, z = lesion.surface.vertices_mm.mean(axis=0)
        desk.show_point((float(x), float(y), float(z)))
    elif lesion.clicks_mm:
        desk.show_point(lesion.clicks_mm[0])


def delete_selected(desk: Desk) -> None:
    """Take the selected lesion out of the study in the active pane; undo brings it back."""
    document, volume = desk.document, desk.volume
    lesion = None if volume is None else lesion_of(desk, volume, desk.selected)
    if document is None or volume is None or lesion is None:
        desk.say("Select a lesion first.")
        return
    changed: Document = document.without_lesion(volume.source.study_uid, lesion.tracking_uid)
    desk.change(f"Delete {lesion.label}", changed)
    desk.select("")


def accept_lesion(desk: Desk) -> None:
    """Say that the contour of the selected lesion is right, or take that back; until then it is a proposal."""
    document, volume = desk.document, desk.volume
    lesion = None if volume is None else lesion_of(desk, volume, desk.selected)
    if document is None or volume is None or lesion is None:
        desk.say("Select a lesion first.")
        return
    said = replace(lesion, accepted=not lesion.accepted)
    verb = "Confirm" if said.accepted else "Unconfirm"
    known = document.timepoint(volume.source.study_uid) or Timepoint.of(volume.source)
    desk.change(f"{verb} {lesion.label}", document.with_lesion(known, said))


def fill(desk: Desk, bench: Workbench) -> None:
    """Fill the holes of the selected lesion."""
    from mo_viewer.segment.sculpt import filled

    _reshape(desk, bench, "Fill", filled)


def smooth(desk: Desk, bench: Workbench) -> None:
    """Smooth the face of the selected lesion; its volume stays."""
    from mo_viewer.segment.sculpt import smoothed

    _reshape(desk, bench, "Smooth", smoothed)


def keep_largest(desk: Desk, bench: Workbench) -> None:
    """Keep the largest connected part of the selected lesion."""
    from mo_viewer.segment.sculpt import largest_island

    _reshape(desk, bench, "Keep the largest part of", largest_island)


def drop_small(desk: Desk, bench: Workbench) -> None:
    """Take connected parts below 30 mm³ out of the selected lesion; refused when all are."""
    from mo_viewer.segment.sculpt import without_small

    _reshape(desk, bench, "Drop small parts of", without_small)


def fill_between(desk: Desk, bench: Workbench) -> None:
    """Fill the slices between those that the selected lesion was drawn on."""
    from mo_viewer.segment.sculpt import between

    _reshape(desk, bench, "Interpolate between slices of", between)


def resize_brush(desk: Desk, bench: Workbench, steps: int) -> None:
    """Make the brush larger or smaller, and say how large it is."""
    bench.brush.resize(steps)
    _told(desk, bench)


def toggle_ball(desk: Desk, bench: Workbench) -> None:
    """Paint in space, or on the slice alone."""
    bench.brush.is_ball = not bench.brush.is_ball
    _told(desk, bench)


def toggle_gate(desk: Desk, bench: Workbench) -> None:
    """Paint only where the values lie within limits, or everywhere."""
    bench.brush.toggle_gate()
    _told(desk, bench)


def turn_threshold(desk: Desk, bench: Workbench, steps: int) -> None:
    """Raise or lower the threshold of the selected lesion."""
    if desk.volume is not None:
        nudge(desk, bench, desk.volume, steps)


def commands(bench: Workbench) -> dict[str, tuple[str, Callable[[Desk], None]]]:
    """Return titles and actions by name; keys and tips stand in plugin.toml."""

    def on_bench(act: Callable[..., None], *more: int) -> Callable[[Desk], None]:
        return lambda desk: act(desk, bench, *more)

    from mo_ossification.bone_words import measure_again
    from mo_ossification.marking import half_maximum
    from mo_ossification.regions import measure_contour

    return {
        "next": ("Next lesion", select_next),
        "accept_lesion": ("Confirm lesion", accept_lesion),
        "delete": ("Delete lesion", delete_selected),
        "fill": ("Fill holes", on_bench(fill)),
        "smooth": ("Smooth", on_bench(smooth)),
        "largest": ("Keep largest part", on_bench(keep_largest)),
        "small": ("Drop small parts", on_bench(drop_small)),
        "threshold_up": ("Raise threshold", on_bench(turn_threshold, 1)),
        "threshold_down": ("Lower threshold", on_bench(turn_threshold, -1)),
        "between": ("Interpolate between slices", on_bench(fill_between)),
        "again": ("Measure again", measure_again),
        "measure_contour": ("Measure contour as region", measure_contour),
        "half_maximum": ("Automatic threshold", on_bench(half_maximum)),
        "brush_larger": ("Larger brush", on_bench(resize_brush, 1)),
        "brush_smaller": ("Smaller brush", on_bench(resize_brush, -1)),
        "brush_ball": ("Brush: disc or sphere", on_bench(toggle_ball)),
        "brush_gate": ("Brush: only within HU limits", on_bench(toggle_gate)),
    }


def _told(desk: Desk, bench: Workbench) -> None:
    desk.say(bench.brush.words())
    bench.changed()
    desk.redraw()


def _reshape(desk: Desk, bench: Workbench, verb: str, made: Callable[[Mask], Mask]) -> None:
    volume = desk.volume
    known = None if volume is None else chosen(desk, volume)
    if volume is None or known is None or known.mask is None:
        desk.say("Select a lesion first.")
        return

    def shaped(lesion: Lesion) -> Mask:
        assert lesion.mask is not None
        after = made(lesion.mask)
        if after == lesion.mask:
            raise Refused(f"{verb} {lesion.label}: there is nothing to do.")
        return after

    bench.edit(desk, f"{verb} {known.label}", volume, known, shaped)
