"""The map of a rim: every direction of the patient lies where the legend says."""

import numpy as np
import pytest

from mo_viewer.measure.rim import rim_map
from mo_viewer.volume.surface import Surface

ROWS, COLUMNS = 24, 48
WAYS = {
    "right": (-1, 0, 0, 11, 0),
    "front": (0, -1, 0, 11, 12),
    "left": (1, 0, 0, 11, 24),
    "back": (0, 1, 0, 11, 36),
    "head": (0, 0, 1, 0, 20),
    "feet": (0, 0, -1, 23, 20),
}


def ball():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(4000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return Surface(10 * points + (5.0, -7.0, 30.0), np.zeros((0, 3), dtype=int))


@pytest.mark.parametrize("way", WAYS)
def test_each_direction_of_the_patient_has_its_place(way):
    x, y, z, row, column = WAYS[way]
    surface = ball()
    away = (surface.vertices_mm - (5.0, -7.0, 30.0)) / 10
    spread = rim_map(surface, away @ np.array([x, y, z], dtype=float), (ROWS, COLUMNS))
    assert spread[row, column] > 0.97
    assert spread[ROWS - 1 - row, (column + 24) % COLUMNS] < -0.97


def test_a_study_that_lies_turned_is_drawn_in_the_directions_of_the_other():
    surface = ball()
    away = (surface.vertices_mm - (5.0, -7.0, 30.0)) / 10
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    plain = rim_map(surface, away[:, 0], (ROWS, COLUMNS))
    turned = rim_map(surface, away[:, 0], (ROWS, COLUMNS), quarter)
    assert np.corrcoef(np.roll(plain, COLUMNS // 4, axis=1).ravel(), turned.ravel())[0, 1] > 0.99
