"""Clicks on one body are told from clicks on two that meet."""

import numpy as np
import pytest
from phantoms import grid

from mo_viewer.segment.one_body import of_the_same_body
from mo_viewer.volume.mask import Mask

RADIUS_MM = 8.0


def two_balls(apart_mm: float, spacing_mm: tuple[float, float, float] = (1.1, 0.8, 0.9)) -> Mask:
    stack = grid((60, 80, 80), spacing_mm)
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    away = np.min([np.linalg.norm(points - (0.0, side * apart_mm / 2, 0.0), axis=1) for side in (-1, 1)], axis=0)
    return Mask.trimmed((away <= RADIUS_MM).reshape(stack.shape), (0, 0, 0), stack)


@pytest.mark.parametrize("spacing_mm", [(1.1, 0.8, 0.9), (3.0, 0.6, 0.6), (5.0, 0.9, 0.9)])
def test_middles_of_two_balls_that_meet_are_of_two_bodies_however_near_their_rims_are_clicked(spacing_mm):
    mask = two_balls(14.5, spacing_mm)
    at = (0.0, 7.25, 0.0)
    others = [(0.0, -7.25, 0.0), (0.0, -14.0, 0.0), (0.0, 14.5, 0.0), (6.5, 8.0, 0.0), (0.0, 7.25, -7.0)]
    assert of_the_same_body(mask, at, others) == (False, False, True, True, True)


def test_one_ball_and_two_that_are_one_for_the_most_part_are_one_body():
    for apart in (0.0, 8.0):
        assert of_the_same_body(two_balls(apart), (0.0, apart / 2, 0.0), [(0.0, -apart / 2, 5.0)]) == (True,)


def test_a_point_outside_means_a_body_only_within_three_millimetres():
    mask = two_balls(0.0)
    others = [(RADIUS_MM + 2.0, 0.0, 0.0), (RADIUS_MM + 5.0, 0.0, 0.0)]
    assert of_the_same_body(mask, (0.0, 0.0, 0.0), others) == (True, False)
