"""CT numbers against a phantom: what a scanner's HU are worth before densities are followed over years."""

from typing import TYPE_CHECKING, Any

from mo_viewer.plugin_host.api import Desk, Registry

if TYPE_CHECKING:
    from hu_check.latest import Latest


def register(registry: Registry) -> None:
    """Add the panel, the command of the window, and ``mo-viewer hu-check``."""
    from hu_check.command import act, configure
    from hu_check.latest import Latest

    latest = Latest()
    registry.add_panel("CT numbers", lambda desk: _panel(desk, latest))
    registry.add_command("check", "Check CT numbers of this study", lambda desk: _check(desk, latest))
    registry.add_cli("hu-check", configure, act)


def _panel(desk: Desk, latest: "Latest") -> Any:
    from hu_check.panel import CheckPanel

    return CheckPanel(desk, latest)


def _check(desk: Desk, latest: "Latest") -> None:
    from hu_check.study import start_check

    start_check(desk, latest.keep)
