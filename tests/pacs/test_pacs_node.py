"""Naming an archive, keeping its settings, and keeping its password somewhere else."""

import json
import os
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mo_viewer.base.faults import Fault, Misuse, Refused, Unreadable, Unwritable
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import DicomNode, Tls, WebNode, parse_target
from mo_viewer.pacs.secrets import forget_secret, keep_secret, secret_of
from mo_viewer.pacs.settings import nodes_file, read_nodes, resolve, write_nodes
from mo_viewer.paths import user_data, user_settings


def test_a_dicom_target_is_read() -> None:
    assert parse_target("ARCHIVE@10.0.0.5:104") == DicomNode("ARCHIVE", "10.0.0.5", 104)
    assert parse_target(" MY PACS@pacs.hospital.example:11112 ").address == "MY PACS@pacs.hospital.example:11112"


def test_a_host_of_the_sixth_internet_protocol_stands_in_brackets() -> None:
    node = parse_target("A@[::1]:104")
    assert isinstance(node, DicomNode)
    assert (node.host, node.port, node.address) == ("::1", 104, "A@[::1]:104")


def test_a_web_target_is_read_without_the_slash_at_its_end() -> None:
    assert parse_target("https://pacs.example/dicom-web/") == WebNode("https://pacs.example/dicom-web")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "neither"),
        ("ARCHIVE", "neither"),
        ("ARCHIVE@host", "neither"),
        ("ARCHIVE@host:0", "port"),
        ("ARCHIVE@host:70000", "port"),
        ("SEVENTEEN_LETTERS@h:1", "AE title"),
        ("BACK\\SLASH@host:104", "AE title"),
        ("UMLÄUT@host:104", "AE title"),
        ("A@ho st:104", "host"),
        ("A@-x:104", "host"),
        ("ftp://host/x", "http"),
        ("http:///studies", "no machine"),
        ("http://host:99999/x", "cannot be read"),
        ("https://alice:secret@host/dicom-web", "password"),
        ("https://host/dicom-web?x=1", "question mark"),
        ("https://host/dicom web", "blanks"),
        ("https://host/\x07", "blanks"),
    ],
)
def test_a_wrong_target_is_told_in_one_sentence(text: str, word: str) -> None:
    with pytest.raises(Misuse, match=word) as told:
        parse_target(text)
    assert told.value.sentence.count(".") == 1
    assert "secret" not in str(told.value)


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_a_sentence(text: str) -> None:
    try:
        node = parse_target(text)
    except Misuse:
        return
    assert parse_target(node.address).address == node.address


def test_a_password_does_not_travel_unencrypted_unless_allowed() -> None:
    with pytest.raises(Misuse, match="unencrypted"):
        WebNode("http://pacs.example/dicom-web", "basic", "alice")
    with pytest.raises(Misuse, match="unencrypted"):
        WebNode("http://pacs.example/dicom-web", "bearer")
    assert WebNode("http://pacs.example/x", "basic", "alice", plain_password=True).user == "alice"
    assert WebNode("http://127.0.0.1:8042/x", "basic", "alice").auth == "basic"


def test_move_needs_a_port_of_ours_and_a_key_its_certificate() -> None:
    with pytest.raises(Misuse, match="port of ours"):
        DicomNode("A", "host", 104, fetch_by="move")
    with pytest.raises(Misuse, match="certificate"):
        Tls(key_file="key.pem")
    with pytest.raises(Misuse, match="certificate of ours"):
        DicomNode("A", "host", 104, listen_port=11112, tls=Tls("ca.pem"))
    with pytest.raises(Misuse, match="time limit"):
        DicomNode("A", "host", 104, timeout_s=0)


NODES = (
    DicomNode("ARCHIVE", "10.0.0.5", 104, "READER", "the archive", Tls("ca.pem", "us.pem", "us.key"), "move", 11112),
    DicomNode("OTHER", "host", 105),
    WebNode("https://pacs.example/dicom-web", "bearer", name="Süd", tls=Tls("ca.pem"), timeout_s=5),
)


def test_settings_come_back_as_they_were_kept() -> None:
    assert read_nodes() == ()
    write_nodes(NODES)
    assert read_nodes() == NODES
    assert nodes_file() == user_settings() / "nodes.json"
    assert [path.name for path in user_settings().iterdir()] == ["nodes.json"]
    write_nodes(NODES[:1])
    assert read_nodes() == NODES[:1]


def test_a_target_is_a_configured_archive_by_name_or_by_address() -> None:
    write_nodes(NODES)
    assert resolve("the archive") == NODES[0]
    assert resolve("ARCHIVE@10.0.0.5:104") == NODES[0]
    assert resolve("https://pacs.example/dicom-web/") == NODES[2]
    assert resolve("NEW@10.0.0.9:104") == DicomNode("NEW", "10.0.0.9", 104)


def test_two_archives_of_one_name_are_refused() -> None:
    with pytest.raises(Misuse, match="same name"):
        write_nodes([DicomNode("A", "h", 1, name="x"), DicomNode("B", "h", 2, name="x")])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"schema": "mo-viewer/nodes/2", "nodes": []}',
        '{"schema": "mo-viewer/nodes/1", "nodes": [{"kind": "fax"}]}',
        '{"schema": "mo-viewer/nodes/1", "nodes": [{"kind": "dicom", "ae_title": "A", "host": "h", "port": "104"}]}',
        '{"schema": "mo-viewer/nodes/1", "nodes": [{"kind": "web", "url": "http://h", "x": 1}]}',
        '{"schema": "mo-viewer/nodes/1", "nodes": [{"kind": "web", "url": "gopher://h"}]}',
    ],
)
def test_damaged_settings_are_told_and_left_alone(content: str) -> None:
    nodes_file().parent.mkdir(parents=True)
    nodes_file().write_text(content)
    with pytest.raises(Unreadable, match="settings of the archives"):
        read_nodes()
    with pytest.raises(Unreadable, match="settings of the archives"):
        write_nodes(NODES)
    assert nodes_file().read_text() == content


@pytest.mark.parametrize(("owner", "name"), [(os, "open"), (os, "fsync"), (Path, "replace")])
def test_settings_that_cannot_be_written_leave_the_old_ones(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    write_nodes(NODES)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(owner, name, fail)
        with pytest.raises(Unwritable, match="could not be written"):
            write_nodes([])
    assert read_nodes() == NODES
    assert [path.name for path in user_settings().iterdir()] == ["nodes.json"]


def test_a_password_lies_in_the_keyring_and_in_no_file() -> None:
    node = WebNode("https://pacs.example/dicom-web", "basic", "alice")
    keep_secret(node, "tiger-47")
    write_nodes([node])
    assert secret_of(node) == "tiger-47"
    written = [p for top in (user_settings(), user_data()) for p in top.rglob("*") if p.is_file()]
    assert written
    assert not any(b"tiger-47" in path.read_bytes() for path in written)
    assert "password" not in json.loads(nodes_file().read_text())["nodes"][0]
    forget_secret(node)
    forget_secret(node)
    with pytest.raises(PeerFault, match="No password") as told:
        secret_of(node)
    assert told.value.code == "password"


def test_without_a_keyring_there_is_one_sentence() -> None:
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())
    with pytest.raises(Refused, match="keyring cannot be used") as told:
        secret_of(WebNode("https://pacs.example/dicom-web", "bearer"))
    assert isinstance(told.value, Fault)
