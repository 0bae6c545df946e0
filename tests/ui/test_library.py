import threading
import time

import numpy as np
import pytest
from small_studies import write_object, write_series

import mo_viewer.ui.loader as loader_module
import mo_viewer.ui.reading as reading_module
from mo_viewer.dicom.scan import scan
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.library import Library
from mo_viewer.ui.recent import recent_folders


@pytest.fixture
def library(qtbot):
    jobs = Jobs()
    made = Library(jobs)
    yield made
    made.close()
    jobs.close()


@pytest.fixture
def opened(qtbot, library):
    def open_and_wait(*paths):
        with qtbot.waitSignal(library.scan_finished) as finished:
            library.open(paths)
        return finished.args[0]

    return open_and_wait


def test_a_folder_becomes_studies_newest_first(tmp_path, library, opened):
    for number, date in enumerate(("2024-01-01", "2024-05-01", "2024-03-01")):
        write_series(tmp_path / str(number), uid=f"1.2.{number}.1", study=f"1.2.{number}", date=date)
    index = opened(tmp_path)
    assert [study.date for study in library.studies] == ["2024-05-01", "2024-03-01", "2024-01-01"]
    assert (index.files, library.report.files, library.is_reading) == (15, 15, False)
    assert recent_folders() == (tmp_path,)


def test_the_first_image_is_offered_once_and_while_the_rest_is_still_being_read(tmp_path, qtbot, library, monkeypatch):
    write_series(tmp_path / "a")
    rest, offered = threading.Event(), []

    def slow(paths, ticket, found, cache):
        index = scan(paths)
        found(index.series)
        assert rest.wait(5)
        return index

    monkeypatch.setattr(reading_module, "scan", slow)
    library.first_image.connect(lambda series: offered.append((series, library.is_reading)))
    library.open([tmp_path])
    qtbot.waitUntil(lambda: bool(offered))
    with qtbot.waitSignal(library.scan_finished):
        rest.set()
    ((series, was_reading),) = offered
    assert was_reading
    assert series.frames == 5


def test_a_volume_is_offered_before_a_report_that_was_found_earlier(tmp_path, library, opened):
    write_object(tmp_path / "a")
    write_series(tmp_path / "b")
    offered = []
    library.first_image.connect(offered.append)
    opened(tmp_path)
    assert [series.source.modality for series in offered] == ["CT"]


def test_a_needed_series_is_loaded_in_the_background_and_answered_at_once_later(tmp_path, qtbot, library, opened):
    write_series(tmp_path)
    opened(tmp_path)
    (series,) = library.series
    assert library.volume(series) is None
    with qtbot.waitSignal(library.volume_ready) as ready:
        library.need(series)
    assert ready.args[0] is series
    assert ready.args[1].rescaled_slice(2)[5, 5] == 1424 + 2 - 1024
    again = []
    library.volume_ready.connect(lambda one, volume: again.append(volume))
    library.need(series)
    assert again == [ready.args[1]]
    assert library.volume(series) is library.volume(series.source.series_uid) is ready.args[1]


def test_a_series_that_is_being_loaded_is_not_loaded_twice(tmp_path, qtbot, library, opened, monkeypatch):
    write_series(tmp_path)
    opened(tmp_path)
    (series,) = library.series
    calls = counted_loads(monkeypatch)
    with qtbot.waitSignal(library.volume_ready):
        for place in ("load", "load", "pane 2", "prefetch"):
            library.need(series, place)
    assert calls == [series]


def test_another_need_in_the_same_place_stops_the_older_one(tmp_path, qtbot, library, opened, monkeypatch):
    write_series(tmp_path, uid="1.2.3.1.1")
    write_series(tmp_path, uid="1.2.3.1.2")
    opened(tmp_path)
    first, second = library.series
    gate, ready = threading.Event(), []
    calls = counted_loads(monkeypatch, gate)
    library.volume_ready.connect(lambda series, volume: ready.append(series))
    library.need(first)
    qtbot.waitUntil(lambda: calls == [first])
    library.need(second)
    gate.set()
    qtbot.waitUntil(lambda: library.jobs.is_idle)
    assert ready == [second]
    assert library.volume(first) is None
    library.need(first)
    qtbot.waitUntil(lambda: ready == [second, first])


