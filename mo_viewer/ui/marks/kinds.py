"""What the reader can draw: titles, keys, and how many points each kind takes."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.findings.mark import MarkKind
from mo_viewer.volume.arrays import FloatArray

UNBOUND = 10_000
"""So many points: until the reader ends the outline."""


@dataclass(frozen=True)
class KindInfo:
    """How a kind is called and drawn.

    Parameters
    ----------
    clicks
        How many points the hand gives; the mark may have more (an ellipse is drawn by two corners).
    starts
        After so many points the next press begins a new line of the mark.
    """

    kind: MarkKind
    title: str
    tip: str
    keys: tuple[str, ...] = ()
    clicks: int = 2
    starts: tuple[int, ...] = (0,)


KINDS = {
    info.kind: info
    for info in (
        KindInfo(MarkKind.LENGTH, "Length", "Drag, or click both ends", ("M", "L")),
        KindInfo(
            MarkKind.BIDIRECTIONAL, "Long and short axis", "Drag the long axis, then pull the short one", ("Shift+M",)
        ),
        KindInfo(MarkKind.ANGLE, "Angle", "Drag one side, then click the end of the other", ("A",), 3),
        KindInfo(MarkKind.COBB, "Cobb angle", "Drag two lines", (), 4, (0, 2)),
        KindInfo(MarkKind.ELLIPSE, "Ellipse", "Drag from corner to corner: area, mean, SD, least, most", ("E",)),
        KindInfo(MarkKind.RECTANGLE, "Rectangle", "Drag from corner to corner: area and statistics"),
        KindInfo(MarkKind.POLYGON, "Polygon", "Click the corners; double click or Enter ends it", ("Y",), UNBOUND),
        KindInfo(
            MarkKind.FREEHAND,
            "Freehand region",
            "Hold and draw round a region: area, mean, SD, least, most; it makes no lesion",
            (),
            UNBOUND,
        ),
        KindInfo(MarkKind.PROBE, "Probe", "Click: the stored value stays beside the point", ("P",), 1),
        KindInfo(MarkKind.ARROW, "Arrow with text", "Drag from the finding outwards, then write", ("Q",)),
        KindInfo(
            MarkKind.CALIBRATION, "Calibration line", "Radiographs: draw along a thing of known length, then say it"
        ),
    )
}


def shaped(kind: MarkKind, clicked: FloatArray) -> FloatArray:
    """Return the points of a mark, (n, 2), from what was clicked, (m, 2), in the same flat space."""
    if len(clicked) < 2:
        return clicked
    a, b = clicked[0], clicked[1]
    if kind is MarkKind.ELLIPSE and len(clicked) == 2:
        middle = (a + b) / 2
        return np.array([(a[0], middle[1]), (b[0], middle[1]), (middle[0], a[1]), (middle[0], b[1])])
    if kind is MarkKind.RECTANGLE and len(clicked) == 2:
        return np.array([a, (b[0], a[1]), b, (a[0], b[1])])
    if kind is MarkKind.BIDIRECTIONAL and len(clicked) == 2:
        middle, way = (a + b) / 2, (b - a) / 4
        across = np.array([-way[1], way[0]])
        return np.array([a, b, middle - across, middle + across])
    return clicked


def moved(kind: MarkKind, flat: FloatArray, handle: int | None, to: FloatArray, way: FloatArray) -> FloatArray:
    """Return the points after one handle was pulled to `to`, or after the whole was moved by `way`."""
    if handle is None:
        return flat + way
    points = flat.copy()
    points[handle] = to
    if kind is MarkKind.ELLIPSE:
        return _pulled_ellipse(flat, points, handle)
    if kind is MarkKind.RECTANGLE:
        return _pulled_rectangle(flat, handle, to)
    if kind is MarkKind.BIDIRECTIONAL:
        return _pulled_axes(flat, points, handle)
    return points


def _pulled_ellipse(before: FloatArray, points: FloatArray, handle: int) -> FloatArray:
    """The pulled axis follows; the other keeps its length and stays across it, through the middle."""
    mine = (0, 1) if handle < 2 else (2, 3)
    other = (2, 3) if handle < 2 else (0, 1)
    axis = points[mine[1]] - points[mine[0]]
    long = np.hypot(*axis)
    if long < 1e-9:
        return before
    half = np.hypot(*(before[other[1]] - before[other[0]])) / 2
    across = np.array([-axis[1], axis[0]]) / long * half
    if across @ (before[other[1]] - before[other[0]]) < 0:
        across = -across
    middle = (points[mine[0]] + points[mine[1]]) / 2
    points[other[0]], points[other[1]] = middle - across, middle + across
    return points


def _pulled_rectangle(before: FloatArray, handle: int, to: FloatArray) -> FloatArray:
    """The opposite corner stays; sides keep their directions."""
    fixed = before[(handle + 2) % 4]
    side = before[(handle + 1) % 4] - fixed
    long = np.hypot(*side)
    if long < 1e-9:
        return before
    unit = side / long
    along = unit * ((to - fixed) @ unit)
    points = before.copy()
    points[handle] = to
    points[(handle + 1) % 4] = fixed + along
    points[(handle + 3) % 4] = to - along
    return points


def _pulled_axes(before: FloatArray, points: FloatArray, handle: int) -> FloatArray:
    """The short axis turns with the long one; its own ends move across only."""
    old, new = before[1] - before[0], points[1] - points[0]
    length = float(old @ old)
    if length < 1e-9 or float(new @ new) < 1e-9:
        return before
    if handle < 2:
        turn = complex(*new) / complex(*old)
        for at in (2, 3):
            placed = complex(*(before[at] - before[0])) * turn
            points[at] = points[0] + (placed.real, placed.imag)
        return points
    across = np.array([-old[1], old[0]]) / np.sqrt(length)
    points[handle] = before[handle] + across * ((points[handle] - before[handle]) @ across)
    return points
