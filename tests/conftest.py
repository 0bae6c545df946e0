"""What all tests share: no display is needed, and the real images beside the checkout are used when they are there."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from mo_viewer.phantom.demo import DemoPatient

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""A busy machine is no fault of an example; what may not take long is asserted where it matters."""

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real DICOM data beside the checkout."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder of real images (../shared/data) is not beside this checkout")
    return SHARED / "data"


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test its own user folders, so that none reads or writes the user's findings."""
    home = tmp_path_factory.mktemp("home")
    for name in ("DATA", "CACHE", "SETTINGS"):
        monkeypatch.setenv(f"MO_VIEWER_{name}", str(home / name.lower()))
    return home


@pytest.fixture(scope="session")
def demo_patient(tmp_path_factory: pytest.TempPathFactory) -> "DemoPatient":
    """The demo patient, written once for all tests."""
    from mo_viewer.phantom.demo import write_demo

    return write_demo(tmp_path_factory.mktemp("demo") / "patient")
