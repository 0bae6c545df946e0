import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from small_studies import write_series

from mo_viewer.dicom.scan import Index, RefusedFile
from mo_viewer.ui.import_advice import REFUSED, REMARKED, refused_advice, remark_advice
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.library import Library
from mo_viewer.ui.report_rows import as_text, report_rows, summary
from mo_viewer.ui.study_list import StudyList

REFUSED_CODES = [
    "not_dicom",
    "damaged",
    "truncated",
    "no_pixels",
    "no_rows",
    "unsupported_syntax",
    "too_large",
    "missing_file",
    "encrypted",
    "unsafe_archive",
]
REMARK_CODES = [
    "missing_slices",
    "uneven_spacing",
    "gantry_tilt",
    "duplicate_position",
    "split",
    "mixed_orientation",
    "phases",
    "no_rescale",
    "no_spacing",
    "no_frame_of_reference",
    "lossy",
    "cone_beam",
    "second_decoder",
    "incomplete",
    "over_budget",
    "duplicate_files",
]


@pytest.fixture
def study_list(qtbot):
    jobs = Jobs()
    library = Library(jobs)
    made = StudyList(library)
    made.resize(250, 700)
    made.library = library
    qtbot.addWidget(made)
    made.show()
    yield made
    library.close()
    jobs.close()


@pytest.fixture
def report(qtbot, tmp_path, study_list):
    """The report on a folder with a good series, a gap, a cut file and a text file, opened by the mouse."""
    paths = write_series(tmp_path, slices=6, skip=(3,))
    paths[4].write_bytes(paths[4].read_bytes()[:-100])
    (tmp_path / "notes & <b>.txt").write_text("nothing")
    with qtbot.waitSignal(study_list.library.scan_finished):
        study_list.library.open([tmp_path])
    QTest.mouseClick(study_list.report_line.button, Qt.MouseButton.LeftButton)
    made = study_list.window().findChild(type(study_list._report))
    qtbot.waitExposed(made)
    return made


def test_the_line_below_the_list_counts_and_offers_why(report, study_list):
    assert study_list.report_line.words.text() == "4 files read, 1 refused, 1 not DICOM"
    assert study_list.report_line.button.text() == "see why"
    assert study_list.report_line.button.tone == "caution"


def test_each_refused_file_is_listed_with_reason_and_advice(report):
    cells = table(report)
    assert [row[0] for row in cells][:1] == ["refused"]
    assert cells[0][1].endswith("_0005.dcm")
    assert cells[0][3] == REFUSED["truncated"]
    assert sorted({row[0] for row in cells} - {"refused", "other file"}) == ["caution"]
    assert cells[-1][:2] == ["other file", "notes & <b>.txt"]


def test_the_whole_report_is_copied_as_plain_text(report, tmp_path):
    QTest.mouseClick(report.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("4 files read, 1 refused, 1 not DICOM; 1 series in ")
    assert len(lines) == 3 + report.model.rowCount()
    assert lines[3].split("\t")[0] == str(tmp_path / "1.2.3.1.1_0005.dcm")
    assert "lines copied" in report.said.text()


def test_ctrl_c_copies_the_selected_lines_only(report, qtbot):
    index = report.model.index(0, 1)
    QTest.mouseClick(report.table.viewport(), Qt.MouseButton.LeftButton, pos=report.table.visualRect(index).center())
    QTest.keyClick(report.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 4


def test_file_names_are_shown_as_they_are_and_never_as_markup(report):
    last = report.model.index(report.model.rowCount() - 1, 1)
    assert "&lt;b&gt;" in last.data(Qt.ItemDataRole.ToolTipRole)


def test_the_report_closes_with_the_mouse_and_catches_up_when_it_opens_again(report, qtbot, study_list, tmp_path):
    QTest.mouseClick(report.close_button, Qt.MouseButton.LeftButton)
    assert not report.isVisible()
    before = report.model.rowCount()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "x.bin").write_bytes(b"?")
    with qtbot.waitSignal(study_list.library.scan_finished):
        study_list.library.open([tmp_path / "more"])
    study_list.open_report()
    assert report.model.rowCount() == before + 1


def test_without_anything_to_report_it_says_so(qtbot, tmp_path, study_list):
    write_series(tmp_path)
    with qtbot.waitSignal(study_list.library.scan_finished):
        study_list.library.open([tmp_path])
    assert study_list.report_line.words.text() == "5 files read"
    assert study_list.report_line.button.tone == "info"
    study_list.open_report()
    assert "without remarks" in study_list._report.counts.text()


@pytest.mark.parametrize("code", REFUSED_CODES)
def test_every_refused_code_of_the_contract_has_an_advice(code):
    assert refused_advice(code) == REFUSED[code]
    assert refused_advice(code).endswith(".")


@pytest.mark.parametrize("code", REMARK_CODES)
def test_every_remark_code_that_limits_something_has_an_advice(code):
    assert remark_advice(code) == REMARKED[code]


def test_an_unknown_code_still_gets_an_advice():
    assert refused_advice("something_new")


def test_a_report_on_thousands_of_files_keeps_refused_ones_first():
    others = tuple(RefusedFile(f"/x/{k}.txt", "not_dicom", "no") for k in range(3000))
    index = Index((), (*others, RefusedFile("/x/a.zip::b/c.dcm", "damaged", "The data set is damaged.")), 3001, 1.0)
    rows = report_rows(index)
    assert rows[0].what == "c.dcm"
    assert summary(index) == "0 files read, 1 refused, 3,000 not DICOM"
    assert len(as_text(index, rows).splitlines()) == 3 + 3001


def table(report):
    model = report.model
    return [
        [model.index(row, column).data().strip("\u2068\u2069") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]
