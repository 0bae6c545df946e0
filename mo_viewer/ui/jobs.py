"""Background work: a pool of threads whose results come back to the GUI thread."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from mo_viewer.base.faults import Cancelled, Fault, course_of
from mo_viewer.base.ticket import Ticket

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Result = TypeVar("Result")
REPORTS_PER_SECOND = 10


@dataclass(eq=False)
class Job:
    """One piece of work that is waiting or running; `total` 0 means that its length is not known."""

    title: str
    slot: str
    done: int = 0
    total: int = 0
    text: str = ""
    began: float = field(default_factory=time.monotonic)
    ticket: Ticket = field(default_factory=Ticket)

    def cancel(self) -> None:
        """Ask the work to stop; its result will be dropped."""
        self.ticket.cancel()

    @property
    def seconds(self) -> float:
        """Time since it was asked for."""
        return time.monotonic() - self.began


@dataclass(frozen=True, eq=False)
class _Ends:
    """What the GUI thread does when a job is over."""

    done: Callable[[Any], None]
    failed: Callable[[Fault], None] | None
    stopped: Callable[[], None] | None


class Jobs(QObject):
    """Runs ``work(ticket)`` in threads and answers on the GUI thread.

    `changed` tells that the list `running` is different (at most ten times a second for each job);
    `failed` carries the fault of a job that was started without a `failed` function.
    """

    changed = Signal()
    failed = Signal(object)
    _reported = Signal(object, object, object, str)
    _shown = Signal(object, object, object)
    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None, threads: int | None = None) -> None:
        super().__init__(parent)
        self._threads = threads or min(4, max(2, os.cpu_count() or 2))
        self._running: list[Job] = []
        self._closed = False
        self._reported.connect(self._take_report, Qt.ConnectionType.QueuedConnection)
        self._shown.connect(self._take_shown, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._take_end, Qt.ConnectionType.QueuedConnection)

    @cached_property
    def _pool(self) -> "ThreadPoolExecutor":
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self._threads, thread_name_prefix="job")

    @property
    def running(self) -> tuple[Job, ...]:
        """What waits or runs, oldest first; cancelled jobs are not in it."""
        return tuple(job for job in self._running if not job.ticket.cancelled)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, not even work that was cancelled and has not stopped yet."""
        return not self._running

    def run(
        self,
        title: str,
        work: Callable[[Ticket], Result],
        done: Callable[[Result], None],
        failed: Callable[[Fault], None] | None = None,
        slot: str = "",
        stopped: Callable[[], None] | None = None,
        shown: Callable[[Any], None] | None = None,
    ) -> Ticket:
        """Start work in the background; exactly one of `done`, `failed`, `stopped` is called later, on this thread.

        Before it `shown` is called, on this thread, with all that the work gives its ticket to show.
        Work in the same non-empty `slot` is cancelled and its result dropped (`stopped` is then called).
        Exceptions that are no `Fault` become one, with the traceback as detail.
        """
        if self._closed:
            stopped_ticket = Ticket()
            stopped_ticket.cancel()
            return stopped_ticket
        if slot:
            for older in self._running:
                if older.slot == slot:
                    older.cancel()
        job = Job(title, slot)
        job.ticket = Ticket(
            _Throttle(lambda d, t, text: self._reported.emit(job, d, t, text)),
            None if shown is None else lambda found: self._shown.emit(job, found, shown),
        )
        self._running.append(job)
        ends = _Ends(done, failed, stopped)
        future = self._pool.submit(_run, work, job.ticket)
        future.add_done_callback(lambda ended: self._ended.emit(job, ended, ends))
        self.changed.emit()
        return job.ticket

    def cancel_all(self) -> None:
        """Ask everything to stop."""
        for job in self._running:
            job.cancel()
        self.changed.emit()

    def close(self) -> None:
        """Cancel everything and wait for the threads; nothing is answered any more."""
        self._closed = True
        for job in self._running:
            job.cancel()
        if "_pool" in self.__dict__:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._running.clear()

    def _take_report(self, job: Job, done: int, total: int, text: str) -> None:
        job.done, job.total, job.text = done, total, text
        self.changed.emit()

    def _take_shown(self, job: Job, found: Any, shown: Callable[[Any], None]) -> None:
        if not (self._closed or job.ticket.cancelled):
            shown(found)

    def _take_end(self, job: Job, future: "Future[Any]", ends: _Ends) -> None:
        if self._closed:
            return
        self._running.remove(job)
        self.changed.emit()
        error = None if future.cancelled() else future.exception()
        if job.ticket.cancelled or future.cancelled() or isinstance(error, Cancelled):
            if ends.stopped is not None:
                ends.stopped()
        elif error is None:
            ends.done(future.result())
        elif ends.failed is not None:
            ends.failed(as_fault(error, job.title))
        else:
            self.failed.emit(as_fault(error, job.title))


def as_fault(error: BaseException, during: str) -> Fault:
    """Return the error as something that can be shown; its course becomes the detail."""
    detail = course_of(error)
    if isinstance(error, Fault):
        error.detail = error.detail or detail
        return error
    if isinstance(error, MemoryError):
        return Fault(
            f"There is not enough memory: {during}.", "Close other studies or programs, then try again.", detail
        )
    return Fault(
        f"Something unexpected happened: {during} ({type(error).__name__}).",
        "Your findings are saved. Copy the details into a bug report.",
        detail,
    )


def _run(work: Callable[[Ticket], Result], ticket: Ticket) -> Result:
    ticket.check()
    return work(ticket)


class _Throttle:
    """Lets a report through ten times a second, and always the last one."""

    def __init__(self, report: Callable[[int, int, str], None]) -> None:
        self._report = report
        self._last = 0.0

    def __call__(self, done: int, total: int, text: str) -> None:
        now = time.monotonic()
        if now - self._last >= 1 / REPORTS_PER_SECOND or (total and done >= total):
            self._last = now
            self._report(done, total, text)
