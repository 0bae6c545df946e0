"""The tools of the left mouse button, by name; keys and tips stand in plugin.toml."""

from mo_ossification.edits import Workbench
from mo_viewer.plugin_host.api import Desk, Tool, ToolFactory


def tools(bench: Workbench) -> dict[str, tuple[str, ToolFactory]]:
    """Return titles and factories by name; each is imported when it is first chosen."""

    def mark(desk: Desk) -> Tool:
        from mo_ossification.marking import MarkTool

        return MarkTool(desk, bench)

    def brush(desk: Desk) -> Tool:
        from mo_ossification.painting import BrushTool

        return BrushTool(desk, bench)

    def eraser(desk: Desk) -> Tool:
        from mo_ossification.painting import BrushTool

        return BrushTool(desk, bench, rubs=True)

    def push(desk: Desk) -> Tool:
        from mo_ossification.painting import PushTool

        return PushTool(desk, bench)

    def region(desk: Desk) -> Tool:
        from mo_ossification.region import RegionTool

        return RegionTool(desk, bench)

    def bone(desk: Desk) -> Tool:
        from mo_ossification.bone_words import BoneTool

        return BoneTool(desk)

    return {
        "mark": ("Mark calcification", mark),
        "brush": ("Brush", brush),
        "eraser": ("Eraser", eraser),
        "push": ("Reshape contour", push),
        "region": ("Outline a lesion", region),
        "bone": ("Native bone", bone),
    }
