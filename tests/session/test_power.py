"""Kills and failing power: what was confirmed is there, and everything can be read."""

import pickle
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from edits import digest
from lossy_disk import after_power_loss, library
from small_findings import PATIENT

from mo_viewer.session.audit import Audit
from mo_viewer.session.store import Store

HERE = Path(__file__).parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL are POSIX")


def script(name: str, *arguments: object) -> str:
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@posix
def test_15_kills_at_random_moments_lose_no_confirmed_action(tmp_path: Path) -> None:
    assert script("kill_rounds.py", tmp_path / "findings.sqlite", 15, 1).startswith("15 kills")


@posix
@pytest.mark.long
def test_300_kills_at_random_moments_lose_no_confirmed_action(tmp_path: Path) -> None:
    sys.stderr.write(script("kill_rounds.py", tmp_path / "findings.sqlite", 300, 1000))


def check(log: list[tuple[Any, ...]], until: int, chance: Random, folder: Path) -> None:
    for name, content in after_power_loss(log, until, chance).items():
        (folder / name).write_bytes(content)
    marks = [entry[1:] for entry in log[:until] if entry[0] == "mark"]
    there = [state for kind, state in marks if kind == "there"][-1]
    coming = marks[-1][1]
    later = next((entry[2] for entry in log[until:] if entry[:2] == ("mark", "coming")), coming)
    with closing(Store(folder / "findings.sqlite")) as store:
        assert store.trouble is None
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        head = store.head(PATIENT.key)
        assert head is not None
        assert digest(head.document) in (there, coming, later), f"older than the last confirmed action at {until}"
    assert Audit(folder / "audit.sqlite").broken_at() is None


def failures(tmp_path: Path, seed: int, points: int) -> int:
    script("lossy_disk.py", tmp_path / "run" / "findings.sqlite", tmp_path / "log", seed)
    log = pickle.loads((tmp_path / "log").read_bytes())
    assert {entry[0] for entry in log} == {"open", "write", "sync", "delete", "mark", "truncate"} - (
        set() if any(entry[0] == "truncate" for entry in log) else {"truncate"}
    )
    first = next(n for n, entry in enumerate(log) if entry[:2] == ("mark", "there"))
    chance = Random(seed)
    for n in range(points):
        folder = tmp_path / f"{n}"
        folder.mkdir()
        check(log, chance.randrange(first + 1, len(log) + 1), chance, folder)
    return len(log)


unreachable = pytest.mark.skipif(
    not sys.platform.startswith("linux") or library() is None,
    reason="this Python has its SQLite built in, where its calls cannot be written down",
)


@unreachable
def test_power_that_fails_at_any_of_60_moments_leaves_the_last_confirmed_action(tmp_path: Path) -> None:
    failures(tmp_path, 1, 60)


@unreachable
@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_power_that_fails_at_any_of_500_moments_leaves_the_last_confirmed_action(tmp_path: Path, seed: int) -> None:
    failures(tmp_path, seed, 500)


@unreachable
def test_the_lossy_disk_finds_a_store_that_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """The test of the test: without syncing, confirmed actions are lost."""
    script("lossy_disk.py", tmp_path / "run" / "findings.sqlite", tmp_path / "log", 1)
    log = [
        entry for entry in pickle.loads((tmp_path / "log").read_bytes()) if entry[0] != "sync" or "wal" not in entry[1]
    ]
    first = next(n for n, entry in enumerate(log) if entry[:2] == ("mark", "there"))
    chance, lost = Random(1), 0
    for n in range(30):
        folder = tmp_path / f"{n}"
        folder.mkdir()
        try:
            check(log, chance.randrange(first + 1, len(log) + 1), chance, folder)
        except Exception:  # noqa: BLE001 - whatever goes wrong is what must
            lost += 1
        except AssertionError:
            lost += 1
    assert lost > 3
