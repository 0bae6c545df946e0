"""Serial radiographs on limbs that no limit was set on: right pairs, the same limb turned in depth, and wrong pairs."""

from collections.abc import Iterator

import numpy as np

from mo_viewer.findings.registration import Registration
from mo_viewer.track.film import film_of
from mo_viewer.track.film_register import register_films
from mo_viewer.volume.arrays import FloatArray
from tests.drawn_films import BODIES, SIZE, film, similarity

LIMBS = {
    "ankle": [
        (0.020, 95, 100, 60, 130, 55, 0), (0.030, 88, 40, 16, 75, 16, 2), (-0.026, 88, 36, 10, 72, 10, 2),
        (0.024, 88, 98, 26, 10, 22, 3), (0.026, 122, 50, 8, 70, 8, -3), (0.024, 124, 108, 9, 16, 9, 5),
        (0.028, 92, 118, 24, 15, 20, -4), (0.026, 98, 150, 34, 16, 20, 8), (-0.012, 98, 150, 26, 10, 14, 8),
    ],
    "elbow": [
        (0.020, 95, 100, 58, 130, 50, 0), (0.032, 94, 36, 14, 66, 13, -2), (-0.026, 94, 30, 8, 62, 8, -2),
        (0.028, 94, 88, 32, 12, 14, 2), (0.026, 68, 84, 9, 10, 9, 10), (0.030, 84, 160, 11, 62, 11, 4),
        (-0.020, 84, 166, 6, 58, 6, 4), (0.028, 112, 162, 9, 58, 9, -5), (0.026, 112, 108, 11, 7, 11, 0),
        (0.024, 86, 104, 16, 12, 14, 8),
    ],
    "shoulder": [
        (0.018, 80, 110, 95, 120, 75, 0), (0.028, 110, 92, 24, 24, 24, 0), (-0.016, 110, 92, 17, 17, 17, 0),
        (0.034, 118, 160, 13, 72, 13, 6), (-0.028, 118, 164, 7, 70, 7, 6), (0.026, 78, 100, 9, 22, 14, -8),
        (0.022, 52, 110, 28, 44, 8, 20), (0.028, 92, 58, 30, 7, 12, -12), (0.030, 60, 40, 50, 7, 7, -6),
    ],
    "hip": BODIES["hip"],
    "knee": BODIES["knee"],
}  # fmt: skip
"""Ellipsoids as in `tests.drawn_films`; where each lies in depth is the seed's."""
SEEDS = (311, 312)
PLACE_MM = (85.0, 90.0)
AROUND_MM = 30.0 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
TURNS_DEG = (1.0, 2.0, 3.0, 4.0, 6.0)
DEPTH_MM = 12.0


def right() -> Iterator[tuple[str, Registration, float]]:
    """(name, what was found, largest error in mm within 30 mm of the lesion) of one limb imaged twice."""
    for limb, seed, rng in _cases():
        yield f"{limb} {seed}", *_turned(limb, seed, rng, 0.0)


def turned_in_depth() -> Iterator[tuple[str, Registration, float]]:
    """The same with the limb turned about its long axis in between: no similar picture any more."""
    for limb, seed, rng in _cases():
        for turn in TURNS_DEG:
            yield f"{limb} {seed}, {turn:g} degrees", *_turned(limb, seed, rng, turn)


def wrong() -> Iterator[tuple[str, Registration]]:
    """Two other patients, the other side, another patient's other side, another limb."""
    names = list(LIMBS)
    for limb, seed, rng in _cases():
        own, way = thickness(limb, seed), _way(rng)
        other = names[(names.index(limb) + 1) % len(names)]
        for name, theirs in (
            ("another patient", thickness(limb, seed + 20)),
            ("a third patient", thickness(limb, seed + 40)),
            ("the other side", own[:, ::-1]),
            ("another patient's other side", thickness(limb, seed + 20)[:, ::-1]),
            (other, thickness(other, seed)),
        ):
            yield f"{limb} {seed}, {name}", _found(own, theirs, way, seed)


def thickness(limb: str, seed: int, turn_deg: float = 0.0) -> FloatArray:
    """(rows, columns): optical thickness from front to back of a patient's limb turned about its long axis."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    made, about, depth_of = np.zeros(SIZE), np.array([*PLACE_MM, 0.0]), {}
    for density, x, y, across, down, deep, lean in LIMBS[limb]:
        axes = np.array([across, down, deep]) * (1 + rng.normal(0, 0.08, 3))
        z = depth_of.setdefault((x // 12, y // 40), rng.normal(0, DEPTH_MM) if density > 0 and across < 50 else 0.0)
        middle = np.array([x + rng.normal(0, 3), y + rng.normal(0, 3), z])
        frame = _about_y(turn_deg) @ _in_plane(lean + rng.normal(0, 3))
        a = frame @ np.diag(axes**-2.0) @ frame.T
        u, v, _ = _about_y(turn_deg) @ (middle - about) + about
        p, q = columns - u, rows - v
        half = a[0, 2] * p + a[1, 2] * q
        rest = a[0, 0] * p**2 + 2 * a[0, 1] * p * q + a[1, 1] * q**2 - 1
        made += density * 2 * np.sqrt(np.maximum(half**2 - a[2, 2] * rest, 0)) / a[2, 2]
    return np.maximum(made, 0)


def _cases() -> Iterator[tuple[str, int, np.random.Generator]]:
    for limb in LIMBS:
        for seed in SEEDS:
            yield limb, seed, np.random.default_rng([seed, 7])


def _turned(limb: str, seed: int, rng: np.random.Generator, turn_deg: float) -> tuple[Registration, float]:
    way = _way(rng)
    found = _found(thickness(limb, seed), thickness(limb, seed, turn_deg), way, seed)
    if found.matrix_lps is None:
        return found, np.inf
    here = np.array([*PLACE_MM, 0.0]) + AROUND_MM
    there = AROUND_MM @ _about_y(turn_deg).T + (*PLACE_MM, 0.0)
    true = there @ way[:3, :3].T + way[:3, 3]
    return found, float(np.linalg.norm((found.carried(here) - true)[:, :2], axis=1).max())


def _found(own: FloatArray, theirs: FloatArray, way: FloatArray, seed: int) -> Registration:
    first, other = film(own, seed=seed), film(theirs, way, "2", gamma=0.75, seed=seed + 1)
    return register_films(film_of(first), film_of(other), [(*PLACE_MM, 0.0)])


def _way(rng: np.random.Generator) -> FloatArray:
    shift = (float(rng.uniform(-10, 10)), float(rng.uniform(-10, 10)))
    return similarity(float(rng.uniform(-15, 15)), float(rng.uniform(0.9, 1.12)), shift, PLACE_MM)


def _about_y(degrees: float) -> FloatArray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _in_plane(degrees: float) -> FloatArray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
