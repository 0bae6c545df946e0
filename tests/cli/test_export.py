"""``mo-viewer export``: what was kept goes out, wherever its images were read last."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from phantoms import grid
from written_ct import blob, document, lesion, write_ct

from mo_viewer.cli import run
from mo_viewer.dicom.cache import user_index
from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.paths import user_data
from mo_viewer.report.signature import Reader, sign
from mo_viewer.session.audit import Audit
from mo_viewer.session.settings import own_settings
from mo_viewer.session.signings import keep_signing
from mo_viewer.session.store import findings_store

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85))


@pytest.fixture
def kept(tmp_path: Path) -> Document:
    """One lesion in one study, kept in the store; the images were opened once."""
    write_ct(tmp_path / "ct", GEOMETRY)
    (series,) = scan([tmp_path / "ct"], cache=user_index()).series
    findings = document(series.source, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5))))
    keep(findings)
    return findings


def keep(findings: Document) -> None:
    store = findings_store()
    store.append("kept", findings, store.head_number(findings.patient.key))
    store.close()


def kinds(folder: Path) -> set[str]:
    return {path.stem.rpartition("_")[2] if path.suffix == ".dcm" else path.suffix[1:] for path in folder.iterdir()}


def test_a_patient_goes_out_by_id_and_by_hash(tmp_path: Path, kept: Document) -> None:
    for name, patient in (("by_id", kept.patient.id), ("by_hash", kept.patient.key)):
        assert run(["export", patient, "--out", str(tmp_path / name), "--format", "sr,seg,csv,json"]) == 0
        assert kinds(tmp_path / name) == {"sr", "seg", "csv", "json"}
        assert run(["verify", str(tmp_path / name)]) == 0
    record = Audit(user_data() / "audit.sqlite")
    assert [(e.event, e.patient, e.detail) for e in record.entries()] == [("Export", kept.patient.key, "4 files")] * 2


def test_without_a_format_everything_is_written(tmp_path: Path, kept: Document) -> None:
    assert run(["export", kept.patient.key, "--out", str(tmp_path / "out")]) == 0
    assert {"sr", "seg", "kos", "gsps", "sc1", "pdf", "csv", "json"} <= kinds(tmp_path / "out")
    assert (tmp_path / "out" / "fhir.json").is_file()


def test_images_that_went_are_said_and_may_be_named(
    tmp_path: Path, kept: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(tmp_path / "ct", tmp_path / "elsewhere")
    asked = ["export", kept.patient.key, "--format", "seg,csv", "--out"]
    assert run([*asked, str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith("2024-02-26: no DICOM SEG and SR.")
    assert kinds(tmp_path / "out") == {"csv"}
    assert run([*asked, str(tmp_path / "again"), "--images", str(tmp_path / "elsewhere")]) == 0
    assert kinds(tmp_path / "again") == {"csv", "seg"}


def test_what_is_not_kept_or_not_known_is_one_sentence(
    tmp_path: Path, kept: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    for arguments, code in (
        (["nobody", *out], 1),
        (["", *out], 1),
        ([kept.patient.id, *out, "--format", "doc"], 2),
        ([kept.patient.id, *out, "--images", str(tmp_path / "gone")], 3),
        ([kept.patient.id], 2),
    ):
        assert run(["export", *arguments]) == code
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
        assert not (tmp_path / "out").exists()


def test_an_out_folder_that_cannot_be_made_is_exit_4(tmp_path: Path, kept: Document) -> None:
    (tmp_path / "taken").write_text("a file")
    assert run(["export", kept.patient.id, "--out", str(tmp_path / "taken" / "out")]) == 4


def test_two_patients_with_one_id_are_told_apart_by_their_hash(
    tmp_path: Path, kept: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(replace(kept, patient=replace(kept.patient, key="0123456789")))
    assert run(["export", kept.patient.id, "--out", str(tmp_path / "out")]) == 2
    assert {kept.patient.key, "0123456789"} <= set(capsys.readouterr().err.replace(",", "").replace(".", "").split())
    assert run(["export", "0123456789", "--out", str(tmp_path / "out"), "--format", "json"]) == 0


def test_one_lesion_in_two_studies_goes_out_with_its_changes(tmp_path: Path, kept: Document) -> None:
    write_ct(tmp_path / "later", GEOMETRY, changes={"StudyDate": "20240701"})
    (series,) = scan([tmp_path / "later"], cache=user_index()).series
    first = kept.timepoints[0].lesions[0]
    again = replace(first, mask=blob(GEOMETRY, (3, 10, 9), (1.4, 5, 6)))
    keep(kept.with_lesion(Timepoint.of(replace(series.source, date="2024-07-01")), again))
    assert run(["export", kept.patient.key, "--out", str(tmp_path / "out"), "--format", "sr,seg,json"]) == 0
    assert "changes" in kinds(tmp_path / "out")


def test_a_signature_is_told(tmp_path: Path, kept: Document) -> None:
    own_settings().set("reader", "Ada Weiß")
    out = ["export", kept.patient.key, "--out", str(tmp_path / "out"), "--format", "txt"]
    assert run(out) == 0
    assert "not yet signed by Ada Weiß" in (tmp_path / "out" / "report.txt").read_text("utf-8")
    store = findings_store()
    keep_signing(store, kept.patient.key, sign(kept, Reader("Ada Weiß", "Klinik"), "2024-03-01T10:00:00"))
    store.close()
    assert run(out) == 0
    assert "FINAL: signed by Ada Weiß" in (tmp_path / "out" / "report-2.txt").read_text("utf-8")


def test_nothing_that_names_the_patient_is_printed(
    tmp_path: Path, kept: Document, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    shutil.move(tmp_path / "ct", tmp_path / "elsewhere")
    run(["export", kept.patient.key, "--out", str(tmp_path / "out")])
    said: Callable[[str], bool] = (capsys.readouterr().err + caplog.text).__contains__
    assert not any(map(said, (kept.patient.id, "Müller", "1981")))
