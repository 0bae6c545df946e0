"""DICOM's own protocol against small archives in this process that misbehave in one way each."""

import hashlib
import random
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pacs_certificates import Certificates
from pacs_peers import CT, deaf_port, free_port, near, peer, sop_uid, told, write_ct, write_study
from pydicom import dcmread
from pynetdicom import AE, evt

from mo_viewer.base.faults import Cancelled
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.answer import Answer, answer_of
from mo_viewer.pacs.dimse import DicomCourier, echo
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import DicomNode, Tls
from mo_viewer.pacs.parcel import inspect

VERIFY = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"


def deliver(node: DicomNode, *files: Path, ticket: Ticket | None = None) -> list[Answer]:
    parcels = [inspect(path) for path in files]
    answers = []
    with DicomCourier(node, parcels, ticket or Ticket()) as courier:
        for parcel in parcels:
            courier.prepare(parcel)
            answers.append(courier.deliver(parcel))
    return answers


def test_an_archive_that_is_there_answers_the_echo() -> None:
    with peer() as there:
        echo(there.node, Ticket())


def test_a_closed_port_is_one_sentence() -> None:
    fault = told(lambda: echo(near(free_port()), Ticket()))
    assert (fault.code, fault.again) == ("closed_port", True)


def test_an_unknown_machine_is_one_sentence() -> None:
    fault = told(lambda: echo(DicomNode("A", "no-such-machine.invalid", 104), Ticket()))
    assert fault.code == "unknown_host"


def test_a_peer_that_never_answers_is_given_up_in_time() -> None:
    begun = time.monotonic()
    with deaf_port() as port:
        fault = told(lambda: echo(near(port), Ticket()))
    assert (fault.code, fault.again) == ("timeout", True)
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x02\x00\x00\x00\xff\xffhalf", b"\xff" * 300]
)
def test_a_port_that_speaks_something_else_is_one_sentence(answer: bytes) -> None:
    with deaf_port(answer) as port:
        assert told(lambda: echo(near(port), Ticket())).code in ("broken", "timeout")


def test_any_bytes_in_place_of_an_acceptance_are_one_sentence() -> None:
    for seed in range(6):
        noise = random.Random(seed).randbytes(40 * seed)
        with deaf_port(bytes([2 + seed % 6, 0]) + len(noise).to_bytes(4, "big") + noise) as port:
            assert told(lambda port=port: echo(near(port, timeout_s=0.2), Ticket())).code in ("broken", "timeout")


def test_a_peer_that_hangs_up_is_one_sentence() -> None:
    with deaf_port(hang_up=True) as port:
        assert told(lambda: echo(near(port), Ticket())).code == "broken"


def test_a_wrong_ae_title_is_one_sentence() -> None:
    def strict(entity: AE) -> None:
        entity.require_called_aet = True

    with peer(prepare=strict) as there:
        fault = told(lambda: echo(DicomNode("WRONG", "127.0.0.1", there.node.port), Ticket()))
    assert (fault.code, fault.again) == ("ae_title", False)
    assert "another AE title than WRONG" in fault.sentence


def test_an_ae_title_of_ours_that_is_not_entered_there_is_one_sentence() -> None:
    def strict(entity: AE) -> None:
        entity.require_calling_aet = ["SOMEBODY"]

    with peer(prepare=strict) as there:
        fault = told(lambda: echo(there.node, Ticket()))
    assert fault.code == "ae_title"
    assert "MO-VIEWER" in fault.sentence


def test_an_archive_with_too_many_connections_is_busy() -> None:
    def reject(event: Any) -> None:
        event.assoc.acse.send_reject(2, 3, 2)
        event.assoc.kill()

    with peer(listeners=[(evt.EVT_REQUESTED, reject)]) as there:
        fault = told(lambda: echo(there.node, Ticket()))
    assert (fault.code, fault.again) == ("busy", True)


