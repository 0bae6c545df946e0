"""The contour of a lesion on a film as a region: the reader's calibration line measures regions, not lesions."""

from mo_ossification.edits import chosen
from mo_viewer.base.faults import Fault, Refused
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import Mark
from mo_viewer.measure.marks import image_of, scale_of
from mo_viewer.plugin_host.api import Desk
from mo_viewer.volume.volume import Length, Volume

ACTION = "mo_ossification.command.measure_contour"
BY_LINE = "Your calibration line measures regions, not lesions:"
MEASURED = "This contour is measured as a region: see Measurements."
IN_PIXELS = "A region is measured in pixels, and in mm once you draw a Calibration line (Measure):"


def offer(desk: Desk, lesion: Lesion) -> str:
    """Say what a region of this contour would be measured by; empty where the lesion's own numbers are as good."""
    volume, marks = desk.volume, _marks(desk)
    if volume is None or lesion.mask is None or volume.geometry.in_patient or not _is_here(desk, lesion):
        return ""
    if scale_of(image_of(volume, lesion.mask.corner[0]), volume, marks).by_reader:
        return BY_LINE
    return IN_PIXELS if volume.length is Length.NONE else ""


def measure_contour(desk: Desk) -> None:
    """Add the selected lesion's contour to the reader's measurements; one step of undo."""
    document, volume = desk.document, desk.volume
    lesion = None if volume is None else chosen(desk, volume)
    if document is None or volume is None or lesion is None:
        desk.say("Select a lesion first.")
        return
    if not _is_here(desk, lesion):
        raise Refused(f"The contour of {lesion.label} lies on another image.", "Show that image first.")
    if not offer(desk, lesion):
        raise Refused(
            f"{lesion.label} is measured in the millimetres of its image; its numbers stand in the panel.",
            "A region of its contour is for films without millimetres, or with a calibration line of yours.",
        )
    fresh = _fresh(desk, lesion, volume)
    if not fresh:
        raise Refused(f"This contour of {lesion.label} is measured already; see Measurements.")
    for region in fresh:
        document = document.with_mark(Timepoint.of(volume.source), region)
    desk.change(f"Measure the contour of {lesion.label}", document)
    desk.say(f"The contour of {lesion.label} is a region now; see Measurements.", "good")


def is_measured(desk: Desk, lesion: Lesion) -> bool:
    """Whether a lesion's contour is among the reader's measurements already, as it is now."""
    if desk.volume is None:
        return False
    try:
        return not _fresh(desk, lesion, desk.volume)
    except Fault:
        return False


def _fresh(desk: Desk, lesion: Lesion, volume: Volume) -> list[Mark]:
    from mo_viewer.measure.regions import regions_of

    known = {(mark.image, mark.points) for mark in _marks(desk)}
    return [region for region in regions_of(lesion, volume) if (region.image, region.points) not in known]


def _marks(desk: Desk) -> tuple[Mark, ...]:
    timepoint = _timepoint(desk)
    return () if timepoint is None else timepoint.marks


def _is_here(desk: Desk, lesion: Lesion) -> bool:
    """Whether the contour lies on the image that is shown: two films of a study may have one and the same grid."""
    timepoint, volume = _timepoint(desk), desk.volume
    return timepoint is not None and volume is not None and timepoint.is_on(lesion, volume.source, volume.geometry)


def _timepoint(desk: Desk) -> Timepoint | None:
    document, volume = desk.document, desk.volume
    return None if document is None or volume is None else document.timepoint(volume.source.study_uid)
