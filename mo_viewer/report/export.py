"""Findings out of the house: DICOM objects of each study, tables and reports of all, read back before it is said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mo_viewer import __version__
from mo_viewer.base.faults import Misuse, Refused, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.changes import Changed
from mo_viewer.report.contract import Json, days_since, findings_json
from mo_viewer.report.earlier import earlier_objects
from mo_viewer.report.files import Planned, write_all
from mo_viewer.report.groups import When
from mo_viewer.report.history import NO_HISTORY, History
from mo_viewer.report.keys import key_picture, length_of
from mo_viewer.report.maker import Maker, quiet_libraries
from mo_viewer.report.papers import plan_papers
from mo_viewer.report.planar import UNCALIBRATED, without_lengths
from mo_viewer.report.reader_marks import MarkReader
from mo_viewer.report.reading import Section
from mo_viewer.report.reading_lesion import Keys
from mo_viewer.report.signature import UNSIGNED, Standing
from mo_viewer.report.study import Shelf, StudyExport, plan_study
from mo_viewer.volume.arrays import ByteArray
from mo_viewer.volume.source import Source

FORMATS = ("sr", "seg", "kos", "gsps", "sc", "pdf", "csv", "json", "fhir")
MORE_FORMATS = ("txt", "html")
_DICOM = {"sr", "seg", "kos", "gsps", "sc", "pdf"}
_WITH_MARKS = {"pdf", "csv", "json", *MORE_FORMATS}
_OF_LESIONS = {"sr", "seg", "fhir"}
_PICTURED = {"sc", "pdf", "html"}

APART = (
    "it lies on another image of its study than the one that was measured last, with no frame of reference in common; "
    "it is in report, tables and JSON, but in no DICOM object."
)


WITHOUT_LESION = (
    "There is no lesion, so there is no SR, SEG or FHIR bundle: they hold lesions. What was measured by hand is in "
    "report, tables, JSON and the presentation state (GSPS)."
)


@dataclass(frozen=True)
class Exported:
    """Files that were written, read back and found right; and a sentence for everything that was left out."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def export(
    document: Document,
    sources: Mapping[str, Source],
    folder: Path,
    formats: Sequence[str] = FORMATS,
    ticket: Ticket | None = None,
    software: str = f"mo-viewer {__version__}",
    plugin: str = "",
    history: History = NO_HISTORY,
    standing: Standing = UNSIGNED,
    sections: tuple[Section, ...] = (),
    series: Sequence[Series] = (),
) -> Exported:
    """Write a patient's findings into a folder.

    All files get their names together, after each was read back and compared; when anything fails, none is
    there. Files of an earlier export stay as they are: new ones stand beside them, numbered, and the new reports
    name those that they replace.

    Parameters
    ----------
    document
        What is to be written.
    sources
        The series that the timepoints were measured in, by series UID.
    folder
        Made when it is not there.
    formats
        Of `FORMATS` and `MORE_FORMATS`.
    ticket
        Progress and cancellation.
    software, plugin
        Name and version of what made the findings.
    history
        Courses, registrations and events.
    standing
        Preliminary, final or amended, and the reader (`signature.standing`).
    sections
        What plugins add to the report that people read.
    series
        All series at hand: the reader's marks and key images may lie on any of them.

    Raises
    ------
    Misuse
        When a format is not known.
    Refused
        When there is neither a lesion nor a measurement nor a key image.
    Unwritable
        When a file cannot be written, or differs when read back; the attribute is named.
    """
    unknown = [name for name in formats if name not in FORMATS + MORE_FORMATS]
    if unknown:
        raise Misuse(f"There is no export format {unknown[0]!r}.", f"Known are {', '.join(FORMATS + MORE_FORMATS)}.")
    if not any(timepoint.has_findings for timepoint in document.timepoints):
        raise Refused("There is no lesion and no measurement to export.")
    quiet_libraries()
    ticket = ticket or Ticket()
    maker = Maker(software, plugin, standing=standing, earlier=earlier_objects(folder))
    work = _Work(document, sources, formats, history, maker, ticket, sections, series)
    planned = list(work.planned())
    if not planned:
        raise Refused("Nothing could be exported.", " ".join(work.remarks))
    files = write_all(folder, planned, lambda done, name: ticket.progress(done, len(planned), f"Writing {name}"))
    ticket.progress(len(planned), len(planned), "Exported")
    return Exported(files, tuple(work.remarks))


