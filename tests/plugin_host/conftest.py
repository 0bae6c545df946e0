import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def forget_plugins() -> Iterator[None]:
    """Leave no module of a test's plugin behind."""
    yield
    for name in [name for name in sys.modules if name.split(".")[0].startswith(("mo_", "hu_"))]:
        if name.split(".")[0] != "mo_viewer":
            del sys.modules[name]
