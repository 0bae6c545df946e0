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


def test_the_share_of_a_part_counts_within_the_whole_and_stops_with_it() -> None:
    seen: list[tuple[int, int, str]] = []
    whole = Ticket(lambda *report: seen.append(report))
    part = whole.share(0.5, 1.0, "second study")
    part.progress(0, 4, "soft parts")
    part.share(0.0, 0.5).progress(4, 4)
    part.progress(3, 4)
    assert seen == [(500, 1000, "second study"), (750, 1000, "second study"), (875, 1000, "second study")]
    part.cancel()
    assert whole.cancelled
    assert part.cancelled
    for stopped in (whole, part):
        with pytest.raises(Cancelled):
            stopped.check()
    with pytest.raises(Cancelled):
        whole.share(0.0, 1.0).progress(0, 1)
