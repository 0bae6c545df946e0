from dataclasses import replace

import numpy as np
import pytest

from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.block import muscle_block
from mo_viewer.phantom.fills import Plain, Zoned
from mo_viewer.phantom.imaged import close_up
from mo_viewer.phantom.limb import Solid
from mo_viewer.phantom.pose import AXIAL, CORONAL, SAGITTAL, Pose, turn
from mo_viewer.phantom.render import render
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Kernel, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed
from mo_viewer.phantom.thigh import thigh
from mo_viewer.phantom.truth import true_mask, truth_of

CENTRE = (6.0, -4.0, 9.0)
LESION = Solid(
    "L", Placed(Ellipsoid((10.0, 7.0, 12.0)), CENTRE, turn(20.0, -10.0, 35.0)), Zoned(2.5, 600.0, 150.0, CENTRE, 3)
)
BLOCK = muscle_block((LESION,))
POSE = Pose((4.0, -7.0, 15.0), (60.0, 12.0, -300.0))
BASE = Protocol((60, 64, 70), (0.8, 0.7), 1.1, kernel=MEDIUM, noise_hu=0.0, centre_mm=(66.0, 10.0, -291.0))
STACKS = {
    "axial": BASE,
    "sharp with overshoot": replace(BASE, kernel=SHARP),
    "thick": replace(BASE, shape=(24, 64, 70), slice_mm=3.0, kernel=SOFT),
    "overlapping": replace(BASE, slice_mm=3.0, step_mm=1.0),
    "tilted": replace(BASE, tilt_deg=18.0, shape=(60, 90, 70)),
    "sagittal": replace(BASE, directions=SAGITTAL),
    "coronal": replace(BASE, directions=CORONAL),
    "oblique": replace(BASE, directions=turn(17.0, -24.0, 31.0) @ AXIAL),
}


@pytest.mark.parametrize("protocol", STACKS.values(), ids=STACKS.keys())
def test_a_rendered_lesion_holds_its_mineral_content_its_volume_and_its_place(protocol):
    hu, geometry = render(BLOCK, protocol, POSE, fine_mm=0.15)
    truth = truth_of(BLOCK, LESION, POSE)
    weighted = (hu - 55.0) * geometry.voxel_volumes_mm3[:, None, None]
    assert weighted.sum() == pytest.approx(truth.excess_hu_mm3, rel=0.004)
    found = np.argwhere(np.abs(weighted) > 1e-3)
    share = weighted[tuple(found.T)][:, None].astype(float)
    centroid = (geometry.points_mm(found.astype(float)) * share).sum(axis=0) / share.sum()
    assert centroid == pytest.approx(
        POSE.to_patient(np.array([CENTRE]))[0], abs=1e-3 * max(1.0, protocol.slice_mm / 1.5)
    )


@pytest.mark.parametrize("name", ["tilted", "oblique"])
def test_the_mask_by_voxel_centres_has_the_true_volume(name):
    geometry = replace(STACKS[name], shape=(90, 120, 110), slice_mm=0.6, spacing_mm=(0.5, 0.4)).geometry()
    truth = truth_of(BLOCK, LESION, POSE)
    assert true_mask(LESION, POSE, geometry).volume_mm3 == pytest.approx(truth.volume_mm3, rel=0.005)


