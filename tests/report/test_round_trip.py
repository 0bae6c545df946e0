"""What is exported comes back: all of it, unchanged, from the files alone."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from phantoms import OBLIQUE, SAGITTAL, grid
from random_findings import documents
from written_ct import write_ct

from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document
from mo_viewer.report.export import export
from mo_viewer.report.history import history_in
from mo_viewer.report.read_in import ReadIn, conflicts_with, read_paths
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source

GRIDS = (
    grid((6, 22, 19), (2.0, 0.7, 0.85)),
    grid((5, 17, 23), (1.3, 0.6, 0.75), direction=OBLIQUE),
    grid((7, 20, 18), (1.1, 0.8, 0.9), tilt_deg=11.0),
    grid((6, 15, 21), (1.7, 0.65, 0.95), direction=SAGITTAL),
)
OUT = ("sr", "seg")
QUICK = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""An export takes half a second: a failing document is shown as it was drawn."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Source, Geometry]]:
    """Studies of one patient on four kinds of grid, as a scan knows them."""
    folder = tmp_path_factory.mktemp("ct")
    for n, geometry in enumerate(GRIDS):
        write_ct(folder / str(n), geometry, changes={"StudyDate": f"202402{n + 10}"})
    found = [one for one in scan([folder]).series if one.geometry is not None]
    return [(one.source, one.geometry) for one in found if one.geometry is not None]


def there_and_back(findings: Document, sources: list[tuple[Source, Geometry]], folder: Path) -> ReadIn:
    by_uid = {source.series_uid: source for source, _ in sources}
    done = export(findings, by_uid, folder / "out", OUT, history=history_in(findings))
    said = ("3D Slicer", "not at hand")
    assert [text for text in done.remarks if not any(words in text for words in said)] == []
    (found,) = read_paths([folder / "out"])
    return found


@settings(QUICK, max_examples=8)
@given(data=st.data())
def test_any_document_comes_back_equal(sources: list[tuple[Source, Geometry]], data: st.DataObject) -> None:
    comes_back_equal(data.draw(documents(sources)), sources)


@pytest.mark.long
@settings(QUICK, max_examples=150, derandomize=False)
@given(data=st.data())
def test_many_documents_come_back_equal(sources: list[tuple[Source, Geometry]], data: st.DataObject) -> None:
    comes_back_equal(data.draw(documents(sources)), sources)


def comes_back_equal(findings: Document, sources: list[tuple[Source, Geometry]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = there_and_back(findings, sources, Path(folder))
    assert found.document == findings
    assert found.history == history_in(findings)
    assert (found.conflicts, found.starting, found.remarks) == ((), (), ())
    assert conflicts_with(findings, found.document) == ()
