"""What is known of one plugin, as text that can be read and copied."""

from collections.abc import Iterator
from html import escape

from mo_viewer.plugin_host.host import Contribution, Host, Plugin, PluginFault
from mo_viewer.plugin_host.plugin import SECOND

STATES = {"found": "not started", "running": "on", "refused": "off", "failed": "failed"}
_MAY = {
    "reads-images": "reads images",
    "writes-findings": "writes findings",
    "writes-files": "writes files where you say, and in its own folder",
}


def state_of(host: Host, plugin: Plugin) -> str:
    """One or two words: whether it runs, and whether something of it does not."""
    if plugin.is_second:
        return "second of its id"
    is_hurt = plugin.state == "running" and bool(_faults(host, plugin))
    return f"{STATES[plugin.state]}, with faults" if is_hurt else STATES[plugin.state]


def time_spent(plugin: Plugin) -> str:
    """How long the reader has waited for a plugin so far, its start included."""
    return f"{plugin.seconds * 1000:.0f} ms" if plugin.seconds < 1 else f"{plugin.seconds:.1f} s"


def html_of(host: Host, plugin: Plugin) -> str:
    """Return all that is known of a plugin as rich text."""
    faults = _faults(host, plugin)
    notices = [notice for notice in host.notices if notice.plugin == plugin.id and not plugin.is_second]
    parts = [*_head(plugin), *_additions(plugin)]
    if notices:
        parts.append("<h4>To know</h4>")
        parts += [f"<p>{escape(one.where)}: {escape(one.sentence)}</p>" for one in notices]
    if faults:
        parts.append("<h4>Faults</h4>")
        parts += [_fault(fault) for fault in reversed(faults)]
    return "".join(parts)


def _faults(host: Host, plugin: Plugin) -> list[PluginFault]:
    return [f for f in host.faults if f.plugin == plugin.id and (f.sentence == SECOND) == plugin.is_second]


def _head(plugin: Plugin) -> Iterator[str]:
    manifest = plugin.manifest
    if plugin.reason:
        yield f"<p><b>{escape(plugin.reason)}</b></p>"
    rows: list[tuple[str, ...]] = [("Folder", str(plugin.folder)), ("From", plugin.origin)]
    if manifest is not None:
        yield f"<p>{escape(manifest.summary)}</p>"
        may = ", ".join(_MAY[one] for one in _MAY if one in manifest.granted) or "nothing beyond showing its panels"
        rows = [("May", may), *rows, ("API", manifest.api), ("Licence", manifest.license)]
    if plugin.is_started:
        rows.append(("Start", f"{plugin.start_s * 1000:.0f} ms"))
    yield _table(rows)


def _additions(plugin: Plugin) -> Iterator[str]:
    if not plugin.contributions:
        return
    yield "<h4>What it adds, and what it took</h4>"
    rows = [("", "", "calls", "median", "in all", "in threads", "")]
    yield _table([*rows, *(_addition(one) for one in plugin.contributions)])


def _addition(one: Contribution) -> tuple[str, ...]:
    if not one.calls:
        return one.kind, one.title, "0", "", "", _ms(one.background_s), "" if one.enabled else "switched off"
    remark = "switched off" if not one.enabled else "slow" if one.is_slow else ""
    times = (_ms(one.median_s), _ms(one.seconds), _ms(one.background_s))
    return one.kind, one.title, str(one.calls), *times, remark


def _fault(fault: PluginFault) -> str:
    place = f" in {escape(fault.place)}" if fault.place else ""
    return f"<p><b>{escape(fault.where)}{place}:</b> {escape(fault.sentence)}</p><pre>{escape(fault.traceback)}</pre>"


def _table(rows: list[tuple[str, ...]]) -> str:
    cells = ("".join(f"<td>{escape(cell)}&nbsp;&nbsp;</td>" for cell in row) for row in rows)
    return f"<table cellspacing='2'>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds else ""
