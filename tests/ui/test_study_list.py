import gc

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from small_studies import write_object, write_series

from mo_viewer.ui.faces import faces_of
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.library import Library
from mo_viewer.ui.pills import pill_boxes
from mo_viewer.ui.row_delegate import badges_box
from mo_viewer.ui.rows import Role
from mo_viewer.ui.study_list import SEARCH_FROM, StudyList


@pytest.fixture
def library(qtbot):
    jobs = Jobs()
    made = Library(jobs)
    yield made
    made.close()
    jobs.close()


@pytest.fixture
def study_list(qtbot, library):
    made = StudyList(library)
    made.resize(260, 700)
    made.library = library
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def opened(qtbot, library):
    def open_and_wait(*paths):
        with qtbot.waitSignal(library.scan_finished):
            library.open(paths)

    return open_and_wait


@pytest.fixture
def course(tmp_path):
    """One patient, three studies; the latest has two CT series and a report."""
    for number, date in enumerate(("2024-01-05", "2024-02-06", "2024-07-09")):
        write_series(tmp_path, uid=f"1.2.{number}.1", study=f"1.2.{number}", date=date)
    write_series(tmp_path, uid="1.2.2.2", study="1.2.2", date="2024-07-09", slices=4, skip=(2,))
    write_object(tmp_path, uid="1.2.2.3", study="1.2.2", date="2024-07-09")
    return tmp_path


def study_of(study_list, uid, patient_id="P1"):
    listed = study_list.library.studies
    return next(one for one in listed if (one.study_uid, one.patient.id) == (uid, patient_id))


def test_a_study_whose_images_are_of_another_day_says_so(tmp_path, study_list, opened):
    write_series(tmp_path, uid="1.2.1.1", study="1.2.1", date="2024-01-05")
    write_series(tmp_path, uid="1.2.2.1", study="1.2.2", date="2024-03-04", StudyDate="20240530")
    opened(tmp_path)
    newer, older = study_list.studies.rows.rows
    assert newer.strong == "2024-05-30"
    assert newer.line.startswith("images 2024-03-04")
    assert "images" not in older.line


def test_studies_stand_newest_first_with_modality_and_slices(course, study_list, opened):
    opened(course)
    assert texts(study_list.studies) == ["2024-07-09 CT", "2024-02-06 CT", "2024-01-05 CT"]
    assert study_list.studies.rows.rows[1].size == "5 × 3 mm"
    assert study_list.studies.rows.rows[1].line == "Thigh left"


def test_the_patient_is_named_and_can_be_hidden(course, study_list, opened):
    opened(course)
    assert study_list.patient.name.whole == "Doe, Jane"
    assert "born 1980-01-02" in study_list.patient.facts.whole
    assert "ID P1" in study_list.patient.facts.whole
    study_list.hide_names(True)
    shown = study_list.patient.name.whole + study_list.patient.facts.whole
    shown += study_list.patient.name.toolTip() + study_list.patient.facts.toolTip()
    for secret in ("Doe", "Jane", "P1", "1980"):
        assert secret not in shown


def test_a_click_on_a_study_chooses_the_series_that_stands_for_it(course, qtbot, study_list, opened):
    opened(course)
    with qtbot.waitSignal(study_list.chosen) as chosen:
        click(study_list.studies, 1)
    assert chosen.args[0].source.date == "2024-02-06"
    assert texts(study_list.series) == ["1 · Soft 1"]
    assert study_list.series_heading.whole == "SERIES OF 2024-02-06"


def test_a_click_on_a_series_chooses_it_and_one_on_a_report_does_not(course, qtbot, study_list, opened):
    opened(course)
    click(study_list.studies, 0)
    chosen = []
    study_list.chosen.connect(lambda series: chosen.append(series.source.series_uid))
    click(study_list.series, 1)
    click(study_list.series, 2)
    assert chosen == ["1.2.2.2"]
    report = study_list.series.rows.rows[2]
    assert report.quiet
    assert report.line == "structured report"


def test_a_click_on_the_study_that_is_shown_does_not_change_the_series(course, library, study_list, opened):
    opened(course)
    second = next(series for series in library.series if series.source.series_uid == "1.2.2.2")
    study_list.show_series(second)
    chosen = []
    study_list.chosen.connect(chosen.append)
    click(study_list.studies, 0)
    assert chosen == []


def test_arrow_keys_move_and_enter_or_space_chooses(course, qtbot, study_list, opened):
    opened(course)
    chosen = []
    study_list.chosen.connect(lambda series: chosen.append(series.source.date))
    study_list.studies.setFocus()
    click(study_list.studies, 0)
    QTest.keyClick(study_list.studies, Qt.Key.Key_Down)
    QTest.keyClick(study_list.studies, Qt.Key.Key_Down)
    assert study_list.series_heading.whole == "SERIES OF 2024-01-05"
    QTest.keyClick(study_list.studies, Qt.Key.Key_Return)
    QTest.keyClick(study_list.studies, Qt.Key.Key_Up)
    QTest.keyClick(study_list.studies, Qt.Key.Key_Space)
    assert chosen[-2:] == ["2024-01-05", "2024-02-06"]


