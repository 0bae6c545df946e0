"""Nothing leaves the machine unasked, and no patient's name goes where it does not belong."""

import io
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pacs_peers import SECRET_NAME, deaf_port, free_port, peer, web_peer, write_ct, write_study

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs import dimse, web
from mo_viewer.pacs.node import WebNode
from mo_viewer.pacs.prior import Person, PriorStudy
from mo_viewer.pacs.send import send

SECRET_ID = "ZQ-4711-PLANTED"


def test_importing_and_opening_the_queue_touches_no_network_and_no_heavy_library() -> None:
    code = """
import sys, socket
def never(*_, **__): raise AssertionError("a socket")
socket.socket.connect = socket.socket.bind = socket.getaddrinfo = never
import pkgutil, importlib, mo_viewer.pacs
for module in pkgutil.iter_modules(mo_viewer.pacs.__path__):
    importlib.import_module("mo_viewer.pacs." + module.name)
from mo_viewer.pacs.settings import read_nodes
from mo_viewer.pacs.queue import Queue
assert read_nodes() == ()
Queue().close()
print(sorted({"pynetdicom", "pydicom", "requests", "dicomweb_client", "keyring", "PySide6"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_no_patient_text_comes_into_logs_outputs_or_faults(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    listening = logging.StreamHandler(said)
    monkeypatch.setattr(logging.root, "handlers", [*logging.root.handlers, listening])
    monkeypatch.setattr(logging.root, "level", logging.DEBUG)
    for talker in ("pynetdicom", "pynetdicom.dimse", "urllib3", "urllib3.connectionpool", "requests", "keyring"):
        logging.getLogger(talker).setLevel(logging.DEBUG)
    write_study(tmp_path, 2, patient_id=SECRET_ID)
    person = Person(SECRET_ID, birth_date="19700203")
    faults: list[Fault] = []

    def guarded(act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except Fault as fault:
            faults.append(fault)

    with peer(lambda *_: 0xC000) as there:
        guarded(send, tmp_path, there.node.address, Ticket())
        guarded(dimse.find_studies, there.node, person, Ticket())
    with web_peer(lambda _: (500, {}, SECRET_NAME.encode())) as (url, _), deaf_port(hang_up=True) as rude:
        for node in (WebNode(url), WebNode(f"http://127.0.0.1:{free_port()}"), WebNode(f"http://127.0.0.1:{rude}")):
            guarded(web.find_studies, node, person, Ticket())
            guarded(send, tmp_path, node.url, Ticket())
    everything = said.getvalue() + "".join(capfd.readouterr())
    everything += "".join(f"{fault} {fault.detail} {fault!r}" for fault in faults)
    assert len(faults) >= 3
    for planted in (SECRET_NAME, SECRET_NAME.split("^", maxsplit=1)[0], SECRET_ID, "19700203"):
        assert planted not in everything
    assert said.getvalue() == ""


def test_a_persons_data_do_not_stand_in_what_a_crash_report_would_show() -> None:
    study = PriorStudy("1.2", "20240101", patient_name=SECRET_NAME, birth_date="19700203")
    shown = repr([study, Person(SECRET_ID, "ISSUER-X", "19700203")])
    assert not any(planted in shown for planted in (SECRET_NAME, SECRET_ID, "19700203", "ISSUER-X"))


def test_sources_are_only_read(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with peer() as there:
            assert send(tmp_path, there.node.address, Ticket()).complete
        with web_peer(lambda _: (507, {}, b"")) as (url, _):
            assert not send(tmp_path, url, Ticket()).complete
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before
        assert [one.name for one in tmp_path.iterdir()] == [path.name]
    finally:
        tmp_path.chmod(0o700)
