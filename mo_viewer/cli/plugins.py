"""``mo-viewer plugins``: what was found, what runs, what was refused and why."""

import argparse

from mo_viewer.cli.output import say
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.places import plugin_places


def act(_: argparse.Namespace) -> int:
    """List the plugins; exit 1 when one was refused or failed."""
    host = Host()
    host.load(plugin_places())
    for plugin in host.plugins:
        version = plugin.manifest.version if plugin.manifest else "?"
        say(f"{plugin.id} {version}  {plugin.state}  ({plugin.origin}) {plugin.reason}".rstrip())
        if plugin.manifest:
            say(f"    {plugin.manifest.summary}")
        for contribution in plugin.contributions:
            say(f"    adds {contribution.kind} {contribution.title}")
    if not host.plugins:
        say("No plugins were found.")
    return 1 if any(plugin.state in ("refused", "failed") for plugin in host.plugins) else 0
