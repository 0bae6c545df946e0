import numpy as np
import pytest
from drawn_lesions import MOVED

from mo_viewer.base.faults import Misuse, Refused
from mo_viewer.findings.plain import from_plain, to_plain
from mo_viewer.findings.registration import Registration, Verdict, composed, inverse_of
from mo_viewer.track.manual import from_drag, from_points

POINTS = ((0.0, 0.0, 0.0), (40.0, 3.0, 0.0), (5.0, 30.0, 12.0), (-10.0, 8.0, 35.0))


def same(points):
    return [tuple(MOVED[:3, :3] @ np.array(p) + MOVED[:3, 3]) for p in points]


@pytest.mark.parametrize("count", [3, 4])
def test_pairs_of_points_give_the_rigid_transform_and_must_be_checked(count):
    found = from_points("a", "b", POINTS[:count], same(POINTS[:count]))
    assert found.matrix == pytest.approx(MOVED, abs=1e-9)
    assert (found.verdict, found.residual_mm) == (Verdict.CHECK, pytest.approx(0.0, abs=1e-9))


def test_points_in_a_row_few_points_and_other_places_are_not_taken():
    row = [(0.0, 0.0, float(z)) for z in (0, 10, 25)]
    with pytest.raises(Refused, match="one line"):
        from_points("a", "b", row, same(row))
    with pytest.raises(Misuse):
        from_points("a", "b", POINTS[:2], same(POINTS[:2]))
    with pytest.raises(Refused, match="not the same places"):
        from_points("a", "b", POINTS, [tuple(1.3 * np.array(p)) for p in same(POINTS)])


def test_mirrored_points_do_not_make_a_mirror():
    mirrored = [(-x, y, z) for x, y, z in POINTS]
    assert np.linalg.det(from_points("a", "b", POINTS, mirrored).matrix[:3, :3]) == pytest.approx(1.0)


def test_only_a_turn_and_a_shift_can_be_dragged():
    assert from_drag("a", "b", MOVED).verdict is Verdict.CHECK
    with pytest.raises(Misuse):
        from_drag("a", "b", np.diag([1.1, 1.0, 1.0, 1.0]))
    with pytest.raises(Misuse):
        from_drag("a", "b", np.diag([-1.0, 1.0, 1.0, 1.0]))


def test_a_registration_survives_storage_without_loss():
    found = from_points("a", "b", POINTS, same(POINTS))
    blobs: dict[str, bytes] = {}
    assert from_plain(Registration, to_plain(found, blobs), blobs) == found


def test_there_and_back_is_nowhere_and_a_chain_is_as_good_as_its_worst_link():
    there = from_points("a", "b", POINTS, same(POINTS))
    assert composed(there, inverse_of(there)).matrix == pytest.approx(np.eye(4), abs=1e-9)
    failed = Registration("b", "c", Verdict.FAILED)
    chain = composed(there, failed)
    assert (chain.from_study, chain.to_study, chain.verdict, chain.matrix_lps) == ("a", "c", Verdict.FAILED, None)
    assert inverse_of(failed).from_study == "c"
