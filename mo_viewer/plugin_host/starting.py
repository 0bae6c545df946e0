"""Imports a plugin's package from its own folder, and finds what it leaves behind."""

import importlib
import importlib.util
import sys
import threading
from pathlib import Path
from types import FrameType, ModuleType

from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.plugin import Plugin

_OURS = ("job", "journal", "plugin watch", "kit work", "MainThread")


def entry_of(plugin: Plugin) -> object:
    """Import a plugin's package and return the function that its manifest names.

    Raises
    ------
    Refused
        When there is no package or no such function; whatever the package raises passes.
    """
    assert plugin.manifest is not None
    module, _, function = plugin.manifest.entry.partition(":")
    found = getattr(_imported(module, plugin), function, None)
    if not callable(found):
        raise Refused(f"Its package has no function {function}.")
    return found


def modules_of(plugin_id: str) -> list[str]:
    """Names of a plugin's modules that are imported."""
    return [name for name in tuple(sys.modules) if name == plugin_id or name.startswith(plugin_id + ".")]


def forget_modules(plugin_id: str) -> None:
    """Have the next import of a plugin read its files anew."""
    for name in modules_of(plugin_id):
        del sys.modules[name]
    importlib.invalidate_caches()


def threads_now() -> set[threading.Thread]:
    """The threads that are not the viewer's own."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith(_OURS)}


def threads_of(plugin_id: str) -> list[str]:
    """Names of the threads that run a plugin's code now, the calling thread left out."""
    frames = sys._current_frames()
    return [
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and _is_in(frames.get(thread.ident or 0), plugin_id)
    ]


def _imported(module: str, plugin: Plugin) -> ModuleType:
    known = sys.modules.get(plugin.id)
    if known is None or Path(known.__file__ or "").parent != plugin.folder:
        forget_modules(plugin.id)
        spec = importlib.util.spec_from_file_location(
            plugin.id, plugin.folder / "__init__.py", submodule_search_locations=[str(plugin.folder)]
        )
        if spec is None or spec.loader is None:
            raise Refused("Its package cannot be imported.")
        package = importlib.util.module_from_spec(spec)
        sys.modules[plugin.id] = package
        try:
            spec.loader.exec_module(package)
        except BaseException:
            sys.modules.pop(plugin.id, None)
            raise
    return importlib.import_module(module)


def _is_in(frame: FrameType | None, plugin_id: str) -> bool:
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).split(".")[0] == plugin_id:
            return True
        frame = frame.f_back
    return False
