"""The sending queue: what waits, what was confirmed, what is tried again, and what a crash leaves behind."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pacs_certificates import Certificates
from pacs_peers import CT, Peer, free_port, peer, sop_uid, write_ct, write_study
from pydicom import dcmread

from mo_viewer.base.faults import Cancelled, Misuse, Refused, Unreadable, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.answer import STORED, Answer
from mo_viewer.pacs.courier import send_due, work_off
from mo_viewer.pacs.node import DicomNode
from mo_viewer.pacs.parcel import inspect
from mo_viewer.pacs.queue import MOST_TRIES, Queue, pause_s
from mo_viewer.pacs.send import send
from mo_viewer.pacs.settings import write_nodes
from mo_viewer.paths import user_data

TARGET = "PEER@127.0.0.1:104"


def fates(target: str | Peer, folder: Path, **more: Any) -> Counter[str]:
    text = target if isinstance(target, str) else target.node.address
    return Counter(delivery.fate for delivery in send(folder, text, Ticket(), **more).deliveries)


def test_what_the_archive_confirmed_is_sent_and_not_sent_twice(tmp_path: Path) -> None:
    files = write_study(tmp_path, 3)
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    with peer() as there:
        first = send(tmp_path, there.node.address, Ticket())
        second = send(tmp_path, there.node.address, Ticket())
        assert sorted(there.stored) == sorted(map(sop_uid, files))
        assert fates(there, tmp_path, again=True) == {"sent": 3}
        assert len(there.stored) == 6
    assert first.complete
    assert second.complete
    assert [delivery.file for delivery in first.deliveries] == ["ct001.dcm", "ct002.dcm", "ct003.dcm"]
    assert {delivery.fate for delivery in second.deliveries} == {"already"}
    assert first.summary == f"3 files for {there.node.address}: 3 sent."


def test_a_copy_of_a_confirmed_file_is_not_sent_again(tmp_path: Path) -> None:
    path = write_ct(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "copy.dcm").write_bytes(path.read_bytes())
    with peer() as there:
        assert fates(there, tmp_path / "one") == {"sent": 1}
        assert fates(there, tmp_path / "two") == {"already": 1}
        assert len(there.stored) == 1


def test_a_full_archive_keeps_the_files_waiting_and_takes_them_later(tmp_path: Path) -> None:
    write_study(tmp_path, 2)
    room = threading.Event()
    with peer(lambda *_: 0x0000 if room.is_set() else 0xA700) as there:
        full = send(tmp_path, there.node.address, Ticket())
        assert {d.fate for d in full.deliveries} == {"waiting"}
        assert {d.sentence for d in full.deliveries} == {"The archive has no room left for the object."}
        assert not full.complete
        room.set()
        with Queue() as queue:
            assert queue.due() == ()
            assert queue.due(time.time() + 31) != ()
            queue.retry([job.number for job in queue.jobs()])
            assert {job.state for job in send_due(queue, Ticket())} == {"sent"}


def test_a_refused_file_fails_alone(tmp_path: Path) -> None:
    write_study(tmp_path, 3)
    with peer(lambda number, _event: 0xC000 if number == 2 else 0x0000) as there:
        sent = send(tmp_path, there.node.address, Ticket())
    assert [delivery.fate for delivery in sent.deliveries] == ["sent", "failed", "sent"]
    assert "cannot understand" in sent.of("failed")[0].sentence


def test_a_closed_port_leaves_everything_waiting_and_is_said_for_each(tmp_path: Path) -> None:
    write_study(tmp_path, 3)
    sent = send(tmp_path, f"PEER@127.0.0.1:{free_port()}", Ticket())
    assert {delivery.fate for delivery in sent.deliveries} == {"waiting"}
    assert all("port is closed" in delivery.sentence for delivery in sent.deliveries)


def test_a_wrong_ae_title_fails_at_once_and_a_new_send_tries_again(tmp_path: Path) -> None:
    write_study(tmp_path, 2)

    def strict(entity: Any) -> None:
        entity.require_called_aet = True

    with peer(prepare=strict) as there:
        wrong = f"WRONG@127.0.0.1:{there.node.port}"
        assert fates(wrong, tmp_path) == {"failed": 2}
        assert fates(wrong, tmp_path) == {"failed": 2}
        assert fates(there, tmp_path) == {"sent": 2}


def test_a_line_that_keeps_breaking_is_left_alone_after_three_files(tmp_path: Path) -> None:
    write_study(tmp_path, 6)

    def abort(_number: int, event: Any) -> int:
        event.assoc.abort(block=False)
        return 0x0000

    with peer(abort) as there:
        assert fates(there, tmp_path) == {"waiting": 6}
        assert len(there.stored) == 3


def test_a_file_whose_answer_was_lost_is_not_sent_again_where_the_archive_holds_it(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    with peer() as there:
        parcel = inspect(path)
        with Queue() as queue:
            (job,) = queue.put([parcel], there.node.address)
            queue.begin(job)
        there.held[parcel.sop_uid] = b""
        assert fates(there, tmp_path) == {"sent": 1}
        assert there.stored == []
        there.held.clear()


def test_a_file_whose_answer_was_lost_is_sent_again_where_the_archive_does_not_hold_it(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    with peer() as there, Queue() as queue:
        (job,) = queue.put([inspect(path)], there.node.address)
        queue.begin(job)
        assert [done.state for done in send_due(queue, Ticket())] == ["sent"]
        assert there.stored == [sop_uid(path)]


def test_a_duplicate_after_a_lost_answer_is_a_confirmation_and_else_it_is_not(tmp_path: Path) -> None:
    write_study(tmp_path, 2)
    with peer(lambda *_: 0x0111, contexts=[(CT, ["1.2.840.10008.1.2.1"])]) as there, Queue() as queue:
        lost, fresh = queue.put([inspect(path) for path in sorted(tmp_path.iterdir())], there.node.address)
        queue.begin(lost)
        send_due(queue, Ticket())
        assert queue.job(lost.number).state == "sent"
        assert queue.job(fresh.number).state == "failed"


def test_a_file_that_changed_or_went_after_it_was_queued_is_not_sent(tmp_path: Path) -> None:
    changed, gone = write_study(tmp_path, 2)
    with peer() as there, Queue() as queue:
        queue.put([inspect(changed), inspect(gone)], there.node.address)
        changed.write_bytes(changed.read_bytes() + b"\0\0")
        gone.unlink()
        jobs = send_due(queue, Ticket())
        assert there.stored == []
    assert [job.state for job in jobs] == ["failed", "failed"]
    assert "changed after" in jobs[0].sentence
    assert "no longer there" in jobs[1].sentence


def test_two_contents_of_one_identity_are_not_both_sent(tmp_path: Path) -> None:
    first = write_ct(tmp_path / "a", 1, uid="1.2.3.4")
    write_ct(tmp_path / "b", 2, uid="1.2.3.4")
    with peer() as there:
        assert fates(there, first.parent) == {"sent": 1}
        sent = send(tmp_path / "b", there.node.address, Ticket())
        assert len(there.stored) == 1
    assert sent.deliveries[0].fate == "failed"
    assert "same identity" in sent.deliveries[0].sentence


def test_files_that_cannot_be_sent_are_named_beside_those_that_were(tmp_path: Path) -> None:
    write_ct(tmp_path)
    (tmp_path / "junk.dcm").write_bytes(b"no DICOM at all" * 100)
    cut = write_ct(tmp_path, 2)
    cut.write_bytes(cut.read_bytes()[:-50])
    liar = write_ct(tmp_path, 3)
    dataset = dcmread(liar)
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    with liar.open("wb") as file:
        dataset.save_as(file, enforce_file_format=False)
    with peer() as there:
        sent = send(tmp_path, there.node.address, Ticket())
    by_name = {delivery.file: delivery for delivery in sent.deliveries}
    assert by_name["ct001.dcm"].fate == "sent"
    assert "ends before" in by_name["ct002.dcm"].sentence
    assert "names itself differently" in by_name["ct003.dcm"].sentence
    assert "not a DICOM file" in by_name["junk.dcm"].sentence
    assert len(sent.of("failed")) == 3


def test_a_folder_that_is_not_there_or_empty_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="not there"):
        send(tmp_path / "nowhere", TARGET, Ticket())
    with pytest.raises(Misuse, match="no DICOM files"):
        send(tmp_path, TARGET, Ticket())
    with pytest.raises(Misuse, match="neither"):
        send(tmp_path, "somewhere", Ticket())


def test_cancelling_leaves_the_rest_waiting(tmp_path: Path) -> None:
    write_study(tmp_path, 4)
    ticket = Ticket()

    def stop(number: int, _event: Any) -> int:
        if number == 2:
            ticket.cancel()
        return 0x0000

    with peer(stop) as there:
        with pytest.raises(Cancelled):
            send(tmp_path, there.node.address, ticket)
        with Queue() as queue:
            states = Counter(job.state for job in queue.jobs())
            assert states["sent"] in (1, 2)
            assert states["waiting"] == 4 - states["sent"]
        assert fates(there, tmp_path)["sent"] == states["waiting"]
        assert set(Counter(there.stored).values()) == {1}


def test_pauses_grow_and_end_in_a_failure(tmp_path: Path) -> None:
    assert [pause_s(n) for n in (1, 2, 3, 8, 30)] == [30, 60, 120, 3600, 3600]
    with Queue() as queue:
        (job,) = queue.put([inspect(write_ct(tmp_path))], TARGET)
        for number in range(1, MOST_TRIES + 1):
            assert queue.job(job.number).state == "waiting"
            queue.begin(job)
            queue.settle(job, Answer("later", "The archive has no room left for the object."))
            assert queue.job(job.number).tries == number
        last = queue.job(job.number)
        assert last.state == "failed"
        assert last.sentence.endswith(f"It was tried {MOST_TRIES} times.")
        assert queue.next_due() is None
        queue.retry([job.number])
        assert queue.job(job.number).state == "waiting"


def test_working_off_waits_for_the_next_try_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mo_viewer.pacs.queue._FIRST_PAUSE_S", 0.2)
    with peer(lambda number, _event: 0xA700 if number == 1 else 0x0000) as there, Queue() as queue:
        queue.put([inspect(write_ct(tmp_path))], there.node.address)
        work_off(queue, Ticket())
        assert [job.state for job in queue.jobs()] == ["sent"]
        assert len(there.stored) == 2


def test_only_one_program_sends_at_a_time() -> None:
    with Queue() as one, Queue() as other, one.only_sender():
        second = other.only_sender()
        with pytest.raises(Refused, match="Another window"):
            second.__enter__()
    with Queue() as queue, queue.only_sender():
        pass


def test_sent_jobs_can_be_forgotten_and_others_not(tmp_path: Path) -> None:
    sent, waiting = write_study(tmp_path, 2)
    with Queue() as queue:
        first, second = queue.put([inspect(sent), inspect(waiting)], TARGET)
        queue.begin(first)
        queue.settle(first, STORED)
        assert queue.forget_sent(time.time() + 1) == 1
        assert [job.number for job in queue.jobs()] == [second.number]
        queue.forget_studies([second.parcel.study_uid])
        assert queue.jobs() == ()


def test_a_newer_or_damaged_queue_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "q.sqlite"
    Queue(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.commit()
    db.close()
    with pytest.raises(Refused, match="newer version"):
        Queue(path)
    path.write_bytes(b"nothing of SQLite" * 400)
    before = path.read_bytes()
    with pytest.raises(Unreadable, match="queue cannot be opened"):
        Queue(path)
    assert path.read_bytes() == before


def look_through(path: Path) -> None:
    with Queue(path) as queue:
        queue.jobs()
        queue.next_due()
        queue.forget_sent(0.0)


@pytest.mark.parametrize("words", [b"CREATE", b"INTEGER", b"job", b"next_try"])
def test_a_queue_that_is_damaged_where_sqlite_quotes_it_is_a_sentence(tmp_path: Path, words: bytes) -> None:
    path = tmp_path / "q.sqlite"
    with Queue(path) as queue:
        queue.put([inspect(write_study(tmp_path, 1)[0])], TARGET)
    whole = path.read_bytes()
    assert words in whole
    path.write_bytes(whole.replace(words, words[:-2] + b"\xff\xfe"))
    with pytest.raises((Unreadable, Unwritable), match="sending queue"):
        look_through(path)


def test_a_queue_that_cannot_be_written_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_ct(tmp_path)
    with peer() as there, Queue() as queue:
        queue.put([inspect(tmp_path / "ct001.dcm")], there.node.address)

        def full(*_: object) -> None:
            raise Unwritable("The sending queue could not be written.")

        monkeypatch.setattr(queue, "begin", full)
        with pytest.raises(Unwritable):
            send_due(queue, Ticket())
        assert there.stored == []


def test_a_configured_archive_is_used_with_all_its_settings(tmp_path: Path, certificates: Certificates) -> None:
    write_ct(tmp_path)
    with peer(tls=certificates.archive(asks_for_ours=True)) as there:
        node = DicomNode("PEER", "127.0.0.1", there.node.port, name="the archive", tls=certificates.ours())
        write_nodes([node])
        assert fates("the archive", tmp_path) == {"sent": 1}


CHILD = """
import sys
from pathlib import Path
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.send import send
send(Path(sys.argv[1]), sys.argv[2], Ticket())
"""


@pytest.mark.parametrize("dies_at", [1, 4])
@pytest.mark.parametrize("answers_first", [True, False], ids=["after the answer", "before the answer"])
def test_killed_in_the_middle_nothing_is_lost_or_doubled(tmp_path: Path, dies_at: int, answers_first: bool) -> None:
    files = write_study(tmp_path, 6)
    child: list[subprocess.Popen[bytes]] = []

    def kill(number: int, _event: Any) -> int:
        if number == dies_at and child:
            doomed = child.pop()
            if answers_first:
                threading.Timer(0.02, doomed.kill).start()
            else:
                doomed.send_signal(signal.SIGKILL)
                doomed.wait()
        return 0x0000

    with peer(kill) as there:
        command = [sys.executable, "-c", CHILD, str(tmp_path), there.node.address]
        doomed = subprocess.Popen(command, env=os.environ)
        child.append(doomed)
        assert doomed.wait(30) in (-signal.SIGKILL, 0)
        time.sleep(0.1)
        with Queue() as queue:
            send_due(queue, Ticket())
            assert {job.state for job in queue.jobs()} == {"sent"}
        assert Counter(there.stored) == Counter(map(sop_uid, files))
        assert sorted(there.held) == sorted(map(sop_uid, files))
    assert (user_data() / "sending.sqlite").is_file()
