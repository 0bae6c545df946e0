"""Faults that a compiled decoder meets and cannot raise: Python reports them and the half-decoded image goes on.

OpenJPH's wrapper does so on a damaged HTJ2K stream: the fault is first printed through ``sys.excepthook`` and then
told to ``sys.unraisablehook``. Both are listened to here, for the thread that decodes and only while it decodes.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_here = threading.local()
_before: dict[str, Callable[..., object]] = {}
_lock = threading.Lock()
_listeners = [0]


@contextmanager
def heard() -> Iterator[list[object]]:
    """Collect the faults that this thread cannot raise meanwhile; all others go where they went before."""
    faults: list[object] = []
    _listen()
    _here.faults = faults
    try:
        yield faults
    finally:
        _here.faults = None
        _leave()


def _listen() -> None:
    with _lock:
        _listeners[0] += 1
        for name, hook in _HOOKS.items():
            if getattr(sys, name) is not hook:
                _before[name] = getattr(sys, name)
                setattr(sys, name, hook)


def _leave() -> None:
    with _lock:
        _listeners[0] -= 1
        for name, hook in _HOOKS.items():
            if not _listeners[0] and getattr(sys, name) is hook:
                setattr(sys, name, _before[name])


def _kept(fault: object) -> bool:
    faults = getattr(_here, "faults", None)
    if faults is None:
        return False
    faults.append(fault)
    return True


def _printed(kind: type[BaseException], fault: BaseException, trace: Any) -> None:
    if not _kept(fault):
        _before["excepthook"](kind, fault, trace)


def _unraisable(event: Any) -> None:
    if not _kept(event.exc_value):
        _before["unraisablehook"](event)


_HOOKS: dict[str, Callable[..., object]] = {"excepthook": _printed, "unraisablehook": _unraisable}