def test_two_panes_each_get_their_series(tmp_path, qtbot, library, opened):
    write_series(tmp_path, uid="1.2.3.1.1")
    write_series(tmp_path, uid="1.2.3.1.2")
    opened(tmp_path)
    ready = set()
    library.volume_ready.connect(lambda series, volume: ready.add(series.source.series_uid))
    for place, series in zip(("left", "right"), library.series, strict=True):
        library.need(series, place)
    qtbot.waitUntil(lambda: ready == {"1.2.3.1.1", "1.2.3.1.2"})


def test_the_shown_volume_outlives_the_budget_and_the_oldest_other_goes(tmp_path, qtbot):
    for number in (1, 2, 3):
        write_series(tmp_path, uid=f"1.2.3.1.{number}")
    jobs = Jobs()
    library = Library(jobs, budget_bytes=2 * 5 * 16 * 16 * 2)
    with qtbot.waitSignal(library.scan_finished):
        library.open([tmp_path])
    shown, second, third = library.series
    for series, place in ((shown, "pane"), (second, "other"), (third, "other")):
        with qtbot.waitSignal(library.volume_ready):
            library.need(series, place)
    assert [library.volume(series) is not None for series in (shown, second, third)] == [True, False, True]
    library.close()
    jobs.close()


def test_a_series_larger_than_the_budget_is_refused_in_words_and_its_slices_can_be_had(tmp_path, qtbot):
    write_series(tmp_path)
    jobs = Jobs()
    library = Library(jobs, budget_bytes=100)
    with qtbot.waitSignal(library.scan_finished):
        library.open([tmp_path])
    faults, slices = [], []
    library.fault.connect(faults.append)
    library.need(library.series[0])
    assert [fault.code for fault in faults] == ["over_budget"]
    library.slice(library.series[0], 3, slices.append)
    qtbot.waitUntil(lambda: bool(slices))
    assert slices[0].rescaled_slice(0)[5, 5] == 1424 + 3 - 1024
    library.close()
    jobs.close()


def test_prefetching_never_pushes_a_volume_out(tmp_path, qtbot):
    for number in (1, 2):
        write_series(tmp_path, uid=f"1.2.3.1.{number}")
    jobs = Jobs()
    library = Library(jobs, budget_bytes=5 * 16 * 16 * 2)
    with qtbot.waitSignal(library.scan_finished):
        library.open([tmp_path])
    first, second = library.series
    with qtbot.waitSignal(library.volume_ready):
        library.need(first)
    library.prefetch(second)
    assert jobs.is_idle
    assert library.volume(first) is not None
    library.close()
    jobs.close()


def test_a_series_that_grew_while_it_was_shown_is_loaded_again_whole(tmp_path, qtbot, library, monkeypatch):
    paths = write_series(tmp_path)
    part, whole = scan(paths[:2]), scan([tmp_path])
    rest = threading.Event()

    def slow(paths, ticket, found, cache):
        found(part.series)
        found(part.series)
        assert rest.wait(5)
        return whole

    monkeypatch.setattr(reading_module, "scan", slow)
    library.first_image.connect(library.need)
    with qtbot.waitSignal(library.volume_ready) as early:
        library.open([tmp_path])
    assert early.args[1].geometry.shape[0] == 2
    assert library.may_grow(early.args[0])
    with qtbot.waitSignal(library.volume_ready) as late:
        rest.set()
    assert late.args[1].geometry.shape[0] == 5
    assert library.volume(early.args[0]) is late.args[1]


def test_a_series_that_still_grows_is_not_handed_out_in_part(tmp_path, qtbot, library, monkeypatch):
    paths = write_series(tmp_path)
    parts, whole = [scan(paths[:n]).series for n in (2, 3, 4)], scan([tmp_path])
    rest, ready = threading.Event(), []

    def slow(paths, ticket, found, cache):
        for part in parts:
            found(part)
        assert rest.wait(5)
        return whole

    monkeypatch.setattr(reading_module, "scan", slow)
    library.first_image.connect(library.need)
    library.volume_ready.connect(lambda series, volume: ready.append(volume.geometry.shape[0]))
    library.open([tmp_path])
    qtbot.waitUntil(lambda: [series.frames for series in library.series] == [4])
    qtbot.wait(100)
    assert ready == []
    with qtbot.waitSignal(library.volume_ready):
        rest.set()
    assert ready == [5]
    assert not library.may_grow(library.series[0])


