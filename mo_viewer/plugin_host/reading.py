"""From a click to a lesion with all its numbers: the one path of window and command line."""

from collections.abc import Sequence
from dataclasses import replace

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Laterality, Lesion, new_tracking_uid
from mo_viewer.findings.mark import ImageRef
from mo_viewer.findings.measurement import Refusal
from mo_viewer.findings.names import free_name
from mo_viewer.measure.density import banded
from mo_viewer.measure.lesion import measure
from mo_viewer.plugin_host.host import Host
from mo_viewer.segment.mark import mark
from mo_viewer.segment.one_body import of_the_same_body
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.segment.trust import PARTED
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

NOTHING_LEFT = ("Nothing would be left of the lesion.", "Delete it instead (Del).")


def read_lesion(
    host: Host,
    volume: Volume,
    clicks_mm: Sequence[Point],
    ticket: Ticket,
    tracking_uid: str = "",
    label: str = "",
    threshold_hu: float | None = None,
    bone: NativeBone | None = None,
    rivals_mm: Sequence[Point] = (),
) -> Lesion:
    """Mark one lesion at LPS points, measure it, and ask the plugins for their measures and grades.

    The ticket shows its surface, roughly and then as it is, before it is measured.
    `bone` is the volume's skeleton where it is known already; the answer is the same without it. `rivals_mm` are
    clicks of other lesions, which get what lies nearer to them.

    Raises
    ------
    Refused
        When nothing can be marked there; the sentence says why.
    Cancelled
        When the ticket was cancelled.
    """
    marked = mark(volume, clicks_mm, ticket, bone, threshold_hu, rivals_mm)
    ticket.show(marked.surface)
    found = measure(volume, marked, ticket)
    lesion = Lesion(
        tracking_uid=tracking_uid or new_tracking_uid(),
        label=label or free_name(()),
        clicks_mm=tuple(clicks_mm),
        mask=marked.mask,
        surface=marked.surface,
        laterality=proposed_side(volume, marked.surface),
        measurements=found.measurements,
        refused=found.refused,
        class_volumes=found.class_volumes,
        quality=found.quality,
        image=ImageRef.of(volume.source, marked.mask.corner[0]),
    )
    return _with_plugins(host, lesion, volume, ticket)


def read_among(
    host: Host,
    volume: Volume,
    clicks_mm: Sequence[Point],
    others_mm: Sequence[Point],
    ticket: Ticket,
    label: str = "",
    threshold_hu: float | None = None,
    bone: NativeBone | None = None,
) -> Lesion:
    """Read one lesion of several that were clicked at once: clicks on one body are given all of it, each.

    Only where two bodies meet they are parted half-way between the clicks. Raises as `read_lesion`.
    """

    def read(rivals_mm: Sequence[Point]) -> Lesion:
        return read_lesion(host, volume, clicks_mm, ticket, "", label, threshold_hu, bone, rivals_mm)

    parted: Lesion | Refused
    try:
        parted = read(others_mm)
        if PARTED not in parted.quality.warnings:
            return parted
    except Refused as fault:
        if not others_mm:
            raise
        parted = fault
    whole = read(())
    assert whole.mask is not None
    same = of_the_same_body(whole.mask, clicks_mm[0], others_mm)
    if not any(same):
        if isinstance(parted, Refused):
            raise parted
        return parted
    rivals = [other for other, is_same in zip(others_mm, same, strict=True) if not is_same]
    found = read(rivals) if rivals else whole
    places = "; ".join(f"({', '.join(f'{v:.1f}' for v in at)})" for at, s in zip(others_mm, same, strict=True) if s)
    noted = tuple(
        replace(one, notes=(*one.notes, f"also marked at {places} mm: one body, given whole to each"))
        if one.concept == "volume"
        else one
        for one in found.measurements
    )
    return replace(found, measurements=noted)


def read_again(
    host: Host,
    volume: Volume,
    lesion: Lesion,
    ticket: Ticket,
    bone: NativeBone | None = None,
    rivals_mm: Sequence[Point] = (),
) -> Lesion:
    """Mark a lesion anew from its clicks, the clicks on what is not it, and its threshold.

    What the reader said of it (name, site, side, limits of the density classes) stays. Raises as `read_lesion`.
    """
    rivals = (*rivals_mm, *lesion.apart_mm)
    found = read_lesion(
        host, volume, lesion.clicks_mm, ticket, lesion.tracking_uid, lesion.label, lesion.threshold_hu, bone, rivals
    )
    return replace(
        _with_limits(found, lesion, volume),
        site=lesion.site,
        laterality=lesion.laterality,
        apart_mm=lesion.apart_mm,
        threshold_hu=lesion.threshold_hu,
    )


