"""The demo without a display: the window opened offscreen and used by real mouse events, and its pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.series import Series
from mo_viewer.findings.lesion import Lesion
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.pictures import grab
from mo_viewer.ui.window import Window
from mo_viewer.volume.arrays import Point

SIZE = (1920, 1080)
_LONGEST_S = 60.0


def picture_studies(
    images: Sequence[Path], clicks: Sequence[tuple[str, Point]], folder: Path, store_path: Path
) -> list[tuple[Path, Lesion]]:
    """Open a patient's folders in the window, mark each study's lesion by a click, and save the window each time.

    Parameters
    ----------
    images, folder
        Where the patient's images are, and where the pictures go.
    clicks
        ``(study UID, LPS mm)`` of each click.
    store_path
        Where this session keeps findings; the user's own are not touched.

    Returns
    -------
    A picture and the lesion of each click.

    Raises
    ------
    Fault
        When the window does not come that far in a minute a study.
    """
    window = open_window(images, store_path, size=SIZE)
    try:
        _wait("The study was not opened.", lambda: not window.library.is_reading and window.volume is not None)
        return [_read_one(window, uid, click, folder) for uid, click in clicks]
    finally:
        window.close()
        window.deleteLater()


def mark_by_click(window: Window, click_mm: Point) -> Lesion:
    """Bring a point into the pane, choose the marking tool, click there with the mouse, and wait for the lesion.

    One that was marked there before is selected and returned.
    """
    volume = window.volume
    if volume is None:
        raise Fault("No image is shown.")
    before = _lesions(window)
    window.show_point(click_mm)
    _wait("The slice was not shown.", lambda: _shows(window, click_mm))
    tool = next(tool for tool in window.host.contributions("tool") if tool.name == "mark")
    window.act(f"tool.{tool.id}")
    at = window.pane.view.position_of(click_mm).toPoint()
    QTest.mouseClick(window.pane.view, Qt.MouseButton.LeftButton, pos=QPoint(at))
    _wait("The lesion was not marked.", lambda: len(_lesions(window)) > len(before) or _is_known(window))
    window.session.flush()
    fresh = [lesion for lesion in _lesions(window) if lesion not in before]
    return fresh[0] if fresh else next(x for x in _lesions(window) if x.tracking_uid == window.room.selected)


def _is_known(window: Window) -> bool:
    """Whether the click selected what was marked before."""
    return window.jobs.is_idle and any(lesion.tracking_uid == window.room.selected for lesion in _lesions(window))


def show_study(window: Window, study_uid: str) -> Series:
    """Show the first image series of a study and wait until all its slices are there."""
    series = next(s for s in window.library.series if s.source.study_uid == study_uid and s.is_volume)
    window.show_series(series)
    _wait("The series was not loaded.", lambda: _has_all(window, series))
    return series


def _read_one(window: Window, study_uid: str, click_mm: Point, folder: Path) -> tuple[Path, Lesion]:
    series = show_study(window, study_uid)
    lesion = mark_by_click(window, click_mm)
    return grab(window, folder / f"window_{series.source.date}.png"), lesion


def _lesions(window: Window) -> tuple[Lesion, ...]:
    document, volume = window.session.document, window.volume
    timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
    return () if timepoint is None else timepoint.lesions


def _has_all(window: Window, series: Series) -> bool:
    volume = window.volume
    return (
        volume is not None
        and volume.source.series_uid == series.source.series_uid
        and volume.geometry.shape == series.shape
    )


def _shows(window: Window, point_mm: Point) -> bool:
    """Whether the pane has the whole series and shows the slice through a point."""
    shown = window.pane.view.shown
    if shown is None or shown.is_early:
        return False
    return abs(float(shown.plane.distance_mm(np.array(point_mm))[0])) <= shown.half_thickness_mm + 0.01


def _wait(sentence: str, predicate: object) -> None:
    assert callable(predicate)
    if not wait_until(predicate, _LONGEST_S):
        raise Fault(sentence, "Try again with less running beside it.")
