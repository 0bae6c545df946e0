"""Encrypted zips ask for their password; parts of a split series can be seen as one; large series slice by slice."""

import sqlite3

import pytest
from encrypted_zip import encrypted_zip
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.dicom.files import forget_password
from mo_viewer.ui.app import open_window, wait_until

LONG_S = 30


def locked_zip(folder, key=b"key"):
    (path,) = write_series(folder / "plain", slices=1)
    archive = folder / "in" / "study.zip"
    archive.parent.mkdir()
    archive.write_bytes(encrypted_zip("x.dcm", path.read_bytes(), key))
    path.unlink()
    return archive


@pytest.fixture
def asked(qtbot, tmp_path):
    """A window that was given an encrypted zip, once it asks."""
    archive = locked_zip(tmp_path)
    window = open_window([archive], tmp_path / "store.sqlite")
    qtbot.addWidget(window)
    assert wait_until(lambda: window.extras.passwords.dialog is not None, LONG_S)
    yield window
    forget_password(str(archive))


def test_an_encrypted_zip_asks_again_after_a_wrong_password_and_then_opens(asked):
    passwords = asked.extras.passwords
    assert "study.zip is encrypted" in passwords.dialog.labelText()
    passwords.dialog.setTextValue("wrong")
    passwords.dialog.accept()
    assert wait_until(lambda: passwords.dialog is not None, LONG_S)
    assert "does not open it" in passwords.dialog.labelText()
    passwords.dialog.setTextValue("key")
    passwords.dialog.accept()
    assert wait_until(lambda: asked.volume is not None, LONG_S)
    assert asked.library.report.refused == ()
    assert passwords.dialog is None


def test_what_a_password_opened_is_not_kept_in_the_clear(asked, own_folders):
    asked.extras.passwords.dialog.setTextValue("key")
    asked.extras.passwords.dialog.accept()
    assert wait_until(lambda: asked.volume is not None, LONG_S)
    (kept,) = own_folders.rglob("scan.sqlite")
    with sqlite3.connect(kept) as store:
        assert store.execute("SELECT count(*) FROM series").fetchone() == (0,)


def test_who_does_not_answer_is_not_asked_again_and_finds_the_zip_in_the_report(asked):
    asked.extras.passwords.dialog.reject()
    assert wait_until(lambda: asked.jobs.is_idle and not asked.library.is_reading, LONG_S)
    assert asked.extras.passwords.dialog is None
    assert [one.code for one in asked.library.report.refused] == ["encrypted"]


@pytest.fixture
def phases(qtbot, tmp_path):
    """A window with two phases under one series UID."""
    write_series(tmp_path / "in" / "a", AcquisitionNumber=1)
    write_series(tmp_path / "in" / "b", AcquisitionNumber=2, SeriesDescription="Soft 1")
    return opened_window(qtbot, tmp_path / "in", tmp_path / "store.sqlite")


def test_parts_of_a_series_are_merged_and_parted_by_one_action(phases):
    assert [series.frames for series in phases.library.series] == [5, 5]
    phases.act("join")
    assert [series.frames for series in phases.library.series] == [10]
    assert wait_until(lambda: phases.volume is not None and phases.volume.geometry.shape[0] == 10, LONG_S)
    phases.act("join")
    assert [series.frames for series in phases.library.series] == [5, 5]
    assert wait_until(lambda: phases.volume is not None and phases.volume.geometry.shape[0] == 5, LONG_S)


def test_a_series_that_was_not_split_has_nothing_to_merge(qtbot, tmp_path):
    write_series(tmp_path / "in")
    window = opened_window(qtbot, tmp_path / "in", tmp_path / "store.sqlite")
    assert not window.library.can_join(window.pane.series)


def test_a_series_beyond_the_budget_is_shown_slice_by_slice_and_says_what_is_missing(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("mo_viewer.ui.library.default_budget", lambda: 1000)
    write_series(tmp_path / "in")
    window = open_window([tmp_path / "in"], tmp_path / "store.sqlite")
    qtbot.addWidget(window)
    view = window.pane.view
    assert wait_until(lambda: view.shown is not None and not window.library.is_reading and window.jobs.is_idle, LONG_S)
    for k in (0, 4):
        view.ask(k)
        assert wait_until(lambda k=k: view.shown is not None and view.shown.index == k, LONG_S)
        assert view.shown.volume.values[0, 5, 5] == 1424 + k
    assert window.volume is None
    assert "slice by slice" in " ".join(f"{one.sentence} {one.hint}" for one in window.pane.messages.messages)
