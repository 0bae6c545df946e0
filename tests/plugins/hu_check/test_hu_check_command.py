import json
from pathlib import Path

import pytest

from mo_viewer.cli import run
from mo_viewer.paths import user_data

WANTED = {
    "schema": str,
    "phantom": str,
    "inserts": list,
    "noise_hu": float,
    "uniformity_hu": float,
    "slice_step_mm": float,
    "hole_distances_mm": list,
    "line": dict,
}


@pytest.fixture
def phantom(shared: Path) -> Path:
    return shared / "phantom_catphan504_zip"


def test_the_command_writes_what_the_contract_says(phantom: Path, tmp_path: Path) -> None:
    assert run(["hu-check", str(phantom), "--json", str(tmp_path / "o.json")]) == 0
    said = json.loads((tmp_path / "o.json").read_text("utf-8"))
    assert {name: type(said[name]) for name in WANTED} == WANTED
    assert said["schema"] == "mo-viewer/hu-check/1"
    assert said["phantom"] == "Catphan 504"
    assert len(said["hole_distances_mm"]) == 4
    assert {"slope", "intercept"} <= set(said["line"])
    teflon = next(one for one in said["inserts"] if one["material"] == "Teflon")
    assert teflon["nominal_hu"] == 990
    assert teflon["tolerance_hu"] == 40
    assert teflon["measured_hu"] == pytest.approx(1000, abs=10)
    assert teflon["sd_hu"] > 0
    assert teflon["pass"] is True
    assert "ZZZOBIACB1" not in (tmp_path / "o.json").read_text("utf-8")
    assert not (user_data() / "plugins" / "hu_check" / "history.json").exists()


def test_a_thigh_is_answered_with_null_and_a_sentence(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hu-check", str(shared / "ct_thigh_calcified_mass_a"), "--json", "-"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["phantom"] is None
    assert said.err.strip() == "No phantom here: nothing of the Catphan 50x family was found."


def test_a_kept_check_is_in_the_history_once_and_the_line_is_on_offer(phantom: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert run(["hu-check", str(phantom), "--json", str(tmp_path / "o.json"), "--keep", "--offer"]) == 0
    kept = (user_data() / "plugins" / "hu_check" / "history.json").read_text("utf-8")
    [entry] = json.loads(kept)["checks"]
    assert entry["kvp"] == 100
    assert entry["kernel"] == "Ram-Lak"
    assert entry["hu"]["Teflon"] == pytest.approx(1000, abs=10)
    assert "ZZZOBIACB1" not in kept
    [line] = json.loads((user_data() / "plugins" / "calibrations.json").read_text("utf-8"))["calibrations"]
    assert line["made_by"].startswith("hu_check ")
    assert line["slope"] == pytest.approx(1.0, abs=0.02)


def test_an_edited_table_decides(phantom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from hu_check.table import editable_table

    folder = user_data() / "plugins" / "hu_check"
    folder.mkdir(parents=True)
    path = editable_table(folder)
    path.write_text(path.read_text("utf-8").replace("nominal_hu = 340.0", "nominal_hu = 440.0"), "utf-8")
    assert run(["hu-check", str(phantom), "--json", str(tmp_path / "o.json")]) == 1
    assert "Delrin is out of tolerance" in capsys.readouterr().err
    said = json.loads((tmp_path / "o.json").read_text("utf-8"))
    assert [one["material"] for one in said["inserts"] if not one["pass"]] == ["Delrin"]
    assert said["table"] == "edited"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["hu-check"], 2),
        (["hu-check", "--no-such-option"], 2),
        (["hu-check", "not-there", "--json", "-"], 3),
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_output_that_cannot_be_written_is_code_4(phantom: Path, tmp_path: Path) -> None:
    assert run(["hu-check", str(phantom), "--json", str(tmp_path / "no" / "o.json")]) == 4


def test_a_word_that_is_no_command_is_still_a_path(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert run(["some-folder"]) == 2
    assert "no display" in capsys.readouterr().err
