"""Names calls that do not come back, and stops those that hold the window.

What can be done without a process of its own is done: the call is named while it still runs, its contribution is
switched off for whoever asks next, and the plugin is not started the next time. In the main thread an exception is
raised inside the call, which ends loops and waits; code that holds the processor in C cannot be stopped from here.
"""

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_IDLE_S = 5.0
_MOST_TRIES = 5
_WAKE = getattr(signal, "SIGUSR2", None)


class Stuck(BaseException):
    """Raised inside a call that did not come back."""


@dataclass(eq=False)
class Call:
    """One call into a plugin that is going on."""

    about: object
    thread: int = field(default_factory=threading.get_ident)
    began: float = field(default_factory=time.monotonic)
    waiting: bool = False
    has_waited: bool = False
    is_late: bool = False
    tries: int = 0
    """How often it was asked to stop."""


class Watch:
    """Looks at the calls that are going on.

    Parameters
    ----------
    limit_s
        After this long a call is late.
    late
        Called once for each late call, in the thread of the watch.
    """

    def __init__(self, limit_s: float, late: Callable[[Call], None]) -> None:
        self._limit_s = limit_s
        self._late = late
        self._lock = threading.Lock()
        self._calls: dict[int, Call] = {}
        self._thread: threading.Thread | None = None
        self._last = 0.0

    def begin(self, about: object, is_timed: bool = True) -> Call:
        """Note that a call begins; one that is not timed may take as long as it likes."""
        call = Call(about, waiting=not is_timed, has_waited=not is_timed)
        with self._lock:
            self._calls[id(call)] = call
            self._last = call.began
            if self._thread is None:
                _listen()
                self._thread = threading.Thread(target=self._look, name="plugin watch", daemon=True)
                self._thread.start()
        return call

    def end(self, call: Call) -> None:
        """Note that it came back; nothing is raised in its thread any more."""
        with self._lock:
            self._calls.pop(id(call), None)
        if call.tries:
            _raise_in(call.thread, None)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Do not count the time that this thread's calls wait for the user (a dialog of ours)."""
        mine = [call for call in tuple(self._calls.values()) if call.thread == threading.get_ident()]
        for call in mine:
            call.waiting = call.has_waited = True
        try:
            yield
        finally:
            for call in mine:
                call.waiting, call.began = False, time.monotonic()

    def _look(self) -> None:
        while True:
            time.sleep(min(1.0, self._limit_s / 4))
            now = time.monotonic()
            with self._lock:
                late = [c for c in self._calls.values() if not c.waiting and now - c.began > self._limit_s]
                fresh = [call for call in late if not call.is_late]
                for call in fresh:
                    call.is_late = True
                if not self._calls and now - self._last > min(_IDLE_S, 4 * self._limit_s):
                    self._thread = None
                    return
            for call in fresh:
                self._late(call)
            for call in late:
                self._stop(call)

    def _stop(self, call: Call) -> None:
        with self._lock:
            is_main = call.thread == threading.main_thread().ident
            if not is_main or id(call) not in self._calls or call.waiting or call.tries == _MOST_TRIES:
                return
            call.tries += 1
            _raise_in(call.thread, Stuck)
            if _WAKE is not None and signal.getsignal(_WAKE) is _woken:
                signal.pthread_kill(call.thread, _WAKE)


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Raise an exception in a thread at its next step of Python; None takes one back that has not come yet."""
    what = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)


def _listen() -> None:
    """Have a signal wake the main thread from a wait, where there are such signals and nobody else uses this one."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and _WAKE is not None and signal.getsignal(_WAKE) is signal.SIG_DFL:
        signal.signal(_WAKE, _woken)


def _woken(number: int, frame: object) -> None:
    """Let the waiting thread take a step of Python, in which `Stuck` arrives."""
