import pytest

from mo_viewer.ui.app import application


@pytest.fixture(autouse=True)
def dressed(qapp):
    """Fonts, colours and style sheet are those of the program in every test of the window."""
    return application()
