"""Writes findings behind the window's back, in order, so that no action waits for the disk."""

import queue
import threading
from collections.abc import Callable

from mo_viewer.base.faults import Fault
from mo_viewer.session.store import Store

Work = Callable[[Store], None]
Told = Callable[[Fault | None], None]


class Journal:
    """One thread that owns the store's writing.

    Parameters
    ----------
    store
        Where to write.
    told
        Called in that thread after each piece: None when it is on disk, else the fault.
    """

    def __init__(self, store: Store, told: Told) -> None:
        self._store = store
        self._told = told
        self._queue: queue.Queue[Work | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, work: Work) -> None:
        """Queue one transaction."""
        self._queue.put(work)

    def flush(self) -> None:
        """Wait until all that was put is on disk or was refused."""
        self._queue.join()

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                work(self._store)
                self._told(None)
            except Fault as fault:
                self._told(fault)
            finally:
                self._queue.task_done()
        self._queue.task_done()