def test_showing_a_series_marks_it_without_choosing_it(course, library, study_list, opened):
    opened(course)
    chosen = []
    study_list.chosen.connect(chosen.append)
    old = next(series for series in library.series if series.source.date == "2024-01-05")
    study_list.show_series(old)
    assert study_list.studies.currentIndex().row() == 2
    assert study_list.series.currentIndex().row() == 0
    assert chosen == []


def test_new_studies_neither_move_the_selection_nor_the_place(tmp_path, study_list, opened):
    for number in range(12):
        write_series(tmp_path / "a", f"1.2.{number}.1", f"1.2.{number}", date=f"2023-01-{number + 1:02d}", slices=1)
    opened(tmp_path / "a")
    click(study_list.studies, 2)
    key, bar = study_list.studies.selected, study_list.studies.verticalScrollBar()
    bar.setValue(150)
    top = study_list.studies.indexAt(QPoint(5, 5)).data(Role.KEY)
    for number in range(4):
        write_series(tmp_path / "b", f"1.3.{number}.1", f"1.3.{number}", date=f"2024-01-{number + 1:02d}", slices=1)
    opened(tmp_path / "b")
    assert study_list.studies.rows.rowCount() == 16
    assert study_list.studies.selected == key
    assert study_list.studies.indexAt(QPoint(5, 5)).data(Role.KEY) == top


def test_the_current_study_stays_in_view_when_many_come_before_it(tmp_path, study_list, opened):
    write_series(tmp_path / "a", "1.2.1.1", "1.2.1", date="2023-01-01", slices=1)
    opened(tmp_path / "a")
    rows = study_list.studies
    click(rows, 0)
    key = rows.selected
    for number in range(20):
        write_series(tmp_path / "b", f"1.3.{number}.1", f"1.3.{number}", date=f"2024-01-{number + 1:02d}", slices=1)
    opened(tmp_path / "b")
    assert rows.selected == key
    assert rows.currentIndex().row() == 20
    assert rows.viewport().rect().contains(rows.visualRect(rows.currentIndex()))


def test_the_current_study_stays_in_view_when_the_window_gets_lower(tmp_path, qtbot, study_list, opened):
    for number in range(12):
        write_series(tmp_path, f"1.2.{number}.1", f"1.2.{number}", date=f"2023-01-{number + 1:02d}", slices=1)
    opened(tmp_path)
    study_list.studies.verticalScrollBar().setValue(0)
    click(study_list.studies, 6)
    study_list.resize(260, 420)
    box = study_list.studies.visualRect(study_list.studies.currentIndex())
    qtbot.waitUntil(lambda: study_list.studies.viewport().height() < 300)
    assert study_list.studies.viewport().rect().contains(box)


def test_several_patients_are_told_apart_by_headings_that_cannot_be_picked(tmp_path, study_list, opened):
    write_series(tmp_path, "1.2.1.1", "1.2.1", patient="Doe^Jane", patient_id="P1", date="2024-01-01")
    write_series(tmp_path, "1.2.2.1", "1.2.2", patient="Roe^Rick", patient_id="P2", date="2023-01-01")
    write_series(tmp_path, "1.2.3.1", "1.2.3", patient="Doe^Jane", patient_id="P1", date="2022-01-01")
    opened(tmp_path)
    listed = [row.strong for row in study_list.studies.rows.rows]
    assert listed == ["Doe, Jane", "2024-01-01", "2022-01-01", "Roe, Rick", "2023-01-01"]
    click(study_list.studies, 1)
    QTest.keyClick(study_list.studies, Qt.Key.Key_Down)
    QTest.keyClick(study_list.studies, Qt.Key.Key_Down)
    assert study_list.patient.name.whole == "Roe, Rick"
    click(study_list.studies, 0)
    assert study_list.patient.name.whole == "Roe, Rick"
    assert study_list.patient.isVisible(), "a click on a heading leaves what is shown"
    assert study_list.series_heading.whole == "SERIES OF 2023-01-01"
    study_list.hide_names(True)
    assert not any("Doe" in row.strong + row.tip for row in study_list.studies.rows.rows)


