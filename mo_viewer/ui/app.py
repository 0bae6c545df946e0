"""Starts the window."""

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from mo_viewer.base.faults import course_of
from mo_viewer.paths import bundled
from mo_viewer.session.settings import own_settings
from mo_viewer.ui import theme
from mo_viewer.ui.beginning import Beginning
from mo_viewer.ui.furnishing import furnish, read_engine
from mo_viewer.ui.garbage import Garbage, give_back_large_blocks
from mo_viewer.ui.jobs import as_fault
from mo_viewer.ui.magnified import magnify
from mo_viewer.ui.window import Window

if TYPE_CHECKING:
    from mo_viewer.session.health import Check

SIZE = (1366, 768)
SELFTEST_AFTER_MS = 3000
"""The first image comes first."""
_SIZE_SHARE = 0.92
SWITCH_S = 0.0005
"""How long a thread that reads files may keep the window waiting at a time; Python's own 5 ms add up in one drawing."""
_NO_NEWS = "This plugin does not support propagateSizeHints()"
"""What Qt says at every window when there is no display."""


def run(paths: Sequence[Path] = (), store_path: Path | None = None) -> int:
    """Open the window with folders, files or archives; returns the exit code once it is closed."""
    magnify(own_settings())
    app = application()
    window = begin(paths, store_path)
    if not window.memory.restore():
        screen = window.screen().availableSize()
        window.set_size(int(screen.width() * _SIZE_SHARE), int(screen.height() * _SIZE_SHARE))
        window.showMaximized()
    sys.excepthook = _to_window(window)
    garbage = Garbage(lambda: window.jobs.is_idle)
    try:
        return app.exec()
    finally:
        garbage.stop()


def begin(
    paths: Sequence[Path] = (), store_path: Path | None = None, places: Iterable[tuple[str, Path]] | None = None
) -> Window:
    """Show a window that the event loop makes ready, and that opens paths then (parameters as of `open_window`)."""

    def go_to_work() -> None:
        gc.freeze()
        if paths:
            window.open_paths(paths)
        QTimer.singleShot(SELFTEST_AFTER_MS, window, lambda: check_health(window))

    window = _shown(SIZE)
    beginning = Beginning(window, furnish(window, store_path, places), read_engine)
    beginning.done.connect(go_to_work)
    return window


def check_health(window: Window) -> None:
    """Do the quick part of the self-test behind the window; what fails is said, and may stop measuring."""
    from mo_viewer.session.health import quick_checks, refusal

    def heard(checks: "tuple[Check, ...]") -> None:
        window.room.refusal = refusal(checks)
        if window.room.refusal is not None:
            window.show_fault(window.room.refusal, lasting=True)
        for check in checks:
            if check.trouble and not check.stops_measuring:
                window.say(check.trouble, "caution")

    window.jobs.run("Self-test", lambda _: quick_checks(), heard, window.show_fault, slot="self-test")


def application() -> QApplication:
    """Return the application, dressed; there is one in a process."""
    known = QApplication.instance()
    app = known if isinstance(known, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("MO Viewer")
    if not app.property("dressed"):
        _quieten()
        sys.setswitchinterval(SWITCH_S)
        give_back_large_blocks()
        theme.dress(app)
        app.setWindowIcon(QIcon(str(bundled("resources") / "icons" / "mo-viewer.svg")))
        app.setProperty("dressed", True)
    return app


def open_window(
    paths: Sequence[Path] = (),
    store_path: Path | None = None,
    places: Iterable[tuple[str, Path]] | None = None,
    size: tuple[int, int] = SIZE,
) -> Window:
    """Make a window, show it, make it ready, and begin to open paths; for tests and pictures.

    Parameters
    ----------
    paths
        Folders, files, archives.
    store_path
        The findings' file; None: the user's own.
    places
        Where plugins are looked for; None: everywhere.
    size
        Of the window, in logical pixels.
    """
    window = _shown(size)
    for _ in furnish(window, store_path, places):
        pass
    if paths:
        QTimer.singleShot(0, window, lambda: window.open_paths(paths))
    return window


def wait_until(predicate: Callable[[], object], seconds: float = 30.0) -> bool:
    """Let the window live until something is true; returns whether it became true in time."""
    until = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > until:
            return False
        _live()
        time.sleep(0.002)
    _live()
    return True


def _live() -> None:
    """Do what is due, also what was to be deleted later: outside of an event loop Qt keeps that for ever."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _shown(size: tuple[int, int]) -> Window:
    """Make and show a window that is not ready yet."""
    app, settings = application(), own_settings()
    wanted = theme.THEMES.get(settings.get("theme", "dark"), theme.DARK)
    if wanted is not theme.colours():
        theme.wear(app, wanted)
    window = Window(settings)
    window.set_size(*size)
    window.show()
    window.set_size(*size)
    return window


def _quieten() -> None:
    """Drop the one line of Qt that is no news; all others go where they went before."""

    def say(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if text == _NO_NEWS:
            return
        if callable(before):
            before(kind, context, text)
        else:
            sys.stderr.write(f"{text}\n")

    before = qInstallMessageHandler(say)


def _to_window(window: Window) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Show what nobody has caught, instead of ending."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if "MO_VIEWER_DEBUG" in os.environ:
            sys.__excepthook__(kind, error, trace)
        else:
            sys.stderr.write(course_of(error))
        if isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
            window.show_fault(as_fault(error, "in the window"))

    return show
