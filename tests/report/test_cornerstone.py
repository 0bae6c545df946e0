"""Our reports and segmentations as the adapters of Cornerstone3D (OHIF) read them, under Node."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phantoms import grid
from written_ct import blob, document, lesion, with_surface, write_ct

from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.export import export
from mo_viewer.report.history import history_in
from mo_viewer.volume.source import Source

pytestmark = pytest.mark.long
SCRIPTS = Path(__file__).parent / "cornerstone"
GEOMETRY = grid((9, 34, 32), (1.3, 0.8, 0.8))
"""Square pixels: the core of Cornerstone3D takes the spacing of rows for that of columns. An even number of bytes a
frame: version 5 of the adapters refuses the pad byte that DICOM asks for else."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Node finds the script and the adapters."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed")
    folder = tmp_path_factory.mktemp("node")
    for path in SCRIPTS.iterdir():
        shutil.copy(path, folder)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
    done = subprocess.run(["npm", "install", *options], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("npm could not fetch the adapters of Cornerstone3D")
    return folder


@pytest.fixture(scope="module")
def lesions() -> tuple[Lesion, Lesion]:
    return (
        with_surface(lesion(blob(GEOMETRY, (4, 16, 15), (3.2, 6, 10)), label="L1")),
        with_surface(lesion(blob(GEOMETRY, (5, 10, 9), (2.2, 5, 3)), label="Βλάβη")),
    )


@pytest.fixture(scope="module")
def said(node: Path, lesions: tuple[Lesion, Lesion]) -> dict[str, Any]:
    """What the adapters made of one export."""
    source = write_ct(node / "ct", GEOMETRY)
    export(document(source, *lesions), {source.series_uid: source}, node / "out", ("sr", "seg"))
    return read(node, node / "out", node / "ct")


def read(node: Path, exported: Path, images: Path) -> dict[str, Any]:
    command = ["node", "read.mjs", str(exported), str(images)]
    done = subprocess.run(command, cwd=node, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_lesion_is_a_line_pair_that_ohif_can_go_on_with(
    said: dict[str, Any], lesions: tuple[Lesion, Lesion]
) -> None:
    (drawn,) = [found for name, found in said["reports"].items() if name.endswith("_axes.dcm")]
    assert [(one["tool"], one["uid"]) for one in drawn] == [("Bidirectional", x.tracking_uid) for x in lesions]
    for one, marked in zip(drawn, lesions, strict=True):
        points = np.array(one["points"])
        for ends, name in ((points[:2], "long_axis_mm"), (points[2:], "short_axis_mm")):
            measured = marked.measured(name)
            assert measured is not None
            assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(measured.value, abs=1e-3)
        assert marked.mask is not None
        low, high = marked.mask.points_mm().min(axis=0) - 1, marked.mask.points_mm().max(axis=0) + 1
        assert ((points >= low) & (points <= high)).all()


def test_every_segment_has_its_name_and_its_voxels(said: dict[str, Any], lesions: tuple[Lesion, Lesion]) -> None:
    (seg,) = said["segmentations"].values()
    assert seg["labels"] == [one.label for one in lesions]
    counts = {str(n): one.mask.voxels for n, one in enumerate(lesions, 1) if one.mask is not None}
    assert seg["voxels"] == counts


def test_nothing_is_stumbled_over(said: dict[str, Any]) -> None:
    assert said["trouble"] == {}
    assert len(said["reports"]) == 2


@pytest.mark.parametrize("name", ["a course with changes", "a radiograph"])
def test_other_reports_are_read_without_a_word_too(node: Path, tmp_path: Path, shared: Path, name: str) -> None:
    images = tmp_path / "images"
    findings, sources = radiograph(images, shared) if name == "a radiograph" else course(images)
    export(findings, sources, tmp_path / "out", ("sr", "seg"), history=history_in(findings))
    found = read(node, tmp_path / "out", images)
    assert found["trouble"] == {}
    assert any(report.endswith("_changes.dcm") for report in found["reports"]) == (name != "a radiograph")


def course(folder: Path) -> tuple[Document, dict[str, Source]]:
    """Two studies; the lesion is one voxel in the second, whose outline is a line of few points."""
    early, late = (replace(write_ct(folder / day, GEOMETRY), date=day) for day in ("2024-02-26", "2024-05-02"))
    first = with_surface(lesion(blob(GEOMETRY, (4, 16, 15), (3.2, 6, 10))))
    second = lesion(blob(GEOMETRY, (4, 16, 15), (0.5, 0.5, 0.5)), tracking_uid=first.tracking_uid)
    both = document(early, first).with_timepoint(document(late, second).timepoints[0])
    return both, {source.series_uid: source for source in (early, late)}


def radiograph(folder: Path, shared: Path) -> tuple[Document, dict[str, Source]]:
    folder.mkdir()
    shutil.copy(shared / "xray_limb" / "hip_RG2_J2KR.dcm", folder)
    (series,) = scan([folder]).series
    assert series.geometry is not None
    marked = lesion(blob(series.geometry, (0, 200, 200), (0.5, 60, 40)))
    return document(series.source, marked), {series.source.series_uid: series.source}
