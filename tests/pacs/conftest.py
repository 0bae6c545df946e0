"""What the tests of the network share: a keyring in memory, certificates, and a real Orthanc where it is installed."""

import ipaddress
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from pacs_peers import ORTHANC, ORTHANC_DICOMWEB, Orthanc, orthanc_running

from mo_viewer.pacs.node import Tls


class KeyringInMemory(KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def keyring_in_memory() -> Iterator[KeyringInMemory]:
    before = keyring.get_keyring()
    there = KeyringInMemory()
    keyring.set_keyring(there)
    yield there
    keyring.set_keyring(before)


@pytest.fixture(scope="session")
def _orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    if ORTHANC is None or not ORTHANC_DICOMWEB.is_file():
        reason = "Orthanc with its DICOMweb plugin is not installed (Debian packages orthanc, orthanc-dicomweb)"
        if os.environ.get("MO_VIEWER_NEEDS_ORTHANC"):
            pytest.fail(reason)
        pytest.skip(reason)
    with orthanc_running(tmp_path_factory.mktemp("orthanc")) as there:
        yield there


@pytest.fixture
def orthanc(_orthanc: Orthanc) -> Orthanc:
    """A real Orthanc, empty."""
    _orthanc.clear()
    return _orthanc


class Certificates:
    """A certificate authority and two that it vouches for: the archive's and ours."""

    def __init__(self, folder: Path) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        now = datetime.now(UTC)
        keys = {who: ec.generate_private_key(ec.SECP256R1()) for who in ("ca", "archive", "us")}
        names = {who: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)]) for who in keys}
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        for who, key in keys.items():
            made = (
                x509.CertificateBuilder(names["ca"], names[who], key.public_key(), x509.random_serial_number())
                .not_valid_before(now - timedelta(days=1))
                .not_valid_after(now + timedelta(days=1))
                .add_extension(x509.BasicConstraints(ca=who == "ca", path_length=None), critical=True)
            )
            made = made if who == "ca" else made.add_extension(here, critical=False)
            pem = made.sign(keys["ca"], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            (folder / f"{who}.pem").write_bytes(pem)
            secret = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            (folder / f"{who}.key").write_bytes(secret)
        self.folder = folder

    def ours(self) -> Tls:
        """What our side needs to trust the archive and to be trusted."""
        ca, pem, key = (str(self.folder / name) for name in ("ca.pem", "us.pem", "us.key"))
        return Tls(ca, pem, key)

    def archive(self, asks_for_ours: bool = False) -> ssl.SSLContext:
        """The archive's side."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.folder / "ca.pem"))
        context.load_cert_chain(self.folder / "archive.pem", self.folder / "archive.key")
        context.verify_mode = ssl.CERT_REQUIRED if asks_for_ours else ssl.CERT_NONE
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
