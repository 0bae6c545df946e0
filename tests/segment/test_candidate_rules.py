"""Each rule on the traits that it is meant for, and on those that it must let pass."""

from dataclasses import replace

import numpy as np
import pytest

from mo_viewer.segment.candidate_rules import judged
from mo_viewer.segment.clusters import clusters
from mo_viewer.segment.patch import Frame, Patch
from mo_viewer.segment.traits import Traits

LESION = Traits(
    volume_mm3=2400.0,
    peak_hu=520.0,
    p90_hu=380.0,
    median_hu=260.0,
    lengths_mm=(28.0, 20.0, 18.0),
    along=0.9,
    filling=0.3,
    fragments=1,
    solid=True,
    bone_mm=(5.0, 12.0),
    depth_mm=30.0,
    outside=0.0,
    enclosed=0.0,
    cut=0.0,
    metal_mm=float("inf"),
    on_shaft=False,
    height_mm=14.0,
    size_mm=15.0,
    wall=1.0,
    end_mm=float("inf"),
)


def test_a_free_lesion_is_a_candidate() -> None:
    kind, why = judged(LESION)
    assert kind == "calcification"
    assert "28 x 20 x 18 mm" in why


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"outside": 0.9}, "outside_body"),
        ({"depth_mm": 2.0, "volume_mm3": 40.0, "peak_hu": 1900.0}, "outside_body"),
        ({"peak_hu": 3000.0}, "implant"),
        ({"metal_mm": 20.0, "p90_hu": 240.0}, "streak"),
        ({"cut": 0.4}, "native_bone"),
        ({"enclosed": 0.7}, "native_bone"),
        ({"bone_mm": (2.1, 3.1), "p90_hu": 200.0}, "native_bone"),
        ({"on_shaft": True, "bone_mm": (2.1, 3.0), "height_mm": 3.0}, "native_bone"),
        ({"on_shaft": True, "bone_mm": (2.1, 8.0), "wall": 0.3}, "native_bone"),
        ({"lengths_mm": (90.0, 14.0, 9.0)}, "native_bone"),
        ({"lengths_mm": (150.0, 60.0, 20.0), "filling": 0.04}, "native_bone"),
        ({"volume_mm3": 60_000.0, "p90_hu": 190.0, "lengths_mm": (90.0, 70.0, 40.0)}, "vessel"),
        ({"lengths_mm": (40.0, 9.0, 6.0), "p90_hu": 240.0}, "vessel"),
        ({"lengths_mm": (15.0, 6.0, 5.0), "size_mm": 7.5}, "vessel"),
        ({"volume_mm3": 120.0, "lengths_mm": (7.0, 6.0, 6.0), "size_mm": 5.0}, "phlebolith"),
        ({"volume_mm3": 150.0, "fragments": 5, "size_mm": 7.5, "lengths_mm": (20.0, 14.0, 9.0)}, "vessel"),
    ],
)
def test_what_is_no_candidate_is_named_with_a_reason(changed: dict, kind: str) -> None:
    told, why = judged(replace(LESION, **changed))
    assert told == kind
    assert why


@pytest.mark.parametrize(
    "changed",
    [
        {"on_shaft": True, "bone_mm": (2.1, 8.0)},
        {"metal_mm": 20.0},
        {"p90_hu": 150.0, "solid": False, "fragments": 9},
        {"bone_mm": (2.1, 9.0), "p90_hu": 180.0},
    ],
)
def test_a_lesion_on_bone_near_metal_or_faint_stays_a_candidate(changed: dict) -> None:
    assert judged(replace(LESION, **changed))[0] == "calcification"


def patch() -> Patch:
    return Patch(
        np.zeros((50, 50, 50), np.float32), (1.2, 1.0, 1.1), np.zeros(3), Frame(np.eye(3)), np.zeros((3, 2), bool)
    )


def ball(middle: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    z, y, x = np.indices((50, 50, 50))
    away = ((z - middle[0]) * 1.2) ** 2 + ((y - middle[1]) * 1.0) ** 2 + ((x - middle[2]) * 1.1) ** 2
    return away <= radius_mm**2


def test_fragments_are_one_cluster_over_a_gap_of_six_millimetres_and_not_over_more() -> None:
    near = ball((20, 20, 20), 2.0) | ball((20, 29, 20), 2.0)
    assert [one.fragments for one in clusters(near, patch())] == [2]
    far = ball((20, 20, 20), 2.0) | ball((20, 34, 20), 2.0)
    assert len(clusters(far, patch())) == 2


def test_what_bone_encloses_is_gathered_apart_from_what_lies_beside_it() -> None:
    inside, beside = ball((20, 18, 20), 7.0), ball((20, 34, 20), 4.0)
    both = inside | beside
    assert [len(one.index) for one in clusters(both, patch())] == [both.sum()]
    sizes = [len(one.index) for one in clusters(both, patch(), ball((20, 18, 20), 7.5))]
    assert sizes == [beside.sum(), inside.sum()]


def test_two_rounded_bodies_side_by_side_stay_two() -> None:
    pair = ball((12, 25, 25), 8.0) | ball((28, 25, 25), 8.0)
    found = clusters(pair, patch())
    assert [one.solid for one in found] == [True, True]
    assert sum(len(one.index) for one in found) == pair.sum()
