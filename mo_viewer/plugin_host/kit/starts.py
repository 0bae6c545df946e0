"""Checks before and at a plugin's start."""

import time
from pathlib import Path

from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.host import Host, Plugin
from mo_viewer.plugin_host.kit.outcome import Outcomes
from mo_viewer.plugin_host.kit.sources import broken_sources, forbidden_imports, qt_brought, qt_modules
from mo_viewer.plugin_host.manifest import check_api, read_manifest
from mo_viewer.plugin_host.starting import forget_modules, modules_of

START_S = 0.3


def check_files(folder: Path, outcomes: Outcomes) -> bool:
    """Check manifest and sources without importing anything."""
    wrong = []
    try:
        check_api(read_manifest(folder))
    except Fault as fault:
        wrong.append(str(fault))
    good = outcomes.add("manifest", wrong)
    good &= outcomes.add("sources are Python", broken_sources(folder))
    return outcomes.add("imports only the engine, the API and itself", forbidden_imports(folder)) and good


def check_start(folder: Path, outcomes: Outcomes) -> Host | None:
    """Start the plugin twice and put it away between; returns a host with it, or None when it does not start."""
    before = qt_modules()
    host, plugin, seconds = _started(folder)
    wrong = [] if plugin.state == "running" else [f"{plugin.reason} {_traceback(host)}".strip()]
    if not outcomes.add("starts", wrong):
        return None
    took = f"{seconds * 1000:.0f} ms"
    outcomes.add("starts in 300 ms", [took] if seconds > START_S else [], took)
    outcomes.add("brings no Qt at its start", qt_brought(folder, before))
    first = _added(plugin)
    host.switch_off(plugin.id)
    left = [f"module {name}" for name in modules_of(plugin.id)] + [f"thread {t.name}" for t in plugin.threads]
    left += [f"contribution {c.id}" for c in plugin.contributions]
    again, second, _ = _started(folder)
    if _added(second) != first:
        left.append("it adds something else the second time")
    outcomes.add("can be switched off and on", left)
    return again


def _started(folder: Path) -> tuple[Host, Plugin, float]:
    forget_modules(folder.name)
    host = Host()
    host.record.set_off(folder.name, "")
    host.plugins.append(plugin := Plugin(folder.name, folder, "kit"))
    began = time.process_time()
    host.reload(folder.name)
    if plugin.state == "running" and not plugin.is_started and plugin.contributions:
        host.guard(plugin.contributions[0], lambda: None)
    return host, plugin, time.process_time() - began


def _added(plugin: Plugin) -> list[tuple[str, str, str, str]]:
    return sorted((c.kind, c.name, c.title, c.key) for c in plugin.contributions)


def _traceback(host: Host) -> str:
    return host.faults[-1].traceback if host.faults else ""
