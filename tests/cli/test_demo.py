"""The demo patient read by command line and window: near the truth, and the same numbers to the last bit."""

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from mo_viewer.cli.measure import Read, read_points, started_host
from mo_viewer.dicom.scan import scan
from mo_viewer.phantom.demo import DemoPatient


@pytest.fixture(scope="module")
def readings(demo_patient: DemoPatient) -> list[Read]:
    host = started_host()
    made = []
    for study in demo_patient.studies:
        [series] = [series for series in scan([study.folder]).series if series.is_volume]
        made.append(read_points(host, series, [[study.click_mm]], None, ""))
    return made


def test_each_study_is_measured_near_its_truth(readings: list[Read], demo_patient: DemoPatient) -> None:
    for read, study in zip(readings, demo_patient.studies, strict=True):
        assert read.complaints == ()
        [lesion] = read.document.timepoints[0].lesions
        volume, p95 = lesion.measured("volume"), lesion.measured("p95_hu")
        assert volume is not None
        assert p95 is not None
        assert volume.value == pytest.approx(study.truth.volume_mm3, rel=0.05), study.date
        assert p95.value == pytest.approx(study.truth.p95_hu, abs=30), study.date


def test_the_same_click_gives_the_same_numbers_in_window_and_command_line(
    readings: list[Read], demo_patient: DemoPatient, tmp_path: Path
) -> None:
    from mo_viewer.ui.demo_pictures import picture_studies

    clicks = [(study.study_uid, study.click_mm) for study in demo_patient.studies]
    in_window = picture_studies(
        [s.folder for s in demo_patient.studies], clicks, tmp_path, tmp_path / "findings.sqlite"
    )
    for read, (picture, lesion) in zip(readings, in_window, strict=True):
        assert lesion.measurements == read.document.timepoints[0].lesions[0].measurements
        assert lesion.mask == read.document.timepoints[0].lesions[0].mask
        assert picture.stat().st_size > 50_000


def test_the_demo_without_a_display_leaves_pictures_and_all_exports(
    demo_patient: DemoPatient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MO_VIEWER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "demo-patient").symlink_to(demo_patient.folder, target_is_directory=True)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "mo_viewer", "demo", "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(list(out.glob("*.png"))) == 3
    for study in demo_patient.studies:
        names = {path.suffix for path in (out / study.date.isoformat()).iterdir()}
        assert names >= {".dcm", ".csv", ".json"}
    assert len(list((out / "course").glob("*_changes.dcm"))) == 2
    assert len(PdfReader(out / "course" / "report.pdf").pages) == 1, "one lesion, three studies"
