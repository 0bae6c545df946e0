"""C-GET and storage commitment against small archives that misbehave, and what of it reaches the disk."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pacs_peers import CT, Peer, free_port, peer, sop_uid, write_ct, write_study
from pydicom import Dataset, dcmread
from pynetdicom import AE, evt

from mo_viewer.base.faults import Cancelled, Refused, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.commitment import PUSH_MODEL, ask_commitment
from mo_viewer.pacs.dimse import STUDY_ROOT_FIND
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.fetch import STUDY_ROOT_GET, STUDY_ROOT_MOVE, Fetched, fetch_study
from mo_viewer.pacs.parcel import inspect

PLAIN = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
Sub = tuple[int, Any]


def asking_for(files: list[Path]) -> Callable[[Any], Iterator[tuple[int, Dataset | None]]]:
    """Answer queries as an archive does that holds these files."""

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        level = str(event.identifier.QueryRetrieveLevel)
        seen = set()
        for path in files:
            parcel, found = inspect(path), Dataset()
            found.QueryRetrieveLevel = level
            found.StudyInstanceUID, found.SeriesInstanceUID = parcel.study_uid, parcel.series_uid
            if level == "IMAGE":
                found.SOPInstanceUID, found.SOPClassUID = parcel.sop_uid, parcel.sop_class
            key = parcel.sop_uid if level == "IMAGE" else parcel.series_uid
            if key not in seen:
                seen.add(key)
                yield 0xFF00, found
        yield 0x0000, None

    return find


def retrieving(files: list[Path], handed_out: Callable[[Any], Iterator[Any]] | None = None) -> dict[str, Any]:
    """Make `peer` an archive that holds `files` and hands out what `handed_out` says."""

    def get(event: Any) -> Iterator[Any]:
        if handed_out is not None:
            yield from handed_out(event)
            return
        yield len(files)
        for path in files:
            yield 0xFF00, dcmread(path)

    def offer(entity: AE) -> None:
        entity.add_supported_context(STUDY_ROOT_FIND, PLAIN)
        entity.add_supported_context(STUDY_ROOT_GET, PLAIN)
        entity.add_supported_context(CT, PLAIN, scu_role=True, scp_role=True)

    return {
        "contexts": [],
        "prepare": offer,
        "listeners": [(evt.EVT_C_FIND, asking_for(files)), (evt.EVT_C_GET, get)],
    }


def fetched(there: Peer, files: list[Path], folder: Path, ticket: Ticket | None = None) -> Fetched:
    return fetch_study(there.node, inspect(files[0]).study_uid, folder, ticket or Ticket())


def test_a_study_comes_whole(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 3)
    heard: list[tuple[int, int, str]] = []
    with peer(**retrieving(files)) as there:
        came = fetched(there, files, tmp_path / "here", Ticket(lambda *said: heard.append(said)))
    assert {one.name: dcmread(one) for one in came.files} == {f"{sop_uid(one)}.dcm": dcmread(one) for one in files}
    assert (came.missing, came.remarks) == ((), ())
    assert heard[-1] == (3, 3, "Fetching")
    assert sorted(one.suffix for one in (tmp_path / "here").iterdir()) == [".dcm"] * 3


def test_what_the_archive_lists_and_does_not_hand_out_is_named(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 3)

    def some(_event: Any) -> Iterator[Any]:
        yield 2
        for path in files[:2]:
            yield 0xFF00, dcmread(path)

    with peer(**retrieving(files, some)) as there:
        came = fetched(there, files, tmp_path / "here")
    assert len(came.files) == 2
    assert came.missing == (sop_uid(files[2]),)
    assert came.remarks == ("1 of 3 objects of the study did not come.",)


def test_an_object_of_another_study_is_turned_away(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 1)
    stranger = write_ct(tmp_path / "elsewhere", 2)

    def another(_event: Any) -> Iterator[Any]:
        yield 2
        yield 0xFF00, dcmread(files[0])
        yield 0xFF00, dcmread(stranger)

    with peer(**retrieving(files, another)) as there:
        came = fetched(there, files, tmp_path / "here")
    assert [one.name for one in came.files] == [f"{sop_uid(files[0])}.dcm"]
    assert came.remarks == ("The archive sent an object of a study that was not asked for.",)
    assert len(list((tmp_path / "here").iterdir())) == 1


def test_an_archive_that_hangs_up_in_the_middle_is_one_sentence_and_what_came_stays_whole(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 3)

    def hang_up(event: Any) -> Iterator[Any]:
        yield 3
        yield 0xFF00, dcmread(files[0])
        event.assoc.abort(block=False)
        yield 0xFE00, None

    with peer(**retrieving(files, hang_up)) as there, pytest.raises(PeerFault) as caught:
        fetched(there, files, tmp_path / "here")
    assert caught.value.code == "broken"
    assert all(one.suffix == ".dcm" for one in (tmp_path / "here").iterdir())


@pytest.mark.parametrize(("status", "code"), [(0xA701, "busy"), (0xA801, "ae_title"), (0xC001, "answer")])
def test_a_retrieval_that_fails_is_one_sentence(tmp_path: Path, status: int, code: str) -> None:
    files = write_study(tmp_path / "there", 1)

    def refuse(_event: Any) -> Iterator[Any]:
        yield 1
        yield status, None

    with peer(**retrieving(files, refuse)) as there, pytest.raises(PeerFault) as caught:
        fetched(there, files, tmp_path / "here")
    assert caught.value.code == code


def test_an_archive_that_knows_no_get_says_so(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 1)
    with (
        peer(contexts=[(STUDY_ROOT_FIND, PLAIN)], listeners=[(evt.EVT_C_FIND, asking_for(files))]) as there,
        pytest.raises(PeerFault, match="C-GET"),
    ):
        fetched(there, files, tmp_path / "here")


def test_an_archive_that_does_not_know_where_to_move_to_says_so(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 1)

    def unknown(_event: Any) -> Iterator[Any]:
        yield None, None

    listeners = [(evt.EVT_C_FIND, asking_for(files)), (evt.EVT_C_MOVE, unknown)]
    contexts = [(STUDY_ROOT_FIND, PLAIN), (STUDY_ROOT_MOVE, PLAIN)]
    listening = {"fetch_by": "move", "listen_port": free_port(), "listen_host": "127.0.0.1"}
    with peer(contexts=contexts, listeners=listeners, node=listening) as there, pytest.raises(PeerFault) as caught:
        fetched(there, files, tmp_path / "here")
    assert caught.value.code == "ae_title"


def test_a_study_the_archive_does_not_hold_is_one_sentence(tmp_path: Path) -> None:
    with peer(**retrieving([])) as there, pytest.raises(Refused, match="holds nothing"):
        fetch_study(there.node, "1.2.3", tmp_path / "here", Ticket())


@pytest.mark.parametrize(("owner", "name"), [(Path, "write_bytes"), (os, "fsync"), (Path, "replace")])
def test_a_full_disk_of_ours_is_told_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    files = write_study(tmp_path / "there", 2)
    with peer(**retrieving(files)) as there:

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(owner, name, full)
        with pytest.raises(Unwritable, match="this machine's disk"):
            fetched(there, files, tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []


def test_cancelling_a_get_leaves_only_whole_files(tmp_path: Path) -> None:
    files = write_study(tmp_path / "there", 4)
    ticket = Ticket()

    def slowly(_event: Any) -> Iterator[Any]:
        yield 4
        for number, path in enumerate(files):
            if number == 2:
                ticket.cancel()
            yield 0xFF00, dcmread(path)

    with peer(**retrieving(files, slowly)) as there, pytest.raises(Cancelled):
        fetched(there, files, tmp_path / "here", ticket)
    assert len(list((tmp_path / "here").iterdir())) <= 2
    assert all(one.suffix == ".dcm" for one in (tmp_path / "here").iterdir())


def reporting(committed: list[str], refused: dict[str, int]) -> list[tuple[Any, Callable[..., Any]]]:
    """Report on the connection on which commitment was asked for."""

    def action(event: Any) -> tuple[int, None]:
        report = Dataset()
        report.TransactionUID = event.action_information.TransactionUID
        report.ReferencedSOPSequence = [item(uid) for uid in committed]
        report.FailedSOPSequence = [item(uid, reason) for uid, reason in refused.items()]

        def tell() -> None:
            event.assoc.send_n_event_report(report, 2 if refused else 1, PUSH_MODEL, "1.2.840.10008.1.20.1.1")

        threading.Timer(0.1, tell).start()
        return 0x0000, None

    return [(evt.EVT_N_ACTION, action)]


def item(uid: str, reason: int | None = None) -> Dataset:
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = CT, uid
    if reason is not None:
        made.FailureReason = reason
    return made


def test_the_archives_word_on_each_instance_is_taken_from_its_report(tmp_path: Path) -> None:
    kept, lost, unsaid = (inspect(path) for path in write_study(tmp_path, 3))
    with peer(listeners=reporting([kept.sop_uid], {lost.sop_uid: 0x0112})) as there:
        answers = ask_commitment(there.node, [kept, lost, unsaid], Ticket(), 5)
    assert answers[kept.sop_uid].outcome == "stored"
    assert answers[lost.sop_uid].outcome == "refused"
    assert "does not hold" in answers[lost.sop_uid].sentence
    assert unsaid.sop_uid not in answers


def test_an_archive_that_offers_no_commitment_or_stays_silent_promises_nothing(tmp_path: Path) -> None:
    parcel = inspect(write_ct(tmp_path))
    with peer(contexts=[(CT, PLAIN)]) as there:
        assert ask_commitment(there.node, [parcel], Ticket(), 1) == {}
    with peer(listeners=[(evt.EVT_N_ACTION, lambda _event: (0x0000, None))]) as there:
        assert ask_commitment(there.node, [parcel], Ticket(), 0.3) == {}
