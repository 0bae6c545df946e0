import math
from itertools import pairwise

import pytest
from drawn_lesions import CT, lesion, timepoint

from mo_viewer.findings.lesion import Lesion
from mo_viewer.track.change import Moment, change
from mo_viewer.track.clock import pace, stability
from mo_viewer.track.comparability import Comparability, Tier

COMPARABLE = Comparability(Tier.COMPARABLE)


def at(study: str, date: str, volume: float, density: float = 0.6, **other):
    return timepoint(study, date, lesion("L", volume=volume, normalised_density=density), **other)


def changes(*volumes_and_dates: tuple[float, str]):
    moments = [Moment(str(i), d, (_of(v),)) for i, (v, d) in enumerate(volumes_and_dates)]
    return [change(a, b, COMPARABLE) for a, b in pairwise(moments)]


def _of(volume: float) -> Lesion:
    return lesion("L", volume=volume)


def test_stability_counts_from_the_earliest_study_that_agrees_with_the_latest():
    studies = [at("1", "2024-01-01", 4000), at("2", "2024-03-01", 8000), at("3", "2024-05-01", 8200)]
    found = stability("L", [*studies, at("4", "2024-08-01", 8100)])
    assert (found.stable, found.since, found.days) == (True, "2024-03-01", 153)
    assert found.missing == ("2024-01-01: the size was different",)


def test_small_steps_that_add_up_are_not_stable():
    studies = [at(str(i), f"2024-0{i + 1}-01", 8000 * 1.1**i) for i in range(4)]
    found = stability("L", studies)
    assert (found.stable, found.days) == (False, 31)


def test_equal_size_with_another_density_is_not_stable():
    found = stability("L", [at("1", "2024-01-01", 8000, 0.3), at("2", "2024-06-01", 8000, 0.7)])
    assert not found.stable
    assert found.missing[0] == "2024-01-01: the density was different"


def test_what_is_missing_is_said():
    assert stability("L", [at("1", "2024-01-01", 8000)]).missing == ("only one study shows the lesion",)
    soon = stability("L", [at("1", "2024-01-01", 8000), at("2", "2024-02-01", 8000)])
    assert soon.missing == ("seen unchanged for 31 days, 56 are needed",)
    grown = stability("L", [at("1", "2024-01-01", 2000), at("2", "2024-06-01", 8000)])
    assert grown.missing[-1] == "not yet seen unchanged (56 days are needed)"
    from dataclasses import replace

    other = at("2", "2024-06-01", 8000, acquisition=replace(CT, kvp=80.0))
    found = stability("L", [at("1", "2024-01-01", 8000), other])
    assert found.missing[0].startswith("2024-01-01: not comparable: tube voltage differs")


def test_doubling_time_needs_two_intervals_beyond_the_limit():
    assert pace(changes((1000, "2024-01-01"), (2000, "2024-03-01"))) is None
    found = pace(changes((1000, "2024-01-01"), (2000, "2024-03-01"), (4000, "2024-04-30")))
    assert found.doubling
    assert found.days == pytest.approx(60.0)
    assert pace(changes((1000, "2024-01-01"), (2000, "2024-03-01"), (2100, "2024-04-30"))) is None
    assert pace(changes((1000, "2024-01-01"), (2000, "2024-03-01"), (1200, "2024-04-30"))) is None


def test_halving_time_is_the_same_downwards():
    found = pace(changes((4000, "2024-01-01"), (3000, "2024-03-01"), (2000, "2024-04-30")))
    assert not found.doubling
    assert found.days == pytest.approx(120 * math.log(2) / math.log(2))
    assert found.months == pytest.approx(120 / 30.4375)