def test_a_file_arrives_byte_by_byte_as_it_is(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    before = hashlib.sha256(path.read_bytes()).digest()
    with peer() as there:
        assert deliver(there.node, path) == [Answer("stored", "", "0x0000")]
        (content,) = there.held.values()
    (tmp_path / "came.dcm").write_bytes(content)
    assert dcmread(tmp_path / "came.dcm") == dcmread(path)
    assert path.read_bytes().endswith(content[-500:])
    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_every_transfer_syntax_of_the_real_files_is_sent_as_it_is(shared: Path) -> None:
    files = sorted((shared / "transfer_syntaxes").glob("*.dcm"))
    wanted = {}
    for path in files:
        wanted.setdefault(inspect(path).syntax, path)
    with peer() as there:
        answers = deliver(there.node, *wanted.values())
        assert [answer.outcome for answer in answers] == ["stored"] * len(wanted)
        for path in wanted.values():
            if sum(sop_uid(other) == sop_uid(path) for other in wanted.values()) == 1:
                assert path.read_bytes().endswith(there.held[sop_uid(path)][-3000:])
    assert len(wanted) >= 15


def test_what_the_archive_does_not_take_is_named_and_the_rest_is_sent(tmp_path: Path) -> None:
    plain, other = write_ct(tmp_path, 1), write_ct(tmp_path, 2)
    changed = dcmread(other)
    changed.SOPClassUID = changed.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    changed.save_as(other)
    with peer(contexts=[(CT, ["1.2.840.10008.1.2.1"])]) as there:
        stored, refused = deliver(there.node, plain, other)
        assert there.stored == [sop_uid(plain)]
    assert stored.outcome == "stored"
    assert refused == Answer("refused", "The archive does not take objects of the kind Segmentation.")


def test_an_encoding_the_archive_does_not_take_is_named(tmp_path: Path) -> None:
    with peer(contexts=[(CT, [IMPLICIT])]) as there:
        (answer,) = deliver(there.node, write_ct(tmp_path))
    assert answer.outcome == "refused"
    assert "not in the encoding Explicit VR Little Endian" in answer.sentence


def test_a_peer_that_takes_nothing_at_all_is_not_asked_again_for_each_file(tmp_path: Path) -> None:
    connections: list[object] = []
    with peer(contexts=[(VERIFY, [IMPLICIT])], listeners=[(evt.EVT_CONN_OPEN, connections.append)]) as there:
        answers = deliver(there.node, *write_study(tmp_path, 4))
    assert [answer.outcome for answer in answers] == ["refused"] * 4
    assert len(connections) == 1


@pytest.mark.parametrize(
    ("status", "outcome", "word"),
    [
        (0x0000, "stored", ""),
        (0xB000, "stored", "changed some"),
        (0xA700, "later", "no room"),
        (0xA702, "later", "no room"),
        (0x0110, "later", "failed while"),
        (0xA900, "refused", "does not fit"),
        (0xC000, "refused", "cannot understand"),
        (0x0122, "refused", "does not take"),
        (0x0124, "refused", "not allow"),
    ],
)
def test_a_status_of_the_archive_is_one_sentence(tmp_path: Path, status: int, outcome: str, word: str) -> None:
    with peer(lambda _number, _event: status) as there:
        (answer,) = deliver(there.node, write_ct(tmp_path))
    assert answer.outcome == outcome
    assert word in answer.sentence


def test_no_status_but_the_four_good_ones_counts_as_stored() -> None:
    assert [s for s in range(0x10000) if answer_of(s).outcome == "stored"] == [0x0000, 0xB000, 0xB006, 0xB007]


def test_an_abort_in_the_middle_is_unknown_and_the_next_file_goes_on_a_new_line(tmp_path: Path) -> None:
    def abort_second(number: int, event: Any) -> int:
        if number == 2:
            event.assoc.abort(block=False)
        return 0x0000

    with peer(abort_second) as there:
        answers = deliver(there.node, *write_study(tmp_path, 4))
    assert [answer.outcome for answer in answers] == ["stored", "unknown", "stored", "stored"]
    assert "before the archive answered" in answers[1].sentence


def test_a_peer_that_ends_the_line_after_each_file_gets_the_next_on_a_new_one(tmp_path: Path) -> None:
    def store_and_leave(_number: int, event: Any) -> int:
        threading.Timer(0.003, event.assoc.abort, (False,)).start()
        return 0x0000

    with peer(store_and_leave) as there:
        answers = deliver(there.node, *write_study(tmp_path, 6))
    assert {answer.outcome for answer in answers} <= {"stored", "unknown"}
    assert "stored" in {answer.outcome for answer in answers}


def test_a_peer_that_stops_answering_in_the_middle_is_given_up_in_time(tmp_path: Path) -> None:
    release = threading.Event()

    def sleep(_number: int, _event: Any) -> int:
        release.wait(8)
        return 0x0000

    with peer(sleep, node={"timeout_s": 0.8}) as there:
        begun = time.monotonic()
        (answer,) = deliver(there.node, write_ct(tmp_path))
        taken = time.monotonic() - begun
        release.set()
    assert answer.outcome == "unknown"
    assert "did not answer within 0.8 s" in answer.sentence
    assert taken < 4


def test_cancelling_cuts_a_silent_line_at_once(tmp_path: Path) -> None:
    release, ticket = threading.Event(), Ticket()

    def sleep(_number: int, _event: Any) -> int:
        release.wait(8)
        return 0x0000

    with peer(sleep, node={"timeout_s": 30.0}) as there:
        threading.Timer(0.3, ticket.cancel).start()
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            deliver(there.node, write_ct(tmp_path), ticket=ticket)
        taken = time.monotonic() - begun
        release.set()
    assert taken < 2


def test_cancelling_while_nobody_answers_the_call_ends_at_once() -> None:
    ticket = Ticket()
    with deaf_port() as port:
        threading.Timer(0.2, ticket.cancel).start()
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            echo(near(port, timeout_s=30.0), ticket)
    assert time.monotonic() - begun < 5


def test_no_thread_outlives_what_went_wrong(tmp_path: Path) -> None:
    before = threading.active_count()
    path = write_ct(tmp_path)

    def abort(_number: int, event: Any) -> int:
        event.assoc.abort(block=False)
        return 0x0000

    with peer(abort) as there:
        deliver(there.node, path)
        echo(there.node, Ticket())
        with pytest.raises(PeerFault):
            echo(near(free_port()), Ticket())
    with deaf_port() as port, pytest.raises(PeerFault):
        echo(near(port, timeout_s=0.3), Ticket())
    until = time.monotonic() + 8
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_more_kinds_than_one_connection_carries_go_over_several(tmp_path: Path) -> None:
    real = inspect(write_ct(tmp_path))
    parcels = [replace(real, syntax=f"1.2.840.10008.1.2.4.{900 + n}") for n in range(130)] + [real]
    with peer() as there, DicomCourier(there.node, parcels, Ticket()) as courier:
        courier.prepare(parcels[0])
        assert courier.deliver(parcels[0]).outcome == "refused"
        courier.prepare(real)
        assert courier.deliver(real).outcome == "stored"


def test_tls_works_where_both_know_each_other(tmp_path: Path, certificates: Certificates) -> None:
    with peer(tls=certificates.archive(asks_for_ours=True), node={"tls": certificates.ours()}) as there:
        echo(there.node, Ticket())
        assert deliver(there.node, write_ct(tmp_path))[0].outcome == "stored"


def test_a_certificate_nobody_vouches_for_is_one_sentence(certificates: Certificates) -> None:
    with peer(tls=certificates.archive(), node={"tls": Tls()}) as there:
        fault = told(lambda: echo(there.node, Ticket()))
    assert (fault.code, fault.again) == ("tls", False)
    assert "is not trusted" in fault.sentence


def test_a_peer_that_does_not_know_us_refuses_tls_in_one_sentence(certificates: Certificates) -> None:
    stranger = Tls(certificates.ours().ca_file)
    with peer(tls=certificates.archive(asks_for_ours=True), node={"tls": stranger}) as there:
        assert told(lambda: echo(there.node, Ticket())).code in ("tls", "broken")


def test_tls_to_a_peer_without_it_is_one_sentence(certificates: Certificates) -> None:
    with peer(node={"tls": certificates.ours(), "timeout_s": 2.0}) as there:
        assert told(lambda: echo(there.node, Ticket())).code == "tls"


def test_a_certificate_file_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(Exception, match="certificate file") as caught:
        echo(near(free_port(), tls=Tls("nowhere.pem")), Ticket())
    assert type(caught.value).__name__ == "Misuse"
