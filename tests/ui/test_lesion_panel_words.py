"""The lesion panel says plainly what it shows: grades with their scale, rules by name, a tooltip for everything."""

import re

import pytest
from hands import SHIFT, click, drag, key, wheel
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.demo_pictures import mark_by_click, show_study
from tests.pictures.pictures_compare import pixels

EXPLAINED = re.compile(r"(in (cm³|HU|mm|mm²|%|HU·cm³)|no unit)\.")
UNBROKEN = "\u00a0"
NOT_SAID = ("zonal index", "Zonal index", "proposal", "half-max", "Rim - core")
NOT_NAMED = ("Specks", "Between", "Largest", "Push", "Region", "Accept")


@pytest.fixture
def window(qtbot, demo_patient, tmp_path):
    made = open_window([one.folder for one in demo_patient.studies], tmp_path / "f.sqlite", size=(1366, 768))
    qtbot.addWidget(made)
    assert wait_until(lambda: made.volume is not None and made.jobs.is_idle and not made.library.is_reading, 60)
    yield made
    made.close()


def panel_of(window):
    from mo_ossification.panel import LesionPanel

    (panel,) = window.panels.findChildren(LesionPanel)
    return panel


def said(window):
    return [label.text() for label in panel_of(window).findChildren(QLabel) if label.isVisible()]


def marked(window, study):
    show_study(window, study.study_uid)
    mark_by_click(window, study.click_mm)
    assert wait_until(lambda: "WHERE THE RIM IS CLOSED" in said(window) and window.jobs.is_idle, 30)


def rim_map(window):
    from mo_ossification.small_pictures import RimMap

    return next((one for one in panel_of(window).findChildren(RimMap) if one.isVisible()), None)


def test_a_rim_open_or_closed_all_round_is_a_sentence_and_else_a_map_with_both_colours(window, demo_patient):
    from mo_ossification.small_pictures import CLOSED_COLOUR, OPEN_COLOUR

    early, middle, late = demo_patient.studies
    marked(window, early)
    assert rim_map(window) is None
    assert any(
        text.startswith("Open on all sides: almost nowhere is the rim as dense as 35 %") for text in said(window)
    )
    assert "Grade 2 of 4 (provisional): calcification" in said(window)
    marked(window, late)
    assert rim_map(window) is None
    assert "Closed on all sides." in said(window)
    marked(window, middle)
    shown = pixels(rim_map(window).grab().toImage())[..., :3]
    for colour in (CLOSED_COLOUR, OPEN_COLOUR):
        wanted = (colour.red(), colour.green(), colour.blue())
        alike = [(shown == order).all(axis=-1).mean() for order in (wanted, wanted[::-1])]
        assert max(alike) > 0.1
    assert not any(text.endswith("on all sides.") for text in said(window))


def test_all_that_is_shown_is_named_plainly_and_explained(window, demo_patient):
    marked(window, demo_patient.studies[1])
    panel = panel_of(window)
    for text in said(window):
        assert not any(word in text for word in NOT_SAID), text
        assert not re.search(r"\bR\d+\b", text), text
    names = [one for one in panel.findChildren(QLabel) if one.objectName() == "rowName" and one.isVisible()]
    rows = {one.text().replace("\u00a0", " "): one.toolTip() for one in names if one.buddy() is None and one.toolTip()}
    rules = {name for name, tip in rows.items() if "In files: rule R" in tip}
    assert len(rules) == 9
    assert {"Closed rim (≥ 90 %)", "Relative density as in grade 3 (0.35–0.70)"} <= rules
    measured = rows.keys() - rules
    assert len(measured) >= 18
    assert all(EXPLAINED.search(rows[name].splitlines()[0]) for name in measured), measured
    for button in panel.findChildren(QPushButton):
        assert button.toolTip().endswith("."), button.text()
        assert button.text() not in NOT_NAMED
    assert "Stability over time and time since injury (see Course) never change a grade." in said(window)


def test_export_in_the_panel_says_what_is_written_as_the_toolbar_does(window, demo_patient):
    marked(window, demo_patient.studies[-1])
    (export,) = [one for one in panel_of(window).findChildren(QPushButton) if one.text() == "Export"]
    for tip in (export.toolTip(), window.actions_table.qaction("export").toolTip()):
        assert window.files.WRITTEN in tip


def test_no_tooltip_of_the_row_only_repeats_its_word(window):
    for button in window.tool_row.findChildren(QToolButton):
        word, tip = button.text().removesuffix(" ▾"), button.toolTip().splitlines()[0]
        assert tip != word or word in ("Undo", "Redo")
        for entry in button.menu().actions() if button.menu() is not None else ():
            if not entry.isSeparator() and entry.menu() is None:
                assert entry.toolTip().splitlines()[0] != entry.text(), entry.text()


