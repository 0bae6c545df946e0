"""WADO-RS: what comes is kept whole or not at all, and what did not come is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pacs_peers import Reply, Request, attribute, sop_uid, web_peer, write_ct

from mo_viewer.base.faults import Cancelled
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.multipart import write_only_part
from mo_viewer.pacs.node import WebNode
from mo_viewer.pacs.parcel import inspect
from mo_viewer.pacs.web import fetch_study

JSON = {"Content-Type": "application/dicom+json"}


def archive_of(files: list[Path], part: Callable[[Path], Reply]) -> Callable[[Request], Reply]:
    parcels = {inspect(path).sop_uid: inspect(path) for path in files}

    def reply(request: Request) -> Reply:
        path = request.path.split("?")[0]
        last = "?" in request.path and "offset=0" not in request.path
        if path.endswith("/series"):
            found = [
                {"0020000D": attribute(p.study_uid), "0020000E": attribute(p.series_uid)} for p in parcels.values()
            ]
        elif path.endswith("/instances"):
            found = [{"00080018": attribute(u), "00080016": attribute(p.sop_class)} for u, p in parcels.items()]
        else:
            return part(parcels[path.rsplit("/", 1)[1]].path)
        return 200, JSON, json.dumps([] if last else found).encode()

    return reply


def whole(content: bytes, boundary: str = "b0undary") -> Reply:
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    kind = {"Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}'}
    return 200, kind, head + content + f"\r\n--{boundary}--\r\n".encode()


def fetched(files: list[Path], part: Callable[[Path], Reply], folder: Path) -> Any:
    with web_peer(archive_of(files, part)) as (url, _):
        return fetch_study(WebNode(url, timeout_s=2.0), inspect(files[0]).study_uid, folder, Ticket())


def test_a_study_is_fetched_byte_by_byte(tmp_path: Path) -> None:
    path = write_ct(tmp_path / "there", side=300)
    came = fetched([path], lambda p: whole(p.read_bytes()), tmp_path / "here")
    assert [one.read_bytes() for one in came.files] == [path.read_bytes()]
    assert (came.missing, came.remarks) == ((), ())
    again = fetched([path], lambda p: whole(p.read_bytes()), tmp_path / "here")
    assert again.files == came.files
    assert len(list((tmp_path / "here").iterdir())) == 1


def test_a_different_object_of_the_same_name_does_not_replace_a_file(tmp_path: Path) -> None:
    path = write_ct(tmp_path / "there")
    mine = tmp_path / "here" / f"{sop_uid(path)}.dcm"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    came = fetched([path], lambda p: whole(p.read_bytes()), tmp_path / "here")
    assert mine.read_bytes() == b"mine"
    assert [one.name for one in came.files] == [f"{sop_uid(path)}-2.dcm"]


@pytest.mark.parametrize(
    "part",
    [
        lambda p: (404, {}, b""),
        lambda p: whole(p.read_bytes()[:-100]),
        lambda p: whole(b"not DICOM"),
        lambda p: (200, whole(b"")[1], whole(p.read_bytes())[2][:-40]),
        lambda p: whole(p.with_name("ct002.dcm").read_bytes()),
    ],
    ids=["gone", "cut short", "nonsense", "no end mark", "another object"],
)
def test_what_did_not_come_whole_is_not_kept_and_is_named(tmp_path: Path, part: Callable[[Path], Reply]) -> None:
    path = write_ct(tmp_path / "there")
    write_ct(tmp_path / "there", 2)
    came = fetched([path], part, tmp_path / "here")
    assert came.files == ()
    assert came.missing == (sop_uid(path),)
    assert "1 of 1 objects" in came.remarks[-1]
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(
    "part", [lambda p: (200, {"Content-Type": "text/html"}, b"x"), lambda p: (200, whole(b"")[1], b"y" * 20_000)]
)
def test_an_answer_that_cannot_be_taken_apart_is_one_sentence(tmp_path: Path, part: Callable[[Path], Reply]) -> None:
    path = write_ct(tmp_path / "there")
    with pytest.raises(PeerFault, match="taken apart"):
        fetched([path], part, tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []


def test_the_only_part_is_cut_out_wherever_the_blocks_end(tmp_path: Path) -> None:
    content = b"\r\n--b0undar" * 40 + bytes(range(256)) * 9
    body = whole(content)[2]
    for size in (1, 2, 7, 64, 511, 5000):
        blocks = iter([body[at : at + size] for at in range(0, len(body), size)])
        assert write_only_part(blocks, b"b0undary", tmp_path / "x")
        assert (tmp_path / "x").read_bytes() == content


def test_cancelling_a_fetch_leaves_only_whole_files(tmp_path: Path) -> None:
    files = [write_ct(tmp_path / "there", n, "1.2.3", "1.2.4") for n in (1, 2, 3)]
    ticket = Ticket()

    def part(path: Path) -> Reply:
        if path.name == "ct002.dcm":
            ticket.cancel()
        return whole(path.read_bytes())

    with web_peer(archive_of(files, part)) as (url, _), pytest.raises(Cancelled):
        fetch_study(WebNode(url), "1.2.3", tmp_path / "here", ticket)
    assert [one.read_bytes() for one in (tmp_path / "here").iterdir()] == [files[0].read_bytes()]
