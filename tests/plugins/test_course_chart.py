"""The curves of a course: their axis, their colours, and what stands there before there is a second study."""

import pytest
from contrast import LEAST, contrast
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from mo_viewer.ui import theme
from mo_viewer.ui.app import wait_until

NO_BUTTON, NONE = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def chart(qtbot):
    from mo_ossification.chart import CourseChart

    made = CourseChart(lambda uid: None)
    qtbot.addWidget(made)
    made.resize(340, 600)
    made.show()
    yield made
    theme.wear(QApplication.instance(), theme.DARK)


def curve(*days):
    from mo_ossification.timeline import Curve

    values = tuple(10.0 + day / 10 for day in days)
    return Curve("Size", "cm³", days, values, (1.0,) * len(days), tuple(f"1.{day}" for day in days))


def test_one_study_is_no_curve_and_that_is_said(chart):
    from mo_ossification.chart import ONE_STUDY

    chart.show_curves((curve(0), curve(0)), (), False)
    assert chart._plots == []
    assert chart.alone.isVisible()
    assert chart.alone.text() == ONE_STUDY
    chart.show_curves((curve(0, 40),), (), False)
    assert len(chart._plots) == 1
    assert not chart.alone.isVisible()
    chart.show_curves((), (), False)
    assert not chart.alone.isVisible()


def test_the_wheel_is_left_to_the_panel_wherever_it_stands_over_a_curve(chart):
    chart.show_curves((curve(0, 40), curve(0, 40)), (), False)
    plot = chart._plots[-1]
    parts = (plot.getViewBox(), plot.getAxis("bottom"), plot.getAxis("left"))
    assert wait_until(lambda: all(part.sceneBoundingRect().height() > 5 for part in parts), 5)
    for part in parts:
        at = QPointF(plot.mapFromScene(part.sceneBoundingRect().center()))
        screen, phase = plot.viewport().mapToGlobal(at), Qt.ScrollPhase.NoScrollPhase
        turn = QWheelEvent(at, screen, QPoint(), QPoint(0, -120), NO_BUTTON, NONE, phase, False)
        QApplication.sendEvent(plot.viewport(), turn)
        assert not turn.isAccepted(), part


def test_every_axis_says_days(chart):
    chart.show_curves((curve(0, 40), curve(0, 40)), (), True)
    for plot in chart._plots:
        assert plot.getAxis("bottom").tickStrings([0.0, 50.0], 1.0, 50.0) == ["0 d", "50 d"]
    assert "injury" in chart._plots[-1].getAxis("bottom").labelText


def test_the_days_are_said_once_below_the_last_curve(chart):
    chart.show_curves((curve(0, 40), curve(0, 40), curve(0, 40)), (), True)
    bottoms = [plot.getAxis("bottom") for plot in chart._plots]
    assert [axis.style["showValues"] for axis in bottoms] == [False, False, True]
    assert [bool(axis.labelText) and axis.label.isVisible() for axis in bottoms] == [False, False, True]
    chart.show_curves((curve(0, 40),), (), True)
    assert chart._plots[0].getAxis("bottom").style["showValues"]
    assert chart._plots[0].getAxis("bottom").label.isVisible()


def test_what_happened_is_named_once_and_its_name_is_whole(chart):
    from pyqtgraph import InfiniteLine, InfLineLabel

    from mo_viewer.findings.days import Moment

    happened = (Moment(0, "injury"), Moment(1, "surgery"), Moment(20, "NSAID"))
    chart.show_curves((curve(0, 40), curve(0, 40)), happened, True)
    assert wait_until(chart._plots[0].isVisible, 5)
    lines = [[one for one in plot.plotItem.items if isinstance(one, InfiniteLine)] for plot in chart._plots]
    named = [[one for line in row for one in line.childItems() if isinstance(one, InfLineLabel)] for row in lines]
    assert [len(row) for row in lines] == [3, 3]
    assert [[words.textItem.toPlainText() for words in row] for row in named] == [["injury", "NSAID"], []]
    area = chart._plots[0].plotItem.vb.sceneBoundingRect().adjusted(-1, -1, 1, 1)
    assert wait_until(lambda: all(area.contains(one.textItem.sceneBoundingRect()) for one in named[0]), 5)


def test_curves_take_the_colours_of_another_theme(chart):
    chart.show_curves((curve(0, 40),), (), False)
    for worn in (theme.LIGHT, theme.DARK):
        theme.wear(QApplication.instance(), worn)
        assert wait_until(lambda worn=worn: ink(chart) == worn.text, 5)


def ink(chart):
    return chart._plots[0].getAxis("bottom").textPen().color().name()


def test_points_bear_the_colour_of_their_lesion_and_an_edge_that_is_seen_on_light_and_dark(chart):
    for worn in (theme.DARK, theme.LIGHT):
        theme.wear(QApplication.instance(), worn)
        chart.show_curves((curve(0, 40),), (), False, "#cc79a7")
        (points,) = [item for item in chart._plots[0].listDataItems() if item.opts["symbol"] == "o"]
        assert points.opts["symbolBrush"] == "#cc79a7"
        assert points.opts["symbolPen"].color().name() == chart._ink()


def test_the_names_of_what_happened_are_readable_on_light_and_dark(chart):
    for worn in (theme.DARK, theme.LIGHT):
        theme.wear(QApplication.instance(), worn)
        assert contrast(chart._event_ink(), worn.panel) >= LEAST
