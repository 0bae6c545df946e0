import sys
from collections.abc import Iterator

import pytest

from mo_viewer.paths import bundled


@pytest.fixture(autouse=True)
def bundled_plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the bundled plugins' packages importable for one test."""
    monkeypatch.syspath_prepend(str(bundled("plugins")))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in ("mo_ossification", "hu_check")]:
        del sys.modules[name]
