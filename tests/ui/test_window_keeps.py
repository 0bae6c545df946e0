"""What the window says and does when the store is damaged, was left in a crash, or does not take the findings."""

import sqlite3
import threading
from contextlib import closing

import pytest
from PySide6.QtWidgets import QMessageBox
from small_studies import write_series

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.plugin import Contribution
from mo_viewer.session import health
from mo_viewer.session.audit import Audit
from mo_viewer.session.store import Store
from mo_viewer.ui.app import check_health, open_window, wait_until
from mo_viewer.volume.source import Patient


def sentences(window):
    return [message.sentence for message in window.centre.page_messages.messages]


def opened(qtbot, folder, store):
    window = open_window([folder] if folder else [], store, places=())
    qtbot.addWidget(window)
    if folder:
        assert wait_until(lambda: window.session.document is not None and window.jobs.is_idle, 60)
    return window


def marked(window, label):
    document = window.session.document
    source = window.library.series[0].source
    return document.with_lesion(Timepoint(source.study_uid, source.series_uid), Lesion(f"2.25.{len(label)}", label, ()))


def test_a_damaged_store_is_rescued_and_said(qtbot, tmp_path):
    path = tmp_path / "findings.sqlite"
    path.write_bytes(b"rubbish" * 1000)
    window = opened(qtbot, None, path)
    assert any("damaged" in sentence for sentence in sentences(window))
    assert list(tmp_path.glob("findings.sqlite.damaged-*"))
    window.close()
    Store(path).close()


def test_a_start_after_a_crash_says_so(qtbot, tmp_path):
    path = tmp_path / "findings.sqlite"
    with closing(Store(path)) as store:
        store.append("Mark", Document(Patient("k")), None)
        store._db.execute("INSERT INTO running VALUES ('x', 999999999, ?, 0)", (__import__("platform").node(),))
    window = opened(qtbot, None, path)
    assert any("1 change is there" in sentence for sentence in sentences(window))
    window.close()


def test_closing_with_findings_that_the_disk_does_not_take_asks_first(qtbot, tmp_path, monkeypatch):
    write_series(tmp_path / "images", slices=3, side=8)
    path = tmp_path / "findings.sqlite"
    window = opened(qtbot, tmp_path / "images", path)
    window.session.flush()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    window.session._store._db.execute("PRAGMA busy_timeout=50")
    window.session.change("Mark", marked(window, "L1"))
    answers = iter(["Keep open", "Close and lose them"])

    def answer(box):
        wanted = next(answers)
        monkeypatch.setattr(
            QMessageBox, "clickedButton", lambda _: next(b for b in box.buttons() if b.text() == wanted)
        )

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not window.close()
    assert window.session.document.timepoints[0].lesions[0].label == "L1"
    holder.execute("ROLLBACK")
    holder.close()
    assert window.close()
    assert next(answers) == "Close and lose them", "nothing was asked: the findings were written"
    with closing(Store(path)) as store:
        assert store.head(store.patients()[0]).document.timepoints[0].lesions[0].label == "L1"
    assert not [thread for thread in threading.enumerate() if thread.name == "journal"]


def test_what_another_window_saved_can_be_taken_over(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=3, side=8)
    path = tmp_path / "findings.sqlite"
    one, two = (opened(qtbot, tmp_path / "images", path) for _ in range(2))
    assert not two.actions_table.qaction("take_stored").isEnabled()
    one.session.change("Mark", marked(one, "A"))
    one.session.flush()
    two.session.change("Mark", marked(two, "BB"))
    assert wait_until(lambda: any("another window" in m.sentence for m in two.pane.messages.messages), 20)
    two.actions_table.refresh()
    two.act("take_stored")
    assert [lesion.label for lesion in two.session.document.timepoints[0].lesions] == ["A"]
    one.close()
    two.close()


def test_opening_marking_and_closing_stand_in_the_audit_record(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=3, side=8)
    window = opened(qtbot, tmp_path / "images", tmp_path / "findings.sqlite")
    window.session.change("Mark L1", marked(window, "L1"))
    window.session.undo()
    window.close()
    record = Audit(tmp_path / "audit.sqlite")
    assert record.broken_at() is None
    assert [(entry.event, entry.action, entry.detail) for entry in record.entries()] == [
        ("Application Activity", "E", "start"),
        ("DICOM Instances Accessed", "R", ""),
        ("Patient Record", "C", "Mark L1"),
        ("Patient Record", "U", "Undo: Mark L1"),
        ("Application Activity", "E", "stop"),
    ]


def test_a_window_whose_self_test_fails_says_so_and_measures_nothing(qtbot, tmp_path, monkeypatch):
    write_series(tmp_path / "images", slices=3, side=8)
    window = opened(qtbot, tmp_path / "images", tmp_path / "findings.sqlite")
    check_health(window)
    assert wait_until(lambda: window.jobs.is_idle, 60)
    assert window.room.refusal is None
    monkeypatch.setattr(health, "_numbers", lambda: "A ball is measured wrongly.")
    check_health(window)
    assert wait_until(lambda: window.room.refusal is not None, 60)
    assert any("self-test has failed" in message.sentence for message in window.pane.messages.messages)
    desk = window.room.desk(Contribution("mo_x", "tool", "x", "X", None))
    monkeypatch.setattr(desk, "need", lambda _: None)
    with pytest.raises(Fault, match="self-test has failed"):
        desk.read_lesion(window.volume, [(0.0, 0.0, 0.0)], Ticket())
    window.close()


def test_the_audit_record_can_be_read_in_the_window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=3, side=8)
    window = opened(qtbot, tmp_path / "images", tmp_path / "findings.sqlite")
    window.session.change("Mark L1", marked(window, "L1"))
    window.act("audit")
    view = window.extras.audit_view
    assert wait_until(lambda: "Mark L1" in view.lines.toPlainText(), 60)
    assert "every one is what was written" in view.verdict.text()
    assert view.lines.toPlainText().splitlines()[-1].split("\t")[1] == "Application Activity"
    window.session.flush()
    with closing(sqlite3.connect(tmp_path / "audit.sqlite")) as db, db:
        db.execute("DROP TRIGGER entry_stays")
        db.execute("UPDATE entry SET who = 'nobody' WHERE number = 2")
    window.act("audit")
    assert wait_until(lambda: "broken at entry 2" in view.verdict.text(), 60)
    window.close()
