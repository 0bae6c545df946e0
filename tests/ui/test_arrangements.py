"""Arrangements that the reader makes and names: in the menu from then on, for other patients too, until forgotten."""

import pytest
from hands import key
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.hanging import CURRENT_AND_PRIOR

PATIENCE_S = 30


@pytest.fixture
def images(tmp_path):
    """Two patients with two studies each."""
    folder = tmp_path / "images"
    for patient, name in ((3, "Doe^Jane"), (4, "Roe^Richard")):
        for study, date in ((1, "2024-03-04"), (2, "2024-05-06")):
            write_series(
                folder, uid=f"1.2.{patient}.{study}.1", study=f"1.2.{patient}.{study}", patient=name,
                patient_id=f"P{patient}", date=date, slices=6, side=24,
            )  # fmt: skip
    return folder


def show(window, uid):
    window.show_series(next(one for one in window.library.series if one.source.series_uid == uid))
    assert wait_until(lambda: window.pane.volume is not None, PATIENCE_S)


def settled(window):
    assert wait_until(
        lambda: window.jobs.is_idle and all(pane.volume is not None for pane in window.workspace.panes), PATIENCE_S
    )


def shown(window):
    return [(pane.series.source.study_uid, str(pane.looks)) for pane in window.workspace.panes]


def arrange(window):
    """The latest study at the left, coronal; the one before at the right; scrolling linked."""
    window.act("layout.1x2")
    left, right = window.workspace.panes
    for pane, uid, looks in ((left, "1.2.3.2.1", "look.coronal"), (right, "1.2.3.1.1", "look.acquired")):
        window.workspace.activate(pane)
        show(window, uid)
        window.act(looks)
    settled(window)
    if not window.workspace.linking.linked.scroll:
        window.act("link.scroll")


def test_an_arrangement_is_saved_by_name_and_fits_the_next_patient(qtbot, tmp_path, images, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Coronal first", True))
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    arrange(window)
    window.act("hang.save")
    assert "hang.Coronal first" in window.actions_table
    window.close()
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    show(window, "1.2.4.1.1")
    window.act("hang.Coronal first")
    settled(window)
    assert shown(window) == [("1.2.4.2", "coronal"), ("1.2.4.1", "acquired")]
    assert window.workspace.linking.linked.scroll
    window.close()


def test_an_arrangement_is_replaced_by_its_name_and_forgotten(qtbot, tmp_path, images, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Mine", True))
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("Mine", True))
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    arrange(window)
    window.act("hang.save")
    window.act("layout.2x1")
    window.act("hang.save")
    window.act("layout.1x1")
    window.act("hang.Mine")
    assert window.workspace.layout_now.name == "2x1"
    window.act("hang.forget")
    assert "hang.Mine" not in window.actions_table
    assert not window.actions_table.qaction("hang.forget").isEnabled()
    window.close()


def test_comparing_with_a_prior_says_why_it_cannot_be_done(qtbot, tmp_path):
    write_series(tmp_path / "one", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "one", tmp_path / "f.sqlite")
    for name in ("hang.Compare with prior", "compare"):
        made = window.actions_table.qaction(name)
        assert not made.isEnabled()
        assert "no earlier study of this patient" in made.toolTip()
    key(window.pane.view, Qt.Key.Key_V)
    assert window.workspace.layout_now.name == "1x1"
    window.panes.hang(CURRENT_AND_PRIOR)
    assert window.workspace.layout_now.name == "1x1"
    assert "no earlier study of this patient" in "".join(
        label.text() for label in window.centre.notices.findChildren(QLabel)
    )
    window.close()
