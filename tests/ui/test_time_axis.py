"""The line of dates below compared pictures: there while studies are compared, a click chooses another date."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hands import LEFT, NONE, SHIFT, key
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shown_window import opened_window
from small_studies import DATES, write_series, write_three_dates

from mo_viewer.findings.days import Moment, span_words
from mo_viewer.findings.event import Occasion, PatientEvent
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.comparing.time_axis import NEAR_PX, Stop, TimeAxis, places, span_place

FIRST, MARCH, AUGUST = DATES


@pytest.fixture
def window(qtbot, tmp_path):
    write_three_dates(tmp_path / "images")
    other = tmp_path / "images" / "other"
    write_series(other, uid="1.2.9.1.1", study="1.2.9.1", patient="Roe^Ann", patient_id="P2", date="2024-08-01")
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1366, 768))
    made.show_series(series_of(made, AUGUST))
    assert wait_until(lambda: made.volume is not None and made.volume.source.study_uid == AUGUST, 20)
    yield made
    made.close()


def series_of(window, study):
    return next(one for one in window.library.series if one.source.study_uid == study)


def shown(window):
    assert wait_until(
        lambda: window.jobs.is_idle and all(pane.volume is not None for pane in window.workspace.panes), 20
    )
    QApplication.processEvents()
    return [pane.volume.source.study_uid for pane in window.workspace.panes]


def axis_of(window):
    return window.centre.findChild(TimeAxis)


def marked(window):
    return [stop.study_uid for stop in axis_of(window).stops if stop.is_shown]


def choose(window, study):
    axis = axis_of(window)
    at = axis.mapTo(window, axis.place_of(study).toPoint() + QPoint(2, 3))
    QTest.mouseClick(window.windowHandle(), LEFT, NONE, at)


def test_it_stands_below_the_pictures_while_they_are_compared_and_takes_no_room_else(window):
    view = window.pane.view
    whole = view.height()
    assert axis_of(window) is None
    key(view, Qt.Key.Key_V)
    assert shown(window) == [MARCH, AUGUST]
    axis = axis_of(window)
    assert axis.isVisible()
    assert axis.height() <= 40
    assert axis.mapTo(window, QPoint()).y() == window.middle.mapTo(window, QPoint(0, window.middle.height())).y()
    assert [stop.date for stop in axis.stops] == list(DATES.values())
    assert marked(window) == [MARCH, AUGUST]
    window.act("compare.off")
    assert shown(window) == [AUGUST]
    assert axis.isHidden()
    assert wait_until(lambda: window.pane.view.height() == whole, 5)


def test_a_click_on_a_date_compares_with_it_and_one_on_a_shown_date_goes_to_its_pane(window):
    key(window.pane.view, Qt.Key.Key_V)
    assert shown(window) == [MARCH, AUGUST]
    choose(window, FIRST)
    assert shown(window) == [FIRST, AUGUST]
    assert wait_until(lambda: marked(window) == [FIRST, AUGUST], 5)
    assert "Compared with 2024-02-05" in window.status.said.text()
    choose(window, FIRST)
    assert window.pane is window.workspace.panes[0]
    assert [stop.study_uid for stop in axis_of(window).stops if stop.is_active] == [FIRST]
    choose(window, MARCH)
    assert shown(window) == [MARCH, AUGUST]
    assert wait_until(lambda: marked(window) == [MARCH, AUGUST], 5)


def test_the_date_beside_is_marked_too_where_a_key_has_chosen_it(window):
    key(window.pane.view, Qt.Key.Key_V)
    assert shown(window) == [MARCH, AUGUST]
    key(window.pane.view, Qt.Key.Key_T, SHIFT)
    assert wait_until(lambda: marked(window) == [FIRST, AUGUST], 10)


def test_two_patients_side_by_side_have_no_dates_in_common(window):
    window.workspace.show_layout("1x2")
    for pane, study in zip(window.workspace.panes, (AUGUST, "1.2.9.1"), strict=True):
        pane.show_series(series_of(window, study))
    assert shown(window) == [AUGUST, "1.2.9.1"]
    assert axis_of(window) is None or axis_of(window).isHidden()


def test_the_injury_stands_on_the_same_days(window):
    key(window.pane.view, Qt.Key.Key_V)
    assert shown(window) == [MARCH, AUGUST]
    document = window.session.document
    injury = PatientEvent("2024-01-08", Occasion.INJURY, "exact")
    window.session.change("Injury", replace(document, injury_date="2024-01-08", events=(injury,)))
    axis = axis_of(window)
    assert [stop.after for stop in axis.stops] == ["4 wk", "9 wk", "7 mo"]
    assert "4 wk after the injury" in axis.stops[0].tip
    assert axis.place_of(FIRST).x() > 100


def test_dates_keep_their_order_and_can_be_told_apart_by_a_click():
    days = [0, 1, 2, 700, 701, 1500]
    for width in (240.0, 740.0, 2400.0):
        found = places(days, width)
        assert all(0 <= x <= width for x in found)
        assert all(right - left > 10 for left, right in pairwise(found))
    assert places([0, 100, 200], 1000.0)[1] == pytest.approx(500.0)
    alike = places([7, 7], 744.0)
    assert alike[1] - alike[0] > 200


def test_studies_of_one_day_are_told_apart_by_the_time_of_day(qtbot, tmp_path):
    for study, time in (("1.2.3.1", "092800"), ("1.2.3.2", "093400")):
        write_series(tmp_path / "ct" / study, uid=f"{study}.1", study=study, time=time, slices=6, side=32)
    window = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite", size=(1366, 768))
    window.act("compare")
    shown(window)
    assert [stop.date for stop in axis_of(window).stops] == ["2024-03-04 09:28", "2024-03-04 09:34"]
    window.close()


def test_a_click_takes_the_nearest_date_and_none_far_from_all(qtbot):
    axis, heard = TimeAxis(), []
    qtbot.addWidget(axis)
    axis.resize(740, 38)
    axis.show_stops([Stop(f"1.{n}", 10 * n, "2024-01-01") for n in range(5)], [Moment(-5, "injury")])
    axis.chosen.connect(heard.append)
    axis.show()
    at = axis.place_of("1.2").toPoint()
    QTest.mouseClick(axis, LEFT, NONE, at + QPoint(int(NEAR_PX) - 2, 0))
    QTest.mouseClick(axis, LEFT, NONE, at + QPoint(30, 0))
    assert heard == ["1.2"]


@pytest.mark.parametrize(
    ("days", "words"), [(9, "9 d"), (35, "5 wk"), (182, "6 mo"), (731, "2 y"), (913, "2.5 y"), (0, "0 d")]
)
def test_spans_are_said_as_people_say_them(days, words):
    assert span_words(days) == words


def test_the_span_between_two_dates_does_not_stand_on_what_happened_between_them():
    middle = span_place(0, 400, 60, ())
    assert middle.center().x() == 200
    beside = span_place(0, 400, 60, (200,))
    assert not beside.left() - 6 < 200 < beside.right() + 6
    assert span_place(0, 70, 60, ()) is None
    assert span_place(0, 400, 60, (120, 200, 280)) is None
