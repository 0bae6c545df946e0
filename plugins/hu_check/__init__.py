"""CT numbers against a phantom: what a scanner's HU are worth before densities are followed over years."""

from typing import Any

from mo_viewer.plugin_host.api import Desk, Registry


def register(registry: Registry) -> None:
    """Add the panel, the command of the window, and ``mo-viewer hu-check``."""
    from hu_check.command import act, configure

    registry.add_panel("CT numbers", _panel)
    registry.add_command("check", "Check CT numbers of this study", _check)
    registry.add_cli("hu-check", configure, act)


def _panel(desk: Desk) -> Any:
    from hu_check.panel import CheckPanel

    return CheckPanel(desk)


def _check(desk: Desk) -> None:
    from hu_check.study import start_check

    start_check(desk)
