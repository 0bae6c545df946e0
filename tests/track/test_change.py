import math

import pytest
from drawn_lesions import ball, lesion

from mo_viewer.findings.lesion import Quality
from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.doubts import FRAGMENTS, OPEN_BAY
from mo_viewer.track.change import Category, Moment, change, days_between, statement
from mo_viewer.track.comparability import Comparability, Tier

COMPARABLE = Comparability(Tier.COMPARABLE)
LIMITED = Comparability(Tier.LIMITED, ("kernel differs",))
NEVER = Comparability(Tier.NOT_COMPARABLE, ("tube voltage differs (120, 100 kV)",))
FIRST = {"volume": 8000.0, "mineral_content": 2.0e6, "p95_hu": 500.0, "normalised_density": 0.60}
UP, SAME, DOWN, UNSURE = Category.INCREASE, Category.NO_CHANGE, Category.DECREASE, Category.CANNOT_TELL


def moment(study, date, *lesions):
    return Moment(study, date, lesions)


def changed(first, second, pair=COMPARABLE, days=("2024-01-01", "2024-03-01")):
    return change(moment("a", days[0], lesion("L", **first)), moment("b", days[1], lesion("L", **second)), pair)


@pytest.mark.parametrize(
    ("quantity", "factor", "pair", "limit", "category"),
    [
        ("volume", 1.149, COMPARABLE, 15.0, SAME),
        ("volume", 1.151, COMPARABLE, 15.0, UP),
        ("volume", 0.849, COMPARABLE, 15.0, DOWN),
        ("volume", 1.34, LIMITED, 35.0, SAME),
        ("volume", 1.70, LIMITED, 35.0, UP),
        ("mineral_content", 0.64, LIMITED, 35.0, DOWN),
        ("mineral_content", 2.00, COMPARABLE, 15.0, UP),
        ("p95_hu", 1.20, COMPARABLE, 15.0, UP),
        ("normalised_density", 1.10, COMPARABLE, 15.0, SAME),
    ],
)
def test_per_cent_are_held_against_the_limit_of_the_tier(quantity, factor, pair, limit, category):
    found = changed(FIRST, FIRST | {quantity: FIRST[quantity] * factor}, pair).of(quantity)
    assert found.percent == pytest.approx(100 * (factor - 1), abs=1e-9)
    assert (found.limit_percent, found.category) == (limit, category)


def test_the_rate_is_per_month_of_365_days_in_12():
    found = changed(FIRST, FIRST | {"volume": 10000.0}).of("volume")
    assert found.percent == pytest.approx(25.0)
    assert found.percent_a_month == pytest.approx(25.0 / 60 * 30.4375)
    assert changed(FIRST, FIRST, days=("2024-01-01", "2024-01-01")).of("volume").percent_a_month is None
    assert days_between("", "2024-01-01") is None


def test_two_spreads_widen_the_limit_in_quadrature_and_partly_cancel_within_one_protocol():
    first, second = {"volume": (8000.0, 2000.0)}, {"volume": (8000.0, 1600.0)}
    together = math.hypot(25.0, 20.0)
    assert changed(first, second).of("volume").limit_percent == pytest.approx(0.6 * together)
    found = changed({"volume": (8000.0, 2400.0)}, {"volume": (8000.0, 2000.0)}, LIMITED).of("volume")
    assert found.limit_percent == pytest.approx(math.hypot(30.0, 25.0))
    assert found.why == ("the measurements are uncertain",)


def test_a_small_lesion_has_the_floor_of_half_a_voxel_edge_times_its_surface():
    mask = ball(((0.0, 0.0, 0.0), 5.0))
    edge = (1.2 * 0.9 * 0.8) ** (1 / 3)
    numbers = {"volume": 500.0, "surface_mm2": 320.0, "mineral_content": 1e5}
    pair = moment("a", "2024-01-01", lesion("L", mask, **numbers)), moment("b", "2024-02-01", lesion("L", **numbers))
    found = change(*pair, COMPARABLE)
    assert found.of("volume").limit_percent == pytest.approx(100 * 0.5 * edge * 320 / 500)
    assert found.of("mineral_content").limit_percent == 15.0


def test_a_limit_beyond_forty_per_cent_is_cut_and_nothing_can_be_told():
    found = changed({"volume": (1000.0, 800.0)}, {"volume": (3000.0, 300.0)}, LIMITED).of("volume")
    assert (found.limit_percent, found.category) == (40.0, UNSURE)
    assert found.percent == pytest.approx(200.0)


def test_densities_that_are_small_against_the_repeatability_of_hu_have_wider_limits():
    weak = {"p95_hu": 150.0, "normalised_density": 0.2}
    assert changed(weak, weak).of("p95_hu").limit_percent == pytest.approx(20.0)
    assert changed(weak, weak, LIMITED).of("p95_hu").category is UNSURE
    far = changed(weak, weak | {"p95_hu": 500.0}, LIMITED).of("p95_hu")
    assert (far.category, far.limit_percent) == (UP, 40.0)
    assert changed(weak, weak).of("normalised_density").limit_percent == pytest.approx(40.0)


