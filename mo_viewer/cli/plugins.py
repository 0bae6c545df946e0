"""``mo-viewer plugins``: what was found, what runs, what was refused and why; checks and makes plugins."""

import argparse
from pathlib import Path

from mo_viewer.base.faults import Misuse, Unreadable
from mo_viewer.cli.output import complain, say
from mo_viewer.plugin_host.host import Host, Plugin
from mo_viewer.plugin_host.places import plugin_places

HELP = "what was found, what runs, what was refused and why"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--check", type=Path, metavar="PATH", help="run what every plugin must satisfy")
    parser.add_argument("--new", type=Path, metavar="NAME", help="make a working plugin with a test")
    parser.add_argument("--on", default="", metavar="ID", help="switch a plugin on")
    parser.add_argument("--off", default="", metavar="ID", help="switch a plugin off")


def act(options: argparse.Namespace) -> int:
    """Do what was asked; without an option list the plugins, and exit 1 when one was refused or failed."""
    if options.check is not None:
        return _check(options)
    if options.new is not None:
        return _new(options)
    host = Host()
    host.load(plugin_places())
    for plugin_id, switch in ((options.on, host.switch_on), (options.off, host.switch_off)):
        if plugin_id:
            if all(plugin.id != plugin_id for plugin in host.plugins):
                raise Misuse(f"There is no plugin {plugin_id}.", "mo-viewer plugins lists them.")
            switch(plugin_id)
    for plugin in host.plugins:
        _describe(host, plugin)
    if not host.plugins:
        say("No plugins were found.")
    return 1 if any(plugin.state in ("refused", "failed") for plugin in host.plugins) else 0


def _describe(host: Host, plugin: Plugin) -> None:
    version = plugin.manifest.version if plugin.manifest else "?"
    say(f"{plugin.id} {version}  {plugin.state}  ({plugin.origin}) {plugin.reason}".rstrip())
    if plugin.manifest:
        say(f"    {plugin.manifest.summary}")
        say(f"    may: {', '.join(sorted(plugin.manifest.granted)) or 'nothing beyond its panel'}")
    say(f"    in {plugin.folder}")
    if plugin.is_started:
        say(f"    started in {plugin.start_s * 1000:.0f} ms")
    elif plugin.state == "running":
        say("    starts when something of it is first used")
    for contribution in plugin.contributions:
        say(f"    adds {contribution.kind} {contribution.title}")
    for notice in host.notices:
        if notice.plugin == plugin.id:
            say(f"    note ({notice.where}): {notice.sentence}")


def _check(options: argparse.Namespace) -> int:
    from mo_viewer.cli.plugin_check import check_apart

    folders = [options.check] if (options.check / "plugin.toml").is_file() else []
    folders = folders or sorted(path.parent for path in options.check.glob("*/plugin.toml"))
    if not folders:
        raise Unreadable("There is no plugin.toml there.", "Name a plugin's folder, or one that holds such folders.")
    failed = 0
    for folder in map(Path.resolve, folders):
        say(folder.name)
        for done in check_apart(folder):
            say(f"    {'ok    ' if done.passed else 'FAILED'} {done.name}{': ' if done.text else ''}{done.text}")
            failed += not done.passed
    if failed:
        complain(f"{failed} {'check' if failed == 1 else 'checks'} failed.")
    return 1 if failed else 0


def _new(options: argparse.Namespace) -> int:
    from mo_viewer.plugin_host.new import make_plugin

    folder = make_plugin(options.new)
    say(f"Made {folder}. To use it: MO_VIEWER_PLUGINS={folder.parent} mo-viewer")
    say(f"To check it: mo-viewer plugins --check {folder}")
    return 0
