"""Loads plugins and calls what they added, so that a fault costs one contribution and never the viewer."""

import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, TypeVar

from mo_viewer.base.faults import Cancelled, Fault, Refused, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.plugin_host.data import Permission, Pointer, Scene
from mo_viewer.plugin_host.deprecation import SILENT_PERMISSIONS
from mo_viewer.plugin_host.files import fingerprint
from mo_viewer.plugin_host.manifest import MIDDLE, PERMISSIONS, Declared, Kind, Manifest, check_api, read_manifest
from mo_viewer.plugin_host.plugin import SECOND, Contribution, Plugin, PluginFault, PluginNotice, place_in
from mo_viewer.plugin_host.record import Record
from mo_viewer.plugin_host.registry import registry_of
from mo_viewer.plugin_host.starting import entry_of, forget_modules, threads_now, threads_of
from mo_viewer.plugin_host.watch import Call, Stuck, Watch
from mo_viewer.volume.volume import Volume

__all__ = ["MANIFEST", "Contribution", "Host", "Plugin", "PluginFault", "PluginNotice"]

Result = TypeVar("Result")
WATCH_S = 10.0
"""A call into a plugin that takes longer is named while it still runs, and stopped where it holds the window."""
BUNDLED = "bundled"
MANIFEST = "plugin.toml"


