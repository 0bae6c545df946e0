"""The `Registry` that a plugin is handed: takes what it adds, and holds it to its manifest."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mo_viewer.plugin_host.api import (
    Assessment,
    CommandAction,
    Configure,
    ConsoleAction,
    Exporter,
    Measure,
    Overlay,
    PanelFactory,
    Primitive,
    Registry,
    ReportSection,
    ToolFactory,
)
from mo_viewer.plugin_host.data import Line, Permission, Scene, Setting
from mo_viewer.plugin_host.manifest import Kind
from mo_viewer.plugin_host.plugin import Contribution, Plugin

NEEDS: dict[str, tuple[Permission, ...]] = {
    "tool": ("reads-images",),
    "overlay": ("reads-images",),
    "measure": ("reads-images", "writes-findings"),
    "assessment": ("reads-images", "writes-findings"),
    "exporter": ("writes-files",),
}
MOST_PRIMITIVES, MOST_POINTS = 5_000, 200_000


def registry_of(plugin: Plugin) -> "_Taking":
    """Return what a plugin's ``register`` is handed; `added` of it tells afterwards what came."""
    return _Taking(plugin)


class _Taking(Registry):
    """Takes what one plugin adds while its ``register`` runs."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._declared = {(c.kind, c.name): c for c in plugin.contributions}
        self.added: set[tuple[str, str]] = set()

    def add_panel(self, title: str, factory: PanelFactory) -> None:
        self._add("panel", title, title, factory)

    def add_tool(self, name: str, title: str, factory: ToolFactory, key: str = "", tip: str = "") -> None:
        self._add("tool", name, title, factory, key, tip)

    def add_overlay(self, name: str, draw: Overlay) -> None:
        self._add("overlay", name, name, bounded(draw))

    def add_command(self, name: str, title: str, action: CommandAction, key: str = "", tip: str = "") -> None:
        self._add("command", name, title, action, key, tip)

    def add_measure(self, name: str, measure: Measure) -> None:
        self._add("measure", name, name, measure)

    def add_assessment(self, name: str, assess: Assessment) -> None:
        self._add("assessment", name, name, assess)

    def add_section(self, name: str, title: str, write: ReportSection) -> None:
        self._add("section", name, title, write)

    def add_exporter(self, name: str, title: str, write: Exporter, suffix: str, tip: str = "") -> None:
        self._add("exporter", name, title, write, "", tip, suffix)

    def add_cli(self, name: str, configure: Configure, act: ConsoleAction, tip: str = "") -> None:
        self._add("cli", name, name, CliCommand(configure, act), "", tip)

    def add_settings(self, title: str, settings: Sequence[Setting]) -> None:
        listed = tuple(settings)
        self._add("settings", title, title, lambda: listed)

    def _add(
        self,
        kind: Kind,
        name: str,
        title: str,
        content: Callable[..., Any],
        key: str = "",
        tip: str = "",
        suffix: str = "",
    ) -> None:
        place = (kind, name)
        if not callable(content):
            raise TypeError(f"the {kind} {name} is no function")
        if place in self.added:
            raise ValueError(f"it adds the {kind} {name} twice")
        self.added.add(place)
        self._check(kind, name)
        known = self._declared.get(place)
        if known is None:
            made_by = self._plugin.made_by
            made = Contribution(self._plugin.id, kind, name, title, content, key, tip, suffix=suffix, made_by=made_by)
            self._plugin.contributions.append(made)
            return
        known.content = content
        known.key, known.tip, known.suffix = known.key or key, known.tip or tip, known.suffix or suffix

    def _check(self, kind: Kind, name: str) -> None:
        manifest = self._plugin.manifest
        if manifest is None:
            return
        if manifest.contributes and (kind, name) not in self._declared:
            raise ValueError(f"it adds the {kind} {name}, which its plugin.toml does not declare")
        missing = [one for one in NEEDS.get(kind, ()) if one not in manifest.granted]
        if missing:
            raise PermissionError(f"the {kind} {name} needs the permission {missing[0]}, which plugin.toml lacks")


@dataclass(frozen=True)
class CliCommand:
    """Both halves of a command-line command; calling it is doing it."""

    configure: Configure
    act: ConsoleAction

    def __call__(self, *arguments: Any) -> int:
        """Do it: ``(options, console)``."""
        return self.act(*arguments)


def bounded(draw: Overlay) -> Overlay:
    """Return the overlay with an end: one that gives more than a reader can see is a fault."""

    def drawn(scene: Scene) -> Sequence[Primitive]:
        given = tuple(islice(_each(draw(scene)), MOST_PRIMITIVES + 1))
        points = sum(len(one.points_mm) for one in given if isinstance(one, Line))
        if len(given) > MOST_PRIMITIVES or points > MOST_POINTS:
            raise ValueError(f"an overlay may return {MOST_PRIMITIVES} things of {MOST_POINTS} points at most")
        return given

    return drawn


def _each(given: Sequence[Primitive]) -> Iterator[Primitive]:
    return iter(given)
