"""How the middle of the window is divided, as data."""

from dataclasses import dataclass

from mo_viewer.volume.cuts import Orientation

MOST_PANES = 4


@dataclass(frozen=True)
class Cell:
    """Where a pane stands in the grid, how many rows it spans, and which way it looks."""

    row: int
    column: int
    rows: int = 1
    looks: Orientation | None = None
    """None: as it did before."""


@dataclass(frozen=True)
class Layout:
    """One way to divide; `shares` are the widths of the columns."""

    name: str
    title: str
    cells: tuple[Cell, ...]
    shares: tuple[int, ...] = (1,)
    keys: tuple[str, ...] = ()
    tip: str = ""

    @property
    def is_mpr(self) -> bool:
        """Whether its panes show one series from three sides."""
        return any(cell.looks is not None for cell in self.cells)


LAYOUTS = (
    Layout("1x1", "1×1", (Cell(0, 0),), (1,), ("Ctrl+1",), "One pane"),
    Layout("1x2", "1×2", (Cell(0, 0), Cell(0, 1)), (1, 1), ("Ctrl+2",), "Two panes side by side"),
    Layout("2x1", "2×1", (Cell(0, 0), Cell(1, 0)), (1,), (), "Two panes, one below the other"),
    Layout("1x3", "1×3", tuple(Cell(0, n) for n in range(3)), (1, 1, 1), ("Ctrl+3",), "Three panes side by side"),
    Layout(
        "2x2", "2×2", tuple(Cell(row, column) for row in (0, 1) for column in (0, 1)), (1, 1), ("Ctrl+4",), "Four panes"
    ),
    Layout(
        "mpr",
        "MPR",
        (
            Cell(0, 0, 2, Orientation.AXIAL),
            Cell(0, 1, 1, Orientation.CORONAL),
            Cell(1, 1, 1, Orientation.SAGITTAL),
        ),
        (62, 38),
        ("Ctrl+5", "X"),
        "Axial, coronal and sagittal of one series through one point; drag the lines, or turn them at their ends",
    ),
)


def layout(name: str) -> Layout:
    """Return a layout by its name; one pane for an unknown name."""
    return next((one for one in LAYOUTS if one.name == name), LAYOUTS[0])
