"""Colour tables for images that are not in HU: maps from 256 greys to the screen's pixels."""

from functools import lru_cache

import numpy as np

from mo_viewer.volume.arrays import frozen

Stops = tuple[tuple[float, int, int, int], ...]
COLOUR_TABLES: dict[str, Stops] = {
    "Hot iron": ((0, 0, 0, 0), (0.37, 230, 0, 0), (0.75, 255, 210, 0), (1, 255, 255, 255)),
    "Blue to yellow": (
        (0, 0, 32, 77),
        (0.25, 62, 73, 107),
        (0.5, 124, 123, 120),
        (0.75, 188, 175, 111),
        (1, 255, 234, 70),
    ),
    "Violet to yellow": (
        (0, 68, 1, 84),
        (0.25, 59, 82, 139),
        (0.5, 33, 145, 140),
        (0.75, 94, 201, 98),
        (1, 253, 231, 37),
    ),
    "Rainbow": ((0, 0, 0, 130), (0.25, 0, 160, 255), (0.5, 60, 220, 60), (0.75, 255, 220, 0), (1, 200, 0, 0)),
}
"""Names, and stops of (share, red, green, blue). The second and third keep their order without colour vision."""


@lru_cache(8)
def colour_table(name: str) -> np.ndarray | None:
    """Return 256 pixels as the screen has them; None for an unknown or empty name, which means grey."""
    stops = COLOUR_TABLES.get(name)
    if stops is None:
        return None
    share = np.linspace(0, 1, 256)
    at = np.array([stop[0] for stop in stops])
    red, green, blue = (
        np.floor(np.interp(share, at, [stop[channel] for stop in stops]) + 0.5).astype(np.uint32)
        for channel in (1, 2, 3)
    )
    table: np.ndarray = np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue
    return frozen(table)
