"""Soft-tissue ossification: one click to a lesion, its numbers, and a maturity grade with the rules that led to it."""

from typing import TYPE_CHECKING, Any

from mo_viewer.plugin_host.api import Desk, Registry

if TYPE_CHECKING:
    from mo_ossification.edits import Workbench


def register(registry: Registry) -> None:
    """Add what plugin.toml declares; keys and tips stand there."""
    from mo_ossification.commands import commands
    from mo_ossification.contours import draw_contours
    from mo_ossification.edits import Workbench
    from mo_ossification.judging import accept, correct
    from mo_ossification.maturity import assess
    from mo_ossification.tools import tools

    bench = Workbench()
    registry.add_overlay("contours", lambda scene: draw_contours(scene, bench.found))
    for name, (title, make) in tools(bench).items():
        registry.add_tool(name, title, make)
    for name, (title, act) in commands(bench).items():
        registry.add_command(name, title, act)
    registry.add_command("accept", "Confirm event", accept)
    registry.add_command("correct", "Correct event …", correct)
    registry.add_assessment("maturity", assess)
    registry.add_panel("Lesions", lambda desk: _panel(desk, bench))
    registry.add_panel("Course", lambda desk: _course(desk, bench))
    registry.add_panel("Candidates", lambda desk: _candidates(desk, bench))


def _panel(desk: Desk, bench: "Workbench") -> Any:
    from mo_ossification.panel import LesionPanel

    return LesionPanel(desk, bench)


def _course(desk: Desk, bench: "Workbench") -> Any:
    from mo_ossification.course_panel import CoursePanel

    return CoursePanel(desk, bench)


def _candidates(desk: Desk, bench: "Workbench") -> Any:
    from mo_ossification.candidate_panel import CandidatePanel

    return CandidatePanel(desk, bench)
