"""DICOMweb against small web servers in this process that misbehave in one way each."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pacs_certificates import Certificates
from pacs_peers import Reply, Request, attribute, deaf_port, free_port, sop_uid, told, web_peer, write_ct

from mo_viewer.base.faults import Cancelled, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.answer import Answer
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.multipart import FileBody, boundary_of
from mo_viewer.pacs.node import Tls, WebNode
from mo_viewer.pacs.parcel import Parcel, inspect
from mo_viewer.pacs.prior import Person
from mo_viewer.pacs.secrets import keep_secret
from mo_viewer.pacs.web import WebCourier, _own_answer, _study, echo, find_studies, instances_of

JSON = {"Content-Type": "application/dicom+json"}


def always(status: int, content: Any = None, **headers: str) -> Callable[[Request], Reply]:
    body = b"" if content is None else json.dumps(content).encode()
    return lambda _request: (status, {**JSON, **headers}, body)


def stored(uid: str, **more: Any) -> dict[str, Any]:
    return {"00081199": {"vr": "SQ", "Value": [{"00081155": attribute(uid), **more}]}}


def failed(uid: str, reason: int) -> dict[str, Any]:
    item = {"00081155": attribute(uid), "00081197": {"vr": "US", "Value": [reason]}}
    return {"00081198": {"vr": "SQ", "Value": [item]}}


def deliver(url: str, path: Path, ticket: Ticket | None = None, **node: Any) -> Answer:
    with WebCourier(WebNode(url, **{"timeout_s": 2.0, **node}), ticket or Ticket()) as courier:
        return courier.deliver(inspect(path))


def asking(reply: Callable[[Request], Reply], **node: Any) -> PeerFault:
    with web_peer(reply) as (url, _):
        return told(lambda: echo(WebNode(url, **{"timeout_s": 1.0, **node}), Ticket()))


def test_a_file_is_sent_byte_by_byte_as_the_only_part_of_a_request(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    with web_peer(always(200, stored(sop_uid(path)))) as (url, asked):
        assert deliver(url, path) == Answer("stored", "", "0x0000")
    (request,) = asked
    assert (request.method, request.path) == ("POST", "/dicom-web/studies")
    assert request.headers["Accept"] == "application/dicom+json"
    boundary = boundary_of(request.headers["Content-Type"])
    head, content = request.body.split(b"\r\n\r\n", 1)
    assert head == b"--" + boundary + b"\r\nContent-Type: application/dicom"
    assert content == path.read_bytes() + b"\r\n--" + boundary + b"--\r\n"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("status", "content", "outcome", "word"),
    [
        (200, {}, "unknown", "without confirming"),
        (200, None, "unknown", "without confirming"),
        (202, "failed 0xA700", "later", "no room"),
        (409, "failed 0xA700", "later", "no room"),
        (409, "failed 0xC122", "refused", "cannot understand"),
        (409, "failed 0x0122", "refused", "does not take"),
        (200, "failed 0x0110", "later", "failed"),
        (200, "failed 0x0000", "refused", ""),
        (507, None, "later", "no room"),
        (413, None, "refused", "no room"),
        (415, None, "refused", "CT Image"),
        (400, None, "refused", "CT Image"),
        (500, None, "later", "failed while"),
    ],
)
def test_only_an_answer_that_names_the_instance_counts(
    tmp_path: Path, status: int, content: Any, outcome: str, word: str
) -> None:
    path = write_ct(tmp_path)
    if isinstance(content, str):
        content = failed(sop_uid(path), int(content.split()[1], 16))
    reply = always(status, content)
    with web_peer(lambda r: reply(r) if r.method == "POST" else (500, {}, b"")) as (url, _):
        answer = deliver(url, path)
    assert answer.outcome == outcome
    assert word in answer.sentence


def test_a_yes_that_names_no_instance_is_looked_after(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    for held, outcome in ((True, "stored"), (False, "later")):
        found = [{"00080018": attribute(sop_uid(path))}] if held else []

        def reply(request: Request, found: list[Any] = found) -> Reply:
            return (200, JSON, b"{}" if request.method == "POST" else json.dumps(found).encode())

        with web_peer(reply) as (url, _):
            assert deliver(url, path).outcome == outcome


def test_an_answer_about_another_instance_is_no_answer(tmp_path: Path) -> None:
    with web_peer(lambda r: always(200, stored("1.2.3"))(r) if r.method == "POST" else (500, {}, b"")) as (url, _):
        assert deliver(url, write_ct(tmp_path)).outcome == "unknown"


def test_stored_and_failed_at_once_is_failed(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    both = {**stored(sop_uid(path)), **failed(sop_uid(path), 0xA700)}
    with web_peer(always(202, both)) as (url, _):
        assert deliver(url, path).outcome == "later"


def test_stored_with_a_warning_says_so(tmp_path: Path) -> None:
    path = write_ct(tmp_path)
    warned = stored(sop_uid(path), **{"00081196": {"vr": "US", "Value": [0xB000]}})
    with web_peer(always(202, warned)) as (url, _):
        answer = deliver(url, path)
    assert answer.outcome == "stored"
    assert "changed some" in answer.sentence


def test_a_connection_that_ends_after_the_file_went_is_unknown(tmp_path: Path) -> None:
    with web_peer(always(0)) as (url, _):
        assert deliver(url, write_ct(tmp_path)).outcome == "unknown"


def test_an_archive_that_never_answers_is_given_up_in_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    with deaf_port() as port:
        url = f"http://127.0.0.1:{port}/dicom-web"
        assert deliver(url, write_ct(tmp_path), timeout_s=0.5).outcome == "unknown"
        fault = told(lambda: echo(WebNode(url, timeout_s=0.5), Ticket()))
    assert (fault.code, fault.again) == ("timeout", True)
    assert time.monotonic() - begun < 3


def test_a_closed_port_is_one_sentence(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/dicom-web"
    assert told(lambda: echo(WebNode(url), Ticket())).code == "closed_port"
    assert told(lambda: deliver(url, write_ct(tmp_path))).code == "closed_port"


def test_an_unknown_machine_is_one_sentence() -> None:
    fault = told(lambda: echo(WebNode("http://no-such-machine.invalid/dicom-web"), Ticket()))
    assert fault.code == "unknown_host"


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (401, "password", False),
        (403, "not_allowed", False),
        (404, "address", False),
        (406, "answer", False),
        (429, "busy", True),
        (500, "answer", True),
        (503, "busy", True),
        (0, "broken", True),
    ],
)
def test_a_status_that_concerns_the_archive_is_one_sentence(status: int, code: str, again: bool) -> None:
    fault = asking(always(status))
    assert (fault.code, fault.again) == (code, again)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'"x"', b"[" * 200_000, b"\xff\xfe"])
def test_what_is_no_dicomweb_is_one_sentence(body: bytes) -> None:
    assert asking(lambda _: (200, {}, body)).code == "address"


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with web_peer(always(200, [])) as (other, reached):
        assert asking(always(307, Location=other + "/studies")).code == "redirect"
        with web_peer(always(308, Location=other + "/studies")) as (url, _):
            assert told(lambda: deliver(url, write_ct(tmp_path))).code == "redirect"
    assert reached == []


def test_basic_and_bearer_take_their_secret_from_the_keyring() -> None:
    with web_peer(always(200, [])) as (url, asked):
        basic, bearer = WebNode(url, "basic", "älice"), WebNode(url, "bearer")
        keep_secret(basic, "pass:wörd")
        keep_secret(bearer, "abc.def")
        echo(basic, Ticket())
        echo(bearer, Ticket())
    wanted = base64.b64encode("älice:pass:wörd".encode()).decode()
    assert [request.headers["Authorization"] for request in asked] == [f"Basic {wanted}", "Bearer abc.def"]


def test_a_wrong_password_is_one_sentence_without_the_password() -> None:
    with web_peer(always(401)) as (url, _):
        for node, word in ((WebNode(url, "basic", "alice"), "user or password"), (WebNode(url, "bearer"), "token")):
            keep_secret(node, "hunter2hunter2")
            fault = told(lambda node=node: echo(node, Ticket()))
            assert word in fault.sentence
            assert "hunter2" not in str(fault) + fault.detail


def test_proxies_and_login_files_of_the_machine_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login bob password b0b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with web_peer(always(200, [])) as (url, asked):
        echo(WebNode(url), Ticket())
    assert "Authorization" not in asked[0].headers


def test_tls_works_with_a_known_authority_and_not_without(certificates: Certificates) -> None:
    with web_peer(always(200, []), certificates.archive()) as (url, _):
        echo(WebNode(url, tls=Tls(certificates.ours().ca_file)), Ticket())
        fault = told(lambda: echo(WebNode(url), Ticket()))
    assert (fault.code, fault.again) == ("tls", False)
    assert "is not trusted" in fault.sentence


def test_tls_to_a_peer_without_it_is_one_sentence() -> None:
    with web_peer(always(200, [])) as (url, _):
        assert told(lambda: echo(WebNode(url.replace("http:", "https:"), timeout_s=1.0), Ticket())).code == "tls"


def test_a_certificate_file_that_is_not_there_is_one_sentence() -> None:
    node = WebNode(f"https://127.0.0.1:{free_port()}/x", tls=Tls("nowhere.pem"))
    with pytest.raises(Exception, match="certificate file") as caught:
        echo(node, Ticket())
    assert type(caught.value).__name__ == "Misuse"


def test_nothing_is_handed_to_an_archive_that_does_not_let_us_in(tmp_path: Path) -> None:
    parcel = inspect(write_ct(tmp_path))
    with web_peer(always(401)) as (url, asked), WebCourier(WebNode(url), Ticket()) as courier:
        assert told(lambda: courier.prepare(parcel)).code == "password"
        assert [request.method for request in asked] == ["GET"]


def test_an_archive_that_only_takes_and_does_not_list_is_used_all_the_same(tmp_path: Path) -> None:
    path = write_ct(tmp_path)

    def only_takes(request: Request) -> Reply:
        return always(200, stored(sop_uid(path)))(request) if request.method == "POST" else (404, {}, b"")

    with web_peer(only_takes) as (url, asked), WebCourier(WebNode(url), Ticket()) as courier:
        for _ in range(2):
            courier.prepare(inspect(path))
            assert courier.deliver(inspect(path)).outcome == "stored"
    assert [request.method for request in asked] == ["GET", "POST", "POST"]


def test_cancelling_stops_a_file_on_its_way(tmp_path: Path) -> None:
    path, ticket = write_ct(tmp_path, side=1024), Ticket()
    body = FileBody(path, ticket)
    assert body.read(10).startswith(b"--")
    ticket.cancel()
    with pytest.raises(Cancelled):
        body.read(10)
    body.close()
    with web_peer(always(200)) as (url, _), pytest.raises(Cancelled):
        deliver(url, path, ticket)


def study(uid: str, patient_id: str, date: str) -> dict[str, Any]:
    person = {"00100020": attribute(patient_id), "00100010": {"vr": "PN", "Value": [{"Alphabetic": "A^B"}]}}
    return {"0020000D": attribute(uid), "00080020": attribute(date), **person}


def test_studies_come_page_by_page_and_other_patients_are_not_believed() -> None:
    everything = [study(f"1.2.{n}", "MO-7" if n % 2 else "MO-77", f"2024{n % 12 + 1:02}01") for n in range(1, 25)]

    def reply(request: Request) -> Reply:
        if "/series" in request.path:
            return 204, {}, b""
        offset = int(request.path.split("offset=")[1].split("&")[0])
        return 200, JSON, json.dumps(everything[offset : offset + 7]).encode()

    with web_peer(reply) as (url, _):
        found = find_studies(WebNode(url), Person("MO-7"), Ticket(), without="1.2.3")
    assert {one.uid for one in found} == {f"1.2.{n}" for n in range(1, 25, 2)} - {"1.2.3"}
    assert [one.date for one in found] == sorted((one.date for one in found), reverse=True)


def test_an_archive_that_pages_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mo_viewer.pacs.web._MOST_ANSWERS", 30)
    count = iter(range(1, 10_000))

    def reply(_request: Request) -> Reply:
        return 200, JSON, json.dumps([study(f"1.2.{next(count)}", "MO-77", "") for _ in range(10)]).encode()

    with web_peer(reply) as (url, _), pytest.raises(Refused, match="without end"):
        find_studies(WebNode(url), Person("MO-7"), Ticket())


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["vr", "Value", "Alphabetic", "00081199", "00081198", "00081155", "00081197"]), inner
        )
    ),
    max_leaves=12,
)
TAGS = ("00081199", "00081198", "0020000D", "00100020", "00100010", "00080020", "00201209")


@given(st.dictionaries(st.sampled_from(TAGS), JSON_VALUES))
def test_any_json_is_read_as_something_or_nothing(said: dict[str, Any]) -> None:
    parcel = Parcel(Path("x"), "", 0, "1.2", "1.2.3", "1.2", "1.2.4", "1.2.5")
    answer = _own_answer(parcel, said)
    if answer is not None and answer.outcome == "stored":
        assert '"1.2.3"' in json.dumps(said)
    assert isinstance(_study(Person("MO-7"), said, ()).patient_name, str)


def test_a_uid_of_a_hostile_archive_does_not_leave_its_place_in_the_address() -> None:
    with web_peer(always(200, [])) as (url, asked):
        instances_of(WebNode(url), "../../secret?x=1#", Ticket())
    assert asked[0].path.startswith("/dicom-web/studies/..%2F..%2Fsecret%3Fx%3D1%23/series?")
