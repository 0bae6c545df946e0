"""The library and the study list on the real images, and on a thousand files at once."""

import time

import pytest
from PySide6.QtCore import QTimer
from small_studies import write_series

from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.library import Library
from mo_viewer.ui.study_list import StudyList

FOLDERS = (
    "ct_thigh_calcified_mass_a",
    "ct_abdomen_contrast_no_uids",
    "phantom_head_rescan_zip",
    "xray_limb",
    "geometry",
    "seg_sr_small",
    "charsets",
    "broken_files",
)


@pytest.fixture
def opened(qtbot):
    jobs = Jobs()
    library = Library(jobs)
    shown = StudyList(library)
    shown.library = library
    shown.resize(250, 720)
    qtbot.addWidget(shown)
    shown.show()
    library.first_image.connect(lambda series: (shown.show_series(series), library.need(series)))
    yield shown
    library.close()
    jobs.close()


def test_everything_opens_at_once_and_each_image_gets_a_picture_or_letters(shared, qtbot, opened):
    library = opened.library
    for folder in FOLDERS:
        library.open([shared / folder])
    qtbot.waitUntil(lambda: not library.is_reading and library.jobs.is_idle, timeout=40_000)
    files = sum(path.is_file() for folder in FOLDERS if "zip" not in folder for path in (shared / folder).rglob("*"))
    assert library.report.files > files
    assert all(study.patient.key for study in library.studies)
    heads = [row.strong for row in opened.studies.rows.rows if row.heading]
    assert len(heads) == len({study.patient.key for study in library.studies})
    assert any("שרון" in head for head in heads)
    pictures = [opened.thumbnails.image(row.picture) for row in opened.studies.rows.rows if row.picture]
    assert sum(image is not None for image in pictures) >= len(pictures) - 3
    assert opened.report_line.button.text() == "see why"


def test_the_thigh_is_shown_before_it_is_read_to_the_end_and_loads_whole(shared, qtbot, opened):
    library, seen = opened.library, []
    library.first_image.connect(lambda series: seen.append(("first", library.is_reading)))
    library.volume_ready.connect(lambda series, volume: seen.append(("volume", volume.geometry.shape)))
    with qtbot.waitSignal(library.scan_finished):
        library.open([shared / "ct_thigh_calcified_mass_a"])
    qtbot.waitUntil(lambda: ("volume", (74, 218, 220)) in seen)
    assert seen[0] == ("first", True)
    assert [row.letters for row in opened.series.rows.rows] == ["CT", "MR", "RT"]
    assert opened.series.rows.rows[2].quiet


def test_the_gui_thread_works_less_than_a_twentieth_of_a_second_at_a_time(tmp_path, qtbot, opened):
    for study in range(20):
        for number in range(1, 6):
            identity = {"uid": f"1.8.{study}.{number}", "study": f"1.8.{study}", "date": f"2023-01-{study + 1:02d}"}
            write_series(tmp_path / str(study), slices=10, side=8, **identity)
    opened.grab()
    library, turns, last = opened.library, [], [time.thread_time()]

    def turn():
        turns.append(time.thread_time() - last[0])
        last[0] = time.thread_time()

    ticking = QTimer(interval=2)
    ticking.timeout.connect(turn)
    ticking.start()
    library.open([tmp_path])
    qtbot.waitUntil(lambda: not library.is_reading and library.jobs.is_idle, timeout=60_000)
    ticking.stop()
    assert library.report.files == 1000
    assert opened.studies.rows.rowCount() == 20
    assert max(turns[1:]) < 0.05
