"""How closed the rim of a lesion is, and where: what is dense below each part of its surface."""

import numpy as np

from mo_viewer.measure import profiles
from mo_viewer.measure.shells import COVERAGE_DEPTH_MM
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

STEP_MM = 0.5


def brightest_below(volume: Volume, surface: Surface) -> tuple[FloatArray, FloatArray]:
    """Return, for each vertex, the highest value within 3 mm below it (HU), and the area that it stands for (mm2)."""
    direction, areas = profiles.normals(surface)
    along = -np.arange(0.0, COVERAGE_DEPTH_MM + 1e-9, STEP_MM)
    points = surface.vertices_mm[:, None, :] + along[None, :, None] * direction[:, None, :]
    brightest: FloatArray = profiles.sampled(volume, points).max(axis=1)
    return brightest, areas


def rim_map(
    surface: Surface, values: FloatArray, shape: tuple[int, int] = (24, 48), turn: FloatArray | None = None
) -> FloatArray:
    """Spread values of a surface's vertices over the directions from its middle, as a map of the globe does.

    Parameters
    ----------
    surface, values
        The surface and (n,) values at its vertices.
    shape
        Rows from the head (top) to the feet, columns from the patient's right over the front, the left and the back
        to the right again, each direction in the middle of its pixel.
    turn
        (3, 3) that takes directions of this study to those in which the map is drawn (of a registered study); None:
        its own.

    Returns
    -------
    (rows, columns) of the value at the vertex that lies nearest in that direction.
    """
    from scipy.spatial import KDTree

    rows, columns = shape
    away = surface.vertices_mm - surface.vertices_mm.mean(axis=0)
    if turn is not None:
        away = away @ turn.T
    unit = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    height = np.pi / 2 - (np.arange(rows) + 0.5) * np.pi / rows
    round_about = (np.arange(columns) + 0.5) * 2 * np.pi / columns - np.pi / 2
    level = np.cos(height)[:, None]
    directions = np.stack(
        [level * np.sin(round_about), -level * np.cos(round_about), np.repeat(np.sin(height)[:, None], columns, 1)],
        axis=-1,
    )
    _, nearest = KDTree(unit).query(directions.reshape(-1, 3))
    spread: FloatArray = values[nearest].reshape(shape)
    return spread
