"""What the store promises beyond a single window: versions, damage, two writers, disks that refuse, removal."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from small_findings import OTHER, PATIENT, fill, labels, make_old, marked, present

from mo_viewer.base.faults import Fault, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.session import schema
from mo_viewer.session.rescue import rescue
from mo_viewer.session.schema import BACKUP, SCHEMA, Damaged
from mo_viewer.session.session import Session
from mo_viewer.session.store import Overtaken, Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "findings.sqlite"


def test_every_commit_waits_for_the_disk(path: Path) -> None:
    with closing(Store(path)) as store:
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of modes")
def test_only_the_owner_may_read_it(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store)
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_revision_says_who_and_when_and_is_never_changed_or_deleted(path: Path) -> None:
    with closing(Store(path)) as store:
        numbers = fill(store)
        found = store.revision(numbers[0])
        assert abs(found.made - time.time()) < 60
        assert found.who
        for statement in ("UPDATE revision SET title = 'x'", "DELETE FROM revision"):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                store._db.execute(statement)


def test_an_old_schema_is_brought_up_to_date_after_a_backup(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store)
    make_old(path)
    assert present(path) == ["L1", "L2", "L3"]
    backup = path.with_name(f"{path.name}{BACKUP}{SCHEMA}")
    with closing(sqlite3.connect(backup)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM revision").fetchone() == (3,)


def test_a_migration_that_breaks_off_leaves_the_old_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(path)) as store:
        fill(store)
    make_old(path)
    monkeypatch.setattr(schema, "GUARDS", ("NOT SQL",))
    assert Store(path).trouble is not None
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    monkeypatch.undo()
    assert present(path) == ["L1", "L2", "L3"]


def test_tables_of_another_program_are_not_touched(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(Damaged):
        Store(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def damage(path: Path, first: int) -> None:
    """Overwrite the pages behind the first few."""
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    for start in range(first * page, len(data), page):
        data[start : start + page] = b"\xa5" * page
    path.write_bytes(data)


def test_a_damaged_page_is_found_at_the_start_and_what_is_good_is_rescued(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store, PATIENT, 40)
        fill(store, OTHER, 1)
    whole = path.read_bytes()
    damage(path, len(whole) // 4096 * 2 // 3)
    hurt = path.read_bytes()
    with pytest.raises(Damaged):
        Store(path)
    rescued = rescue(path)
    with closing(rescued.store) as store:
        assert rescued.aside.read_bytes() == hurt
        assert "damaged" in rescued.sentence
        for key in store.patients():
            head = store.head(key)
            assert head is not None
            assert labels(head.document) == [f"L{n}" for n in range(1, len(labels(head.document)) + 1)]
        assert PATIENT.key in store.patients()


def test_a_file_of_rubbish_gives_an_empty_store_and_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 500)
    rescued = rescue(path)
    with closing(rescued.store) as store:
        assert (rescued.patients, store.patients()) == (0, ())
    assert rescued.aside.read_bytes() == b"not a database at all" * 500


def test_a_damaged_last_state_gives_way_to_the_one_before_and_this_is_said(path: Path) -> None:
    with closing(Store(path)) as store:
        numbers = fill(store)
        store._db.execute("DROP TRIGGER revision_stays")
        store._db.execute("UPDATE revision SET document = replace(document, 'L3', 'LX') WHERE number = ?", numbers[2:])
    said: list[Fault] = []
    session = Session(Store(path), noticed=said.append)
    assert labels(session.open_patient(PATIENT)) == ["L1", "L2"]
    assert "damaged" in said[0].sentence
    session.close()


def test_the_second_of_two_writers_gets_a_sentence_and_no_update_is_lost(path: Path) -> None:
    faults: list[Fault | None] = []
    one, two = Session(Store(path)), Session(Store(path), faults.append)
    start = one.open_patient(PATIENT)
    two.open_patient(PATIENT)
    one.change("Mark A", marked(start, "A"))
    one.flush()
    two.change("Mark B", marked(start, "B"))
    two.flush()
    assert isinstance(faults[-1], Overtaken)
    assert "another window" in str(faults[-1])
    assert present(path) == ["A"]
    assert faults[-1].number is not None
    with closing(Store(path)) as store:
        assert labels(store.revision(faults[-1].number).document) == ["B"]
    two.take_stored()
    assert two.document is not None
    assert labels(two.document) == ["A"]
    two.change("Mark C", marked(two.document, "C"))
    two.flush()
    assert faults[-1] is None
    assert present(path) == ["A", "C"]
    one.close()
    two.close()


def test_an_undo_does_not_write_over_another_windows_change(path: Path) -> None:
    faults: list[Fault | None] = []
    one = Session(Store(path), faults.append)
    one.change("Mark A", marked(one.open_patient(PATIENT), "A"))
    one.flush()
    two = Session(Store(path))
    two.change("Mark B", marked(two.open_patient(PATIENT), "B"))
    two.flush()
    one.undo()
    one.flush()
    assert isinstance(faults[-1], Overtaken)
    assert present(path) == ["A", "B"]
    one.close()
    two.close()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from small_findings import PATIENT, marked
from mo_viewer.findings.document import Document
from mo_viewer.session.store import Overtaken, Store
store = Store(Path(sys.argv[1]))
for n in range(25):
    while True:
        head = store.head(PATIENT.key)
        try:
            store.append("Mark", marked(head.document, f"{sys.argv[3]}{n}"), head.number)
            break
        except Overtaken:
            pass
store.close()
"""


