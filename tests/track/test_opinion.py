import numpy as np
import pytest
from serial_limbs import FINE, FIRST, OTHERS, SECOND, limb_with_lesion, study, target_error, truth

from mo_viewer.track.cloud import rigid, turned
from mo_viewer.track.opinion import second_opinion


@pytest.mark.long
def test_intensities_confirm_a_right_transform_and_move_a_wrong_one_back():
    one = study(limb_with_lesion(3), FINE, FIRST, 1)
    two = study(limb_with_lesion(3), OTHERS["3 mm soft"], SECOND, 7)
    at, true = one.lesion_mm(), truth(FIRST, SECOND)
    assert second_opinion(one.volume, two.volume, true, at).apart_mm < 1.5
    off = true @ rigid(turned(np.radians([1.0, -1.0, 4.0])), at, at + np.array([2.0, -2.0, 3.0]))
    told = second_opinion(one.volume, two.volume, off, at)
    assert told.apart_mm > 2.0
    assert target_error(told.matrix, true, at)[0] < 0.5 * target_error(off, true, at)[0]
