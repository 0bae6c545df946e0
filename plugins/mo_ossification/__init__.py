"""Soft-tissue ossification: one click to a lesion, its numbers, and a maturity grade with the rules that led to it."""

from typing import Any

from mo_viewer.plugin_host.api import Desk, Registry


def register(registry: Registry) -> None:
    """Add the panel, the marking tool, the contours, the commands and the maturity grade."""
    from mo_ossification.contours import draw_contours
    from mo_ossification.marking import MarkTool, delete_selected, select_next
    from mo_ossification.maturity import assess

    registry.add_tool(
        "mark",
        "Mark calcification",
        MarkTool,
        key="K",
        tip="Click inside or on a calcification: a closed contour is drawn around it, native bone left out.\n"
        "Shift-click adds to the selected lesion.",
    )
    registry.add_overlay("contours", draw_contours)
    registry.add_command("next", "Next lesion", select_next, key="Tab", tip="Select the next lesion and go to it.")
    registry.add_command("delete", "Delete lesion", delete_selected, key="Del", tip="Delete the selected lesion.")
    registry.add_assessment("maturity", assess)
    registry.add_panel("Myositis ossificans", _panel)


def _panel(desk: Desk) -> Any:
    from mo_ossification.panel import LesionPanel

    return LesionPanel(desk)
