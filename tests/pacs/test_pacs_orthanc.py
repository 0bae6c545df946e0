"""Against a real Orthanc with its DICOMweb plugin, on loopback."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pacs_peers import Orthanc, orthanc_running, sop_uid, write_ct, write_study
from pydicom import dcmread

from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs import archive, dimse, fetch, web
from mo_viewer.pacs.courier import send_due
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import DicomNode, WebNode
from mo_viewer.pacs.prior import Person
from mo_viewer.pacs.queue import Queue
from mo_viewer.pacs.secrets import keep_secret
from mo_viewer.pacs.send import send
from mo_viewer.pacs.settings import write_nodes


def web_node(orthanc: Orthanc) -> WebNode:
    node = WebNode(orthanc.url, "basic", orthanc.user, name="orthanc web", timeout_s=15.0)
    keep_secret(node, orthanc.password)
    write_nodes([node])
    return node


def targets(orthanc: Orthanc) -> dict[str, str]:
    web_node(orthanc)
    return {"dicom": orthanc.node().address, "web": orthanc.url}


def by_uid(files: list[Path] | tuple[Path, ...]) -> dict[str, object]:
    return {sop_uid(path): dcmread(path) for path in files}


def content(path: Path) -> dict[int, Any]:
    """The values of a data set; Orthanc leaves out the retired group lengths and mends the VR of compressed pixels."""
    dataset = dcmread(path)
    return {int(element.tag): element.value for element in dataset if element.tag.element != 0}


@pytest.mark.parametrize("way", ["dicom", "web"])
def test_what_is_sent_is_found_and_comes_back_equal(orthanc: Orthanc, tmp_path: Path, way: str) -> None:
    files = write_study(tmp_path / "export", 3)
    other = write_study(tmp_path / "other", 1, patient_id="MO-77", date="20240301")
    older = write_study(tmp_path / "older", 2, date="20230101")
    for folder in ("export", "other", "older"):
        assert send(tmp_path / folder, targets(orthanc)[way], Ticket()).complete
    assert orthanc.sop_uids() == sorted(map(sop_uid, [*files, *other, *older]))

    node = web_node(orthanc) if way == "web" else orthanc.node()
    found = archive.find_studies(node, Person("MO-7"), Ticket())
    assert [study.date for study in found] == ["20240108", "20230101"]
    assert [series.instances for study in found for series in study.series] == [3, 2]
    assert archive.find_studies(node, Person("MO-7"), Ticket(), without=found[0].uid) == found[1:]
    assert archive.find_studies(node, Person("NOBODY"), Ticket()) == ()

    took = archive.fetch_study(node, found[0].uid, tmp_path / "here", Ticket())
    assert by_uid(took.files) == by_uid(files)
    assert (took.missing, took.remarks) == ((), ())


def test_a_study_comes_by_move_too(orthanc: Orthanc, tmp_path: Path) -> None:
    files = write_study(tmp_path / "export", 2)
    assert send(tmp_path / "export", orthanc.node().address, Ticket()).complete
    node = orthanc.node(fetch_by="move", listen_port=orthanc.listen_port, listen_host="127.0.0.1")
    took = fetch.fetch_study(node, dcmread(files[0]).StudyInstanceUID, tmp_path / "here", Ticket())
    assert by_uid(took.files) == by_uid(files)


def test_one_series_of_a_study_comes_alone(orthanc: Orthanc, tmp_path: Path) -> None:
    wanted, other = (write_ct(tmp_path / "export", n, "1.2.840.1", f"1.2.840.1.{n}") for n in (1, 2))
    assert send(tmp_path / "export", orthanc.node().address, Ticket()).complete
    by_get = fetch.fetch_study(orthanc.node(), "1.2.840.1", tmp_path / "get", Ticket(), ["1.2.840.1.1"])
    by_web = web.fetch_study(web_node(orthanc), "1.2.840.1", tmp_path / "web", Ticket(), ["1.2.840.1.2"])
    assert by_uid(by_get.files) == by_uid([wanted])
    assert by_uid(by_web.files) == by_uid([other])


@pytest.mark.parametrize("way", ["dicom", "web"])
def test_compressed_and_odd_objects_come_back_as_they_were(
    orthanc: Orthanc, tmp_path: Path, shared: Path, way: str
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    chosen = [
        shared / "transfer_syntaxes" / "CTImage_JPEG2000_1.2.840.10008.1.2.4.91.dcm",
        shared / "seg_sr_small" / "sr_document.dcm",
        shared / "seg_tiny_with_ct" / "label_seg.dcm",
        shared / "seg_sr_small" / "seg_image_ct_binary.dcm",
    ]
    for path in chosen:
        (folder / path.name).write_bytes(path.read_bytes())
    assert send(folder, targets(orthanc)[way], Ticket()).complete
    for path in chosen:
        study = str(dcmread(path, stop_before_pixels=True).StudyInstanceUID)
        here = tmp_path / "here" / path.stem
        node = web_node(orthanc) if way == "web" else orthanc.node()
        took = archive.fetch_study(node, study, here, Ticket())
        (came,) = took.files
        assert content(came) == content(path)
        assert dcmread(came).file_meta.TransferSyntaxUID == dcmread(path).file_meta.TransferSyntaxUID


def test_orthanc_commits_to_what_it_took(orthanc: Orthanc, tmp_path: Path) -> None:
    write_study(tmp_path, 2)
    write_nodes([orthanc.node(name="arch", commitment=True, listen_port=orthanc.listen_port, listen_host="127.0.0.1")])
    sent = send(tmp_path, "arch", Ticket())
    assert [(one.fate, one.committed) for one in sent.deliveries] == [("sent", True)] * 2


def test_an_echo_tells_who_is_there(orthanc: Orthanc) -> None:
    archive.echo(orthanc.node(), Ticket())
    archive.echo(web_node(orthanc), Ticket())


def test_a_wrong_ae_title_is_one_sentence(orthanc: Orthanc, tmp_path: Path) -> None:
    write_ct(tmp_path)
    node = DicomNode("NOBODY", "127.0.0.1", orthanc.dicom_port)
    with pytest.raises(PeerFault, match="another AE title than NOBODY"):
        dimse.echo(node, Ticket())
    (delivery,) = send(tmp_path, node.address, Ticket()).deliveries
    assert (delivery.fate, delivery.sentence.split(".")[0]) == (
        "failed",
        "The archive has another AE title than NOBODY",
    )


def test_a_wrong_password_is_one_sentence_and_the_right_one_then_works(orthanc: Orthanc, tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    node = web_node(orthanc)
    keep_secret(node, "wrong")
    (delivery,) = send(tmp_path, "orthanc web", Ticket()).deliveries
    assert delivery.fate == "failed"
    assert delivery.sentence.startswith("The archive refused the user or password.")
    keep_secret(node, orthanc.password)
    assert send(tmp_path, "orthanc web", Ticket()).complete
    assert orthanc.sop_uids() == [sop_uid(path)]


def test_a_full_disk_of_the_archive_is_one_sentence_and_nothing_counts_as_sent(
    orthanc: Orthanc, tmp_path: Path
) -> None:
    for name in ("run", "big", "small"):
        (tmp_path / name).mkdir()
    write_ct(tmp_path / "big", 1, side=1024)
    write_ct(tmp_path / "small", 2)
    assert orthanc.sop_uids() == []
    with orthanc_running(tmp_path / "run", largest_file_bytes=1_200_000) as full:
        (by_dicom,) = send(tmp_path / "big", full.node().address, Ticket()).deliveries
        web_node(full)
        (by_web,) = send(tmp_path / "big", full.url, Ticket()).deliveries
        assert full.sop_uids() == []
        assert send(tmp_path / "small", full.url, Ticket()).complete
    assert (by_dicom.fate, by_dicom.sentence) == ("waiting", "The archive has no room left for the object.")
    assert by_web.fate == "waiting"
    assert "its disk may be full" in by_web.sentence


CHILD = """
import sys
from pathlib import Path
from typing import Any
import keyring
from keyring.backend import KeyringBackend
class Given(KeyringBackend):
    priority = 1
    def get_password(self, service, username): return sys.argv[3]
    def set_password(self, *_): return None
    def delete_password(self, *_): return None