def test_studies_that_cannot_be_compared_give_no_percentage_but_the_reason():
    found = changed(FIRST, FIRST | {"volume": 16000.0}, NEVER)
    for quantity in found.quantities:
        assert (quantity.percent, quantity.limit_percent, quantity.category) == (None, None, UNSURE)
        assert quantity.why == NEVER.reasons
    assert found.statement == ""


def test_where_density_may_not_be_compared_sizes_still_are():
    pair = Comparability(Tier.LIMITED, ("cone-beam CT: density is not compared",), density=False)
    found = changed(FIRST, FIRST | {"volume": 16000.0, "p95_hu": 900.0}, pair)
    assert found.of("volume").category is UP
    assert found.of("p95_hu").percent is None


def test_a_warning_or_a_poor_contour_needs_more_than_forty_per_cent():
    warned = Measurement("volume", 8000.0, "mm3", warnings=("touches the border",))
    for first in (
        lesion("L", **FIRST),
        lesion("L", quality=Quality(confidence=0.3), **FIRST),
    ):
        doubtful = first.quality.confidence < 0.5
        before = moment("a", "2024-01-01", first)
        if not doubtful:
            before = moment("a", "2024-01-01", _with(first, warned))
        little = change(before, moment("b", "2024-02-01", lesion("L", volume=10000.0)), COMPARABLE).of("volume")
        much = change(before, moment("b", "2024-02-01", lesion("L", volume=12000.0)), COMPARABLE).of("volume")
        assert (little.category, little.limit_percent) == (UNSURE, 40.0)
        assert much.category is UP


@pytest.mark.parametrize("kind", [FRAGMENTS, OPEN_BAY])
def test_two_surfaces_without_a_visible_bound_share_most_of_that_doubt_and_one_alone_is_doubtful(kind):
    apart = (f"{kind}: what bounds the lesion there cannot be seen",)
    plain = moment("a", "2024-01-01", lesion("L", volume=(8000.0, 3200.0)))
    before = moment("a", "2024-01-01", _with(lesion("L"), Measurement("volume", 8000.0, "mm3", 3200.0, "", apart)))
    after = moment("b", "2024-02-01", _with(lesion("L"), Measurement("volume", 8400.0, "mm3", 3360.0, "", apart)))
    both = change(before, after, COMPARABLE).of("volume")
    assert both.limit_percent == pytest.approx(0.5 * 0.6 * 100 * math.hypot(0.4, 0.4))
    assert both.category is SAME
    assert change(plain, after, COMPARABLE).of("volume").category is UNSURE


def test_parts_are_added_before_any_percentage():
    before = moment(
        "a", "2024-01-01", lesion("L1", volume=(3000.0, 30.0), p95_hu=400.0), lesion("L2", volume=1000.0, p95_hu=800.0)
    )
    after = moment("b", "2024-02-01", lesion("L1", volume=10000.0, p95_hu=500.0))
    found = change(before, after, COMPARABLE)
    assert found.of("volume").percent == pytest.approx(150.0)
    assert found.of("p95_hu").percent == pytest.approx(0.0)


def test_contours_of_one_study_that_overlap_are_not_added():
    body = ball(((0.0, 0.0, 0.0), 6.0))
    twice = lesion("L1", body, volume=900.0), lesion("L2", body, volume=900.0)
    found = change(moment("a", "2024-01-01", *twice), moment("b", "2024-02-01", twice[0]), COMPARABLE).of("volume")
    assert (found.percent, found.category) == (None, UNSURE)
    assert found.why == ("contours of one study overlap: their sum counts twice",)


def test_a_quantity_that_one_study_lacks_is_left_out():
    found = changed(FIRST, {"volume": 8000.0})
    assert [q.quantity for q in found.quantities] == ["volume"]


def test_the_zonal_index_changes_by_a_difference_and_not_per_cent():
    found = changed({"zonal_index": 0.85}, {"zonal_index": 0.55}).of("zonal_index")
    assert (found.percent, found.category) == (None, DOWN)
    assert found.difference == pytest.approx(-0.30)


def test_twice_the_mineral_in_the_same_size_is_denser_not_larger():
    found = changed(FIRST, FIRST | {"mineral_content": 4.0e6, "p95_hu": 900.0, "normalised_density": 0.9})
    assert found.statement == "denser, not larger"


@pytest.mark.parametrize(
    ("size", "density", "words"),
    [
        (SAME, SAME, "unchanged in size and density"),
        (SAME, UP, "denser, not larger"),
        (UP, UP, "larger and denser"),
        (UP, SAME, "larger, density unchanged"),
        (DOWN, UP, "smaller, denser"),
        (UNSURE, UP, ""),
        (SAME, UNSURE, ""),
    ],
)
def test_size_and_density_are_said_in_one_sentence(size, density, words):
    assert statement({"volume": size, "p95_hu": density, "normalised_density": density}) == words


def test_a_larger_lesion_of_equal_density_is_not_called_denser_for_its_mineral():
    found = changed(FIRST, FIRST | {"volume": 16000.0, "mineral_content": 4.0e6})
    assert found.statement == "larger, density unchanged"


def _with(first, measurement):
    from dataclasses import replace

    return replace(first, measurements=(measurement, *[m for m in first.measurements if m.concept != "volume"]))