def read_drawn(
    host: Host,
    volume: Volume,
    lesion: Lesion,
    shape: Mask | Surface,
    ticket: Ticket,
    bone: NativeBone | None = None,
) -> Lesion:
    """Give a lesion a contour that the reader drew or edited, and measure it anew.

    `lesion` is as it was (one without a mask is new), and what the reader said of it stays. `shape` is its voxels on
    the grid of `volume`, and then the surface stays where they did not change; or its closed surface, and then its
    voxels follow.

    Raises
    ------
    Refused
        When nothing would be left, or the stack has too few slices.
    """
    from mo_viewer.measure.drawn import measure_drawn
    from mo_viewer.segment.sculpt import surface_of
    from mo_viewer.segment.voxels import inside_of

    if isinstance(shape, Surface):
        surface, mask = shape, inside_of(shape, volume.geometry)
    else:
        mask = shape
        known = lesion.mask is not None and lesion.mask.geometry == volume.geometry
        if not mask.voxels:
            raise Refused(*NOTHING_LEFT)
        surface = surface_of(mask, lesion.mask, lesion.surface) if known else surface_of(mask)
    if not mask.voxels:
        raise Refused(*NOTHING_LEFT)
    ticket.check()
    found = measure_drawn(volume, mask, surface, lesion.clicks_mm, ticket, bone)
    is_new = lesion.mask is None and lesion.laterality is Laterality.UNKNOWN
    drawn = replace(
        lesion,
        laterality=proposed_side(volume, surface) if is_new else lesion.laterality,
        mask=mask,
        surface=surface,
        measurements=found.measurements,
        refused=found.refused,
        class_volumes=found.class_volumes,
        quality=found.quality,
        grade=None,
        pattern="",
        image=ImageRef.of(volume.source, mask.corner[0]),
    )
    return _with_plugins(host, _with_limits(drawn, lesion, volume), volume, ticket)


def proposed_side(volume: Volume, surface: Surface) -> Laterality:
    """Return the side of the body on which a lesion lies, by its place in its slice, else as its image says."""
    from mo_viewer.dicom.notes import note_of
    from mo_viewer.segment.side import side_of_body

    x, y, z = surface.vertices_mm.mean(axis=0)
    side = side_of_body(volume, (float(x), float(y), float(z)))
    if not side and volume.source.instances:
        try:
            side = note_of(volume.source.instances[len(volume.source.instances) // 2]).side
        except Fault:
            side = ""
    return Laterality(side) if side in ("left", "right", "midline") else Laterality.UNKNOWN


def rivals(document: Document | None, volume: Volume, tracking_uid: str) -> tuple[Point, ...]:
    """Return the clicks of the other lesions of a volume: what lies nearer to them is theirs."""
    timepoint = None if document is None else document.timepoint(volume.source.study_uid)
    known = () if timepoint is None else timepoint.lesions
    others = (
        one
        for one in known
        if one.tracking_uid != tracking_uid
        and timepoint is not None
        and (one.mask is None or timepoint.is_on(one, volume.source, volume.geometry))
    )
    return tuple(click for one in others for click in one.clicks_mm)


def _with_limits(found: Lesion, before: Lesion, volume: Volume) -> Lesion:
    """Count the density classes by the limits that the lesion had before."""
    if not found.class_volumes or not before.class_volumes:
        return found
    return banded(found, volume, [(one.name, one.from_hu, one.to_hu) for one in before.class_volumes])


def _with_plugins(host: Host, lesion: Lesion, volume: Volume, ticket: Ticket) -> Lesion:
    for contribution in host.contributions("measure"):
        ticket.check()
        for found in host.call(contribution, lesion, volume) or ():
            signed = replace(found, made_by=contribution.made_by)
            if isinstance(signed, Refusal):
                lesion = replace(lesion, refused=(*lesion.refused, signed))
            else:
                lesion = replace(lesion, measurements=(*lesion.measurements, signed))
    for contribution in host.contributions("assessment"):
        ticket.check()
        assessed = host.call(contribution, lesion, volume)
        if assessed is not None:
            grade, pattern = assessed
            lesion = replace(lesion, grade=replace(grade, made_by=contribution.made_by), pattern=pattern)
    return lesion
