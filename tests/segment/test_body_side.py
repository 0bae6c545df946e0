"""Left and right by place: two limbs, a trunk, one limb alone."""

import numpy as np
import pytest

from mo_viewer.segment.side import side_of_body
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Volume


def slices(*ellipses: tuple[float, float, float], turned: bool = False, unit: str = "HU") -> Volume:
    """Flesh in air: middles (patient x), half widths and half depths in mm; 1.5 x 1.5 mm pixels, 480 mm wide."""
    x = np.arange(320) * 1.5 - 240.0
    y = np.arange(200)[:, None] * 1.5 - 150.0
    flat = np.full((200, 320), -1000, np.int16)
    for middle, wide, deep in ellipses:
        flat[((x - middle) / wide) ** 2 + (y / deep) ** 2 <= 1] = 50
    flat[185:188] = 100
    steps = np.eye(4)
    steps[:3, 0], steps[:3, 1], steps[:3, 2] = (0, 0, 3.0), (0, 1.5, 0), (1.5, 0, 0)
    steps[:3, 3] = (-240.0, -150.0, 0.0)
    if turned:
        flat = flat[:, ::-1]
        steps[:3, 2], steps[0, 3] = (-1.5, 0, 0), 238.5
    stack = np.ascontiguousarray(np.broadcast_to(flat, (5, *flat.shape)))
    return Volume(stack, Geometry.even(stack.shape, steps, "1"), Source(Patient("k"), "1", "1.1", "CT"), unit)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("x", "side"), [(110.0, "left"), (70.0, "left"), (-110.0, "right"), (-70.0, "right")])
def test_two_legs_tell_the_side_whichever_way_the_columns_run(x: float, side: str, turned: bool) -> None:
    legs = slices((95.0, 70.0, 75.0), (-95.0, 70.0, 75.0), turned=turned)
    assert side_of_body(legs, (x, 0.0, 6.0)) == side


def test_legs_off_the_middle_of_the_table_are_told_by_each_other() -> None:
    legs = slices((150.0, 60.0, 65.0), (10.0, 60.0, 65.0))
    assert side_of_body(legs, (20.0, 0.0, 6.0)) == "right"


@pytest.mark.parametrize(("x", "side"), [(90.0, "left"), (-60.0, "right"), (4.0, "midline")])
def test_a_trunk_tells_by_its_middle(x: float, side: str) -> None:
    assert side_of_body(slices((0.0, 175.0, 110.0)), (x, 60.0, 6.0)) == side


@pytest.mark.parametrize(("x", "side"), [(40.0, "left"), (0.0, "midline"), (-40.0, "right")])
def test_an_arm_against_the_trunk_does_not_move_its_middle(x: float, side: str) -> None:
    assert side_of_body(slices((0.0, 150.0, 100.0), (-185.0, 40.0, 40.0)), (x, 0.0, 6.0)) == side


def test_one_limb_alone_and_a_body_that_is_cut_off_tell_nothing() -> None:
    assert side_of_body(slices((30.0, 75.0, 75.0)), (50.0, 0.0, 6.0)) == ""
    assert side_of_body(slices((200.0, 175.0, 110.0)), (150.0, 0.0, 6.0)) == ""
    assert side_of_body(slices((0.0, 175.0, 110.0), unit=""), (90.0, 0.0, 6.0)) == ""
