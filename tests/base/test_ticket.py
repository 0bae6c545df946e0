import pytest

from mo_viewer.base.faults import Cancelled, Fault
from mo_viewer.base.ticket import Ticket


def test_progress_is_reported_until_the_work_is_stopped() -> None:
    seen: list[tuple[int, int, str]] = []
    ticket = Ticket(lambda *report: seen.append(report))
    ticket.progress(1, 3, "reading")
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.progress(2, 3)
    with pytest.raises(Cancelled):
        ticket.check()
    assert seen == [(1, 3, "reading")]


def test_a_fault_reads_as_its_sentence_and_hint() -> None:
    assert str(Fault("It is not there.", "Choose another.", "errno 2")) == "It is not there. Choose another."
    assert str(Fault("It is not there.")) == "It is not there."
