"""Loads plugins and calls what they added, so that a fault costs one contribution and never the viewer."""

import importlib
import importlib.util
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar

from mo_viewer.base.faults import Cancelled, Fault, Refused
from mo_viewer.plugin_host.api import (
    Assessment,
    CommandAction,
    Measure,
    Overlay,
    PanelFactory,
    Registry,
    ToolFactory,
)
from mo_viewer.plugin_host.manifest import Manifest, check_api, read_manifest

Result = TypeVar("Result")
Kind = Literal["panel", "tool", "overlay", "command", "measure", "assessment"]


@dataclass
class Contribution:
    """One thing that a plugin added. `enabled` ends with its first fault."""

    plugin: str
    kind: Kind
    name: str
    title: str
    content: Callable[..., Any]
    key: str = ""
    tip: str = ""
    enabled: bool = True
    seconds: float = 0.0

    @property
    def id(self) -> str:
        """Unique name: plugin, kind, name."""
        return f"{self.plugin}.{self.kind}.{self.name}"


@dataclass(frozen=True)
class PluginFault:
    """What went wrong in a plugin: a sentence, and the traceback for its author."""

    plugin: str
    where: str
    sentence: str
    traceback: str = ""


@dataclass
class Plugin:
    """One plugin as found: running, or refused with the reason."""

    id: str
    folder: Path
    origin: str
    manifest: Manifest | None = None
    state: Literal["found", "running", "refused", "failed"] = "found"
    reason: str = ""
    contributions: list[Contribution] = field(default_factory=list)


class Host:
    """The plugins of one running viewer.

    Parameters
    ----------
    told
        Called at every fault; the shell shows it.
    """

    def __init__(self, told: Callable[[PluginFault], None] | None = None) -> None:
        self.plugins: list[Plugin] = []
        self.faults: list[PluginFault] = []
        self.told = told

    def load(self, places: Iterable[tuple[str, Path]]) -> None:
        """Read the manifests of all ``(origin, folder that holds plugin folders)``, then start each plugin once."""
        for origin, place in places:
            for manifest in sorted(place.glob("*/plugin.toml")):
                self._find(origin, manifest.parent)
        for plugin in self.plugins:
            if plugin.state == "found":
                self._start(plugin)

    def contributions(self, kind: Kind) -> list[Contribution]:
        """All enabled contributions of a kind, in the order of registration."""
        return [c for plugin in self.plugins for c in plugin.contributions if c.kind == kind and c.enabled]

    def running(self) -> list[Manifest]:
        """Manifests of the plugins that run."""
        return [plugin.manifest for plugin in self.plugins if plugin.state == "running" and plugin.manifest]

    def call(self, contribution: Contribution, *arguments: object) -> Any:
        """Call a contribution guarded and timed; None when it failed, and then it is switched off.

        `Fault` and `Cancelled` are not faults of the plugin: they are a sentence for the user, and pass through.
        """
        return self.guard(contribution, contribution.content, *arguments)

    def guard(self, contribution: Contribution, function: Callable[..., Result], *arguments: object) -> Result | None:
        """Call a function that belongs to a contribution (a tool's method), guarded as in `call`."""
        if not contribution.enabled:
            return None
        began = time.perf_counter()
        try:
            return function(*arguments)
        except (Fault, Cancelled):
            raise
        except Exception as error:  # noqa: BLE001 - the border to foreign code: whatever it raises must not pass
            contribution.enabled = False
            self._fault(contribution.plugin, f"{contribution.kind} {contribution.title}", error)
            return None
        finally:
            contribution.seconds += time.perf_counter() - began

    def switch_off(self, plugin_id: str) -> None:
        """Remove everything that a plugin added."""
        for plugin in self.plugins:
            if plugin.id == plugin_id:
                plugin.contributions.clear()
                plugin.state, plugin.reason = "refused", "Switched off."

    def _find(self, origin: str, folder: Path) -> None:
        plugin = Plugin(folder.name, folder, origin)
        self.plugins.append(plugin)
        try:
            if any(other.id == plugin.id for other in self.plugins[:-1]):
                raise Refused("A plugin of this id was found before; this one is not used.")
            plugin.manifest = read_manifest(folder)
            check_api(plugin.manifest)
        except Fault as fault:
            self._refuse(plugin, "refused", str(fault), fault.detail)

    def _start(self, plugin: Plugin) -> None:
        assert plugin.manifest is not None
        registry = _Registry(plugin)
        try:
            module, _, function = plugin.manifest.entry.partition(":")
            getattr(_import(module, plugin), function)(registry)
            plugin.state = "running"
        except Exception as error:  # noqa: BLE001 - the border to foreign code: whatever it raises must not pass
            plugin.contributions.clear()
            self._refuse(plugin, "failed", _sentence(error), traceback.format_exc())

    def _refuse(self, plugin: Plugin, state: Literal["refused", "failed"], reason: str, detail: str) -> None:
        plugin.state, plugin.reason = state, reason
        self._keep(PluginFault(plugin.id, "start", reason, detail))

    def _fault(self, plugin_id: str, where: str, error: Exception) -> None:
        self._keep(PluginFault(plugin_id, where, _sentence(error), traceback.format_exc()))

    def _keep(self, fault: PluginFault) -> None:
        self.faults.append(fault)
        if self.told is not None:
            self.told(fault)


class _Registry(Registry):
    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def _add(
        self, kind: Kind, name: str, title: str, content: Callable[..., Any], key: str = "", tip: str = ""
    ) -> None:
        self._plugin.contributions.append(Contribution(self._plugin.id, kind, name, title, content, key, tip))

    def add_panel(self, title: str, factory: PanelFactory) -> None:
        self._add("panel", title, title, factory)

    def add_tool(self, name: str, title: str, factory: ToolFactory, key: str = "", tip: str = "") -> None:
        self._add("tool", name, title, factory, key, tip)

    def add_overlay(self, name: str, draw: Overlay) -> None:
        self._add("overlay", name, name, draw)

    def add_command(self, name: str, title: str, action: CommandAction, key: str = "", tip: str = "") -> None:
        self._add("command", name, title, action, key, tip)

    def add_measure(self, name: str, measure: Measure) -> None:
        self._add("measure", name, name, measure)

    def add_assessment(self, name: str, assess: Assessment) -> None:
        self._add("assessment", name, name, assess)


def _import(module: str, plugin: Plugin) -> ModuleType:
    """Import a plugin's package from its own folder, whatever else bears its name."""
    known = sys.modules.get(plugin.id)
    if known is None or Path(known.__file__ or "").parent != plugin.folder:
        for name in [name for name in sys.modules if name == plugin.id or name.startswith(plugin.id + ".")]:
            del sys.modules[name]
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


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
