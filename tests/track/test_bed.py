import numpy as np
import pytest
from drawn_lesions import MOVED, ball
from phantoms import MUSCLE_HU, as_volume, grid, sphere

from mo_viewer.segment.skeleton import native_bone
from mo_viewer.track.bed import SURE_NECK_MM, Bed, bodies, calcified_share, starts_in
from mo_viewer.volume.mask import Mask

FAR = np.array([0.0, 0.0, 22.0])


@pytest.fixture(scope="module")
def known():
    return sphere(16.0)


def bed(phantom, shift=(0.0, 0.0, 0.0)):
    """The phantom's own place as a lesion of another study that lay elsewhere."""
    matrix = np.eye(4)
    matrix[:3, 3] = shift
    return Bed.of(ball((tuple(np.array(phantom.centre_mm) - shift), 8.0)), matrix)


def test_what_is_calcified_in_a_bed_is_found_and_nothing_in_plain_muscle(known):
    [place] = starts_in(known.volume, bed(known, (3.0, 1.0, -2.0)))
    assert np.linalg.norm(np.array(place) - known.centre_mm) <= 8.0
    empty = as_volume(np.full((40, 64, 56), MUSCLE_HU) + np.random.default_rng(1).normal(0, 12, (40, 64, 56)), grid())
    assert starts_in(empty, bed(known)) == []


def test_what_is_marked_already_is_no_start_again(known):
    marked = ball((tuple(known.centre_mm), 8.0))
    assert starts_in(known.volume, bed(known), [marked]) == []


def test_how_much_of_a_bed_is_calcified_is_told(known):
    assert calcified_share(known.volume, bed(known), native_bone(known.volume)) > 0.5
    empty = as_volume(np.full((40, 64, 56), MUSCLE_HU), grid())
    assert calcified_share(empty, bed(known), native_bone(empty)) == 0.0


def test_a_bed_knows_which_contours_lie_in_it_and_which_stack_shows_it(known):
    here = Bed.of(ball(((0.0, 0.0, 0.0), 8.0)), MOVED)
    assert here.holds(ball(((0.0, 2.0, 0.0), 6.0), matrix=MOVED))
    assert not here.holds(ball((tuple(FAR), 6.0), matrix=MOVED))
    assert bed(known).lies_in(known.volume.geometry)
    assert not bed(known).lies_in(known.volume.geometry.crop((0, 0, 0), (8, 20, 20)))


def test_bodies_that_lie_apart_are_told_from_islands():
    two = bodies(ball(((0.0, 0.0, 0.0), 8.0), (tuple(FAR), 7.0)))
    assert [np.linalg.norm(np.array(place) - middle) < 2.0 for place, middle in zip(two, (0 * FAR, FAR), strict=True)]
    assert len(two) == 2
    assert len(bodies(ball(((0.0, 0.0, 0.0), 8.0), (tuple(FAR), 3.0)))) == 1
    nothing = Mask(np.zeros((0, 0, 0), dtype=bool), (0, 0, 0), grid())
    assert bodies(nothing) == []


def test_a_neck_of_a_voxel_joins_no_bodies_but_a_bridge_does():
    apart = (((0.0, 0.0, -9.5), 8.0), ((0.0, 0.0, 9.5), 8.0))
    neck = [((0.0, 0.0, z), 1.3) for z in (-1.5, 0.0, 1.5)]
    bridge = [((0.0, 0.0, z), 5.0) for z in (-4.0, 0.0, 4.0)]
    assert [len(bodies(ball(*apart, *some))) for some in (neck, bridge)] == [2, 1]
    assert len(bodies(ball(*apart, *bridge), SURE_NECK_MM)) == 1


def test_a_plate_that_is_nowhere_thick_is_one_body():
    assert len(bodies(ball(*[((0.0, 2.0 * i, 2.0 * j), 1.6) for i in range(9) for j in range(9)]))) == 1
