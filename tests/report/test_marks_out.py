"""Stars and marks of the reader in what other viewers show: the key object selection and the presentation state."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from phantoms import OBLIQUE, grid
from written_ct import blob, document, lesion, write_ct

from mo_viewer.findings.document import Document
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.report.export import export
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
    assert out[1] == ("2024-02-26: 1 key images on other series are not in the KOS.",)


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
