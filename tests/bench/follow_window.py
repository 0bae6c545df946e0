"""A patient with twelve studies is opened in the window: the clock from the reader's click to the drawn course.

Findings were followed and kept by the command before. ``python -m tests.bench.follow_window IMAGES`` is the window, in
a process of its own: nothing is imported yet that the course is the first to want.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from mo_viewer.cli import run
from mo_viewer.phantom.courses import Visit, course, retest
from mo_viewer.phantom.scanner import Protocol
from tests.told_courses import written
from tests.ui.small_studies import write_series

VISITS, GROWN_AT, DAYS_APART = 12, 6, 45
PATIENCE_S = 60.0
OTHER = "Another^Patient"
CHANGES = "CHANGES"
"""The heading of what the panel says last, once the courses are worked out."""


def click_to_course(folder: Path, seed: int, protocol: Protocol) -> tuple[float, bool]:
    """Keep a patient's findings as the command follows them, then open the patient in a fresh window.

    Returns the seconds from the click, and whether both lesions were followed as they fared.
    """
    own = {f"MO_VIEWER_{name}": str(folder / name.lower()) for name in ("DATA", "CACHE", "SETTINGS")}
    images = folder / "images"
    _kept(_visits(seed, protocol), images, own)
    write_series(folder / "other", patient=OTHER, patient_id="other", date="2029-01-01", study="2.25.8", uid="2.25.8.1")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.follow_window", str(images), str(folder / "other")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **own},
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_S,
        check=True,
    )
    said = json.loads((folder / "f.json").read_text("utf-8"))
    kinds = sorted([event["kind"] for event in one["events"]] for one in said["courses"])
    stable = ["stable"] * (VISITS - 1)
    grown = [*stable[: GROWN_AT - 1], "grown", *stable[GROWN_AT:]]
    return float(done.stdout.split()[-1]), kinds == sorted([stable, grown])


def _visits(seed: int, protocol: Protocol) -> tuple[Visit, ...]:
    """Twelve studies of two lesions, of which one has grown half-way, each in another pose, field of view and dose."""
    first, last = course("unlike", seed, protocol)
    visits = []
    for number in range(VISITS):
        like = first if number < GROWN_AT else last
        pose, own = retest(like.limb, protocol, 100 * seed + number)
        day = _day(DAYS_APART * number)
        identity = replace(first.identity, key=f"twelve {seed} visit {number}", study_date=day)
        visits.append(replace(like, pose=pose, protocol=own, seed=number, identity=identity))
    return tuple(visits)


def _day(days: int) -> str:
    import numpy as np

    return str(np.datetime64("2024-01-08") + np.timedelta64(days, "D")).replace("-", "")


def _kept(visits: tuple[Visit, ...], images: Path, own: dict[str, str]) -> None:
    """Write the images, and have the command follow both lesions and keep what it finds."""
    truths = written(visits, images)
    clicks = ["--at=" + ",".join(f"{x:.2f}" for x in true.core_points_mm[0]) for true in truths[-1].values()]
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        run(["compare", str(images), *clicks, "--keep", "--json", str(images.parent / "f.json")])
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def opened(images: Path, other: Path) -> float:
    """Show another patient, put the course in front, click on the patient's latest study; seconds until it is drawn."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLabel

    from mo_viewer.plugin_host.places import plugin_places
    from mo_viewer.ui.app import open_window, wait_until
    from mo_viewer.ui.study_rows import study_key

    window = open_window([other, images], places=plugin_places(), size=(1920, 1080))
    assert wait_until(lambda: window.volume is not None and not window.library.is_reading, PATIENCE_S)
    assert window.session.document.patient.id == "other"
    window.panels.open_panel("Course")
    from mo_ossification.course_panel import CoursePanel

    assert wait_until(lambda: window.findChild(CoursePanel) is not None and window.jobs.is_idle, PATIENCE_S)
    panel = window.findChild(CoursePanel)
    listed = window.study_list.studies
    latest = next(study for study in window.library.studies if study.patient.id != "other")
    at = listed.visualRect(listed.rows.find(study_key(latest))).center()
    began = time.perf_counter()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert wait_until(lambda: CHANGES in {one.text() for one in panel.words.findChildren(QLabel)}, PATIENCE_S)
    panel.repaint()
    took = time.perf_counter() - began
    window.close()
    return took


if __name__ == "__main__":
    sys.stdout.write(f"{opened(*map(Path, sys.argv[1:])):.3f}\n")