def test_the_search_field_comes_with_many_studies_and_filters_by_any_word(tmp_path, qtbot, study_list, opened):
    for number in range(SEARCH_FROM):
        name, when = ("Roe^Rick" if number == 3 else "Doe^Jane"), f"2024-01-{number + 10}"
        write_series(tmp_path, f"1.2.{number}.1", f"1.2.{number}", name, name[:3], when, slices=1)
    assert not study_list.search.isVisible()
    opened(tmp_path)
    assert study_list.search.isVisible()
    qtbot.keyClicks(study_list.search, "rick thigh")
    assert [row.strong for row in study_list.studies.rows.rows] == ["Roe, Rick", "2024-01-13"]
    assert study_list.patient.name.whole == "Doe, Jane"
    qtbot.keyClicks(study_list.search, " mr")
    assert study_list.empty.isVisible()
    assert "No study matches" in study_list.empty.text()
    qtbot.keyClick(study_list.search, Qt.Key.Key_Escape)
    assert len([row for row in study_list.studies.rows.rows if not row.heading]) == SEARCH_FROM


def test_a_study_that_the_search_hides_stays_the_current_one(tmp_path, qtbot, study_list, opened):
    for number in range(SEARCH_FROM):
        write_series(tmp_path, f"1.2.{number}.1", f"1.2.{number}", date=f"2024-01-{number + 10}", slices=1)
    opened(tmp_path)
    click(study_list.studies, 2)
    heading = study_list.series_heading.whole
    qtbot.keyClicks(study_list.search, "2024-01-10")
    assert study_list.series_heading.whole == heading
    assert study_list.studies.selected == ""
    qtbot.keyClick(study_list.search, Qt.Key.Key_Escape)
    assert study_list.studies.currentIndex().row() == 2


def test_the_age_is_the_one_at_the_study(course, study_list, opened):
    opened(course)
    click(study_list.studies, 2)
    assert "born 1980-01-02 (44 y)" in study_list.patient.facts.whole


def test_several_modalities_of_a_study_begin_its_second_line_where_they_have_room(tmp_path, study_list, opened):
    write_series(tmp_path, "1.2.1.1", "1.2.1", slices=1)
    write_series(tmp_path, "1.2.1.2", "1.2.1", slices=1, modality="MR")
    opened(tmp_path)
    [row] = study_list.studies.rows.rows
    assert row.title == ""
    assert row.line.startswith("CT/MR")


def test_badges_stand_on_their_study_only(course, qtbot, library, study_list, opened):
    opened(course)
    study_list.set_badges(study_of(study_list, "1.2.1"), [("4 wk", "info"), ("not marked", "caution")])
    qtbot.waitUntil(lambda: any(row.badges for row in study_list.studies.rows.rows))
    shown = {row.strong: [(badge.text, badge.tone) for badge in row.badges] for row in study_list.studies.rows.rows}
    assert shown["2024-02-06"] == [("4 wk", "info"), ("not marked", "caution")]
    assert shown["2024-07-09"] == shown["2024-01-05"] == []


def test_badges_are_not_those_of_another_patient_with_the_same_study_uid(tmp_path, qtbot, study_list, opened):
    for number, name in enumerate(("P1", "P2")):
        write_series(tmp_path, f"1.2.1.{number}", "1.2.1", patient=f"Doe^{name}", patient_id=name, slices=1)
    opened(tmp_path)
    study_list.set_badges(study_of(study_list, "1.2.1", "P2"), [("1 lesion", "good")])
    qtbot.waitUntil(lambda: any(row.badges for row in study_list.studies.rows.rows))
    shown = [bool(row.badges) for row in study_list.studies.rows.rows if not row.heading]
    heads = [row.title or row.strong for row in study_list.studies.rows.rows if row.heading]
    assert sorted(shown) == [False, True]
    assert shown[next(n for n, head in enumerate(heads) if "P2" in head)]


def test_a_remark_is_a_caution_pill_whose_tooltip_says_it(course, qtbot, library, study_list, opened):
    opened(course)
    click(study_list.studies, 0)
    row = study_list.series.rows.rows[1]
    remark = next(one for series in library.series for one in series.remarks if one.code == "missing_slices")
    badge = next(badge for badge in row.badges if badge.text == "missing slices")
    assert (badge.tone, badge.tip) == ("caution", remark.text)
    assert tooltip_at(study_list.series, 1, badge) == f"<qt>{remark.text}</qt>"


def test_the_best_series_to_measure_is_named_only_where_there_is_a_choice(tmp_path, study_list, opened):
    write_series(tmp_path, "1.2.1.1", "1.2.1")
    opened(tmp_path)
    assert study_list.series.rows.rows[0].badges == ()
    write_series(tmp_path, "1.2.1.2", "1.2.1", ConvolutionKernel="B70f")
    opened(tmp_path)
    assert [[badge.text for badge in row.badges] for row in study_list.series.rows.rows] == [["best to measure"], []]


