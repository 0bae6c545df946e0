"""An export is there whole or not at all, and never in the place of an older one."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from phantoms import grid
from written_ct import blob, document, export_core, lesion, write_ct

import mo_viewer.report.objects as objects
import mo_viewer.report.study as exporting
from mo_viewer.base.faults import Cancelled, Misuse, Refused, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Grade
from mo_viewer.findings.measurement import Measurement
from mo_viewer.report.export import Exported
from mo_viewer.report.files import Planned, write_all
from mo_viewer.report.verify import verify
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Source

GEOMETRY = grid((5, 20, 19), (2.0, 0.7, 0.85))
NOTHING = Mask(np.zeros((0, 0, 0), dtype=bool), (0, 0, 0), GEOMETRY)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return write_ct(tmp_path_factory.mktemp("ct"), GEOMETRY)


@pytest.fixture(scope="module")
def findings(source: Source) -> Document:
    return document(source, lesion(blob(GEOMETRY, (2, 9, 9), (0.6, 3, 4))))


@pytest.fixture
def send(source: Source, findings: Document) -> Callable[..., Exported]:
    return lambda folder, **more: export_core(findings, {source.series_uid: source}, folder, **more)


def test_a_second_export_stands_beside_the_first(tmp_path: Path, send: Callable[..., Exported]) -> None:
    first = send(tmp_path)
    before = {path: path.read_bytes() for path in first.files}
    second = send(tmp_path)
    assert {path: path.read_bytes() for path in first.files} == before
    assert [path.name for path in second.files] == [f"{path.stem}-2{path.suffix}" for path in first.files]
    verdict = verify(tmp_path)
    assert (verdict.differences, verdict.files) == ((), 8)


def test_an_unfinished_file_of_a_killed_export_is_left_alone(tmp_path: Path, send: Callable[..., Exported]) -> None:
    (tmp_path / "findings.json.part").write_text("half")
    assert "findings-2.json" in {path.name for path in send(tmp_path).files}
    assert (tmp_path / "findings.json.part").read_text() == "half"


def test_names_hold_no_patient_text(tmp_path: Path, send: Callable[..., Exported]) -> None:
    names = " ".join(path.name for path in send(tmp_path).files)
    assert "P-17" not in names
    assert "ller" not in names
    assert names.count("2024-02-26_") == 2


@pytest.mark.parametrize("formats", [("csv",), ("json",), ("seg",), ("sr", "seg")])
def test_only_what_was_asked_for_is_written(
    tmp_path: Path, send: Callable[..., Exported], formats: tuple[str, ...]
) -> None:
    kinds = {
        path.stem[-3:].strip("_") if path.suffix == ".dcm" else path.suffix[1:]
        for path in send(tmp_path, formats=formats).files
    }
    assert kinds == set(formats)


def test_an_unknown_format_is_misuse(tmp_path: Path, send: Callable[..., Exported]) -> None:
    with pytest.raises(Misuse, match="doc"):
        send(tmp_path, formats=("csv", "doc"))


def test_a_document_without_lesions_is_refused(tmp_path: Path, source: Source) -> None:
    with pytest.raises(Refused, match="no lesion"):
        export_core(document(source), {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_lesion_is_in_no_dicom_object_and_that_is_said(tmp_path: Path, source: Source) -> None:
    empty = lesion(NOTHING, label="L9")
    result = export_core(document(source, empty), {source.series_uid: source}, tmp_path)
    assert [path.suffix for path in result.files] == [".csv", ".json"]
    assert result.remarks == ("L9: it has no voxels, so it is in no DICOM SEG and SR.",)


def test_a_measurement_without_a_code_is_named_and_kept_in_table_and_json(
    tmp_path: Path, source: Source, findings: Document
) -> None:
    known = findings.timepoints[0].lesions[0]
    more = replace(known, measurements=(*known.measurements, Measurement("fractal_dimension", 2.3, "1")))
    result = export_core(document(source, more), {source.series_uid: source}, tmp_path)
    assert result.remarks == ("L1: fractal_dimension has no code and is not in the SR.",)
    assert "fractal_dimension" in (tmp_path / "measurements.csv").read_text("utf-8")
    assert verify(tmp_path).differences == ()


@pytest.mark.parametrize(
    "label", ["a\\b", "two\nlines\0", "   ", "=SUM(A1)", '"quoted", and; more', "x" * 200, "é́́ 👩‍⚕️"]
)
def test_labels_that_formats_stumble_over_are_exported(
    tmp_path: Path, source: Source, findings: Document, label: str
) -> None:
    odd = replace(findings.timepoints[0].lesions[0], label=label)
    result = export_core(document(source, odd), {source.series_uid: source}, tmp_path)
    assert len(result.files) == 4
    assert verify(tmp_path).differences == ()


def test_words_and_units_without_a_code_are_kept_as_text_or_named(
    tmp_path: Path, source: Source, findings: Document
) -> None:
    known = findings.timepoints[0].lesions[0]
    volume = replace(known.measurements[0], unit="mm2")
    odd = replace(
        known, grade=Grade("early", "phases"), pattern="patchy", measurements=(volume, *known.measurements[1:])
    )
    result = export_core(document(source, odd), {source.series_uid: source}, tmp_path)
    assert result.remarks == ("L1: volume has no code and is not in the SR.",)
    assert verify(tmp_path).differences == ()


def test_cancelling_leaves_nothing(tmp_path: Path, send: Callable[..., Exported]) -> None:
    ticket = Ticket(lambda done, total, text: ticket.cancel() if done == 2 else None)
    with pytest.raises(Cancelled):
        send(tmp_path, ticket=ticket)
    assert list(tmp_path.iterdir()) == []


def test_two_exports_at_once_do_not_meet(tmp_path: Path) -> None:
    inner: list[Path] = []

    def write(path: Path) -> None:
        path.write_bytes(b"outer")
        if not inner:
            inner.extend(write_all(tmp_path, PLANS, lambda done, text: None))

    outer = write_all(tmp_path, [replace(PLANS[0], write=write), *PLANS[1:]], lambda done, text: None)
    assert [path.name for path in inner] == ["a-2.txt", "b-2.txt", "c-2.txt"]
    assert [path.read_bytes() for path in (outer[0], inner[0])] == [b"outer", b"x"]
    assert len(list(tmp_path.iterdir())) == 6


def failing(real: Callable[..., object], fails_at: int) -> Callable[..., object]:
    calls = []

    def call_it(*arguments: object, **more: object) -> object:
        calls.append(arguments)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device")
        return real(*arguments, **more)

    return call_it


PLANS = [Planned(name, ".txt", lambda path: path.write_bytes(b"x") and None, lambda path: []) for name in "abc"]
STEPS = [("rename", n) for n in range(1, 4)] + [("fsync", n) for n in range(1, 5)] + [("write", n) for n in range(1, 4)]


@pytest.mark.parametrize(("call", "fails_at"), STEPS)
def test_a_disk_that_fails_at_any_step_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, fails_at: int
) -> None:
    owner, name = {"rename": (Path, "replace"), "fsync": (os, "fsync"), "write": (Path, "write_bytes")}[call]
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), fails_at))
    with pytest.raises(Unwritable, match="No space left"):
        write_all(tmp_path, PLANS, lambda done, text: None)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_while_an_export_gets_its_names_leaves_nothing(
    tmp_path: Path, send: Callable[..., Exported], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "replace", failing(Path.replace, 3))
    with pytest.raises(Unwritable, match="No space left"):
        send(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, send: Callable[..., Exported]) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unwritable, match="could not be written"):
        send(tmp_path / "taken" / "out")


def test_a_file_that_reads_back_otherwise_is_not_called_saved_and_the_attribute_is_named(
    tmp_path: Path, send: Callable[..., Exported], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = objects.read_object

    def altered(path: Path) -> object:
        dataset = real(path)
        if "SegmentSequence" in dataset:
            dataset.SegmentSequence[0].SegmentLabel = "other"
        return dataset

    monkeypatch.setattr(objects, "read_object", altered)
    with pytest.raises(Unwritable, match=r"SegmentSequence\[1\]\.SegmentLabel"):
        send(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_voxels_that_read_back_otherwise_are_named(
    tmp_path: Path, send: Callable[..., Exported], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = exporting.build_segs

    def shifted(*arguments: object) -> object:
        (built,) = real(*arguments)
        built.dataset.PixelData = bytes(len(built.dataset.PixelData))
        return (built,)

    monkeypatch.setattr(exporting, "build_segs", shifted)
    with pytest.raises(Unwritable, match="PixelData of segment 1, slice 3"):
        send(tmp_path)
    assert list(tmp_path.iterdir()) == []
