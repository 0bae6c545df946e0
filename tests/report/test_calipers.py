"""Long and short axis as OHIF's adapters ask for them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from phantoms import OBLIQUE, grid
from pydicom.dataset import Dataset
from written_ct import blob, document, export_core, lesion, with_surface, write_ct

from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.verify import verify
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source

SHAPE, STEPS_MM = (9, 34, 31), (1.3, 0.7, 0.85)


def lesions(geometry: Geometry) -> tuple[Lesion, Lesion]:
    first = with_surface(lesion(blob(geometry, (4, 16, 15), (3.2, 6, 10))))
    second = with_surface(lesion(blob(geometry, (5, 10, 9), (2.2, 5, 3)), label="L2"))
    return first, second


def axes_of(folder: Path, source: Source, *marked: Lesion) -> Dataset:
    result = export_core(document(source, *marked), {source.series_uid: source}, folder)
    return pydicom.dcmread(next(path for path in result.files if path.stem.endswith("_axes")))


def groups(report: Dataset) -> list[Dataset]:
    return list(report.ContentSequence[-1].ContentSequence)


@pytest.mark.parametrize("direction", [None, OBLIQUE], ids=["axial", "oblique"])
def test_calipers_pass_all_programs_and_verification(
    tmp_path: Path, failures: Callable[[Path, Path], list[str]], direction: np.ndarray | None
) -> None:
    geometry = grid(SHAPE, STEPS_MM) if direction is None else grid(SHAPE, STEPS_MM, direction=direction)
    source = write_ct(tmp_path / "ct", geometry)
    axes_of(tmp_path / "out", source, *lesions(geometry))
    assert failures(tmp_path / "out", tmp_path / "ct") == []
    assert [d for d in verify(tmp_path / "out", [tmp_path / "ct"]).differences if "_hu" not in d] == []


def test_groups_are_what_ohif_hydrates_one_a_lesion_in_their_order(tmp_path: Path) -> None:
    geometry = grid(SHAPE, STEPS_MM)
    source = write_ct(tmp_path / "ct", geometry)
    marked = lesions(geometry)
    report = axes_of(tmp_path / "out", source, *marked)
    assert "Image Library Group" in str(report)
    assert report.SeriesDescription == "MO Viewer: axes for OHIF"
    for one, group in zip(marked, groups(report), strict=True):
        assert group.ContentTemplateSequence[0].TemplateIdentifier == "1501"
        said = {item.ConceptNameCodeSequence[0].CodeMeaning: item for item in group.ContentSequence}
        assert said["Tracking Identifier"].TextValue == f"Cornerstone3DTools@^0.1.0:Bidirectional:{one.label}"
        assert one.tracking_uid == said["Tracking Unique Identifier"].UID
        for meaning, name in (("Long Axis", "long_axis_mm"), ("Short Axis", "short_axis_mm")):
            measured = one.measured(name)
            assert measured is not None
            number = said[meaning]
            assert number.MeasuredValueSequence[0].FloatingPointValue == measured.value
            line = next(item for item in number.ContentSequence if item.ValueType == "SCOORD")
            assert line.RelationshipType == "INFERRED FROM"
            assert line.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
            ends = np.reshape(line.GraphicData, (2, 2))
            assert np.linalg.norm((ends[1] - ends[0]) * (0.85, 0.7)) == pytest.approx(measured.value, abs=1e-3)


def test_ends_lie_on_the_outline_of_the_lesion_in_the_named_slice(tmp_path: Path) -> None:
    geometry = grid(SHAPE, STEPS_MM)
    source = write_ct(tmp_path / "ct", geometry)
    marked = with_surface(lesion(blob(geometry, (4, 16, 15), (3.2, 6, 10))))
    number = next(
        c
        for c in groups(axes_of(tmp_path / "out", source, marked))[0].ContentSequence
        if c.ValueType == "NUM" and c.ConceptNameCodeSequence[0].CodeMeaning == "Long Axis"
    )
    line = next(item for item in number.ContentSequence if item.ValueType == "SCOORD")
    named = line.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert [i.sop_uid for i in source.instances].index(named) == 4
    ends = np.sort(np.reshape(line.GraphicData, (2, 2))[:, 0])
    assert ends == pytest.approx([15 - 10.5 + 0.5, 15 + 10.5 + 0.5])


def test_a_lesion_whose_axes_were_measured_otherwise_gets_no_caliper(tmp_path: Path) -> None:
    geometry = grid(SHAPE, STEPS_MM)
    source = write_ct(tmp_path / "ct", geometry)
    first, second = lesions(geometry)
    other = tuple(replace(m, value=m.value + 1) if m.concept == "long_axis_mm" else m for m in second.measurements)
    report = axes_of(tmp_path / "out", source, first, replace(second, measurements=other))
    assert len(groups(report)) == 1
