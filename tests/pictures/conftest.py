import pytest

from mo_viewer.ui.app import application


@pytest.fixture(autouse=True)
def dressed(qapp):
    """The bundled fonts, so that letters are the same on every machine."""
    return application()
