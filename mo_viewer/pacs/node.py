"""The archives we may talk to, and how a person names one: ``AET@HOST:PORT`` or a DICOMweb address."""

import math
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from mo_viewer.base.faults import Misuse

OWN_AE_TITLE = "MO-VIEWER"
_TITLE = re.compile(r"[\x21-\x5b\x5d-\x7e](?:[\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?")
_HOST = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,252})|[0-9A-Fa-f:.]{2,45}")
_DICOM = re.compile(r"(?P<title>[^@]+)@(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:\[\]]+)):(?P<port>\d{1,5})")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST_TIMEOUT_S = 3600.0

Auth = Literal["none", "basic", "bearer"]
Fetch = Literal["get", "move"]


@dataclass(frozen=True)
class Tls:
    """Encryption: files in PEM form.

    Without `ca_file` the system's authorities count; `certificate_file` and `key_file` are ours, where the peer
    asks who we are.
    """

    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""

    def __post_init__(self) -> None:
        if self.key_file and not self.certificate_file:
            raise Misuse("A key file needs its certificate file.")


@dataclass(frozen=True)
class DicomNode:
    """An archive that speaks DICOM's own protocol.

    Parameters
    ----------
    ae_title, host, port
        The peer.
    own_ae_title
        How we call ourselves; many archives know their callers by it.
    name
        What the user calls it; may be empty.
    tls
        None: unencrypted.
    fetch_by
        ``get``, or ``move`` for archives that know no C-GET; then `listen_port` is where they reach us.
    listen_port
        0: we never listen.
    listen_host
        The address we listen at; empty: all of this machine's.
    commitment
        Ask the archive for storage commitment after sending, where it offers that.
    timeout_s
        How long the line may be silent.
    """

    ae_title: str
    host: str
    port: int
    own_ae_title: str = OWN_AE_TITLE
    name: str = ""
    tls: Tls | None = None
    fetch_by: Fetch = "get"
    listen_port: int = 0
    listen_host: str = ""
    commitment: bool = False
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        for title in (self.ae_title, self.own_ae_title):
            _check_title(title)
        _check_host(self.host)
        _check_port(self.port)
        _check_timeout(self.timeout_s)
        if self.fetch_by not in ("get", "move"):
            raise Misuse("Studies are fetched by get or by move.")
        if self.listen_port:
            _check_port(self.listen_port)
        elif self.fetch_by == "move":
            raise Misuse("Fetching by C-MOVE needs a port of ours where the archive reaches us.")
        if self.listen_port and self.tls is not None and not self.tls.certificate_file:
            raise Misuse("Listening with encryption needs a certificate of ours.")

    @property
    def address(self) -> str:
        """``AET@HOST:PORT``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.ae_title}@{host}:{self.port}"

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return self.name or self.address


@dataclass(frozen=True)
class WebNode:
    """An archive that speaks DICOMweb; its password or token lies in the system's keyring, never here.

    Parameters
    ----------
    url
        The address under which ``/studies`` stands.
    auth
        ``basic`` takes `user` and a password, ``bearer`` a token.
    plain_password
        Allow a password over unencrypted http to another machine.
    """

    url: str
    auth: Auth = "none"
    user: str = ""
    name: str = ""
    tls: Tls = Tls()
    plain_password: bool = False
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        _check_url(self.url)
        _check_timeout(self.timeout_s)
        if self.url.endswith("/"):
            object.__setattr__(self, "url", self.url.rstrip("/"))
        if self.auth not in ("none", "basic", "bearer"):
            raise Misuse("An archive's authentication is none, basic or bearer.")
        if self.auth == "basic" and not self.user:
            raise Misuse("Basic authentication needs the name of a user.")
        if self.auth != "none" and not (self.plain_password or self.url.startswith("https:") or self._is_here()):
            raise Misuse(
                "A password would travel to the archive unencrypted.",
                "Use its https address, or allow this in the settings of the archive.",
            )

    def _is_here(self) -> bool:
        return urlsplit(self.url).hostname in _LOOPBACK

    @property
    def address(self) -> str:
        """The address without a slash at its end."""
        return self.url

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return self.name or self.url


Node = DicomNode | WebNode


def parse_target(text: str) -> Node:
    """Read ``AET@HOST:PORT`` or a DICOMweb address.

    Raises
    ------
    Misuse
        With a sentence that says what is wrong with it.
    """
    if "://" in text:
        return WebNode(text.strip())
    found = _DICOM.fullmatch(text.strip())
    if found is None:
        raise Misuse("The target is neither AET@HOST:PORT nor a web address.", "For example ARCHIVE@10.0.0.5:104.")
    return DicomNode(found["title"], found["six"] or found["host"], int(found["port"]))


def _check_title(title: str) -> None:
    if not _TITLE.fullmatch(title):
        raise Misuse("An AE title has 1 to 16 plain characters, no backslash, no blank at its ends.")


def _check_host(host: str) -> None:
    if not _HOST.fullmatch(host):
        raise Misuse("The host in the target is not the name or address of a machine.")


def _check_port(port: int) -> None:
    if isinstance(port, bool) or not 1 <= port <= 65535:
        raise Misuse("A port is a number from 1 to 65535.")


def _check_timeout(seconds: float) -> None:
    if not (math.isfinite(seconds) and 0 < seconds <= _LONGEST_TIMEOUT_S):
        raise Misuse("A time limit lies between 0 and 3600 seconds.")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port_is_odd = parts.port == 0
    except ValueError as error:
        raise Misuse("The web address cannot be read.") from error
    if parts.scheme not in ("http", "https"):
        raise Misuse("A DICOMweb address begins with http:// or https://.")
    if parts.username is not None or parts.password is not None:
        raise Misuse(
            "A password does not belong into an address.",
            "Keep it with the archive's settings: it then lies in the keyring.",
        )
    if not parts.hostname or port_is_odd or not _HOST.fullmatch(parts.hostname):
        raise Misuse("The web address names no machine.")
    if parts.query or parts.fragment or not url.isprintable() or any(map(str.isspace, url)):
        raise Misuse("A DICOMweb address has no blanks, question mark or number sign.")