class _Work:
    """One export while it is prepared."""

    def __init__(
        self,
        document: Document,
        sources: Mapping[str, Source],
        formats: Sequence[str],
        history: History,
        maker: Maker,
        ticket: Ticket,
        sections: tuple[Section, ...],
        series: Sequence[Series],
    ) -> None:
        self.sections, self.series = sections, series
        self.sources, self.formats, self.history = sources, formats, history
        self.maker, self.ticket = maker, ticket
        self.remarks: list[str] = []
        self.lengths = {t.study_uid: self._length(t) for t in document.timepoints}
        self.document = self._with_true_lengths(document)
        self.findings = self._findings()

    def planned(self) -> Iterator[Planned]:
        """Yield all files, the DICOM objects of each study first."""
        keys, shelf = dict(self._pictures()), Shelf()
        if _DICOM & set(self.formats):
            yield from self._studies(keys, shelf)
        if any(timepoint.lesions for timepoint in self.document.timepoints):
            formats = self.formats
        else:
            formats = [name for name in self.formats if name not in _OF_LESIONS]
            if len(formats) < len(self.formats):
                self.remarks.append(WITHOUT_LESION)
        latest = shelf.latest(timepoint.study_uid for timepoint in self.document.timepoints)
        yield from plan_papers(
            self.findings, self.document, keys, formats, latest, self.maker, self.remarks, self.sections
        )

    def _studies(self, keys: Keys, shelf: Shelf) -> Iterator[Planned]:
        for order, timepoint in enumerate(self.document.timepoints, 1):
            self.ticket.progress(0, 0, "Building DICOM objects")
            timepoint = self._measured(timepoint)
            lesions = tuple(_with_voxels(timepoint, self.remarks))
            if not replace(timepoint, lesions=lesions).has_findings:
                continue
            study = self._study(order, timepoint, lesions, keys)
            try:
                yield from plan_study(study, self.formats, shelf, self.remarks)
            except (Refused, Unreadable) as fault:
                self.remarks.append(f"{study.name}: no DICOM SEG and SR. {fault}")

    def _measured(self, timepoint: Timepoint) -> Timepoint:
        """Leave out lesions on other images than a study's DICOM objects refer to; it is said which."""
        apart = [lesion for lesion in timepoint.lesions if timepoint.is_apart(lesion)]
        self.remarks += [f"{lesion.label}: {APART}" for lesion in apart]
        here = (lesion for lesion in timepoint.lesions if not timepoint.is_apart(lesion))
        kept = tuple(replace(lesion, image=timepoint.drawn_on(lesion)) for lesion in here)
        return replace(timepoint, lesions=kept) if apart else timepoint

    def _study(self, order: int, timepoint: Timepoint, lesions: Sequence[Lesion], keys: Keys) -> StudyExport:
        uid = timepoint.study_uid
        return StudyExport(
            timepoint,
            lesions,
            self.sources.get(timepoint.series_uid),
            [
                told
                for told in self.findings["timepoints"][order - 1]["lesions"]
                if timepoint.lesion(told["tracking_uid"]) is not None
            ],
            When(order, timepoint.date, days_since(self.document.injury_date, timepoint.date)),
            {lesion.tracking_uid: lesion_colour(self.document, lesion.tracking_uid) for lesion in lesions},
            self.maker,
            {
                lesion.tracking_uid: keys[uid, lesion.tracking_uid]
                for lesion in lesions
                if (uid, lesion.tracking_uid) in keys
            },
            tuple(self._changed(timepoint, lesions)),
            self.lengths[uid],
            self.document.injury_date,
            self.history,
            self.series,
        )

    def _changed(self, timepoint: Timepoint, lesions: Sequence[Lesion]) -> Iterator[Changed]:
        for lesion in lesions:
            course = self.history.course(lesion.tracking_uid)
            interval = None if course is None else course.to(timepoint.study_uid)
            if course is not None and interval is not None:
                yield Changed(lesion, course, interval)

    def _pictures(self) -> Iterator[tuple[tuple[str, str], ByteArray]]:
        if not _PICTURED & set(self.formats):
            return
        for timepoint in self.document.timepoints:
            for lesion in timepoint.lesions:
                image = timepoint.drawn_on(lesion) if timepoint.is_apart(lesion) else None
                source = self.sources.get(timepoint.series_uid if image is None else image.series_uid)
                self.ticket.progress(0, 0, "Drawing key pictures")
                if lesion.mask is None or not lesion.mask.voxels or source is None:
                    continue
                try:
                    colour = lesion_colour(self.document, lesion.tracking_uid)
                    yield (timepoint.study_uid, lesion.tracking_uid), key_picture(lesion, source, colour)
                except (Unreadable, IndexError) as fault:
                    self.remarks.append(f"{lesion.label}: no key picture of {timepoint.date}. {fault}")

    def _length(self, timepoint: Timepoint) -> str:
        """What a millimetre means; only images without a place in the patient are asked."""
        source = self.sources.get(timepoint.series_uid)
        flat = any(lesion.mask is not None and not lesion.mask.geometry.in_patient for lesion in timepoint.lesions)
        if not flat or source is None:
            return "patient"
        try:
            return length_of(source)
        except Unreadable as fault:
            self.remarks.append(f"{timepoint.date}: it could not be read what a millimetre means. {fault}")
            return "unknown"

    def _with_true_lengths(self, document: Document) -> Document:
        for timepoint in document.timepoints:
            if self.lengths[timepoint.study_uid] == UNCALIBRATED:
                lesions = tuple(without_lengths(lesion) for lesion in timepoint.lesions)
                document = document.with_timepoint(replace(timepoint, lesions=lesions))
        return document

    def _findings(self) -> Json:
        found = findings_json(self.document, self.maker.software, self.maker.plugin, self.history)
        for timepoint in found["timepoints"]:
            timepoint["length_calibration"] = self.lengths[timepoint["study_uid"]]
        if _WITH_MARKS & set(self.formats):
            self._add_marks(found)
        return found

    def _add_marks(self, found: Json) -> None:
        """Measure what the reader drew; only studies with marks name them."""
        reader = MarkReader(self.series)
        for timepoint, told in zip(self.document.timepoints, found["timepoints"], strict=True):
            if timepoint.marks:
                self.ticket.progress(0, 0, "Measuring what was drawn")
                told["marks"] = reader.marks_json(timepoint)
                missing = [mark["refused"] for mark in told["marks"] if mark["refused"] and not mark["values"]]
                if missing:
                    why = " ".join(dict.fromkeys(missing))
                    self.remarks.append(
                        f"{timepoint.date or 'Undated study'}: {len(missing)} of the reader's measurements have no "
                        f"value in report and tables. {why}"
                    )


def _with_voxels(timepoint: Timepoint, remarks: list[str]) -> Iterator[Lesion]:
    for lesion in timepoint.lesions:
        if lesion.mask is None or lesion.mask.voxels == 0:
            remarks.append(f"{lesion.label}: it has no voxels, so it is in no DICOM SEG and SR.")
        else:
            yield lesion
