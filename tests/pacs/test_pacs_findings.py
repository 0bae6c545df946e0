"""An export of ours through a real Orthanc and back: every object, and every finding in it."""

from pathlib import Path

import pytest
from pacs_peers import Orthanc, sop_uid
from phantoms import grid
from pydicom import dcmread
from test_pacs_orthanc import targets, web_node
from written_ct import blob, document, lesion, with_surface, write_ct

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.scan import scan
from mo_viewer.pacs import archive
from mo_viewer.pacs.send import send
from mo_viewer.report.export import export
from mo_viewer.report.read_in import read_paths

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85))


@pytest.mark.parametrize("way", ["dicom", "web"])
def test_findings_come_back_unchanged_from_an_archive(orthanc: Orthanc, tmp_path: Path, way: str) -> None:
    write_ct(tmp_path / "ct", GEOMETRY)
    (series,) = scan([tmp_path / "ct"]).series
    marked = with_surface(lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), label="Βλάβη 骨化"))
    findings = document(series.source, marked)
    done = export(findings, {series.source.series_uid: series.source}, tmp_path / "out")
    sent = send(tmp_path / "out", targets(orthanc)[way], Ticket())
    objects = [path for path in done.files if path.suffix == ".dcm"]
    assert (sent.complete, len(sent.deliveries)) == (True, len(objects))
    assert len(objects) == 7

    node = web_node(orthanc) if way == "web" else orthanc.node()
    took = archive.fetch_study(node, series.source.study_uid, tmp_path / "back", Ticket())
    back = {sop_uid(path): dcmread(path) for path in took.files}
    assert {sop_uid(path): dcmread(path) for path in objects} == back
    (found,) = read_paths([tmp_path / "back"])
    assert found.document == findings
    assert (found.conflicts, found.starting, found.remarks) == ((), (), ())
