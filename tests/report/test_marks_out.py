"""Stars and marks of the reader in what other viewers show: the key object selection and the presentation state."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from phantoms import OBLIQUE, grid
from written_ct import blob, document, lesion, write_ct

from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.report.export import Exported, export
from mo_viewer.report.verify import verify
from mo_viewer.volume.source import Source

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85), direction=OBLIQUE)
POINTS = {
    MarkKind.LENGTH: ([(3, 4), (3, 10)], 1, "length: 5.1 mm"),
    MarkKind.BIDIRECTIONAL: ([(3, 4), (3, 10), (1, 7), (5, 7)], 2, "bidirectional: 5.1 x 2.8 mm"),
    MarkKind.ANGLE: ([(3, 4), (3, 10), (9, 10)], 1, "angle: 90.0 deg"),
    MarkKind.COBB: ([(3, 4), (3, 10), (9, 10), (9, 4)], 2, "cobb: 0.0 deg"),
    MarkKind.ELLIPSE: ([(5, 4), (5, 10), (3, 7), (7, 7)], 1, "ellipse: 11 mm2"),
    MarkKind.RECTANGLE: ([(3, 4), (3, 10), (7, 10), (7, 4)], 1, "rectangle: 14 mm2"),
    MarkKind.PROBE: ([(3, 4)], 1, "probe"),
    MarkKind.ARROW: ([(3, 4), (8, 9)], 1, "arrow"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return write_ct(tmp_path_factory.mktemp("marks") / "ct", GEOMETRY)


def marked(source: Source) -> Document:
    """One lesion in the middle, every kind of mark on slice 1, stars on slices 0 and 3, and one elsewhere."""
    images = [ImageRef(source.series_uid, instance.sop_uid) for instance in source.instances]
    marks = []
    for n, (kind, (at, _, _)) in enumerate(POINTS.items()):
        index = np.array([(1.0, row, column) for row, column in at])
        points = tuple(tuple(float(c) for c in point) for point in GEOMETRY.points_mm(index))
        marks.append(Mark(f"2.25.{n + 1}", kind, points, images[1]))
    findings = document(source, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5))))
    stars = (images[0], images[3], ImageRef("2.25.99", "2.25.98"))
    return findings.with_timepoint(replace(findings.timepoints[0], marks=tuple(marks), key_images=stars))


@pytest.fixture(scope="module")
def out(source: Source, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    folder = tmp_path_factory.mktemp("marks_out")
    done = export(marked(source), {source.series_uid: source}, folder, ("sr", "seg", "kos", "gsps"))
    return folder, done.remarks


def test_starred_images_are_selected_beside_the_key_slices(out: tuple[Path, tuple[str, ...]], source: Source) -> None:
    kos = pydicom.dcmread(next(out[0].glob("*_kos.dcm")))
    series = kos.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    chosen = {item.ReferencedSOPInstanceUID for item in series.ReferencedSOPSequence}
    assert chosen == {source.instances[k].sop_uid for k in (0, 3)}
    assert out[1] == ("2024-02-26: 1 key images are not in the KOS, because their images are not at hand.",)


def test_every_mark_is_drawn_on_its_image_with_its_words(out: tuple[Path, tuple[str, ...]], source: Source) -> None:
    gsps = pydicom.dcmread(next(out[0].glob("*_gsps.dcm")))
    own = [item for item in gsps.GraphicAnnotationSequence if item.GraphicLayer == "MARKS"]
    assert [item.TextObjectSequence[0].UnformattedTextValue for item in own] == [said for _, _, said in POINTS.values()]
    for item, (at, lines, _) in zip(own, POINTS.values(), strict=True):
        assert item.ReferencedImageSequence[0].ReferencedSOPInstanceUID == source.instances[1].sop_uid
        assert len(item.GraphicObjectSequence) == lines
        first = np.array(item.GraphicObjectSequence[0].GraphicData)[:2]
        ends = np.array([(column + 0.5, row + 0.5) for row, column in at])
        assert np.abs(ends - first).max(axis=1).min() < 1e-3


def test_other_programs_take_them(
    out: tuple[Path, tuple[str, ...]], source: Source, failures: Callable[[Path, Path], list[str]]
) -> None:
    assert failures(out[0], Path(source.instances[0].path).parent) == []


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Exported, dict[str, Source]]:
    """A study with a lesion, marks on a second series and a star on a third; another study with marks alone."""
    folder = tmp_path_factory.mktemp("several")
    stored = np.random.default_rng(3).integers(900, 2300, GEOMETRY.shape).astype(np.int16)
    write_ct(folder / "ct" / "one", GEOMETRY, stored)
    study = str(pydicom.dcmread(folder / "ct" / "one" / "0000.dcm").StudyInstanceUID)
    same = {"StudyInstanceUID": study}
    write_ct(folder / "ct" / "two", grid((4, 30, 16), (3.0, 0.9, 0.6)), changes={**same, "SeriesNumber": 5})
    write_ct(folder / "ct" / "three", grid((1, 12, 14), (1.0, 1.1, 1.2)), changes={**same, "SeriesNumber": 6})
    write_ct(folder / "ct" / "later", GEOMETRY, changes={"StudyDate": "20240501"})
    known = {series.source.instances[0].path.split("/")[-2]: series for series in scan([folder / "ct"]).series}
    images = {
        name: [ImageRef(one.source.series_uid, i.sop_uid) for i in one.source.instances] for name, one in known.items()
    }
    line = known["two"].geometry.points_mm(np.array([(2.0, 7, 4), (2.0, 17, 4)]))
    drawn = Mark("2.25.1", MarkKind.LENGTH, tuple(tuple(map(float, p)) for p in line), images["two"][2])
    spot = tuple(map(float, GEOMETRY.points_mm([(1.0, 5, 6)])[0]))
    late = Mark("2.25.2", MarkKind.PROBE, (spot,), images["later"][1])
    findings = document(known["one"].source, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), stored))
    findings = findings.with_mark(findings.timepoints[0], drawn)
    findings = findings.with_key_image(findings.timepoints[0], images["three"][0])
    later = Timepoint.of(known["later"].source)
    findings = findings.with_mark(later, late).with_key_image(later, images["later"][4])
    sources = {known["one"].source.series_uid: known["one"].source}
    done = export(findings, sources, folder / "out", ("sr", "seg", "kos", "gsps"), series=tuple(known.values()))
    return folder, done, {name: one.source for name, one in known.items()}


def test_marks_and_stars_of_every_series_and_study_are_written(
    several: tuple[Path, Exported, dict[str, Source]], failures: Callable[[Path, Path], list[str]]
) -> None:
    folder, done, sources = several
    assert done.remarks == ()
    read = [pydicom.dcmread(path) for path in done.files]
    kos = {x.StudyInstanceUID: x for x in read if x.Modality == "KO"}
    chosen = {
        item.ReferencedSOPInstanceUID
        for x in kos.values()
        for series in x.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert len(kos) == 2
    assert chosen == {sources[name].instances[k].sop_uid for name, k in (("one", 3), ("three", 0), ("later", 4))}
    states = [x for x in read if x.Modality == "PR"]
    assert len(states) == 3
    words = {x.ReferencedSeriesSequence[0].SeriesInstanceUID: x for x in states}
    two = words[sources["two"].series_uid]
    assert two.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue == "length: 9.0 mm"
    assert list(two.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData) == [4.5, 7.5, 4.5, 17.5]
    assert words[sources["later"].series_uid].StudyInstanceUID == sources["later"].study_uid
    assert failures(folder / "out", folder / "ct") == []
    assert verify(folder / "out", [folder / "ct"]).differences == ()
