"""Who sits in front of the screen, as the system knows them."""

import getpass


def user_name() -> str:
    """Return the name that the user is logged in by; empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