def test_two_programs_at_once_lose_nothing(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store, count=1)
    here = str(Path(__file__).parent)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), here, name]) for name in "AB"]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert sorted(present(path)) == sorted(["L1", *(f"{name}{n}" for name in "AB" for n in range(25))])


def test_a_full_disk_is_said_once_and_all_is_written_when_there_is_room(path: Path) -> None:
    faults: list[Fault | None] = []
    store = Store(path)
    session = Session(store, faults.append)
    document = session.open_patient(PATIENT)
    session.flush()
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count={pages}")
    opened = store._opened

    def crowded(check: bool) -> sqlite3.Connection:
        db = opened(check)
        db.execute(f"PRAGMA max_page_count={pages}")
        return db

    store._opened = crowded
    for n in range(12):
        document = marked(document, f"L{n}")
        session.change(f"Mark L{n}", document)
    session.flush()
    refused = [fault for fault in faults if fault is not None]
    assert [type(fault) for fault in refused] == [Unwritable]
    assert session.unsaved > 0
    assert session.document == document
    store._opened = opened
    document = marked(document, "last")
    session.change("Mark last", document)
    session.flush()
    assert faults[-1] is None
    assert session.unsaved == 0
    session.close()
    again = Session(Store(path))
    assert again.open_patient(PATIENT) == document
    assert again.undo_title == "Mark last"
    again.close()


def test_a_start_after_a_crash_says_what_was_restored(path: Path) -> None:
    store = Store(path)
    assert store.begin_running() == ""
    fill(store)
    second = Store(path)
    assert second.begin_running() == ""
    second.close()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    store._db.execute("UPDATE running SET token = 'killed', pid = ?", (gone.pid,))
    third = Store(path)
    assert "all 3 changes are there" in third.begin_running()
    third.close()
    store.close()
    with closing(Store(path)) as fourth:
        assert fourth.begin_running() == ""


def test_a_first_state_is_not_put_over_one_that_came_meanwhile(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store, count=1)
        with pytest.raises(Overtaken):
            store.append("Mark", marked(Document(PATIENT), "X"), None)


def test_a_place_on_a_network_is_known_by_its_mount(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/far\\040away nfs4 rw 0 0\n"
    monkeypatch.setattr(schema.sys, "platform", "linux")
    monkeypatch.setattr(Path, "read_text", lambda *_: table)
    assert schema.is_on_network(Path("/mnt/far away/findings.sqlite"))
    assert not schema.is_on_network(Path("/mnt/findings.sqlite"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_folder_that_cannot_be_written_keeps_the_work_in_memory(tmp_path: Path) -> None:
    """As a plain user: the superuser may write everywhere."""
    folder = tmp_path / "data"
    with closing(Store(folder / "findings.sqlite")) as store:
        fill(store, count=1)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


READ_ONLY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from small_findings import PATIENT, labels, marked
from mo_viewer.base.faults import Unwritable
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store
from plain_user import become_plain
folder, faults = Path(sys.argv[1]), []
become_plain(folder)
folder.chmod(0o500)
(folder / "findings.sqlite").chmod(0o400)
session = Session(Store(folder / "findings.sqlite"), faults.append)
document = session.open_patient(PATIENT)
assert labels(document) == ["L1"], labels(document)
document = marked(document, "L2")
session.change("Mark L2", document)
session.change("Mark L3", marked(document, "L3"))
session.flush()
assert [type(fault) for fault in faults] == [Unwritable], faults
assert labels(session.document) == ["L1", "L2", "L3"]
folder.chmod(0o700)
(folder / "findings.sqlite").chmod(0o600)
session.close()
assert faults[-1] is None, [(repr(f), getattr(f, "detail", "")) for f in faults]
again = Session(Store(folder / "findings.sqlite"))
assert labels(again.open_patient(PATIENT)) == ["L1", "L2", "L3"]
again.close()
"""
