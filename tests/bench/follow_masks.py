"""Courses told from right contours: the voxels of the truth in every study, and all the rest as the program does it."""

from collections.abc import Iterator
from pathlib import Path

from mo_viewer.base.ticket import Ticket
from mo_viewer.cli.measure import started_host
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.series import Study, studies
from mo_viewer.findings.document import Document
from mo_viewer.findings.event import Occasion, PatientEvent
from mo_viewer.findings.lesion import Lesion, new_tracking_uid
from mo_viewer.phantom.courses import KINDS, Visit, course
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.phantom.truth import true_mask
from mo_viewer.plugin_host.following import Following, FollowUp
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_drawn
from mo_viewer.plugin_host.stacks import Stacks
from tests.told_courses import written


def told_from_truth(
    seeds: tuple[int, ...], protocol: Protocol, folder: Path
) -> Iterator[tuple[str, int, list[tuple[str, ...]]]]:
    """(kind, seed, events of each lesion) of every kind of course."""
    host = started_host()
    for kind in KINDS:
        for seed in seeds:
            found = _followed(host, course(kind, seed, protocol), folder / f"{kind} {seed}")
            yield kind, seed, [tuple(event.kind.value for event in one.events) for one in found.courses]


def _followed(host: Host, visits: tuple[Visit, ...], folder: Path) -> FollowUp:
    written(visits, folder)
    shown: list[Study] = sorted(studies(scan([folder]).series), key=lambda study: study.date)
    operations = tuple(
        PatientEvent(study.date, Occasion(visit.event))
        for study, visit in zip(shown, visits, strict=True)
        if visit.event
    )
    stacks = Stacks(shown, load, Ticket())
    following = Following(host, stacks, Document(shown[0].patient, events=operations))
    for study, visit in zip(shown, visits, strict=True):
        series = stacks.series(study.study_uid)
        assert series is not None
        stack = stacks.stack(series)
        for solid in visit.limb.lesions:
            new = Lesion(new_tracking_uid(), solid.name, ())
            mask = true_mask(solid, visit.pose, stack.volume.geometry)
            drawn = read_drawn(host, stack.volume, new, mask, stacks.ticket, stacks.bone(stack, ()))
            following.document = following.document.with_lesion(stacks.timepoint(study.study_uid), drawn)
    return following.finish()
