"""The curve of density by depth writes its numbers as print does."""

from types import SimpleNamespace

import numpy as np


def test_negative_densities_bear_a_true_minus_and_nothing_is_minus_nought(qapp) -> None:
    from mo_ossification.small_pictures import DepthCurve

    zones = SimpleNamespace(depths_mm=np.array([0.25, 0.75]), mean_hu=np.array([-12.3, -0.2]))
    curve = DepthCurve(zones)
    assert curve.toolTip() == "0.25 mm: −12 HU\n0.75 mm: 0 HU"
