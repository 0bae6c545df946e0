"""From a click to a lesion with all its numbers: the one path of window and command line."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Refusal
from mo_viewer.measure.lesion import measure
from mo_viewer.plugin_host.host import Host
from mo_viewer.segment.mark import mark
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume


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
    found = measure(volume, marked, ticket)
    lesion = Lesion(
        tracking_uid=tracking_uid or new_tracking_uid(),
        label=label or "L1",
        clicks_mm=tuple(clicks_mm),
        mask=marked.mask,
        surface=marked.surface,
        measurements=found.measurements,
        refused=found.refused,
        class_volumes=found.class_volumes,
        quality=found.quality,
    )
    return _with_plugins(host, lesion, volume, ticket)


def new_tracking_uid() -> str:
    """A DICOM UID made from a random UUID (PS3.5 B.2)."""
    return f"2.25.{uuid4().int}"


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
