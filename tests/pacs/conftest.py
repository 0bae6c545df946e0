"""What the tests of the network share: a keyring in memory, certificates, and a real Orthanc where it is installed."""

import os
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from pacs_certificates import Certificates
from pacs_peers import ORTHANC, ORTHANC_DICOMWEB, Orthanc, orthanc_running


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


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
