"""The store out and in as one file."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_findings import OTHER, PATIENT, fill, labels, marked, present

from mo_viewer.base.faults import Refused, Unreadable, Unwritable
from mo_viewer.report.signature import Reader, Signing
from mo_viewer.session.rescue import rescue
from mo_viewer.session.secret import alias_secret
from mo_viewer.session.session import Session
from mo_viewer.session.signings import keep_signing, signings
from mo_viewer.session.store import Store
from mo_viewer.session.transfer import Imported, export_store, import_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "findings.sqlite"


def test_a_store_goes_out_and_in_as_one_file(path: Path, tmp_path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store)
        fill(store, OTHER, 1)
        export_store(store, tmp_path / "all.sqlite")
        with pytest.raises(Unwritable):
            export_store(store, tmp_path / "all.sqlite")
        assert import_store(store, tmp_path / "all.sqlite") == Imported(same=2)
    with closing(Store(tmp_path / "new" / "findings.sqlite")) as store:
        assert import_store(store, tmp_path / "all.sqlite") == Imported(taken=2)
        assert import_store(store, tmp_path / "all.sqlite") == Imported(same=2)
    again = Session(Store(tmp_path / "new" / "findings.sqlite"))
    assert labels(again.open_patient(PATIENT)) == ["L1", "L2", "L3"]
    assert again.undo_title == "Mark L3"
    again.close()


def test_an_import_goes_forward_and_never_over_what_is_here(path: Path, tmp_path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store, count=2)
        export_store(store, tmp_path / "early.sqlite")
        head = store.head(PATIENT.key)
        assert head is not None
        store.append("Mark later", marked(head.document, "later"), head.number)
        export_store(store, tmp_path / "late.sqlite")
        assert import_store(store, tmp_path / "early.sqlite") == Imported(same=1)
    with closing(Store(tmp_path / "b" / "findings.sqlite")) as store:
        import_store(store, tmp_path / "early.sqlite")
        assert import_store(store, tmp_path / "late.sqlite") == Imported(taken=1)
    with closing(Store(tmp_path / "c" / "findings.sqlite")) as store:
        import_store(store, tmp_path / "early.sqlite")
        head = store.head(PATIENT.key)
        assert head is not None
        store.append("Mark own", marked(head.document, "own"), head.number)
        assert import_store(store, tmp_path / "late.sqlite") == Imported(differing=1)
        assert store._db.execute("SELECT COUNT(*) FROM revision").fetchone() == (4,)
    assert present(tmp_path / "c" / "findings.sqlite") == ["L1", "L2", "own"]


def test_nothing_is_taken_over_from_a_damaged_file(path: Path, tmp_path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store)
        export_store(store, tmp_path / "all.sqlite")
    with closing(sqlite3.connect(tmp_path / "all.sqlite")) as db, db:
        db.execute("UPDATE blob SET content = zeroblob(length(content))")
    (tmp_path / "rubbish").write_bytes(os.urandom(9000))
    with closing(Store(tmp_path / "new" / "findings.sqlite")) as store:
        for name in ("all.sqlite", "rubbish", "absent"):
            with pytest.raises((Unreadable, Refused)):
                import_store(store, tmp_path / name)
        assert store.patients() == ()


def test_signatures_come_along_when_a_store_is_moved_or_rescued(path: Path, tmp_path: Path) -> None:
    signing = Signing(Reader("Reader^Some"), "2024-03-01T10:00:00", "0" * 64)
    with closing(Store(path)) as store:
        fill(store)
        keep_signing(store, PATIENT.key, signing)
        secret = alias_secret(store)
        export_store(store, tmp_path / "all.sqlite")
    with closing(Store(tmp_path / "new" / "findings.sqlite")) as store:
        for _ in range(2):
            import_store(store, tmp_path / "all.sqlite")
            assert signings(store, PATIENT.key) == (signing,)
    with closing(rescue(path).store) as store:
        assert signings(store, PATIENT.key) == (signing,)
        assert alias_secret(store) == secret
        assert store.patients() == (PATIENT.key,)