def test_thumbnails_arrive_by_themselves_and_show_the_middle_slice(course, qtbot, study_list, opened):
    opened(course)
    qtbot.waitUntil(lambda: all(study_list.thumbnails.image(row.picture) for row in study_list.studies.rows.rows))
    image = study_list.thumbnails.image(study_list.studies.rows.rows[0].picture)
    bright = image.pixelColor(image.width() * 5 // 16, image.height() * 5 // 16).value()
    dark = image.pixelColor(image.width() * 12 // 16, image.height() * 12 // 16).value()
    assert bright > 240
    assert dark < 10
    assert image.width() / image.height() == pytest.approx(0.7 / 0.8, abs=0.02)


def test_hostile_and_right_to_left_text_is_shown_plainly(tmp_path, study_list, opened):
    write_series(
        tmp_path, patient="שרון^דבורה", SeriesDescription="<b>bold</b>&amp;\u202egnp", BodyPartExamined="THIGH"
    )
    opened(tmp_path)
    assert study_list.patient.name.whole == "\u2068שרון, דבורה\u2069"
    assert study_list.patient.name.textFormat() is Qt.TextFormat.PlainText
    assert study_list.series.rows.rows[0].strong == "1 · <b>bold</b>&amp;gnp"
    assert "&lt;b&gt;" in study_list.series.rows.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_long_name_is_cut_with_an_ellipsis_and_whole_in_the_tooltip(tmp_path, study_list, opened):
    write_series(tmp_path, patient="Wolfeschlegelsteinhausenbergerdorff^Adolph Blaine")
    opened(tmp_path)
    assert "…" in study_list.patient.name.text()
    assert "Adolph Blaine" in study_list.patient.name.toolTip()


def test_with_nothing_open_the_list_says_what_to_do(study_list):
    assert study_list.empty.isVisible()
    assert "Drop a folder" in study_list.empty.text()
    assert not study_list.report_line.isVisible()


def test_two_studies_of_one_day_are_told_apart_by_the_time(tmp_path, study_list, opened):
    write_series(tmp_path, "1.2.1.1", "1.2.1", time="081500")
    write_series(tmp_path, "1.2.2.1", "1.2.2", time="173000")
    opened(tmp_path)
    shown = [(row.strong, row.line) for row in study_list.studies.rows.rows]
    assert shown == [("2024-03-04", "17:30 · Thigh left"), ("2024-03-04", "08:15 · Thigh left")]


def test_sixty_series_and_thirty_studies_are_shown_within_one_frame_each_time(tmp_path, library, study_list, opened):
    import time

    for number in range(30):
        write_series(tmp_path, f"1.2.{number}.1", f"1.2.{number}", date=f"2023-01-{number + 1:02d}", slices=1)
    for number in range(2, 62):
        write_series(tmp_path, f"1.2.29.{number}", "1.2.29", date="2023-01-30", slices=1)
    opened(tmp_path)
    click(study_list.studies, 0)
    assert (study_list.studies.rows.rowCount(), study_list.series.rows.rowCount()) == (30, 61)
    spent = []
    for _ in range(7):
        start = time.thread_time()
        study_list.refresh()
        spent.append(time.thread_time() - start)
    assert sorted(spent)[3] < 0.016


def test_the_list_paints_the_same_picture_again_and_again(course, qtbot, study_list, opened):
    opened(course)
    study_list.set_badges(
        study_of(study_list, "1.2.1"),
        [("4 wk", "info"), ("not marked", "caution"), ("much too long to fit here", "good")],
    )
    qtbot.waitUntil(lambda: study_list.library.jobs.is_idle)
    qtbot.waitUntil(lambda: all(study_list.thumbnails.image(row.picture) for row in study_list.studies.rows.rows))
    first = study_list.grab().toImage()
    gc.collect()
    assert study_list.grab().toImage() == first
    assert len({first.pixel(x, y) for x in range(0, 260, 3) for y in range(0, 300, 3)}) > 8


def texts(rows):
    return [rows.rows.index(place).data() for place in range(rows.rows.rowCount())]


def click(rows, place):
    box = rows.visualRect(rows.rows.index(place))
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=box.center())


def tooltip_at(rows, place, badge):
    option = rows.viewOptions() if hasattr(rows, "viewOptions") else None
    from PySide6.QtWidgets import QStyleOptionViewItem

    option = option or QStyleOptionViewItem()
    rows.initViewItemOption(option)
    option.rect = rows.visualRect(rows.rows.index(place))
    row = rows.rows.rows[place]
    faces = faces_of(option.font)
    boxes = pill_boxes(row.badges, faces, badges_box(option.rect, row, faces))
    at = next(box.center() for box, shown in boxes if shown == badge)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, rows.viewport().mapToGlobal(at))
    rows.delegate.helpEvent(event, rows, option, rows.rows.index(place))
    return QToolTip.text()
