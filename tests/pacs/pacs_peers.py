"""Peers to test against: a real Orthanc, and small ones in this process that misbehave in one way each."""

import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import HTTPBasicAuthHandler, HTTPPasswordMgrWithDefaultRealm, build_opener
from urllib.request import Request as Asking

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt

from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import DicomNode

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT, SECONDARY = "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.7"
RETIRED = ("1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55")
SEG, SR = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.88.34"
SECRET_NAME = "Quetzalcoatl^Xiomara"
ORTHANC = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")
ORTHANC_DICOMWEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_ct(
    folder: Path,
    number: int = 1,
    study: str = "",
    series: str = "",
    patient_id: str = "MO-7",
    side: int = 16,
    uid: str = "",
    date: str = "20240108",
) -> Path:
    """Write one small CT slice."""
    folder.mkdir(parents=True, exist_ok=True)
    slice_ = Dataset()
    slice_.SOPClassUID, slice_.SOPInstanceUID = CT, uid or generate_uid()
    slice_.StudyInstanceUID, slice_.SeriesInstanceUID = study or generate_uid(), series or generate_uid()
    slice_.PatientName, slice_.PatientID, slice_.PatientBirthDate, slice_.PatientSex = SECRET_NAME, patient_id, "", "F"
    slice_.StudyDate, slice_.StudyTime, slice_.StudyDescription = date, "101500", "Thigh"
    slice_.Modality, slice_.SeriesNumber, slice_.InstanceNumber = "CT", 3, number
    slice_.AccessionNumber = slice_.ReferringPhysicianName = slice_.StudyID = ""
    slice_.ImagePositionPatient, slice_.ImageOrientationPatient = [0, 0, number * 2], [1, 0, 0, 0, 1, 0]
    slice_.PixelSpacing, slice_.SliceThickness = [0.7, 0.8], 2
    slice_.Rows = slice_.Columns = side
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
    slice_.BitsAllocated = slice_.BitsStored = 16
    slice_.HighBit, slice_.PixelRepresentation, slice_.RescaleIntercept, slice_.RescaleSlope = 15, 1, -1024, 1
    slice_.PixelData = np.random.default_rng(number).integers(0, 2000, side * side, np.int16).tobytes()
    slice_.file_meta = FileMetaDataset()
    slice_.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / f"ct{number:03}.dcm"
    slice_.save_as(path, enforce_file_format=True)
    return path


def write_study(folder: Path, slices: int, patient_id: str = "MO-7", date: str = "20240108", **more: Any) -> list[Path]:
    """Write one series of CT slices."""
    study, series = str(generate_uid()), str(generate_uid())
    return [write_ct(folder, n + 1, study, series, patient_id, date=date, **more) for n in range(slices)]


def sop_uid(path: Path) -> str:
    """The SOP Instance UID of a file."""
    return str(dcmread(path, stop_before_pixels=True).SOPInstanceUID)


@dataclass
class Peer:
    """A small archive in this process that notes what it is given."""

    node: DicomNode
    stored: list[str] = field(default_factory=list)
    held: dict[str, bytes] = field(default_factory=dict)
    asked: list[Dataset] = field(default_factory=list)


@contextmanager
def peer(
    store: Callable[[int, Any], int] | None = None,
    contexts: list[tuple[str, list[str]]] | None = None,
    listeners: list[tuple[Any, Callable[..., Any]]] | None = None,
    tls: Any = None,
    node: dict[str, Any] | None = None,
    prepare: Callable[[AE], None] | None = None,
) -> Iterator[Peer]:
    """Run an archive on loopback; `store(number, event)` returns the status of the nth C-STORE."""
    entity = AE(ae_title="PEER")
    entity.network_timeout = 10
    for abstract, syntaxes in contexts if contexts is not None else _everything():
        entity.add_supported_context(abstract, syntaxes)
    if prepare is not None:
        prepare(entity)
    there = Peer(DicomNode("PEER", "127.0.0.1", free_port(), **{"timeout_s": 5.0, **(node or {})}))

    def on_store(event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        there.stored.append(uid)
        status = 0x0000 if store is None else store(len(there.stored), event)
        if status in (0x0000, 0xB000):
            there.held[uid] = event.encoded_dataset()
        return status

    def on_find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        there.asked.append(event.identifier)
        wanted = str(event.identifier.get("SOPInstanceUID", ""))
        if event.identifier.QueryRetrieveLevel == "IMAGE" and wanted in there.held:
            found = Dataset()
            found.QueryRetrieveLevel, found.SOPInstanceUID = "IMAGE", wanted
            yield 0xFF00, found
        yield 0x0000, None

    handlers = [(evt.EVT_C_STORE, on_store), (evt.EVT_C_FIND, on_find)]
    taken = {event for event, _ in listeners or []}
    handlers = [pair for pair in handlers if pair[0] not in taken] + list(listeners or [])
    address = ("127.0.0.1", there.node.port)
    server = entity.start_server(address, block=False, evt_handlers=handlers, ssl_context=tls)
    try:
        yield there
    finally:
        threading.Thread(target=server.shutdown, daemon=True).start()  # it looks up only twice a second
        for association in entity.active_associations:
            line = association.dul.socket.socket
            if line is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)