def test_a_remark_that_is_known_only_at_the_end_reaches_the_volume(tmp_path, qtbot, library, opened, monkeypatch):
    write_series(tmp_path, skip=(2,))
    whole = scan([tmp_path])
    (series,) = whole.series
    assert series.remarks
    from dataclasses import replace

    rest = threading.Event()

    def slow(paths, ticket, found, cache):
        found((replace(series, remarks=()),))
        found((replace(series, remarks=()),))
        assert rest.wait(5)
        return whole

    monkeypatch.setattr(reading_module, "scan", slow)
    library.first_image.connect(library.need)
    with qtbot.waitSignal(library.volume_ready) as early:
        library.open([tmp_path])
    assert early.args[1].remarks == ()
    with qtbot.waitSignal(library.volume_ready) as late:
        rest.set()
    assert late.args[1].remarks == series.remarks


def test_two_openings_of_one_series_are_read_again_as_one(tmp_path, qtbot, library, opened):
    write_series(tmp_path / "a", slices=3)
    write_series(tmp_path / "b", slices=6, first=3)
    opened(tmp_path / "a")
    opened(tmp_path / "b")
    assert [series.frames for series in library.series] == [6]
    assert library.report.files == 6


def test_opening_a_folder_again_changes_nothing(tmp_path, library, opened):
    write_series(tmp_path)
    (tmp_path / "notes.txt").write_text("nothing")
    opened(tmp_path)
    opened(tmp_path)
    assert [series.frames for series in library.series] == [5]
    assert (library.report.files, len(library.report.refused)) == (6, 1)


def test_a_folder_without_images_is_said_and_each_file_is_in_the_report(tmp_path, library, opened):
    (tmp_path / "notes.txt").write_text("nothing")
    faults = []
    library.fault.connect(faults.append)
    opened(tmp_path)
    (fault,) = faults
    assert "No DICOM images" in fault.sentence
    assert str(tmp_path) not in str(fault)
    assert [refused.code for refused in library.report.refused] == ["not_dicom"]
    assert recent_folders() == ()


def test_stopping_while_reading_keeps_what_was_found_and_says_so(tmp_path, qtbot, library, monkeypatch):
    write_series(tmp_path)
    known = scan([tmp_path]).series

    def endless(paths, ticket, found, cache):
        found(known)
        while True:
            ticket.check()
            time.sleep(0.005)

    monkeypatch.setattr(reading_module, "scan", endless)
    library.open([tmp_path])
    qtbot.waitUntil(lambda: bool(library.series))
    start = time.perf_counter()
    library.jobs.running[0].cancel()
    qtbot.waitUntil(lambda: not library.is_reading)
    assert time.perf_counter() - start < 0.2
    assert library.was_stopped
    assert len(library.series) == 1


def test_closing_while_reading_and_loading_leaves_no_thread_and_no_answer(tmp_path, qtbot, monkeypatch):
    write_series(tmp_path)
    jobs = Jobs()
    library = Library(jobs)
    with qtbot.waitSignal(library.scan_finished):
        library.open([tmp_path])
    gate, answers = threading.Event(), []
    calls = counted_loads(monkeypatch, gate)
    library.volume_ready.connect(lambda *told: answers.append(told))
    library.need(library.series[0])
    qtbot.waitUntil(lambda: bool(calls))
    library.open([tmp_path])
    library.close()
    gate.set()
    jobs.close()
    qtbot.wait(20)
    assert answers == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job")]


def test_a_damaged_image_is_a_fault_and_the_next_series_loads(tmp_path, qtbot, library, opened):
    paths = write_series(tmp_path, uid="1.2.3.1.1")
    write_series(tmp_path, uid="1.2.3.1.2")
    opened(tmp_path)
    first, second = library.series
    for path in paths:
        path.unlink()
    with qtbot.waitSignal(library.fault):
        library.need(first)
    with qtbot.waitSignal(library.volume_ready) as ready:
        library.need(second)
    assert np.ptp(ready.args[1].values) > 0


def test_clearing_forgets_everything_that_is_open(tmp_path, library, opened):
    write_series(tmp_path)
    opened(tmp_path)
    library.clear()
    assert (library.series, library.studies, library.report.files) == ((), (), 0)


def counted_loads(monkeypatch, gate=None):
    calls, load = [], loader_module.load

    def counted(series, ticket):
        calls.append(series)
        if gate is not None:
            assert gate.wait(5)
        return load(series, ticket)

    monkeypatch.setattr(loader_module, "load", counted)
    return calls
