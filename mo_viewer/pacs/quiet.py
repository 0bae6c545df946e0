"""The network libraries write names and identifiers into their logs and traces; here they are silenced."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from mo_viewer.dicom.library import pydicom

_TALKERS = ("pynetdicom", "urllib3", "requests", "keyring", "charset_normalizer")
_NEVER = logging.CRITICAL + 1
_OWN_THREADS = "pynetdicom"


def silence() -> None:
    """Keep the network libraries from logging, whatever level a test or a plugin had set, and from printing traces."""
    pydicom()
    known = list(logging.root.manager.loggerDict)
    for talker in _TALKERS:
        for name in (talker, *(name for name in known if name.startswith(f"{talker}."))):
            logging.getLogger(name).setLevel(_NEVER)
    if not isinstance(threading.excepthook, _Silent):
        threading.excepthook = _Silent(threading.excepthook)


class _Silent:
    """Passes on what goes wrong in a thread, but for pynetdicom's own.

    A peer that sends nonsense ends pynetdicom's reading thread with a trace on standard error; the one who waits for
    that peer gets its sentence all the same, for the line then stays silent.
    """

    def __init__(self, before: Callable[[threading.ExceptHookArgs], object]) -> None:
        self._before = before

    def __call__(self, what: threading.ExceptHookArgs) -> None:
        """Handle an exception that nobody caught in a thread."""
        if not _is_theirs(what.exc_traceback):
            self._before(what)


def _is_theirs(trace: TracebackType | None) -> bool:
    """Whether the innermost code of a trace is pynetdicom's."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and _OWN_THREADS in Path(trace.tb_frame.f_code.co_filename).parts