def _everything() -> list[tuple[str, list[str]]]:
    storage = [(sop_class, [*ALL_TRANSFER_SYNTAXES, *RETIRED]) for sop_class in (CT, ENHANCED_CT, SECONDARY, SEG, SR)]
    plain = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
    services = ("1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.1.20.1")
    return [*storage, *((service, plain) for service in services)]


def near(port: int, **more: Any) -> DicomNode:
    """A peer on loopback that is given a second to answer."""
    return DicomNode("PEER", "127.0.0.1", port, **{"timeout_s": 1.0, **more})


def told(act: Callable[[], object]) -> PeerFault:
    """The fault of what must fail, which is one sentence."""
    with pytest.raises(PeerFault) as caught:
        act()
    assert caught.value.sentence.endswith(".")
    assert "\n" not in str(caught.value)
    return caught.value


@contextmanager
def deaf_port(answer: bytes = b"", hang_up: bool = False) -> Iterator[int]:
    """A port that takes connections and never answers, or answers nonsense, or hangs up at once."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(8)
        door.settimeout(0.1)
        ended = threading.Event()
        inside: list[socket.socket] = []

        def serve() -> None:
            while not ended.is_set():
                try:
                    guest, _ = door.accept()
                except TimeoutError:
                    continue
                if hang_up:
                    guest.recv(1)
                    guest.close()
                    continue
                if answer:
                    guest.sendall(answer)
                inside.append(guest)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(door.getsockname()[1])
        finally:
            ended.set()
            thread.join(2)
            for guest in inside:
                guest.close()


@dataclass
class Request:
    """What a web peer was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def attribute(value: Any) -> dict[str, Any]:
    """An attribute of one value in DICOM's JSON."""
    return {"vr": "UI", "Value": [value]}


Reply = tuple[int, dict[str, str], bytes]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        return


@contextmanager
def web_peer(reply: Callable[[Request], Reply], tls: Any = None) -> Iterator[tuple[str, list[Request]]]:
    """A web server on loopback that answers what `reply` says; status 0 hangs up without a word."""
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
            asked.append(request)
            status, headers, body = reply(request)
            if status == 0:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve

        def log_message(self, *_: Any) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

    server = _QuietServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}/dicom-web", asked
    finally:
        server.shutdown()
        thread.join(2)
        server.server_close()


@dataclass
class Orthanc:
    """A running Orthanc."""

    dicom_port: int
    http_port: int
    listen_port: int
    user: str = "alice"
    password: str = "correct horse"

    @property
    def url(self) -> str:
        """Its DICOMweb address."""
        return f"http://127.0.0.1:{self.http_port}/dicom-web"

    def node(self, **more: Any) -> DicomNode:
        """Its DICOM address."""
        return DicomNode("ORTHANC", "127.0.0.1", self.dicom_port, **{"timeout_s": 15.0, **more})

    def rest(self, path: str, method: str = "GET") -> Any:
        """Ask its own interface, past our code."""
        passwords = HTTPPasswordMgrWithDefaultRealm()
        base = f"http://127.0.0.1:{self.http_port}"
        passwords.add_password(None, base, self.user, self.password)
        opener = build_opener(HTTPBasicAuthHandler(passwords))
        with opener.open(Asking(base + path, method=method), timeout=10) as answer:
            content = answer.read()
        return json.loads(content) if content[:1] in (b"[", b"{") else content

    def clear(self) -> None:
        """Remove everything."""
        for patient in self.rest("/patients"):
            self.rest(f"/patients/{patient}", "DELETE")

    def sop_uids(self) -> list[str]:
        """What it holds."""
        return sorted(str(i["MainDicomTags"]["SOPInstanceUID"]) for i in self.rest("/instances?expand"))


@contextmanager
def orthanc_running(folder: Path, largest_file_bytes: int = 0, **settings: Any) -> Iterator[Orthanc]:
    """Start Orthanc with its DICOMweb plugin on loopback and end it by its process id."""
    assert ORTHANC is not None
    there = Orthanc(free_port(), free_port(), free_port())
    content = {
        "Name": "test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(ORTHANC_DICOMWEB)],
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "DicomPort": there.dicom_port,
        "HttpPort": there.http_port,
        "HttpBindAddresses": ["127.0.0.1"],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {there.user: there.password},
        "DicomModalities": {"us": {"AET": "MO-VIEWER", "Host": "127.0.0.1", "Port": there.listen_port}},
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowFind": True,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        "StableAge": 1,
        **settings,
    }
    (folder / "orthanc.json").write_text(json.dumps(content))
    command = [ORTHANC, str(folder / "orthanc.json")]
    if largest_file_bytes:
        # what a full disk is to one process: a file cannot grow any more, and the write fails
        limit = f'trap \'\' XFSZ; ulimit -f {largest_file_bytes // 512}; exec "$0" "$1"'
        command = ["sh", "-c", limit, *command]
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _wait_for(there, process)
        yield there
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(there: Orthanc, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError("Orthanc ended at once; see orthanc.log")
        try:
            there.rest("/system")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("Orthanc did not start within 20 seconds")
