"""Whether a window can be shown here; Qt would abort the process where it cannot."""

import os
import sys


def has_display() -> bool:
    """Return True on Windows and macOS, and elsewhere when an X or Wayland display is named."""
    if os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal")):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
