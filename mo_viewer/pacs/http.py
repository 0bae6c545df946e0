"""One conversation with a DICOMweb archive: who we are, time limits, and every failure as one sentence."""

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from mo_viewer.base.faults import Misuse
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs import faults
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import WebNode
from mo_viewer.pacs.quiet import silence
from mo_viewer.pacs.secrets import secret_of

if TYPE_CHECKING:
    import requests

_CONNECT_S = 10.0
_BLOCK = 1 << 16
_LARGEST_JSON = 64 * 1024 * 1024
JSON = "application/dicom+json"


class Conversation:
    """A session with one archive. Goes straight to it: no proxy, no redirect, no netrc, no cookie file.

    Parameters
    ----------
    node
        The archive.
    ticket
        Checked while bytes come and go.
    """

    def __init__(self, node: WebNode, ticket: Ticket) -> None:
        silence()
        import requests

        self.node = node
        self.ticket = ticket
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = node.tls.ca_file or True
        if node.tls.certificate_file:
            files = (node.tls.certificate_file, node.tls.key_file)
            self._session.cert = files if node.tls.key_file else files[0]
        if node.auth == "basic":
            self._session.headers["Authorization"] = _basic(node.user, secret_of(node))
        elif node.auth == "bearer":
            self._session.headers["Authorization"] = f"Bearer {_token(secret_of(node))}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._session.close()

    @contextmanager
    def ask(
        self, method: str, path: tuple[str, ...], accept: str, body: Any = None, **more: Any
    ) -> Iterator["requests.Response"]:
        """Send one request below the archive's address; the answer's body is not read yet.

        Raises
        ------
        PeerFault
            When no answer came, or one that concerns the archive as a whole (password, busy, redirect).
        """
        url = "/".join((self.node.url, *(quote(part, safe=".") for part in path)))
        headers = {"Accept": accept, **more.pop("headers", {})}
        limits = (min(_CONNECT_S, self.node.timeout_s), self.node.timeout_s)
        with self._faults():
            answer = self._session.request(
                method, url, data=body, headers=headers, timeout=limits, stream=True, allow_redirects=False, **more
            )
        try:
            self._check(answer)
            yield answer
        finally:
            answer.close()

    def blocks(self, answer: "requests.Response") -> Iterator[bytes]:
        """Yield an answer's body as it comes.

        Raises
        ------
        PeerFault
            When the connection breaks or falls silent.
        """
        with self._faults():
            for block in answer.iter_content(_BLOCK):
                self.ticket.check()
                yield block

    def json(self, path: tuple[str, ...], asked: dict[str, str]) -> list[dict[str, Any]]:
        """Ask for a list of data sets in JSON (PS3.18 annex F); empty where the archive says there is nothing.

        Raises
        ------
        PeerFault
            When the answer is none.
        """
        with self.ask("GET", path, JSON, params=asked) as answer:
            if answer.status_code == 204:
                return []
            if answer.status_code != 200:
                raise refusal(self.node, answer.status_code)
            return self.parsed(answer)

    def parsed(self, answer: "requests.Response") -> list[dict[str, Any]]:
        """Return the data sets of a JSON answer.

        Raises
        ------
        PeerFault
            When it is not JSON of that shape, too long, or drips for too long.
        """
        import json

        content = bytearray()
        until = time.monotonic() + 10 * self.node.timeout_s
        for block in self.blocks(answer):
            content += block
            if len(content) > _LARGEST_JSON or time.monotonic() > until:
                raise PeerFault("The archive answers without end, so it was stopped.", "answer")
        if not content.strip():
            return []
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _not_dicomweb(self.node) from error
        items = found if isinstance(found, list) else [found]
        if not all(isinstance(item, dict) for item in items):
            raise _not_dicomweb(self.node)
        return items

    def _check(self, answer: "requests.Response") -> None:
        status = answer.status_code
        if status == 401:
            word = {
                "none": "asks for a password",
                "basic": "refused the user or password",
                "bearer": "refused the token",
            }
            raise PeerFault(f"The archive {word[self.node.auth]}.", "password", "Enter it in the archive's settings.")
        if 300 <= status < 400:
            raise PeerFault(
                "The archive points to another address, which is not followed.", "redirect", "Enter its own address."
            )
        if status in (429, 502, 503, 504):
            raise PeerFault("The archive is busy and takes nothing now.", "busy", detail=str(status), again=True)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        import requests

        where = self.node.label
        encrypted = self.node.url.startswith("https:")
        try:
            yield
        except requests.exceptions.SSLError as error:
            certificate = "CERTIFICATE_VERIFY_FAILED" in str(error)
            raise faults.untrusted(where, error) if certificate else faults.tls_refused(where, error) from None
        except requests.exceptions.ConnectTimeout:
            raise PeerFault(f"{where} cannot be reached: no connection in time.", "unreachable", again=True) from None
        except requests.exceptions.Timeout:
            raise faults.timed_out(where, self.node.timeout_s) from None
        except requests.exceptions.ConnectionError as error:
            raise _no_connection(where, error, encrypted) from None
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise faults.broken(where, encrypted) from None
        except requests.exceptions.RequestException as error:
            raise PeerFault(
                "The request to the archive could not be made.", "address", detail=type(error).__name__
            ) from None
        except OSError as error:
            raise Misuse("A certificate file of the archive's settings cannot be used.", detail=repr(error)) from None


def refusal(node: WebNode, status: int) -> PeerFault:
    """Return what an HTTP status means that concerns a whole query."""
    if status == 403:
        return PeerFault("The archive does not allow us to do this.", "not_allowed", detail="403")
    if status == 404:
        return PeerFault(f"There is no DICOMweb service at {node.label}.", "address", "Check the address.", "404")
    if status in (406, 415):
        return PeerFault("The archive does not answer in the form that was asked for.", "answer", detail=str(status))
    return PeerFault("The archive answered with an error.", "answer", detail=str(status), again=status >= 500)


def _not_dicomweb(node: WebNode) -> PeerFault:
    return PeerFault(f"What answers at {node.label} does not speak DICOMweb.", "address", "Check the address.")


def _no_connection(where: str, error: Exception, encrypted: bool) -> PeerFault:
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return faults.closed_port(where)
        if isinstance(cause, socket.gaierror):
            return faults.unknown_host(where)
        if isinstance(cause, TimeoutError) or "timed out" in str(cause).lower():
            return PeerFault(f"{where} did not answer in time.", "timeout", again=True)
        if isinstance(cause, ConnectionError):
            return faults.broken(where, encrypted)
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno is not None:
            return faults.unreachable(where, cause)
    return faults.broken(where, encrypted)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk what is behind an error: libraries wrap the socket's own several times."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]


def _basic(user: str, password: str) -> str:
    """Basic authentication in UTF-8 (RFC 7617); requests would take Latin-1."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _token(secret: str) -> str:
    if not secret.isascii() or not secret.isprintable():
        raise PeerFault("The token in the keyring has signs that no token has.", "password", "Enter it again.")
    return secret.strip()
