import numpy as np
import pytest
from drawn_lesions import MOVED, ball, lesion, registration

from mo_viewer.track.identity import grouped
from mo_viewer.track.meeting import meeting

A, B = (0.0, 0.0, 0.0), (0.0, 4.0, 21.0)


def names(groups):
    return [(tuple(x.tracking_uid for x in g.before), tuple(x.tracking_uid for x in g.after)) for g in groups]


def group(before, after):
    first = [lesion(f"a{i}", ball(*balls)) for i, balls in enumerate(before)]
    second = [lesion(f"b{i}", ball(*balls, matrix=MOVED)) for i, balls in enumerate(after)]
    return grouped(first, second, registration("one", "two"))


CASES = {
    "the same lesion": ([[(A, 8)]], [[(A, 8)]], [(("a0",), ("b0",))]),
    "grown": ([[(A, 6)]], [[(A, 9)]], [(("a0",), ("b0",))]),
    "two that stay two": ([[(A, 8)], [(B, 8)]], [[(B, 8)], [(A, 8)]], [(("a0",), ("b1",)), (("a1",), ("b0",))]),
    "two that stay two though they nearly touch": (
        [[(A, 8)], [((0.0, 0.0, 18.0), 8)]],
        [[(A, 8)], [((0.0, 0.0, 18.0), 8)]],
        [(("a0",), ("b0",)), (("a1",), ("b1",))],
    ),
    "one new": ([[(A, 8)]], [[(A, 8)], [(B, 5)]], [(("a0",), ("b0",)), ((), ("b1",))]),
    "one gone": ([[(A, 8)], [(B, 5)]], [[(A, 8)]], [(("a0",), ("b0",)), (("a1",), ())]),
    "merged": ([[(A, 8)], [(B, 7)]], [[(A, 8), (B, 7), ((0.0, 2.0, 10.0), 7)]], [(("a0", "a1"), ("b0",))]),
    "split": ([[(A, 8), (B, 7), ((0.0, 2.0, 10.0), 7)]], [[(A, 8)], [(B, 7)]], [(("a0",), ("b0", "b1"))]),
    "moved by 2 mm within the registration's error": ([[(A, 3)]], [[((0.0, 0.0, 7.5), 3)]], [(("a0",), ("b0",))]),
    "far apart": ([[(A, 5)]], [[(B, 5)]], [(("a0",), ()), ((), ("b0",))]),
    "nothing before": ([], [[(A, 5)]], [((), ("b0",))]),
    "a new one close beside an old one": (
        [[(A, 8)]],
        [[(A, 8)], [((0.0, 0.0, 15.0), 4)]],
        [(("a0",), ("b0",)), ((), ("b1",))],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_contours_are_grouped_whatever_the_pose(case):
    before, after, expected = CASES[case]
    assert sorted(names(group(before, after))) == sorted(expected)


def test_a_split_off_part_that_shares_nothing_is_a_part_when_the_volumes_add_up():
    whole = ball((A, 8))
    parts = lesion("b0", ball((A, 7.6), matrix=MOVED)), lesion("b1", ball(((0.0, 0.0, 15.0), 4.2), matrix=MOVED))
    assert names(grouped([lesion("a0", whole)], parts, registration("one", "two"))) == [(("a0",), ("b0", "b1"))]


def test_overlap_is_the_shared_volume_over_the_smaller_and_the_gap_is_between_surfaces():
    overlap, gap = meeting(ball((A, 8)), ball((A, 5), matrix=MOVED), MOVED)
    assert (overlap, gap) == (pytest.approx(1.0, abs=0.02), 0.0)
    overlap, gap = meeting(ball((A, 6)), ball(((0.0, 0.0, 16.0), 6), matrix=MOVED), MOVED)
    assert overlap == 0.0
    assert gap == pytest.approx(4.0, abs=0.8)
    half, _ = meeting(ball((A, 8)), ball(((8.0, 0.0, 0.0), 8), matrix=MOVED), MOVED)
    assert half == pytest.approx(5 / 16, abs=0.03)


def test_contours_that_bear_one_tracking_uid_belong_together_wherever_they_lie():
    first, second = lesion("same", ball((A, 5))), lesion("same", ball((B, 5), matrix=MOVED))
    assert names(grouped([first], [second], registration("one", "two"))) == [(("same",), ("same",))]


def test_a_lesion_without_a_mask_stands_alone():
    found = grouped([lesion("a0")], [lesion("b0", ball((A, 5)))], registration("one", "two", np.eye(4)))
    assert names(found) == [(("a0",), ()), ((), ("b0",))]


def test_links_say_what_they_rest_on():
    (found,) = group([[(A, 8)]], [[(A, 8)]])
    assert found.links[0].overlap > 0.95
    assert found.evidence == (f"{100 * found.links[0].overlap:.0f} % of the smaller contour lies in the other",)


def test_shares_of_large_contours_are_those_of_all_their_voxels_and_distances_are_exact():
    one, two = ball((A, 19)), ball(((6.0, 3.0, 8.0), 17), matrix=MOVED)
    inverse = np.linalg.inv(MOVED)
    back = two.points_mm() @ inverse[:3, :3].T + inverse[:3, 3]
    there = one.points_mm() @ MOVED[:3, :3].T + MOVED[:3, 3]
    true = 0.5 * (share(there, two) * one.volume_mm3 + share(back, one) * two.volume_mm3) / two.volume_mm3
    assert min(one.voxels, two.voxels) > 20000
    assert meeting(one, two, MOVED)[0] == pytest.approx(true, abs=0.01)
    far = ball(((20.0, 9.0, 28.0), 9), matrix=MOVED)
    near = ball((A, 14))
    away = there_to(near, far)
    edge = np.mean(near.geometry.spacing_mm)
    assert meeting(near, far, MOVED) == (0.0, pytest.approx(away - edge, abs=1e-6))


def share(points, mask):
    at = np.rint(mask.geometry.index_of(points)).astype(int)
    full = np.pad(mask.full(), 1)
    return full[tuple(np.clip(at + 1, 0, np.array(full.shape) - 1).T)].mean()


def there_to(one, two):
    here = one.points_mm() @ MOVED[:3, :3].T + MOVED[:3, 3]
    return min(np.linalg.norm(two.points_mm() - point, axis=1).min() for point in here)
