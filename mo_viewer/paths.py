"""The one module that knows where things live: bundled folders and the user's own."""

import os
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """Return the folder ``resources`` or ``plugins``: inside the package when installed, else beside it."""
    inside = _HERE / f"_{name}"
    return inside if inside.is_dir() else _HERE.parent / name


def user_data() -> Path:
    """Where findings are kept (``MO_VIEWER_DATA`` overrides); not created here."""
    return _user_folder("MO_VIEWER_DATA", "XDG_DATA_HOME", ".local/share", "Application Support", "LOCALAPPDATA")


def user_cache() -> Path:
    """What may be deleted at any time (``MO_VIEWER_CACHE`` overrides); not created here."""
    return _user_folder("MO_VIEWER_CACHE", "XDG_CACHE_HOME", ".cache", "Caches", "LOCALAPPDATA") / (
        "cache" if os.name == "nt" else ""
    )


def user_settings() -> Path:
    """Settings and the user's own plugins (``MO_VIEWER_SETTINGS`` overrides); not created here."""
    return _user_folder("MO_VIEWER_SETTINGS", "XDG_CONFIG_HOME", ".config", "Preferences", "APPDATA")


def _user_folder(own: str, xdg: str, below_home: str, library: str, windows: str) -> Path:
    if own in os.environ:
        return Path(os.environ[own])
    if os.name == "nt":
        return Path(os.environ.get(windows, str(Path.home()))) / "MO Viewer"
    if sys.platform == "darwin":
        return Path.home() / "Library" / library / "MO Viewer"
    return Path(os.environ.get(xdg) or Path.home() / below_home) / "mo-viewer"
