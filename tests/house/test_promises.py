"""What is promised of a whole session: sources untouched, no network, and nobody's name where it must not stand."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from mo_viewer.phantom.demo import DemoPatient

NAME, NUMBER, BIRTH, DOCTOR = "Zwetschgenmus^Quirina", "PLANTED-4711-X", "19130417", "Krautwickel^Balduin"
COMMENT = "Planted comment about Quirina"
PLANTED = ("Zwetschgenmus", "Quirina", NUMBER, BIRTH, "Krautwickel", "Balduin", "Planted comment", "1913-04-17")
HERE = Path(__file__).parent


class Held:
    """One whole session, held once for all tests of this file."""

    def __init__(self, work: Path, done: subprocess.CompletedProcess[str], before: list[tuple], images: Path) -> None:
        self.work, self.done, self.before, self.images = work, done, before, images


def state(folder: Path) -> list[tuple[str, int, int, str]]:
    found = []
    for path in sorted(folder.rglob("*")):
        info = path.stat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found.append((str(path.relative_to(folder)), info.st_mtime_ns, info.st_mode, content))
    return found


@pytest.fixture(scope="module")
def held(demo_patient: DemoPatient, tmp_path_factory: pytest.TempPathFactory) -> Held:
    study = demo_patient.studies[0]
    images, work = tmp_path_factory.mktemp("images") / "Zwetschgenmus_Quirina", tmp_path_factory.mktemp("work")
    shutil.copytree(study.folder, images)
    for path in images.rglob("*"):
        if path.is_file():
            data = pydicom.dcmread(path)
            data.PatientName, data.PatientID, data.PatientBirthDate = NAME, NUMBER, BIRTH
            data.ReferringPhysicianName, data.PatientComments = DOCTOR, COMMENT
            data.save_as(path)
    before = state(images)
    own = {f"MO_VIEWER_{name}": str(work / name.lower()) for name in ("DATA", "CACHE", "SETTINGS")}
    places = {name: str(work / name.lower()) for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME")}
    for folder in places.values():
        Path(folder).mkdir(mode=0o700)
    at = ",".join(str(value) for value in study.click_mm)
    done = subprocess.run(
        [sys.executable, str(HERE / "whole_session.py"), str(images), str(work), study.study_uid, at],
        capture_output=True,
        text=True,
        check=False,
        cwd=work / "home",
        env={**os.environ, **own, **places, "PYTHONPATH": str(HERE.parents[1])},
    )
    return Held(work, done, before, images)


def test_a_whole_session_ends_well(held: Held) -> None:
    assert held.done.returncode == 0, held.done.stderr
    assert "Failing" in held.done.stdout


def test_the_source_folder_is_as_it_was(held: Held) -> None:
    assert state(held.images) == held.before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sockets are counted in /proc")
def test_no_internet_socket_is_opened(held: Held) -> None:
    assert "NETWORK" not in held.done.stderr
    assert "internet sockets: []" in held.done.stdout


def spellings() -> Iterator[bytes]:
    for text in PLANTED:
        for one in (text, text.lower(), text.upper()):
            for code in ("utf-8", "utf-16-le", "utf-16-be"):
                yield one.encode(code)


def test_names_stand_only_in_the_users_sqlite_files_and_in_exports(held: Held) -> None:
    wanted = set(spellings())
    found, searched = [], 0
    for path in held.work.rglob("*"):
        name = str(path.relative_to(held.work))
        is_allowed = name.startswith("export/") or (
            name.startswith(("data/", "cache/")) and path.name.split("-")[0].endswith(".sqlite")
        )
        if any(text.encode() in name.encode() for text in PLANTED):
            found.append(f"the name of {name}")
        if path.is_file() and not is_allowed:
            searched += 1
            content = path.read_bytes()
            found += [f"{text!r} in {name}" for text in wanted if text in content]
    assert found == []
    assert searched > 5
    assert (held.work / "data" / "findings.sqlite").is_file()


def test_the_audit_record_names_nobody(held: Held) -> None:
    content = (held.work / "data" / "audit.sqlite").read_bytes()
    assert [text for text in spellings() if text in content] == []


def test_names_are_neither_printed_nor_in_titles_nor_in_details_of_a_crash(held: Held) -> None:
    printed = (held.done.stdout + held.done.stderr).encode()
    assert [text for text in spellings() if text in printed] == []


def test_findings_files_may_be_read_by_their_owner_only(held: Held) -> None:
    if os.name != "nt":
        for path in [*(held.work / "data").glob("*.sqlite*"), *(held.work / "cache").glob("*.sqlite*")]:
            assert path.stat().st_mode & 0o077 == 0, path.name
