"""The checker of third-party programs, where it stands beside the checkout."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def checker(shared: Path) -> ModuleType:
    """Holds an export against dciodvfy, dcmqi, highdicom and others."""
    spec = importlib.util.spec_from_file_location("check_export", shared.parent / "tools" / "check_export.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_export"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def failures(checker: ModuleType) -> Callable[[Path, Path], list[str]]:
    """What other programs would stumble over in an export, a sentence each."""

    def check(export: Path, images: Path) -> list[str]:
        result: Any = checker.check(export, images)
        return [f"[{f['check']}] {f['file']}: {f['message']}" for f in result.failures]

    return check
