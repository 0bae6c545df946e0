"""Where plugins are looked for, first come first served."""

import os
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from mo_viewer.paths import bundled, user_settings


def plugin_places() -> Iterator[tuple[str, Path]]:
    """Yield ``(origin, folder)``: bundled, ``MO_VIEWER_PLUGINS``, the user's, installed packages.

    A folder holds plugin folders; that of an installed package is the plugin itself.
    """
    yield "bundled", bundled("plugins")
    for folder in filter(None, os.environ.get("MO_VIEWER_PLUGINS", "").split(os.pathsep)):
        yield "MO_VIEWER_PLUGINS", Path(folder)
    yield "user folder", user_settings() / "plugins"
    for entry in entry_points(group="mo_viewer.plugins"):
        spec = find_spec(entry.module.split(".")[0])
        if spec is not None and spec.origin is not None:
            yield f"installed: {entry.name}", Path(spec.origin).parent
