"""The command line of the contract, called as a program where that matters and as a function where it does not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mo_viewer.cli import run


def program(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mo_viewer", *arguments], capture_output=True, text=True, check=False, **more
    )


@pytest.mark.parametrize("command", ["batch"])
def test_commands_of_later_versions_say_so(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "x"]) == 2
    assert "not in this version" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["measure"],
        ["measure", "x", "--json", "-"],
        ["measure", "x", "--at", "1,2", "--json", "-"],
        ["measure", "x", "--at", "nan,2,3", "--json", "-"],
        ["scan"],
        ["find", "x"],
        ["measure", "x", "--at", "1,2,3", "--json", "-", "--no-such-option"],
        ["plugins", "--new", "x"],
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) == 1
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "no-such-folder", "--json", "-"],
        ["measure", "no-such-folder", "--at", "-12,4,5", "--json", "-"],
        ["find", "no-such-folder", "--json", "-"],
        ["verify", "no-such-folder"],
        ["send", "no-such-folder", "--to", "ARCHIVE@127.0.0.1:4242"],
    ],
)
def test_an_input_that_is_not_there_is_exit_3(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 3
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_folder_without_images_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("no image")
    assert run(["measure", str(tmp_path), "--at=1,2,3", "--json", "-"]) == 3
    assert capsys.readouterr().err


def test_the_plugins_that_run_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins"]) == 0
    printed = capsys.readouterr().out
    assert "mo_ossification 0.1.0  running" in printed
    assert "adds tool Mark calcification" in printed


def test_without_a_display_the_window_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    done = program("somewhere")
    assert done.returncode == 2
    assert "no display" in done.stderr


CLICK = "52.7,0.0,868.0"


@pytest.fixture(scope="module")
def measured(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path, int]:
    """Findings, export folder and exit code of one click in the calcified ring of the real thigh."""
    out = tmp_path_factory.mktemp("thigh")
    code = run(
        [
            "measure",
            str(shared / "ct_thigh_calcified_mass_a/ct"),
            f"--at={CLICK}",
            "--json",
            str(out / "findings.json"),
            "--export",
            str(out / "export"),
            "--picture",
            str(out / "pictures"),
        ]
    )
    return json.loads((out / "findings.json").read_text("utf-8")), out, code


class TestOnTheRealThigh:
    """The main job on the real study of the issue."""

    def test_one_click_gives_the_closed_ring_without_the_femur(self, measured) -> None:
        findings, out, code = measured
        assert code == 0
        [lesion] = findings["timepoints"][0]["lesions"]
        assert 18_000 < lesion["measurements"]["volume"]["value"] < 25_000
        assert lesion["measurements"]["max_hu"]["value"] < 500, "the femur's cortex has more than 1000 HU"
        low, high = lesion["bbox_mm"]
        assert all(a < float(c) < b for a, c, b in zip(low, CLICK.split(","), high, strict=True))
        assert len(list((out / "pictures").glob("*.png"))) == 1

    def test_other_programs_read_the_export(self, measured, shared: Path) -> None:
        _, out, _ = measured
        checker = shared.parent / "tools/check_export.py"
        images = shared / "ct_thigh_calcified_mass_a/ct"
        done = subprocess.run(
            [sys.executable, str(checker), str(out / "export"), "--images", str(images)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert run(["verify", str(out / "export"), "--images", str(images)]) == 0

    def test_a_point_outside_is_exit_1_with_valid_json(self, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = str(shared / "ct_thigh_calcified_mass_a/ct")
        assert run(["measure", path, "--at", "-900,0,0", "--json", "-"]) == 1
        printed = capsys.readouterr()
        assert [t["lesions"] for t in json.loads(printed.out)["timepoints"]] in ([], [[]])
        assert len(printed.err.strip().splitlines()) == 1

    def test_muscle_without_calcification_is_exit_1(self, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = str(shared / "ct_thigh_plain_mass")
        index = json.loads(scan_text(path, capsys))
        ct = next(s for study in index["studies"] for s in study["series"] if s["modality"] == "CT" and s["volume"])
        assert ct["frames"] == 71
        assert run(["measure", path, "--at=0,0,0", "--json", "-"]) == 1
        assert json.loads(capsys.readouterr().out)["schema"] == "mo-viewer/findings/1"

    def test_keep_puts_the_lesion_into_the_store(self, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
        from mo_viewer.session.store import findings_store

        path = str(shared / "ct_thigh_calcified_mass_a/ct")
        assert run(["measure", path, f"--at={CLICK}", "--json", "-", "--keep"]) == 0
        printed = json.loads(capsys.readouterr().out)
        store = findings_store()
        [patient] = [row[0] for row in store._db.execute("SELECT patient FROM head")]
        head = store.head(patient)
        assert head is not None
        [lesion] = head.document.timepoints[0].lesions
        assert lesion.tracking_uid == printed["timepoints"][0]["lesions"][0]["tracking_uid"]
        store.close()


def scan_text(path: str, capsys: pytest.CaptureFixture[str]) -> str:
    run(["scan", path, "--json", "-"])
    return capsys.readouterr().out
