"""Starts the window."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from mo_viewer.base.faults import Fault, course_of
from mo_viewer.paths import bundled, user_data
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.session.schema import Damaged
from mo_viewer.session.store import NAME, Store
from mo_viewer.ui import theme
from mo_viewer.ui.garbage import Garbage, give_back_large_blocks
from mo_viewer.ui.jobs import as_fault
from mo_viewer.ui.window import Window

SELFTEST_AFTER_MS = 3000
"""The first image comes first."""
_SIZE_SHARE = 0.92
SWITCH_S = 0.0005
"""How long a thread that reads files may keep the window waiting at a time; Python's own 5 ms add up in one drawing."""
_NO_NEWS = "This plugin does not support propagateSizeHints()"
"""What Qt says at every window when there is no display."""


def run(paths: Sequence[Path] = (), store_path: Path | None = None) -> int:
    """Open the window with folders, files or archives; returns the exit code once it is closed."""
    app = application()
    window = open_window(paths, store_path)
    if not window.extras.memory.restore():
        screen = window.screen().availableSize()
        window.set_size(int(screen.width() * _SIZE_SHARE), int(screen.height() * _SIZE_SHARE))
        window.showMaximized()
    sys.excepthook = _to_window(window)
    garbage = Garbage(lambda: window.jobs.is_idle)
    QTimer.singleShot(SELFTEST_AFTER_MS, window, lambda: check_health(window))
    try:
        return app.exec()
    finally:
        garbage.stop()


def check_health(window: Window) -> None:
    """Do the quick part of the self-test behind the window; what fails is said, and may stop measuring."""
    from mo_viewer.session.health import Check, quick_checks, refusal

    def heard(checks: tuple[Check, ...]) -> None:
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
    size: tuple[int, int] = (1366, 768),
) -> Window:
    """Make and show a window and begin to open paths; for tests and pictures too.

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
    application()
    store, trouble = _store(store_path or user_data() / NAME)
    window = Window(store, plugin_places() if places is None else places)
    window.set_size(*size)
    window.show()
    window.set_size(*size)
    if trouble is not None:
        window.show_fault(trouble, lasting=True)
    restored = window.session.begin()
    if restored:
        window.say(restored, "caution")
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


def _store(path: Path) -> tuple[Store | None, Fault | None]:
    try:
        store = Store(path)
        return store, store.trouble
    except Damaged:
        return _rescued(path)
    except Fault as fault:
        fault.hint = f"Findings of this session will not be kept. {fault.hint}".strip()
        return None, fault


def _rescued(path: Path) -> tuple[Store | None, Fault | None]:
    from mo_viewer.session.rescue import rescue

    try:
        rescued = rescue(path)
    except Fault as fault:
        return None, fault
    return rescued.store, Fault(rescued.sentence)


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