def test_the_same_seed_gives_the_same_values_and_another_seed_does_not():
    protocol = replace(BASE, shape=(6, 64, 70), noise_hu=15.0)
    limb = thigh(2)
    first, again, other = (render(limb, protocol, seed=s)[0] for s in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kernel", [SOFT, MEDIUM, SHARP], ids=lambda k: k.name)
def test_noise_has_the_asked_deviation_and_overlapping_slices_share_it(kernel):
    protocol = replace(BASE, shape=(12, 120, 110), kernel=kernel, noise_hu=14.0, slice_mm=2.0, step_mm=1.0)
    hu, _ = render(muscle_block(), protocol, seed=4)
    assert hu.std() == pytest.approx(14.0, rel=0.05)
    assert np.corrcoef(hu[3].ravel(), hu[4].ravel())[0, 1] == pytest.approx(0.5, abs=0.06)
    apart = replace(protocol, step_mm=2.0)
    hu, _ = render(muscle_block(), apart, seed=4)
    assert abs(np.corrcoef(hu[3].ravel(), hu[4].ravel())[0, 1]) < 0.06


@pytest.mark.parametrize("fwhm_mm", [0.9, 1.4, 2.0])
def test_an_edge_is_as_blurred_as_the_kernel_says(fwhm_mm):
    slab = Solid("slab", Placed(Ellipsoid((400.0, 400.0, 400.0)), (400.0, 0.0, 0.0)), Plain(1055.0))
    protocol = replace(
        BASE, shape=(3, 21, 161), spacing_mm=(0.25, 0.25), kernel=Kernel("test", fwhm_mm), centre_mm=(0, 0, 0)
    )
    hu, geometry = render(muscle_block((slab,)), protocol)
    line = np.gradient(hu[1, 10].astype(float))
    at = geometry.points_mm(np.column_stack([np.ones(161), np.full(161, 10.0), np.arange(161.0)]))[:, 0]
    width = np.sqrt((line * at**2).sum() / line.sum() - ((line * at).sum() / line.sum()) ** 2)
    gradient_own_variance = 0.25**2 / 3
    assert np.sqrt(width**2 - gradient_own_variance) * 2.3548 == pytest.approx(fwhm_mm, rel=0.05)


def test_a_lower_tube_voltage_shows_more_calcium_and_the_same_muscle():
    protocol = replace(BASE, shape=(12, 64, 70))
    usual, _ = render(BLOCK, protocol, POSE)
    lower, _ = render(BLOCK, replace(protocol, kvp=100.0), POSE)
    assert lower.max() == pytest.approx(60 + (usual.max() - 60) * 1.18, rel=0.01)
    assert lower.min() == pytest.approx(usual.min(), abs=0.5)


def test_overshoot_rings_at_edges_but_keeps_the_integral():
    ringing, geometry = render(BLOCK, replace(BASE, kernel=Kernel("ring", 0.9, overshoot=0.5)), POSE)
    assert ringing.min() < 45.0
    excess = ((ringing - 55.0) * geometry.voxel_volumes_mm3[:, None, None]).sum()
    assert excess == pytest.approx(truth_of(BLOCK, LESION, POSE).excess_hu_mm3, rel=0.004)


def test_a_thigh_shows_air_skin_fat_muscle_cortex_and_marrow():
    hu, geometry = render(
        thigh(1), Protocol((3, 230, 230), (0.8, 0.8), 1.0, kernel=SOFT, noise_hu=0.0, centre_mm=(-10, 8, 0))
    )
    at = geometry.index_of(np.array([[75.0, -75.0, 0.0], [-40.0, 35.0, 0.0], [0.0, 0.0, 0.0], [10.5, 0.0, 0.0]]))
    air, muscle, marrow, cortex = (hu[tuple(np.round(i).astype(int))] for i in at)
    assert air == pytest.approx(-1000, abs=2)
    assert muscle == pytest.approx(55, abs=15)
    assert marrow == pytest.approx(-50, abs=50)
    assert cortex == pytest.approx(1350, abs=60)
    shares = [np.mean((hu[1] > low) & (hu[1] < high)) for low, high in ((-130, -70), (30, 80), (1000, 1500))]
    assert shares[0] > 0.06
    assert shares[1] > 0.25
    assert 0.005 < shares[2] < 0.05


def test_an_acquired_volume_reads_as_the_values_that_were_rendered():
    protocol = replace(BASE, shape=(5, 64, 70), noise_hu=9.0)
    hu, geometry = render(BLOCK, protocol, POSE, 7)
    volume = acquire(BLOCK, protocol, POSE, 7)
    assert np.array_equal(volume.rescaled((0, 0, 0), geometry.shape), np.round(hu))
    assert volume.unit == "HU"
    assert len(volume.source.instances) == 5


@pytest.mark.parametrize(
    "protocol", [BASE, replace(BASE, tilt_deg=20.0), STACKS["oblique"]], ids=["axial", "tilted", "oblique"]
)
def test_a_close_up_holds_the_whole_lesion_and_the_margin_round_it(protocol):
    near = close_up(BLOCK, protocol, POSE, margin_mm=12.0)
    assert near.mask.volume_mm3 == pytest.approx(near.truth.volume_mm3, rel=0.02)
    geometry = near.volume.geometry
    index = geometry.index_of(near.surface.vertices_mm)
    far = np.minimum(index, np.array(geometry.shape) - 1 - index).min(axis=0) * geometry.spacing_mm
    assert far.min() > 8.0
    assert max(geometry.shape) < 130
