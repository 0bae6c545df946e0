"""The lesion panel stays where it was scrolled to while one patient is read, and begins at its top with another."""

import pytest
from hands import click, wheel
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until

SERIES = {"first": "1.2.3.1.1", "second": "1.2.3.2.1", "other": "1.2.4.1.1"}


@pytest.fixture
def window(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=SERIES["first"], study="1.2.3.1", slices=4, side=32)
    write_series(folder, uid=SERIES["second"], study="1.2.3.2", date="2024-05-05", slices=4, side=32)
    write_series(
        folder, uid=SERIES["other"], study="1.2.4.1", patient="Roe^Richard", patient_id="P2", slices=4, side=32
    )
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite", plugin_places())
    yield made
    made.close()


def show(window, panel, name):
    window.show_series(next(one for one in window.library.series if one.source.series_uid == SERIES[name]))
    shown = panel._shown
    assert wait_until(lambda: window.volume is not None and window.volume.source.series_uid == SERIES[name], 20)
    assert wait_until(lambda: panel._shown is not shown, 20)


def test_the_panel_begins_at_its_top_with_another_patient_alone(window):
    from mo_ossification.panel import LesionPanel

    (panel,) = window.panels.findChildren(LesionPanel)
    show(window, panel, "first")
    assert wait_until(panel.by_hand.fold.isVisible, 20)
    click(panel.by_hand.fold, panel.by_hand.fold.rect().center())
    panel._scroll.setMaximumHeight(120)
    bar = panel._scroll.verticalScrollBar()
    assert wait_until(lambda: bar.maximum() > 60, 20)
    wheel(panel._scroll.viewport(), 1)
    at = bar.value()
    assert at > 0
    show(window, panel, "second")
    assert bar.value() == at
    show(window, panel, "other")
    assert bar.value() == 0