def test_the_panel_and_the_report_call_everything_alike(window, demo_patient):
    from mo_ossification.rows import measurement_rows, rule_rows

    from mo_viewer.report.contract import findings_json
    from mo_viewer.report.reading_lesion import lesion_part
    from mo_viewer.report.wording import bundled_wording

    marked(window, demo_patient.studies[1])
    document = window.session.document
    lesion = next(one for t in document.timepoints for one in t.lesions)
    part = lesion_part(lesion.tracking_uid, findings_json(document, "", ""), bundled_wording(), {})
    in_panel = {row.name: row for _, rows in measurement_rows(lesion) for row in rows}
    for name, value, *_ in part.table.rows:
        plain, _, unit = name.partition(", ")
        assert value.split()[0] == in_panel[plain].value.replace("-", "−")
        assert not unit or in_panel[plain].unit.endswith(unit)
    told = [(row.name, row.value.replace("—", "–"), row.unit) for row in rule_rows(lesion)]
    assert told == [(f"{rule} ({limit})", value, met) for rule, value, limit, met, _ in part.rules.rows]


def test_a_lesion_on_one_slice_has_no_density_by_depth_until_it_is_drawn_on_more(window, demo_patient):
    study = demo_patient.studies[-1]
    show_study(window, study.study_uid)
    window.show_point(study.click_mm)
    view = window.pane.view
    assert wait_until(lambda: view.shown is not None and abs(view.shown.plane.distance_mm(study.click_mm)[0]) < 2, 20)
    middle = view.position_of(study.click_mm).toPoint()
    around = [middle + QPoint(x, y) for x, y in ((-40, -40), (40, -40), (40, 40), (-40, 40))]
    key(view, Qt.Key.Key_R, SHIFT)
    drag(view, *around)
    assert wait_until(lambda: "DENSITY" in said(window) and window.jobs.is_idle, 30)
    assert not wait_until(lambda: "DENSITY BY DEPTH · HU" in said(window), 1)
    assert "not measured: drawn on one slice only" in [text.replace(UNBROKEN, " ") for text in said(window)]
    for _ in range(2):
        wheel(view, 1)
        drag(view, *around, keys=SHIFT)
        assert wait_until(lambda: window.jobs.is_idle, 30)
    assert wait_until(lambda: "DENSITY BY DEPTH · HU" in said(window), 30)


def fold_of(panel):
    return next(one for one in panel.findChildren(QPushButton) if "CONTOUR BY HAND" in one.text())


def test_density_stands_above_the_fold_and_the_contours_tools_stay_as_they_were_left(window, demo_patient):
    from mo_ossification.by_hand import ByHand

    marked(window, demo_patient.studies[-1])
    panel = panel_of(window)
    assert not [one for one in panel.findChildren(QPushButton) if one.text() == "Eraser"]
    (density,) = [one for one in panel.findChildren(QLabel) if one.text() == "DENSITY" and one.isVisible()]
    assert density.mapTo(window, density.rect().bottomLeft()).y() < window.height() - 100
    click(fold_of(panel), fold_of(panel).rect().center())
    QApplication.processEvents()
    (eraser,) = [one for one in panel.findChildren(QPushButton) if one.text() == "Eraser"]
    assert eraser.isVisible()
    again = ByHand(panel._desk, panel._bench, panel)
    assert again.fold.isChecked()
    click(fold_of(panel), fold_of(panel).rect().center())
    assert not eraser.isVisible()
    assert not ByHand(panel._desk, panel._bench, panel).fold.isChecked()


def test_the_density_classes_say_what_they_count_and_why_their_sum_is_another(window, demo_patient):
    marked(window, demo_patient.studies[-1])
    (sentence,) = [text for text in said(window) if text.startswith("All voxels in the contour from 100 HU.")]
    (lesion,) = window.session.document.timepoints[-1].lesions
    limit = lesion.measured("dense_volume").method.split(" HU")[0].removeprefix("voxels above ")
    assert sentence.endswith(f"Calcified volume counts those above {limit} HU: the sums differ.")


def test_buttons_of_the_panel_know_by_themselves_when_the_picture_is_there(window, demo_patient):
    marked(window, demo_patient.studies[-1])

    def confirm():
        return next(one for one in panel_of(window).findChildren(QPushButton) if one.text() == "Confirm")

    assert wait_until(lambda: confirm().isEnabled(), 20)
    view = window.pane.view
    picture, view.shown = view.shown, None
    window.picture_changed()
    assert wait_until(lambda: "no picture in this pane yet" in confirm().toolTip(), 5)
    view.shown = picture
    window.picture_changed()
    assert wait_until(lambda: confirm().isEnabled() and "yet" not in confirm().toolTip(), 5)
