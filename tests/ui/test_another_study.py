"""Another study in a comparison of panes: the prior's pane shows what is said, one study alone is one pane."""

import pytest
from hands import SHIFT, click, key
from PySide6.QtCore import QPointF, Qt
from shown_window import opened_window
from small_studies import DATES, write_three_dates

from mo_viewer.ui.app import wait_until

FIRST, MARCH, AUGUST = DATES


@pytest.fixture
def window(qtbot, tmp_path):
    write_three_dates(tmp_path / "images")
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1366, 768))
    made.show_series(next(one for one in made.library.series if one.source.study_uid == AUGUST))
    assert wait_until(lambda: made.volume is not None and made.volume.source.study_uid == AUGUST, 20)
    yield made
    made.close()


def shown(window):
    assert wait_until(
        lambda: window.jobs.is_idle and all(pane.volume is not None for pane in window.workspace.panes), 20
    )
    return [pane.volume.source.study_uid for pane in window.workspace.panes]


def compare(window):
    key(window.pane.view, Qt.Key.Key_V)
    assert shown(window) == [MARCH, AUGUST]


def press(window):
    key(window.pane.view, Qt.Key.Key_T, SHIFT)


def test_another_study_comes_into_the_pane_of_the_prior_and_is_named(window):
    compare(window)
    press(window)
    assert shown(window) == [FIRST, AUGUST]
    assert "Compared with 2024-02-05" in window.status.said.text()
    press(window)
    assert shown(window) == [MARCH, AUGUST]


def test_it_is_the_priors_pane_also_where_the_reader_is_in_it(window):
    compare(window)
    prior = window.workspace.panes[0]
    click(prior.view, QPointF(30, 30))
    press(window)
    assert shown(window) == [FIRST, AUGUST]


def test_the_study_that_was_compared_stays_where_a_newer_one_comes_beside_it(window):
    window.show_series(next(one for one in window.library.series if one.source.study_uid == MARCH))
    window.act("compare")
    assert shown(window) == [FIRST, MARCH]
    for expected in (AUGUST, FIRST):
        press(window)
        assert shown(window) == [expected, MARCH]


def test_what_is_laid_over_is_what_stands_beside(window):
    press(window)
    assert "next comparison is with" in window.status.said.text()
    compare(window)
    comparing = window.extras.comparing
    assert comparing.then().source.study_uid == MARCH
    press(window)
    assert comparing.then().source.study_uid == shown(window)[0] == FIRST


def test_where_all_studies_are_seen_another_one_says_so(window):
    window.act("compare")
    assert shown(window) == [FIRST, MARCH, AUGUST]
    press(window)
    assert shown(window) == [FIRST, MARCH, AUGUST]
    assert "shown already" in window.status.said.text()


def test_this_study_alone_is_one_pane(window):
    compare(window)
    action = window.actions_table.action("compare.off")
    assert not action.refusal
    window.act("compare.off")
    assert shown(window) == [AUGUST]
    assert "alone already" in action.refusal
