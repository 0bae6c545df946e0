"""Soft-tissue ossification: one click to a lesion, its numbers, and a maturity grade with the rules that led to it."""

from typing import Any

from mo_viewer.plugin_host.api import Desk, Registry


def register(registry: Registry) -> None:
    """Add what plugin.toml declares; keys and tips stand there."""
    from mo_ossification.contours import draw_contours
    from mo_ossification.judging import accept, correct
    from mo_ossification.marking import MarkTool, delete_selected, select_next
    from mo_ossification.maturity import assess

    registry.add_tool("mark", "Mark calcification", MarkTool)
    registry.add_overlay("contours", draw_contours)
    registry.add_command("next", "Next lesion", select_next)
    registry.add_command("delete", "Delete lesion", delete_selected)
    registry.add_command("accept", "Accept event", accept)
    registry.add_command("correct", "Correct event …", correct)
    registry.add_assessment("maturity", assess)
    registry.add_panel("Lesions", _panel)
    registry.add_panel("Course", _course)
    registry.add_panel("Candidates", _candidates)


def _panel(desk: Desk) -> Any:
    from mo_ossification.panel import LesionPanel

    return LesionPanel(desk)


def _course(desk: Desk) -> Any:
    from mo_ossification.course_panel import CoursePanel

    return CoursePanel(desk)


def _candidates(desk: Desk) -> Any:
    from mo_ossification.candidate_panel import CandidatePanel

    return CandidatePanel(desk)
