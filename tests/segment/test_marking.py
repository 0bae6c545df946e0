import subprocess
import sys

import numpy as np
import pytest
from phantoms import OBLIQUE, SAGITTAL, Phantom, ellipsoid, sphere

from mo_viewer.base.faults import Cancelled, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.mark import mark
from mo_viewer.segment.skeleton import native_bone
from mo_viewer.volume.volume import Volume

WIDE = {"shape": (56, 96, 90)}
FINE = {"noise_hu": 12.0, "psf_mm": 1.1, **WIDE}


def error(phantom: Phantom, **options) -> float:
    marked = mark(phantom.volume, [phantom.centre_mm], **options)
    return marked.surface.volume_mm3 / phantom.volume_mm3 - 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"direction": OBLIQUE},
        {"direction": SAGITTAL},
        {"tilt_deg": 15.0},
        {"steps_mm": (1.0, 1.3, 0.8)},
    ],
)
def test_the_volume_does_not_depend_on_how_the_slices_lie(options: dict) -> None:
    assert abs(error(ellipsoid((11.0, 9.0, 8.0), rim_mm=2.5, rim_hu=600.0, **FINE, **options))) < 0.04


@pytest.mark.parametrize("diameter", [9.0, 13.0, 20.0])
@pytest.mark.parametrize("hu", [160.0, 400.0, 900.0])
def test_a_solid_ball_is_as_large_as_it_is(diameter: float, hu: float) -> None:
    assert abs(error(sphere(diameter, rim_hu=hu, **FINE))) < 0.05


@pytest.mark.parametrize("slice_mm", [1.0, 2.0, 3.0])
def test_thick_slices_do_not_swell_a_lesion(slice_mm: float) -> None:
    shape = (round(60 / slice_mm), 96, 90)
    phantom = ellipsoid(
        (12.0, 10.0, 11.0), rim_mm=3.0, shape=shape, spacing_mm=(slice_mm, 0.7, 0.8), noise_hu=10.0, psf_mm=1.2
    )
    assert abs(error(phantom)) < (0.05 if slice_mm < 3 else 0.08)


def test_ripening_is_not_read_as_growth() -> None:
    states = [(170.0, 100.0), (330.0, 85.0), (950.0, 260.0)]
    sizes = [error(ellipsoid((11.0, 9.0, 10.0), rim_mm=3.0, rim_hu=r, core_hu=c, **FINE)) for r, c in states]
    assert np.ptp(sizes) < 0.05


@pytest.mark.parametrize("gap", [1.0, 2.0, 6.0])
def test_bone_beside_a_lesion_is_left_out(gap: float) -> None:
    phantom = ellipsoid(
        (11.0, 9.0, 10.0), rim_mm=2.6, rim_hu=700.0, bone_gap_mm=gap, noise_hu=12.0, psf_mm=1.1, shape=(64, 96, 120)
    )
    marked = mark(phantom.volume, [phantom.centre_mm])
    assert abs(marked.surface.volume_mm3 / phantom.volume_mm3 - 1) < 0.06
    assert not (marked.mask.full() & marked.bone.full()).any()
    touching = marked.mask.full() & ~phantom.mask.full()
    assert touching.sum() < 0.05 * phantom.mask.voxels


def test_bone_itself_is_refused() -> None:
    phantom = ellipsoid((6.0, 6.0, 6.0), bone_gap_mm=12.0, shape=(64, 96, 120))
    cortex = (6.0 + 12.0 + 2.0, 0.0, 15.0)
    with pytest.raises(Refused, match="native bone"):
        mark(phantom.volume, [cortex])


def test_the_same_lesion_is_found_from_every_click() -> None:
    phantom = ellipsoid((12.0, 9.0, 10.0), rim_mm=2.5, rim_hu=500.0, bone_gap_mm=4.0, **FINE)
    rng = np.random.default_rng(4)
    bone = native_bone(phantom.volume)
    clicks = [phantom.rim_point_mm, phantom.centre_mm, *rng.uniform(-5, 5, (2, 3))]
    sizes = [mark(phantom.volume, [tuple(c)], bone=bone).surface.volume_mm3 for c in clicks]
    assert np.ptp(sizes) / np.mean(sizes) < 0.01


def test_the_answer_does_not_depend_on_who_computed_the_skeleton() -> None:
    phantom = ellipsoid(bone_gap_mm=3.0, **FINE)
    given = mark(phantom.volume, [phantom.centre_mm], bone=native_bone(phantom.volume))
    own = mark(phantom.volume, [phantom.centre_mm])
    assert given.surface == own.surface
    assert given.mask == own.mask


