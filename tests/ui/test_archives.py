"""Prior studies and sending from the window; the archive's side is tested where the protocols are."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QListWidget
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.base.faults import Fault
from mo_viewer.pacs.fetch import Fetched
from mo_viewer.pacs.node import DicomNode
from mo_viewer.pacs.prior import Person, PriorSeries, PriorStudy
from mo_viewer.pacs.queue import Queue
from mo_viewer.pacs.settings import read_nodes, write_nodes
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.tick_list import TickList

NODE = DicomNode(host="127.0.0.1", port=4242, ae_title="ARCHIVE")
HERE, BEFORE = "1.2.3.1", "1.2.3.2"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Person]:
    """An archive with the open study and one before it; who was asked for."""
    asked: list[Person] = []

    def find(node, person, ticket, without=""):
        asked.append(person)
        return tuple(PriorStudy(uid, "2023-05-06", series=(PriorSeries("1", "CT"),)) for uid in (HERE, BEFORE))

    def fetch(node, study_uid, folder, ticket, series_uids=()):
        files = write_series(folder, uid=f"{study_uid}.1", study=study_uid, date="2023-05-06")
        return Fetched(tuple(files), remarks=("One image was not handed out.",))

    monkeypatch.setattr("mo_viewer.pacs.archive.find_studies", find)
    monkeypatch.setattr("mo_viewer.pacs.archive.fetch_study", fetch)
    return asked


def opened(qtbot, tmp_path: Path):
    write_series(tmp_path / "ct", study=HERE)
    return opened_window(qtbot, tmp_path / "ct", tmp_path / "findings.sqlite")


def test_without_an_archive_nothing_can_be_asked(qtbot, tmp_path: Path) -> None:
    window = opened(qtbot, tmp_path)
    enabled = {action.name: action.enabled for action in window.actions_table.all}
    assert not enabled["archive.fetch"]()
    assert not enabled["archive.send"]()
    window.close()


def test_prior_studies_are_found_fetched_and_opened(qtbot, tmp_path: Path, archive: list[Person]) -> None:
    write_nodes([NODE])
    window = opened(qtbot, tmp_path)
    assert {action.name: action.enabled for action in window.actions_table.all}["archive.fetch"]()
    found: list[tuple[PriorStudy, ...]] = []
    window.extras.archives.look(NODE, lambda node, studies: found.append(studies))
    assert wait_until(lambda: found, 60)
    assert [study.uid for study in found[0]] == [BEFORE]
    assert archive[0].id == "P1"
    window.extras.archives.fetch(NODE, found[0], tmp_path / "fetched")
    assert wait_until(lambda: len(window.library.studies) == 2 and not window.library.is_reading, 60)
    (folder,) = (tmp_path / "fetched").iterdir()
    assert folder.name.startswith("2023-05-06_")
    window.close()


def test_an_archive_that_refuses_is_one_line(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_, **__):
        raise Fault("The archive does not answer.")

    monkeypatch.setattr("mo_viewer.pacs.archive.find_studies", refuse)
    write_nodes([NODE])
    window = opened(qtbot, tmp_path)
    window.extras.archives.look(NODE, lambda node, studies: None)
    assert wait_until(lambda: any("does not answer" in m.sentence for m in window.pane.messages.messages), 60)
    window.close()


def test_an_export_is_sent_and_what_waits_is_said(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mo_viewer.pacs.send import Sent

    sent_to: list[tuple[Path, str]] = []

    def send(folder, target, ticket, again=False):
        sent_to.append((folder, target))
        return Sent(target, ())

    monkeypatch.setattr("mo_viewer.pacs.send.send", send)
    write_nodes([NODE])
    window = opened(qtbot, tmp_path)
    window.extras.archives.send(NODE, tmp_path / "export")
    assert wait_until(lambda: sent_to and window.jobs.is_idle, 60)
    assert sent_to == [(tmp_path / "export", NODE.address)]
    assert window.pane.messages.messages == ()
    window.close()


def test_what_waited_is_sent_at_the_next_start(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Queue] = []
    monkeypatch.setattr("mo_viewer.pacs.courier.send_due", lambda queue, ticket: tried.append(queue) or ())
    Queue().close()
    window = opened(qtbot, tmp_path)
    assert tried == []
    window.close()
    write_nodes([NODE])
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: tried, 60)
    window.close()


def test_only_ticked_rows_count(qtbot, tmp_path: Path) -> None:
    asked = TickList(None, "Which", ["one", "two", "three"], "", "Go on")
    qtbot.addWidget(asked)
    assert asked.ticked_rows == ()
    for row in (0, 2):
        asked.list.item(row).setCheckState(asked.list.item(row).checkState().Checked)
    assert asked.ticked_rows == (0, 2)


def test_an_archive_is_added_tried_and_removed_by_keys_and_mouse(qtbot, tmp_path: Path, monkeypatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr("mo_viewer.pacs.archive.echo", lambda node, ticket: tried.append(node))
    window = opened(qtbot, tmp_path)
    enabled = {action.name: action.enabled for action in window.actions_table.all}
    window.actions_table.qaction("archive.set").trigger()
    dialog = window.extras.preferences
    page = dialog.archives
    assert wait_until(dialog.isActiveWindow, 10)
    assert dialog.pages.currentWidget() is page
    assert not page.test.isEnabled()

    qtbot.keyClicks(page.address, "nowhere")
    qtbot.mouseClick(page.add, Qt.MouseButton.LeftButton)
    assert "neither AET@HOST:PORT nor a web address" in page.said.text()
    assert read_nodes() == ()

    page.address.clear()
    qtbot.keyClicks(page.name, "Department")
    qtbot.keyClicks(page.address, "ARCHIVE@127.0.0.1:4242")
    qtbot.keyClick(page.address, Qt.Key.Key_Return)
    assert read_nodes() == (replace(NODE, name="Department"),)
    assert "Department" in page.known.item(0).text()
    assert page.address.text() == ""
    assert enabled["archive.send"]()

    qtbot.mouseClick(page.known.viewport(), Qt.MouseButton.LeftButton, pos=row_centre(page.known, 0))
    qtbot.mouseClick(page.test, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: page.said.text() == "The archive answers.", 60)
    assert tried == list(read_nodes())

    qtbot.keyClick(page.known, Qt.Key.Key_Delete)
    assert read_nodes() == ()
    assert page.known.count() == 0
    assert not enabled["archive.send"]()
    window.close()


def row_centre(rows: QListWidget, row: int) -> QPoint:
    return rows.visualItemRect(rows.item(row)).center()
