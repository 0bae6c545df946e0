"""The site of a lesion: found by typing into the field, and never shown unless it is kept."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mo_viewer.findings.lesion import Lesion
from mo_viewer.ui.app import wait_until


@pytest.fixture
def field(qtbot):
    """The fields of a lesion without a site, and the sites that were kept."""
    from mo_ossification.details import Details

    details = Details(None, None)
    qtbot.addWidget(details)
    kept = []

    def keep(title, changed):
        details._lesion = changed(details._lesion)
        kept.append(details._lesion.site)

    details._change = keep
    details.show_lesion(Lesion("2.25.1", "Lesion 1", ()))
    details.resize(360, 120)
    details.show()
    details.activateWindow()
    assert wait_until(details.isActiveWindow, 10)
    details.name.setFocus()
    return details, kept


def clicked(details):
    line = details.site.lineEdit()
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(30, line.height() // 2))
    return line


def test_what_is_typed_after_a_click_replaces_not_stated_and_finds_the_site(field):
    details, kept = field
    line = clicked(details)
    QTest.keyClicks(line, "rider")
    assert line.text() == "rider"
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert [code.meaning for code in kept] == [details.site.currentData().meaning]
    assert details.site.currentIndex() > 0


def test_a_second_click_puts_the_cursor_where_it_is(field):
    clicked(field[0])
    line = clicked(field[0])
    assert not line.hasSelectedText()


def test_words_that_name_no_site_go_when_the_field_is_left(field):
    details, kept = field
    line = clicked(details)
    QTest.keyClicks(line, "zzz")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "not stated"
    assert kept == []


def test_a_long_name_is_read_from_its_beginning(field):
    details, _ = field
    details.site.setCurrentIndex(3)
    assert details.site.lineEdit().cursorPosition() == 0
