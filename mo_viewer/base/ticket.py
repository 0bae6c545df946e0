"""The one argument that long work takes: it reports progress, shows what it has so far, learns that it was stopped."""

import threading
from collections.abc import Callable

from mo_viewer.base.faults import Cancelled

Report = Callable[[int, int, str], None]
Show = Callable[[object], None]


class Ticket:
    """Progress and cancellation of one piece of work; safe to use from several threads.

    Parameters
    ----------
    report
        Called with ``(done, total, text)``; ``total`` 0 means "not known yet". It must not block.
    show
        Called with what may be shown before the work is done. It must not block.
    """

    def __init__(self, report: Report | None = None, show: Show | None = None) -> None:
        self._report, self._show = report, show
        self._stopped = threading.Event()

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Report how far the work is.

        Raises
        ------
        Cancelled
            Once `cancel` was called.
        """
        self.check()
        if self._report is not None:
            self._report(done, total, text)

    def show(self, found: object) -> None:
        """Hand over what is found so far, for whoever waits to see it.

        Raises
        ------
        Cancelled
            Once `cancel` was called.
        """
        self.check()
        if self._show is not None:
            self._show(found)

    def check(self) -> None:
        """Raise `Cancelled` once `cancel` was called; for loops that have nothing to report."""
        if self._stopped.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to stop at its next `progress` or `check`."""
        self._stopped.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._stopped.is_set()

    def share(self, start: float, end: float, text: str = "") -> "Ticket":
        """Return the ticket of one part of this work, which lies between two fractions of the whole.

        Its progress counts as this one's under `text` (empty: its own words), and both stop together.
        """
        return _Share(self, start, end, text)


class _Share(Ticket):
    """Reports to the whole, in thousandths."""

    def __init__(self, whole: Ticket, start: float, end: float, text: str) -> None:
        super().__init__()
        self._whole, self._start, self._end, self._text = whole, start, end, text

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Report how far the part is."""
        self.check()
        part = min(1.0, done / total) if total else 0.0
        self._whole.progress(round(1000 * (self._start + part * (self._end - self._start))), 1000, self._text or text)

    def show(self, found: object) -> None:
        """Hand over what is found so far."""
        self.check()
        self._whole.show(found)

    def check(self) -> None:
        """Raise `Cancelled` once this or the whole was cancelled."""
        self._whole.check()
        super().check()

    def cancel(self) -> None:
        """Ask the whole to stop."""
        self._whole.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether the whole was cancelled."""
        return self._whole.cancelled
