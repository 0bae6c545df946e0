"""Writes findings behind the window's back, in order, so that no action waits for the disk."""

import threading
from collections import deque
from collections.abc import Callable

from mo_viewer.base.faults import Fault, Unwritable
from mo_viewer.session.store import Store

Work = Callable[[Store], None]
Told = Callable[[Fault | None], None]
RETRY_S = 5.0
_LONGEST_END_S = 15.0
"""A disk that has vanished may hold a write for ever; the program ends all the same."""


class Journal:
    """One thread that owns the store's writing.

    What the disk does not take stays here in its order, and is tried again: at every new piece, every `RETRY_S`
    seconds, and at the end.

    Parameters
    ----------
    store
        Where to write.
    told
        Called in that thread: None when a piece is on disk; a fault when one was refused, or when the disk begins not
        to take them.
    """

    def __init__(self, store: Store, told: Told) -> None:
        self._store = store
        self._told = told
        self._pieces: deque[tuple[Work, bool]] = deque()
        self._news = threading.Condition()
        self._asked = self._tried = 0
        self._is_ending = self._is_blocked = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def unwritten(self) -> int:
        """How many pieces are not on disk yet."""
        return len(self._pieces)

    def put(self, work: Work, quietly: bool = False) -> None:
        """Queue one transaction; nothing is told of a quiet one that is written."""
        with self._news:
            self._pieces.append((work, quietly))
            self._asked += 1
            self._news.notify_all()

    def flush(self) -> None:
        """Have everything tried at once; wait until it is on disk, was refused, or was not taken."""
        with self._news:
            wanted = self._asked = self._asked + 1
            self._news.notify_all()
            self._news.wait_for(lambda: self._tried >= wanted or not self._thread.is_alive())

    def close(self) -> None:
        """Write what is left and end the thread."""
        with self._news:
            self._is_ending = True
            self._news.notify_all()
        self._thread.join(_LONGEST_END_S)

    def _run(self) -> None:
        while True:
            with self._news:
                pause = RETRY_S if self._pieces else None
                self._news.wait_for(lambda: self._is_ending or self._tried < self._asked, pause)
                known, is_ending = self._asked, self._is_ending
            while self._pieces and self._write(*self._pieces[0]):
                self._pieces.popleft()
            with self._news:
                self._tried = known
                self._news.notify_all()
                if is_ending:
                    return

    def _write(self, work: Work, quietly: bool) -> bool:
        """Do one piece; False when the disk does not take it."""
        try:
            work(self._store)
        except Unwritable as fault:
            if not self._is_blocked:
                self._told(fault)
            self._is_blocked = True
            return False
        except Fault as fault:
            self._told(fault)
        except Exception as error:  # noqa: BLE001 - one piece that fails must not stop all those behind it
            self._told(Unwritable("A change could not be saved.", "The next one keeps it too.", repr(error)))
        else:
            if self._is_blocked or not quietly:
                self._told(None)
            self._is_blocked = False
        return True