class Host:
    """The plugins of one running viewer.

    Parameters
    ----------
    told
        Called at every fault, in the thread where it happened; the shell shows it.
    record
        What is remembered between two starts; None: the user's own.
    watch_s
        After how many seconds a call that has not come back is named; None: `WATCH_S`.
    """

    def __init__(
        self,
        told: Callable[[PluginFault], None] | None = None,
        record: Record | None = None,
        watch_s: float | None = None,
    ) -> None:
        self.plugins: list[Plugin] = []
        self.faults: list[PluginFault] = []
        self.notices: list[PluginNotice] = []
        self.told = told
        self.noticed: Callable[[PluginNotice], None] | None = None
        """Called at every notice, in the thread where it arose."""
        self.record = record or Record()
        self._watch = Watch(WATCH_S if watch_s is None else watch_s, self._late)
        self._starting = threading.RLock()

    def find(self, places: Iterable[tuple[str, Path]]) -> None:
        """Read the manifests of all ``(origin, folder that holds plugin folders or is one)``; import nothing."""
        for origin, place in places:
            itself = [place / MANIFEST] if (place / MANIFEST).is_file() else []
            for manifest in itself or sorted(place.glob(f"*/{MANIFEST}")):
                self._find(origin, manifest.parent)
        self.plugins.sort(key=_order)

    def load(self, places: Iterable[tuple[str, Path]]) -> None:
        """Find plugins, and start each that does not declare in its manifest what it contributes."""
        self.find(places)
        for plugin in self.plugins:
            if plugin.state == "found":
                self._start(plugin)

    def contributions(self, kind: Kind) -> list[Contribution]:
        """All enabled contributions of a kind, in the order of registration."""
        return [c for plugin in self.plugins for c in plugin.contributions if c.kind == kind and c.enabled]

    def running(self) -> list[Manifest]:
        """Manifests of the plugins that run."""
        return [plugin.manifest for plugin in self.plugins if plugin.state == "running" and plugin.manifest]

    def granted(self, plugin_id: str) -> frozenset[Permission]:
        """The permissions that a plugin asked for."""
        plugin = self._named(plugin_id)
        return PERMISSIONS if plugin is None or plugin.manifest is None else plugin.manifest.granted

    def call(self, contribution: Contribution, *arguments: object) -> Any:
        """Call a contribution guarded and timed; None when it failed, and then it is switched off.

        `Fault` and `Cancelled` are not faults of the plugin: they are a sentence for the user, and pass through.
        """
        return self.guard(contribution, contribution.content, *arguments)

    def guard(self, contribution: Contribution, function: Callable[..., Result], *arguments: object) -> Result | None:
        """Call a function that belongs to a contribution (a tool's method), guarded as in `call`."""
        if not contribution.enabled or not self._is_up(contribution):
            return None
        call = self._watch.begin(contribution, contribution.kind != "cli")
        try:
            return self._guarded(call, contribution, function, *arguments)
        except Stuck:
            self._watch.end(call)
            return None

    def work(self, contribution: Contribution, function: Callable[..., Result], *arguments: object) -> Result:
        """Do a plugin's background work in this thread: its faults are named, its time is counted apart.

        Raises
        ------
        Cancelled
            When the work failed, besides what `call` lets through.
        """
        began = time.perf_counter()
        try:
            return function(*arguments)
        except (Fault, Cancelled):
            raise
        except (Exception, SystemExit) as error:
            contribution.enabled = False
            self._fault(contribution, f"{contribution.kind} {contribution.title}, background work", error)
            raise Cancelled from error
        finally:
            contribution.background_s += time.perf_counter() - began

    def waiting(self) -> AbstractContextManager[None]:
        """While this lasts, the calling thread waits for the user, not for a plugin."""
        return self._watch.waiting()

    def exported(self, contribution: Contribution, document: Document) -> bytes | None:
        """Return what an exporter makes of the findings; None when it failed."""
        return self.guard(contribution, _bytes_of, contribution, document)

    def switch_off(self, plugin_id: str, why: str = "Switched off.") -> None:
        """Remove everything that a plugin added, and do not start it again until it is switched on."""
        self._remember(plugin_id, lambda: self.record.set_off(plugin_id, why))
        plugin = self._named(plugin_id)
        if plugin is not None:
            self._clear(plugin)
            plugin.state, plugin.reason = "refused", why
            self._name_threads(plugin, "It was switched off")

    def switch_on(self, plugin_id: str) -> None:
        """Let a plugin start again, now and from now on."""
        self._remember(plugin_id, lambda: self.record.set_off(plugin_id, ""))
        self.reload(plugin_id)

    def reload(self, plugin_id: str) -> None:
        """Read a plugin's files again and start it; for authors. The shell makes its panels and tools anew."""
        plugin = self._named(plugin_id)
        if plugin is not None:
            self._clear(plugin)
            plugin.state, plugin.reason, plugin.manifest = "found", "", None
            self._read(plugin)
            if plugin.state == "found":
                self._start(plugin)

    def notice(self, plugin_id: str, where: str, sentence: str) -> None:
        """Keep something to know about a plugin that goes on running; each is said once."""
        made = PluginNotice(plugin_id, where, sentence)
        if made not in self.notices:
            self.notices.append(made)
            if self.noticed is not None:
                self.noticed(made)

    # -- finding and starting

    def _find(self, origin: str, folder: Path) -> None:
        if any(known.folder.resolve() == folder.resolve() for known in self.plugins):
            return
        plugin = Plugin(folder.name, folder, origin, is_second=self._named(folder.name) is not None)
        self.plugins.append(plugin)
        if plugin.is_second:
            self._refuse(plugin, "refused", SECOND, "")
        else:
            self._read(plugin)

    def _read(self, plugin: Plugin) -> None:
        try:
            plugin.manifest = read_manifest(plugin.folder)
            check_api(plugin.manifest)
            off = self.record.off(plugin.id)
            if off:
                raise Refused(off)
        except Fault as fault:
            self._refuse(plugin, "refused", str(fault), fault.detail)
            return
        if plugin.manifest.permissions is None:
            self.notice(plugin.id, MANIFEST, SILENT_PERMISSIONS.sentence)
        if plugin.manifest.contributes:
            plugin.contributions = [_later(plugin, declared) for declared in plugin.manifest.contributes]
            plugin.state = "running"

    def _guarded(
        self, call: Call, contribution: Contribution, function: Callable[..., Result], *arguments: object
    ) -> Result | None:
        began = time.perf_counter()
        try:
            result = function(*arguments)
            self._check_arrays(arguments)
        except (Fault, Cancelled):
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code: whatever it raises must not pass
            contribution.enabled = False
            self._fault(contribution, f"{contribution.kind} {contribution.title}", error)
            return None
        finally:
            self._watch.end(call)
            self._count(contribution, time.perf_counter() - began, call)
        return result

    def _is_up(self, contribution: Contribution) -> bool:
        plugin = self._named(contribution.plugin)
        if plugin is not None and plugin.manifest is not None and not plugin.is_started:
            with self._starting:
                if not plugin.is_started and plugin.state == "running":
                    self._start(plugin)
        return contribution.enabled

    def _start(self, plugin: Plugin) -> None:
        registry = registry_of(plugin)
        declared = [(c.kind, c.name) for c in plugin.contributions]
        call = self._watch.begin(plugin)
        threads = threads_now()
        began = time.perf_counter()
        try:
            register: Any = entry_of(plugin)
            register(registry)
            missing = [place for place in declared if place not in registry.added]
            if missing:
                raise Refused(f"Its plugin.toml declares the {' '.join(missing[0])}, which register does not add.")
            plugin.state = "running"
        except (Exception, SystemExit, Stuck) as error:  # noqa: BLE001 - foreign code: whatever it raises must not pass
            self._clear(plugin)
            self._refuse(plugin, "failed", _sentence(error), traceback.format_exc())
        finally:
            self._watch.end(call)
            plugin.is_started, plugin.start_s = True, time.perf_counter() - began
            if call.is_late and not call.tries:
                self._forgive(plugin.id)
        plugin.threads += threads_now() - threads
        self._name_threads(plugin, "Its start is over")
        self._check_files(plugin)

    def _check_files(self, plugin: Plugin) -> None:
        """Files of the program itself change with its version; those of others are looked at."""
        if plugin.origin == BUNDLED or plugin.state != "running" or plugin.manifest is None:
            return
        version, before = self.record.seen(plugin.id)
        now = fingerprint(plugin.folder)
        if before and before != now and version == plugin.manifest.version:
            self.notice(plugin.id, "files", f"Its files have changed, and its version is still {version}.")
        self._remember(plugin.id, lambda: self.record.set_seen(plugin.id, plugin.made_by.split(" ")[-1], now))

    def _clear(self, plugin: Plugin) -> None:
        for contribution in plugin.contributions:
            contribution.enabled = False
        plugin.contributions.clear()
        plugin.is_started = False
        forget_modules(plugin.id)

    def _named(self, plugin_id: str) -> Plugin | None:
        return next((plugin for plugin in self.plugins if plugin.id == plugin_id and not plugin.is_second), None)

    # -- what goes wrong

    def _count(self, contribution: Contribution, seconds: float, call: Call) -> None:
        if call.is_late and not call.tries:
            self._forgive(contribution.plugin)
        if call.is_late or call.has_waited:
            return
        where = f"{contribution.kind} {contribution.title}"
        slow = contribution.count(seconds)
        if slow:
            self.notice(contribution.plugin, where, slow)
        if contribution.enabled and contribution.holds_the_window:
            contribution.enabled = False
            took = f"{contribution.median_s * 1000:.0f} ms"
            self._keep(PluginFault(contribution.plugin, where, f"It holds the window for {took} at every repaint."))

    def _forgive(self, plugin_id: str) -> None:
        """It did come back in the end: it may start next time."""
        self._remember(plugin_id, lambda: self.record.set_off(plugin_id, ""))

    def _late(self, call: Call) -> None:
        about = call.about
        plugin_id = about.plugin if isinstance(about, Contribution) else getattr(about, "id", "")
        where = f"{about.kind} {about.title}" if isinstance(about, Contribution) else "start"
        if isinstance(about, Contribution):
            about.enabled = False
        sentence = f"It did not come back for {time.monotonic() - call.began:.0f} s."
        self._remember(plugin_id, lambda: self.record.set_off(plugin_id, f"{sentence} ({where}) Switched off."))
        self._keep(PluginFault(plugin_id, where, f"{sentence} It is not started next time unless you switch it on."))

    def _check_arrays(self, arguments: tuple[object, ...]) -> None:
        for argument in arguments:
            volume = argument.volume if isinstance(argument, Scene | Pointer) else argument
            if isinstance(volume, Volume) and volume.values.flags.writeable:
                volume.values.setflags(write=False)
                raise PermissionError("it unlocked the image data for writing")

    def _name_threads(self, plugin: Plugin, when: str) -> None:
        names = {*threads_of(plugin.id), *(thread.name for thread in plugin.threads if thread.is_alive())}
        if names:
            listed = ", ".join(sorted(names))
            self.notice(plugin.id, "threads", f"{when}, and a thread of its own still runs: {listed}.")

    def _refuse(self, plugin: Plugin, state: Literal["refused", "failed"], reason: str, detail: str) -> None:
        plugin.state, plugin.reason = state, reason
        self._keep(PluginFault(plugin.id, "start", reason, detail, place_in(detail, plugin.folder)))

    def _fault(self, contribution: Contribution, where: str, error: BaseException) -> None:
        plugin, detail = self._named(contribution.plugin), traceback.format_exc()
        place = "" if plugin is None else place_in(detail, plugin.folder)
        self._keep(PluginFault(contribution.plugin, where, _sentence(error), detail, place))

    def _keep(self, fault: PluginFault) -> None:
        self.faults.append(fault)
        if self.told is not None:
            self.told(fault)

    def _remember(self, plugin_id: str, write: Callable[[], None]) -> None:
        try:
            write()
        except Unwritable as fault:
            self.notice(plugin_id, "plugins.json", str(fault))


def _order(plugin: Plugin) -> int:
    return MIDDLE if plugin.manifest is None else plugin.manifest.order


def _later(plugin: Plugin, declared: Declared) -> Contribution:
    """A contribution whose function comes with the plugin's start: `Host.guard` starts it before calling."""

    def content(*arguments: Any) -> Any:
        if contribution.content is content:
            raise Refused(f"The plugin {plugin.id} is not started.")
        return contribution.content(*arguments)

    contribution = Contribution(
        plugin.id,
        declared.kind,
        declared.name,
        declared.title,
        content,
        declared.key,
        declared.tip,
        suffix=declared.suffix,
        group=declared.group,
        needs=declared.needs,
        words=declared.words,
        made_by=plugin.made_by,
    )
    return contribution


def _bytes_of(contribution: Contribution, document: Document) -> bytes:
    content = contribution.content(document)
    if not isinstance(content, bytes):
        raise TypeError(f"an exporter must return bytes, not {type(content).__name__}")
    return content


def _sentence(error: BaseException) -> str:
    if isinstance(error, Stuck):
        return "Its start did not come back and was stopped."
    return str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
