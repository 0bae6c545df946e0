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


FILM = grid((1, 40, 50), (1.0, 0.5, 0.5))
LINE = ((0.0, 4.0, 6.0), (0.0, 4.0, 26.0))
AXES = ((0.0, 10.0, 5.0), (0.0, 10.0, 25.0), (0.0, 5.0, 15.0), (0.0, 15.0, 15.0))
"""Points of marks on a film: slice, row, column."""
AREA_PX = np.pi * 10 * 5
"""Of the ellipse with those axes."""
HALF = [0.5, 0.5]


def film_text(folder: Path, spacing: dict[str, list[float]], known_mm: float | None, with_lesion: bool) -> list[str]:
    """Export a film with a length, an ellipse and an angle; return what its presentation state says of them.

    The lesion without which there is no export lies on the film, or on a CT of the same study.
    """
    absent = ("ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "PixelSpacing")
    write_ct(folder / "in" / "ct", GEOMETRY)
    study = str(pydicom.dcmread(folder / "in" / "ct" / "0000.dcm").StudyInstanceUID)
    tags = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1", "Modality": "DX", "StudyInstanceUID": study, **spacing}
    write_ct(folder / "in" / "dx", FILM, absent=absent, changes=tags)
    known = {one.source.modality: one for one in scan([folder / "in"]).series}
    film, geometry = known["DX"].source, known["DX"].geometry
    assert geometry is not None
    image = ImageRef(film.series_uid, film.instances[0].sop_uid)
    marks = [
        Mark("2.25.1", MarkKind.LENGTH, LINE, image, in_patient=False, label="Gap"),
        Mark("2.25.2", MarkKind.ELLIPSE, AXES, image, in_patient=False),
        Mark("2.25.3", MarkKind.ANGLE, (*LINE, (0.0, 14.0, 26.0)), image, in_patient=False),
    ]
    if known_mm is not None:
        marks.append(Mark("2.25.4", MarkKind.CALIBRATION, LINE, image, in_patient=False, known_mm=known_mm))
    measured = film if with_lesion else known["CT"].source
    mask = blob(geometry, (0, 25, 30), (0.9, 6, 6)) if with_lesion else blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5))
    findings = document(measured, lesion(mask))
    findings = findings.with_timepoint(replace(findings.timepoints[0], marks=tuple(marks)))
    export(findings, {measured.series_uid: measured}, folder / "out", ("gsps",), series=tuple(known.values()))
    states = [pydicom.dcmread(path) for path in (folder / "out").glob("*_gsps*.dcm")]
    items = [item for state in states for item in state.GraphicAnnotationSequence if item.GraphicLayer == "MARKS"]
    return [item.TextObjectSequence[0].UnformattedTextValue for item in items]


@pytest.mark.parametrize("with_lesion", [True, False])
@pytest.mark.parametrize(
    ("spacing", "known_mm", "scale", "unit"),
    [
        ({"ImagerPixelSpacing": HALF}, None, 0.5, "mm{} at detector"),
        ({"PixelSpacing": HALF}, None, 0.5, "mm{}, calibration unknown"),
        ({"PixelSpacing": HALF, "ImagerPixelSpacing": [0.6, 0.6]}, None, 0.5, "mm{} calibrated"),
        ({}, None, 1.0, "px{}"),
        ({}, 40.0, 2.0, "mm{} by the reader's calibration line"),
        ({"ImagerPixelSpacing": HALF}, 8.0, 0.4, "mm{} by the reader's calibration line"),
    ],
)
def test_values_on_a_film_say_what_their_millimetres_are(
    tmp_path: Path,
    failures: Callable[[Path, Path], list[str]],
    spacing: dict[str, list[float]],
    known_mm: float | None,
    scale: float,
    unit: str,
    with_lesion: bool,
) -> None:
    said = film_text(tmp_path, spacing, known_mm, with_lesion)
    area = f"ellipse: {AREA_PX * scale**2:.0f} {unit.format(2)}"
    line = [] if known_mm is None else [f"calibration: {known_mm:.1f} mm true"]
    assert said == [f"Gap: {20 * scale:.1f} {unit.format('')}", area, "angle: 90.0 deg", *line]
    told = failures(tmp_path / "out", tmp_path / "in")
    assert [one for one in told if not one.endswith(("no structured report", "no segmentation"))] == []
