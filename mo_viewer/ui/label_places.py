"""Where words go that have no free place right beside what they belong to."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF

from mo_viewer.volume.arrays import FloatArray

CLEAR_PX = 3.0
"""Words of two things are no nearer to each other than this, where there is room."""
_STEP_PX, _MOST_STEPS, _MOST_LOOKED_AT = 6.0, 48, 256
_POINT_PX = 4.0
"""Lines are looked at so often along their way."""
_FARTHER_PX = 8.0
"""So much farther off words may go to leave one such point of a line uncovered."""
_WORDS_COUNT = 1e4


def nearest_place(
    inside: QRectF,
    size: tuple[float, float],
    beside: QRectF,
    words: Sequence[QRectF],
    lines: Sequence[FloatArray] = (),
) -> QRectF:
    """Return the place of words that is nearest to their thing and covers no other `words`.

    Parameters
    ----------
    inside
        The picture.
    size
        Width and height.
    beside
        The thing.
    words
        Where other words stand.
    lines
        (n, 2) pixels each; they are covered rather than the words put far away.
    """
    width, height = size
    across = _steps(inside.left(), inside.right() - width)
    down = _steps(inside.top(), inside.bottom() - height)
    left, top = (axis.ravel() for axis in np.meshgrid(across, down))
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    cost = np.hypot(*_gaps(boxes, beside))
    for other in words:
        cost += _WORDS_COUNT * _shared(boxes, other.adjusted(-CLEAR_PX, -CLEAR_PX, CLEAR_PX, CLEAR_PX))
    near = np.argsort(cost, kind="stable")[:_MOST_LOOKED_AT]
    best = near[int(np.argmin(cost[near] + _FARTHER_PX * _points_in(boxes[near], lines)))]
    return QRectF(float(left[best]), float(top[best]), width, height)


def is_crossed(place: QRectF, lines: Sequence[FloatArray]) -> bool:
    """Whether a line, (n, 2) pixels each, runs through a place."""
    edges = np.array([[place.left(), place.top(), place.right(), place.bottom()]])
    return bool(_points_in(edges, lines)[0])


def _steps(first: float, last: float) -> FloatArray:
    """Both ends, and even steps between; the first alone where there is no room."""
    return np.linspace(first, max(first, last), min(_MOST_STEPS, max(0, int((last - first) / _STEP_PX))) + 1)


def _gaps(boxes: FloatArray, thing: QRectF) -> tuple[FloatArray, FloatArray]:
    left, top, right, bottom = boxes.T
    across = np.maximum(0.0, np.maximum(thing.left() - right, left - thing.right()))
    down = np.maximum(0.0, np.maximum(thing.top() - bottom, top - thing.bottom()))
    return across, down


def _shared(boxes: FloatArray, other: QRectF) -> FloatArray:
    left, top, right, bottom = boxes.T
    wide = np.minimum(right, other.right()) - np.maximum(left, other.left())
    high = np.minimum(bottom, other.bottom()) - np.maximum(top, other.top())
    shared: FloatArray = np.maximum(0.0, wide) * np.maximum(0.0, high)
    return shared


def _points_in(boxes: FloatArray, lines: Sequence[FloatArray]) -> FloatArray:
    count = np.zeros(len(boxes))
    left, top, right, bottom = boxes.T[..., None]
    for line in lines:
        x, y = dense(line).T
        count += ((x > left) & (x < right) & (y > top) & (y < bottom)).sum(axis=1)
    return count


def dense(line: FloatArray) -> FloatArray:
    """Return points along a line, (n, 2), every few pixels."""
    if len(line) < 2:
        return line
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0.0, way[-1], max(2, int(way[-1] / _POINT_PX)))
    points: FloatArray = np.column_stack([np.interp(at, way, line[:, n]) for n in (0, 1)])
    return points