def two_balls() -> Volume:
    one = ellipsoid((6.0, 6.0, 6.0), centre_mm=(-10.0, 0.0, 0.0), rim_hu=500.0, geometry=None, shape=(48, 96, 110))
    from dataclasses import replace

    other = ellipsoid((6.0, 6.0, 6.0), centre_mm=(10.0, 0.0, 0.0), rim_hu=500.0, geometry=one.volume.geometry)
    return replace(one.volume, values=np.maximum(one.volume.values, other.volume.values))


def test_two_clicks_unite_what_one_leaves_apart() -> None:
    volume = two_balls()
    one = mark(volume, [(-10.0, 0.0, 0.0)]).surface.volume_mm3
    both = mark(volume, [(-10.0, 0.0, 0.0), (10.0, 0.0, 0.0)]).surface.volume_mm3
    single = 4 / 3 * np.pi * 6.0**3
    assert one == pytest.approx(single, rel=0.06)
    assert both >= 1.9 * single


def test_a_threshold_puts_the_surface_at_that_value() -> None:
    phantom = sphere(20.0, rim_hu=800.0, **FINE)
    half, low, high = (
        mark(phantom.volume, [phantom.centre_mm], threshold_hu=t).surface.volume_mm3 for t in (None, 150.0, 650.0)
    )
    assert high < half < low


def test_shares_of_the_surface_add_up() -> None:
    phantom = ellipsoid(bone_gap_mm=1.0, **FINE)
    marked = mark(phantom.volume, [phantom.centre_mm])
    assert marked.edge_share + marked.bone_share + marked.gap_share == pytest.approx(1.0)
    assert marked.background_hu == pytest.approx(phantom.background_hu, abs=3)
    assert marked.dense.voxels <= marked.mask.voxels


@pytest.mark.parametrize("click", [(0.0, 0.0, 500.0), (np.nan, 0.0, 0.0)])
def test_a_point_outside_the_image_is_refused(click: tuple) -> None:
    with pytest.raises(Refused, match="outside"):
        mark(sphere().volume, [click])


def test_plain_muscle_is_refused() -> None:
    with pytest.raises(Refused, match="No calcification"):
        mark(sphere(12.0, rim_hu=58.0, **FINE).volume, [(0.0, 0.0, 0.0)])


def test_a_point_well_beside_the_calcification_is_refused() -> None:
    with pytest.raises(Refused, match=r"nearest lies|No calcification"):
        mark(sphere(12.0, **FINE).volume, [(17.0, 0.0, 0.0)])


def test_images_without_hounsfield_units_are_refused() -> None:
    from dataclasses import replace

    with pytest.raises(Refused, match="Hounsfield"):
        mark(replace(sphere().volume, unit=""), [(0.0, 0.0, 0.0)])


def test_no_click_is_refused() -> None:
    with pytest.raises(Refused, match="No point"):
        mark(sphere().volume, [])


def test_marking_stops_when_asked() -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Cancelled):
        mark(sphere().volume, [(0.0, 0.0, 0.0)], ticket)


def test_a_rescale_that_differs_from_slice_to_slice_changes_nothing() -> None:
    from dataclasses import replace

    phantom = sphere(16.0, rim_hu=500.0, **FINE)
    volume = phantom.volume
    shift = np.arange(volume.geometry.shape[0])
    stored = volume.values + shift[:, None, None].astype(np.int16)
    odd = replace(volume, values=stored, intercept=volume.intercept - shift)
    assert mark(odd, [phantom.centre_mm]).surface == mark(volume, [phantom.centre_mm]).surface


FIRST_CLICK = """
import sys
sys.path[:] = {path!r}
from phantoms import ellipsoid
from mo_viewer.base.ticket import Ticket
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.mark import get_ready, mark
from mo_viewer.segment.skeleton import native_bone
phantom = ellipsoid((12.0, 10.0, 11.0), rim_mm=3.0, bone_gap_mm=1.0, noise_hu=10.0, psf_mm=1.1, shape=(64, 96, 120))
bone = native_bone(phantom.volume)
get_ready(Ticket())
before = set(sys.modules)
measure(phantom.volume, mark(phantom.volume, [phantom.centre_mm], bone=bone))
print(sorted(name for name in set(sys.modules) - before if not name.startswith("mo_viewer")))
"""


def test_once_ready_the_first_click_loads_no_library() -> None:
    code = FIRST_CLICK.format(path=sys.path)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
