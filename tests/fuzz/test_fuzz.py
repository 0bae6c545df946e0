"""Broken inputs of every kind, in a process of its own: no crash, no hang, no gigabytes, a sentence for each."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = (
    "scan", "headers", "pixels", "dicomdir", "zip", "sr", "seg", "rtstruct", "export", "json", "manifests", "presets",
    "store", "records",
)  # fmt: skip


def fuzz(kind: str, out: Path, *limits: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", kind, "--out", str(out), *limits],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{sorted(path.name for path in out.iterdir())}"


@pytest.mark.parametrize("kind", ["scan", "headers", "pixels", "sr"])
def test_every_broken_file_ends_in_a_sentence(kind: str, shared: Path, tmp_path: Path) -> None:
    assert len(list((shared / "broken_files").iterdir())) >= 20
    fuzz(kind, tmp_path, "--files", str(shared / "broken_files"))


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("kind", KINDS)
def test_a_few_broken_inputs_end_in_sentences(kind: str, tmp_path: Path) -> None:
    fuzz(kind, tmp_path, "--count", "25")


@pytest.mark.long
@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("kind", KINDS)
def test_five_minutes_of_broken_inputs_end_in_sentences(kind: str, tmp_path: Path) -> None:
    fuzz(kind, tmp_path, "--seconds", "300", "--seed", "7")


@pytest.mark.long
@pytest.mark.usefixtures("shared")
def test_five_thousand_mutations_of_good_files_end_in_sentences(tmp_path: Path) -> None:
    fuzz("scan", tmp_path, "--count", "2500", "--seed", "8")
    fuzz("pixels", tmp_path, "--count", "2500", "--seed", "9")
