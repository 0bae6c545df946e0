"""The DICOM objects of one study, in the order in which they are written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mo_viewer.base.faults import Refused
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.beside import Beside, beside
from mo_viewer.report.calipers import Caliper, build_calipers, calipers
from mo_viewer.report.captures import build_capture
from mo_viewer.report.changes import Changed, build_changes
from mo_viewer.report.compare import caliper_differences, report_differences
from mo_viewer.report.contract import Json
from mo_viewer.report.files import Planned, study_stem
from mo_viewer.report.groups import When
from mo_viewer.report.gsps import build_gsps
from mo_viewer.report.headers import Headers, read_headers
from mo_viewer.report.history import NO_HISTORY, History
from mo_viewer.report.kept import Kept, keep
from mo_viewer.report.keys import key_slice
from mo_viewer.report.kos import build_kos
from mo_viewer.report.maker import Maker
from mo_viewer.report.marked import drawn as drawn_marks
from mo_viewer.report.marked import starred
from mo_viewer.report.numbers import uncoded
from mo_viewer.report.objects import built_or_said, planned_object
from mo_viewer.report.planar import build_planar
from mo_viewer.report.reread import report_of
from mo_viewer.report.seg import Part, build_segs, grid_of, slices_of
from mo_viewer.report.seg_check import mask_differences
from mo_viewer.report.sr import build_sr
from mo_viewer.volume.arrays import ByteArray
from mo_viewer.volume.source import Source
from mo_viewer.volume.volume import Length


@dataclass(frozen=True)
class StudyExport:
    """What is to be written of one study.

    `lesions` all have voxels; `series` are the images at hand, where marks may be; `known` is the study in the findings
    JSON; `pictures` are key pictures by tracking UID; `changed` says what became of lesions since the prior study.
    """

    timepoint: Timepoint
    lesions: Sequence[Lesion]
    source: Source | None
    known: Sequence[Json]
    when: When
    colours: Mapping[str, str]
    maker: Maker
    pictures: Mapping[str, ByteArray] = field(default_factory=dict)
    changed: Sequence[Changed] = ()
    calibration: str = "patient"
    injury_date: str = ""
    history: History = NO_HISTORY
    series: Sequence[Series] = ()

    @property
    def name(self) -> str:
        """How remarks call the study."""
        return self.timepoint.date or "Undated study"

    @property
    def kept(self) -> Kept:
        """What the report keeps for reading it back without loss."""
        return Kept(self.timepoint, self.injury_date, self.history)

    @property
    def stem(self) -> str:
        """Beginning of the file names."""
        return study_stem(self.timepoint.study_uid, self.timepoint.date)


@dataclass
class Shelf:
    """What objects of later studies refer to, by study UID: headers of key images, and segmentations.

    `bare` are headers of images with marks or stars in studies without lesions.
    """

    keys: dict[str, Headers] = field(default_factory=dict)
    segs: dict[str, Any] = field(default_factory=dict)
    bare: dict[str, Headers] = field(default_factory=dict)

    def latest(self, studies: Iterable[str]) -> Headers | None:
        """Return headers of the last of these studies with a lesion; where none has one, of the last with a mark."""
        ordered = list(studies)
        found = [held[uid] for held in (self.bare, self.keys) for uid in ordered if uid in held]
        return found[-1] if found else None


def plan_study(study: StudyExport, formats: Sequence[str], shelf: Shelf, remarks: list[str]) -> Iterator[Planned]:
    """Yield the study's files; what cannot be written becomes a remark.

    Raises
    ------
    Refused
        When nothing of the study can be written as DICOM; the sentence says why.
    """
    others = beside(study.timepoint, study.source if study.lesions else None, study.series, remarks)
    if not study.lesions:
        if others:
            shelf.bare[study.timepoint.study_uid] = others[0].headers
        yield from _looks(study, formats, None, others, remarks)
        return
    drawn = calipers(study.lesions) if "sr" in formats else []
    stars, marks = starred(study.timepoint, study.source), drawn_marks(study.timepoint, study.source)
    headers = _headers(study, [*(one.axes.slice_index for one in drawn), *stars, *(k for k, _ in marks)])
    keys = headers.only(key_slice(lesion) for lesion in study.lesions)
    shelf.keys[study.timepoint.study_uid] = keys
    if _is_projection(study):
        if "sr" in formats:
            yield from _planar(study, headers, remarks)
    else:
        yield from _volumes(study, formats, headers, drawn, shelf, remarks)
    yield from _looks(study, formats, headers, others, remarks)
    if "sc" in formats:
        yield from _pictures(study, keys, remarks)
    if "sr" in formats and study.changed:
        yield from _changes(study, keys, shelf, remarks)


def _volumes(
    study: StudyExport,
    formats: Sequence[str],
    headers: Headers,
    drawn: Sequence[Caliper],
    shelf: Shelf,
    remarks: list[str],
) -> Iterator[Planned]:
    parts: Sequence[Part] = ()
    marked = headers.only(slices_of(study.lesions))
    lacking = _lacking(study, headers)
    if lacking:
        remarks.append(
            f"{study.name}: the images name no {lacking}, so no DICOM SEG can be written; the SR holds the outlines "
            "instead."
        )
    elif "seg" in formats:
        build = partial(build_segs, study.lesions, marked, study.colours, study.maker)
        parts = built_or_said(build, study.name, "SEG", remarks) or ()
    if len(parts) == 1:
        shelf.segs[study.timepoint.study_uid] = parts[0].dataset
    remarks.extend(_parted(study, len(parts)))
    for number, part in enumerate(parts, 1):
        voxels = partial(mask_differences, lesions=part.lesions, headers=part.headers)
        yield planned_object(f"{study.stem}_seg{number if len(parts) > 1 else ''}", part.dataset, voxels)
    if "sr" in formats:
        yield from _reports(study, headers, marked, [part.dataset for part in parts], drawn, remarks)


def _reports(
    study: StudyExport,
    headers: Headers,
    marked: Headers,
    segs: Sequence[Any],
    drawn: Sequence[Caliper],
    remarks: list[str],
) -> Iterator[Planned]:
    remarks.extend(_uncoded(study))
    modality, maker = study.timepoint.modality, study.maker
    build = partial(build_sr, study.lesions, marked, segs, study.when, modality, maker)
    report = built_or_said(build, study.name, "SR", remarks)
    if report is not None:
        keep(report, study.kept)
        yield planned_object(f"{study.stem}_sr", report, partial(_report_differences, study.known))
    if not drawn:
        return
    axes = headers.only(one.axes.slice_index for one in drawn)
    build = partial(build_calipers, drawn, axes, study.when, modality, maker)
    lines = built_or_said(build, study.name, "SR of axes", remarks)
    if lines is not None:
        yield planned_object(f"{study.stem}_axes", lines, partial(_line_differences, study.known))


def _planar(study: StudyExport, headers: Headers, remarks: list[str]) -> Iterator[Planned]:
    remarks.extend(_uncoded(study))
    build = partial(build_planar, study.lesions, headers, study.when, study.timepoint.modality, study.calibration)
    report = built_or_said(partial(build, study.maker), study.name, "SR", remarks)
    if report is not None:
        keep(report, study.kept)
        yield planned_object(f"{study.stem}_sr", report, partial(_report_differences, study.known))


def _looks(
    study: StudyExport,
    formats: Sequence[str],
    headers: Headers | None,
    others: Sequence[Beside],
    remarks: list[str],
) -> Iterator[Planned]:
    """Key images and marks of all series of the study; `headers` of the measured one where it has lesions."""
    chosen = [one.headers.only(one.stars) for one in others if one.stars]
    states = [
        partial(build_gsps, (), one.only_marked, {}, study.maker, one.geometry, one.marks, one.length)
        for one in others
        if one.marks
    ]
    if headers is not None:
        stars, marks = starred(study.timepoint, study.source), drawn_marks(study.timepoint, study.source)
        chosen.insert(0, headers.only([*(key_slice(lesion) for lesion in study.lesions), *stars]))
        shown = headers.only([*slices_of(study.lesions), *(k for k, _ in marks)])
        grid = grid_of(study.lesions)
        length = Length(study.calibration)
        states.insert(0, partial(build_gsps, study.lesions, shown, study.colours, study.maker, grid, marks, length))
    if chosen and "kos" in formats:
        selection = built_or_said(partial(build_kos, study.lesions, chosen, study.maker), study.name, "KOS", remarks)
        if selection is not None:
            yield planned_object(f"{study.stem}_kos", selection)
    for number, build in enumerate(states if "gsps" in formats else (), 1):
        state = built_or_said(build, study.name, "GSPS", remarks)
        if state is not None:
            yield planned_object(f"{study.stem}_gsps{number if number > 1 else ''}", state)


def _pictures(study: StudyExport, keys: Headers, remarks: list[str]) -> Iterator[Planned]:
    from pydicom.uid import generate_uid

    series = str(generate_uid(prefix=None))
    for number, lesion in enumerate(study.lesions, 1):
        pixels = study.pictures.get(lesion.tracking_uid)
        if pixels is None:
            continue
        build = partial(build_capture, pixels, keys.at(key_slice(lesion)), keys, series, number, study.maker)
        built = built_or_said(build, study.name, "secondary capture", remarks)
        if built is not None:
            yield planned_object(f"{study.stem}_sc{number}", built)


def _changes(study: StudyExport, keys: Headers, shelf: Shelf, remarks: list[str]) -> Iterator[Planned]:
    before = study.changed[0].interval.from_study
    studies = (study.timepoint.study_uid, before)
    segs = [shelf.segs[uid] for uid in studies if uid in shelf.segs]
    modality = study.timepoint.modality
    build = partial(build_changes, study.changed, keys, shelf.keys.get(before), segs, study.when, modality, study.maker)
    report = built_or_said(build, study.name, "SR of changes", remarks)
    if report is not None:
        yield planned_object(f"{study.stem}_changes", report)


def _uncoded(study: StudyExport) -> Iterator[str]:
    for lesion in study.lesions:
        for name in uncoded(lesion):
            yield f"{lesion.label}: {name} has no code and is not in the SR."


def _is_projection(study: StudyExport) -> bool:
    return not any(lesion.mask is not None and lesion.mask.geometry.in_patient for lesion in study.lesions)


def _headers(study: StudyExport, more: Sequence[int]) -> Headers:
    if study.source is None:
        raise Refused("The series that was measured is not open.", "Open its images and export again.")
    grids = [lesion.mask.geometry for lesion in study.lesions if lesion.mask is not None]
    if any(grid.shape != grids[0].shape for grid in grids) or len(study.source.instances) != grids[0].shape[0]:
        raise Refused("The lesions were not marked on the images of this series.")
    return read_headers(study.source, grids[0], [*slices_of(study.lesions), *more])


def _lacking(study: StudyExport, headers: Headers) -> str:
    """What a segmentation cannot do without; the thickness only where there is no distance of slices."""
    mask = study.lesions[0].mask
    if not headers.slices[0].header.get("FrameOfReferenceUID"):
        return "frame of reference"
    alone = mask is not None and mask.geometry.shape[0] == 1
    return "slice thickness" if alone and headers.thickness_mm is None else ""


def _parted(study: StudyExport, parts: int) -> Iterator[str]:
    mask = study.lesions[0].mask
    if mask is None or parts < 2:
        return
    tilted = "the gantry was tilted, so slices are shifted against each other"
    why = tilted if mask.geometry.is_sheared else "the slices are not evenly spaced"
    yield (
        f"{study.name}: {why}. Programs that need a straight, even grid (3D Slicer, MITK) would show one SEG "
        f"displaced, so it is a series of {parts} SEGs, each on a straight grid; the SR holds the outlines."
    )


def _report_differences(known: Sequence[Json], read: Any) -> list[str]:
    return list(report_differences(report_of(read), known))


def _line_differences(known: Sequence[Json], read: Any) -> list[str]:
    return list(caliper_differences(report_of(read), known))