keyring.set_keyring(Given())
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.send import send
send(Path(sys.argv[1]), sys.argv[2], Ticket())
"""


@pytest.mark.parametrize("way", ["dicom", "web"])
@pytest.mark.parametrize("moment_s", [0.0, 0.15])
def test_killed_in_the_middle_the_queue_finishes_with_nothing_lost_or_doubled(
    orthanc: Orthanc, tmp_path: Path, way: str, moment_s: float
) -> None:
    _killed_and_finished(orthanc, tmp_path, way, moment_s, slices=12)


@pytest.mark.long
@pytest.mark.parametrize("way", ["dicom", "web"])
def test_killed_at_forty_moments_the_queue_always_finishes(orthanc: Orthanc, tmp_path: Path, way: str) -> None:
    for number in range(40):
        _killed_and_finished(orthanc, tmp_path / str(number), way, number * 0.012, slices=12)
        orthanc.clear()


def _killed_and_finished(orthanc: Orthanc, folder: Path, way: str, moment_s: float, slices: int) -> None:
    files = write_study(folder, slices)
    target = targets(orthanc)[way]
    before = int(orthanc.rest("/changes?last")["Last"])
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), target, orthanc.password], env=os.environ)
    while child.poll() is None and not orthanc.sop_uids():
        time.sleep(0.005)
    time.sleep(moment_s)
    child.kill()
    child.wait()
    uids = sorted(map(sop_uid, files))
    with Queue() as queue:
        ours = [job for job in queue.jobs(target) if job.parcel.path.parent == folder]
        assert {job.parcel.sop_uid for job in ours if job.state == "sent"} <= set(orthanc.sop_uids())
        send_due(queue, Ticket())
        assert {job.state for job in queue.jobs(target)} == {"sent"}
        assert len(ours) == slices
    assert orthanc.sop_uids() == uids
    changes = orthanc.rest(f"/changes?since={before}&limit=1000")["Changes"]
    assert Counter(change["ChangeType"] for change in changes)["NewInstance"] == slices
