"""Rim on the sphere, density by depth, density classes: against phantoms and analytic shapes."""

import numpy as np
import pytest
from phantoms import ellipsoid

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.measure import density
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_lesion

FINE = {"shape": (56, 96, 130), "noise_hu": 8.0, "psf_mm": 0.9, "bone_gap_mm": 6.0}


@pytest.fixture(scope="module")
def shell():
    phantom = ellipsoid((11.0, 10.0, 10.0), rim_mm=3.0, rim_hu=800.0, core_hu=80.0, **FINE)
    lesion = read_lesion(Host(), phantom.volume, [phantom.centre_mm], Ticket(), "2.25.1", "L1")
    return phantom, lesion


def fibonacci(count: int) -> np.ndarray:
    """Unit vectors spread evenly over a sphere."""
    k = np.arange(count) + 0.5
    height, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - height**2)
    return np.column_stack([flat * np.cos(turn), flat * np.sin(turn), height])


@pytest.mark.parametrize(
    ("axis", "sign", "row", "columns"),
    [
        (2, 1, slice(0, 8), slice(None)),
        (2, -1, slice(16, 24), slice(None)),
        (0, 1, slice(11, 13), slice(22, 26)),
        (1, -1, slice(11, 13), slice(10, 14)),
    ],
)
def test_a_cap_stands_where_its_direction_is(axis: int, sign: int, row: slice, columns: slice) -> None:
    from mo_ossification.zones import CLOSED, NOT_SEEN, OPEN, on_sphere

    points = fibonacci(4000)
    closed = sign * points[:, axis] > 0.5
    cells = on_sphere(12.0 * points + (50.0, -20.0, 7.0), np.ones(len(points)), closed)
    assert (cells[row, columns] == CLOSED).mean() > 0.9
    assert not (cells == NOT_SEEN).any()
    weights = np.sin((np.arange(24) + 0.5) / 24 * np.pi)[:, None]
    share = float(((cells == CLOSED) * weights).sum() / (weights.sum() * 48))
    assert share == pytest.approx(0.25, abs=0.03)
    assert (cells == OPEN).any()


def test_both_maps_of_a_rim_have_the_same_directions_at_the_same_places() -> None:
    from mo_ossification.zones import CLOSED, on_sphere

    from mo_viewer.measure.rim import rim_map
    from mo_viewer.volume.surface import Surface

    points = fibonacci(4000)
    closed = points @ np.array([0.6, -0.64, 0.48]) > 0.5
    cells = on_sphere(points, np.ones(len(points)), closed)
    spread = rim_map(Surface(points, np.zeros((0, 3), dtype=int)), closed.astype(float), cells.shape)
    assert ((cells == CLOSED) == (spread > 0.5)).mean() > 0.95


def test_a_whole_shell_is_closed_all_round_and_dense_outside_only(shell) -> None:
    from mo_ossification.zones import CLOSED, zones_of

    phantom, lesion = shell
    zones = zones_of(lesion, phantom.volume)
    assert (zones.rim == CLOSED).mean() > 0.97
    assert zones.mean_hu[(zones.depths_mm > 1.0) & (zones.depths_mm < 2.2)].mean() == pytest.approx(800, abs=60)
    assert zones.mean_hu[zones.depths_mm > 5.0].mean() == pytest.approx(80, abs=25)


def test_classes_with_other_limits_are_counted_anew_and_hold_every_voxel_once(shell) -> None:
    from mo_ossification.bands import banded

    phantom, lesion = shell
    limits = (-200.0, 150.0, 500.0, 900.0)
    made = banded(lesion, phantom.volume, limits)
    values = density.values_in(phantom.volume, lesion.mask)
    each = lesion.mask.geometry.voxel_volumes_mm3[0]
    counted = [
        np.count_nonzero((values >= a) & (values < b)) * each for a, b in zip(limits, (*limits[1:], 1e9), strict=True)
    ]
    assert [one.volume_mm3 for one in made.class_volumes] == pytest.approx(counted)
    assert sum(counted) == pytest.approx(lesion.mask.volume_mm3)
    assert [one.from_hu for one in made.class_volumes] == list(limits)


@pytest.mark.parametrize(
    "text", ["", "100", "100, 200, 400", "400, 200, 100, 700", "a, b, c, d", "100,200,nan,700", "1,2,3,9999"]
)
def test_limits_that_make_no_classes_are_refused(text: str) -> None:
    from mo_ossification.bands import read_limits

    with pytest.raises(Refused, match="4 rising"):
        read_limits(text)


def test_limits_are_read_as_they_are_written() -> None:
    from mo_ossification.bands import limits_of, read_limits

    classes = density.classes(np.array([150.0]), np.array([1.0]))
    assert read_limits(limits_of(classes)) == (100.0, 200.0, 400.0, 700.0)
    assert read_limits("120;250; 380 ;650") == (120.0, 250.0, 380.0, 650.0)


def test_every_site_is_offered_once_and_found_by_its_other_names() -> None:
    from mo_ossification.details import site_entries

    words = [text for text, _ in site_entries()]
    assert len(words) == len(set(words))
    for wanted in ("rider's bone", "Prussian's disease", "brachialis", "gluteus", "Chest wall", "intercostal", "Other"):
        assert any(wanted.lower() in text.lower() for text in words), wanted
