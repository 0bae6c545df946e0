import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from phantoms import OBLIQUE, ellipsoid, sphere
from scipy.spatial import ConvexHull

from mo_viewer.base.faults import Cancelled
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure import spread
from mo_viewer.measure.lesion import Measured, measure
from mo_viewer.measure.quality import confidence
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.fills import Zoned
from mo_viewer.phantom.imaged import close_up
from mo_viewer.phantom.scanner import SOFT, Protocol
from mo_viewer.segment import edge
from mo_viewer.segment.edge import slices_lacking
from mo_viewer.segment.expected import Slices
from mo_viewer.segment.mark import mark
from mo_viewer.segment.mesh import Mesh
from mo_viewer.segment.voxels import inside_of

UNITS = {
    "volume": "mm3", "dense_volume": "mm3", "threshold_volume": "mm3", "mean_hu": "HU", "voxel_mean_hu": "HU",
    "median_hu": "HU",
    "p95_hu": "HU", "max_hu": "HU", "sd_hu": "HU", "background_hu": "HU", "mineral_content": "HU.mm3",
    "cortex_hu": "HU", "normalised_density": "1", "mineralised_fraction": "1", "rim_hu": "HU", "core_hu": "HU",
    "rim_minus_core_hu": "HU", "zonal_index": "1", "rim_coverage": "1", "margin_width_mm": "mm",
    "long_axis_mm": "mm", "short_axis_mm": "mm", "max_diameter_mm": "mm", "surface_mm2": "mm2", "sphericity": "1",
    "gap_to_bone_mm": "mm", "bone_contact_mm2": "mm2",
}  # fmt: skip
BESIDE_BONE = {"rim_mm": 3.0, "rim_hu": 600.0, "bone_gap_mm": 4.0, "noise_hu": 10.0, "psf_mm": 1.1}


def measured(phantom, **options) -> Measured:
    marked = mark(phantom.volume, [phantom.centre_mm], **options)
    return measure(phantom.volume, marked)


def value(found: Measured, concept: str) -> float:
    return next(m.value for m in found.measurements if m.concept == concept)


@pytest.fixture(scope="module")
def thin():
    phantom = ellipsoid((11.0, 9.0, 10.0), shape=(64, 96, 120), spacing_mm=(1.0, 0.7, 0.8), **BESIDE_BONE)
    return phantom, measured(phantom)


def test_every_number_of_the_contract_is_given_with_its_unit_and_spread(thin) -> None:
    _, found = thin
    assert {m.concept: m.unit for m in found.measurements} == UNITS
    assert not found.refused
    assert all(m.method and m.spread is not None and m.spread >= 0 and np.isfinite(m.value) for m in found.measurements)


def test_numbers_are_those_of_the_truth(thin) -> None:
    phantom, found = thin
    assert value(found, "volume") == pytest.approx(phantom.volume_mm3, rel=0.05)
    assert value(found, "mean_hu") == pytest.approx(phantom.mean_hu, rel=0.05, abs=15)
    assert value(found, "max_diameter_mm") == pytest.approx(phantom.max_diameter_mm, abs=1.0)
    assert (value(found, "long_axis_mm"), value(found, "short_axis_mm")) == pytest.approx(
        phantom.axial_axes_mm, abs=1.0
    )
    assert value(found, "mineral_content") == pytest.approx(phantom.excess_hu_mm3, rel=0.06)
    assert value(found, "gap_to_bone_mm") == pytest.approx(4.0, abs=0.7)
    assert value(found, "background_hu") == pytest.approx(phantom.background_hu, abs=3)
    assert value(found, "zonal_index") > 0.5
    assert value(found, "rim_coverage") > 0.9


def test_the_spread_of_the_volume_holds_the_truth(thin) -> None:
    phantom, found = thin
    volume = next(m for m in found.measurements if m.concept == "volume")
    assert abs(volume.value - phantom.volume_mm3) < volume.spread < 0.12 * volume.value
    assert any("voxel count" in note for note in volume.notes)


def test_hu_statistics_can_be_recomputed_from_the_mask(thin) -> None:
    phantom, found = thin
    marked = mark(phantom.volume, [phantom.centre_mm])
    hu = phantom.volume.rescaled((0, 0, 0), phantom.volume.geometry.shape)[marked.mask.full()]
    assert value(found, "voxel_mean_hu") == pytest.approx(hu.mean(), abs=1e-3)
    assert value(found, "p95_hu") == pytest.approx(np.percentile(hu, 95), abs=1e-3)
    assert value(found, "threshold_volume") == pytest.approx(
        (hu > 200).sum() * marked.mask.volume_mm3 / marked.mask.voxels
    )


def test_the_mean_is_that_of_the_body_and_not_of_its_blurred_voxels(thin) -> None:
    phantom, found = thin
    content, size, muscle = (value(found, name) for name in ("mineral_content", "volume", "background_hu"))
    assert value(found, "mean_hu") == pytest.approx(muscle + content / size)
    assert value(found, "mean_hu") == pytest.approx(phantom.mean_hu, rel=0.03)
    assert value(found, "voxel_mean_hu") < 0.95 * phantom.mean_hu
    mean = next(m for m in found.measurements if m.concept == "mean_hu")
    assert abs(mean.value - phantom.mean_hu) < mean.spread < 0.12 * mean.value


def test_above_a_threshold_of_the_reader_the_mean_is_that_of_the_voxels() -> None:
    found = measured(sphere(16.0, shape=(48, 80, 76)), threshold_hu=200.0)
    assert value(found, "mean_hu") == value(found, "voxel_mean_hu")


def test_mesh_and_voxel_volume_agree(thin) -> None:
    phantom, found = thin
    marked = mark(phantom.volume, [phantom.centre_mm])
    assert marked.mask.volume_mm3 == pytest.approx(value(found, "volume"), rel=0.02)


def test_thick_slices_refuse_rim_and_core_with_the_reason() -> None:
    phantom = ellipsoid(
        (11.0, 9.0, 10.0), shape=(22, 90, 84), spacing_mm=(3.0, 0.8, 0.8), rim_mm=3.0, noise_hu=8.0, psf_mm=1.2
    )
    found = measured(phantom)
    refused = {r.concept: r.reason for r in found.refused}
    assert {"rim_hu", "core_hu", "rim_minus_core_hu", "zonal_index"} <= set(refused)
    assert "thicker than 1.5 mm" in refused["zonal_index"]


def test_without_bone_what_needs_it_is_refused() -> None:
    refused = {r.concept: r.reason for r in measured(sphere(16.0, shape=(48, 80, 76))).refused}
    assert {"cortex_hu", "normalised_density", "gap_to_bone_mm", "bone_contact_mm2"} <= set(refused)
    assert "within 17 mm" in refused["gap_to_bone_mm"]


@pytest.mark.parametrize(("gap_mm", "is_apart"), [(4.0, True), (0.6, False)])
def test_far_from_bone_contact_is_none_for_sure_and_near_it_in_doubt(gap_mm: float, is_apart: bool) -> None:
    phantom = ellipsoid(
        (9.0, 8.0, 8.0), shape=(44, 90, 110), spacing_mm=(1.0, 0.7, 0.8), **{**BESIDE_BONE, "bone_gap_mm": gap_mm}
    )
    found = {m.concept: m for m in measured(phantom).measurements}
    contact, gap = found["bone_contact_mm2"], found["gap_to_bone_mm"]
    assert (gap.value - (gap.spread or 0.0) > 1.0) is is_apart
    assert (contact.spread == 0.0) is is_apart
    assert (contact.value == 0.0) is is_apart
    assert ("none" in " ".join(contact.notes)) is is_apart


def test_every_contract_number_is_either_measured_or_refused() -> None:
    for phantom in (sphere(10.0, shape=(48, 80, 76)), ellipsoid(shape=(24, 80, 76), spacing_mm=(2.5, 0.8, 0.7))):
        found = measured(phantom)
        assert {m.concept for m in found.measurements} | {r.concept for r in found.refused} == set(UNITS)
        assert not {m.concept for m in found.measurements} & {r.concept for r in found.refused}


def test_a_small_lesion_is_warned_about() -> None:
    found = measured(sphere(6.5, rim_hu=600.0, shape=(48, 80, 76), spacing_mm=(0.8, 0.6, 0.7)))
    volume = next(m for m in found.measurements if m.concept == "volume")
    assert any("smaller than 8 mm" in w for w in volume.warnings)


def test_a_named_threshold_stands_in_the_method() -> None:
    found = measured(sphere(18.0, rim_hu=700.0, shape=(48, 80, 76)), threshold_hu=260.0)
    methods = {m.concept: m.method for m in found.measurements}
    assert "260 HU" in methods["volume"]
    assert "260 HU" in methods["threshold_volume"]


def test_numbers_do_not_depend_on_the_direction_of_the_slices() -> None:
    options = {"shape": (60, 100, 96), "rim_mm": 3.0, "noise_hu": 8.0, "psf_mm": 1.0}
    straight, turned = (measured(ellipsoid((11.0, 9.0, 10.0), **options, **o)) for o in ({}, {"direction": OBLIQUE}))
    for concept, share in (("volume", 0.03), ("mineral_content", 0.05), ("max_diameter_mm", 0.04), ("mean_hu", 0.04)):
        assert value(turned, concept) == pytest.approx(value(straight, concept), rel=share)


def test_metal_near_the_lesion_is_said() -> None:

    phantom = sphere(14.0, rim_hu=500.0, shape=(48, 96, 90))
    values = phantom.volume.values.copy()
    values[20:26, 5:9, 5:9] = 3200 + 1024
    volume = replace(phantom.volume, values=values)
    found = measure(volume, mark(volume, [phantom.centre_mm]))
    assert found.quality.metal
    assert any("metal" in w for w in found.quality.warnings)


def test_confidence_falls_with_gaps_and_thick_slices() -> None:
    assert confidence(1.0, 0.0, 0.0, 1.0, False) == 1.0
    assert confidence(0.6, 0.0, 0.4, 1.0, False) < 0.8
    assert confidence(1.0, 0.0, 0.0, 5.0, False) < 0.9


def test_the_spread_grows_with_slices_and_gaps() -> None:
    assert spread.edge_shift(1.0, 0.0) < spread.edge_shift(3.0, 0.0) < spread.edge_shift(3.0, 0.3)


def test_the_spread_grows_with_thin_walls_and_few_slices() -> None:
    assert spread.edge_shift(1.0, 0.0) < spread.edge_shift(1.0, 0.0, 0.0, wall_doubt_mm=0.1)
    assert spread.edge_shift(5.0, 0.0, hidden_mm=0.2) == pytest.approx(spread.edge_shift(5.0, 0.0) + 0.2)
    assert spread.edge_shift(5.0, 0.1, slices=2.0) == pytest.approx(1.5 * spread.edge_shift(5.0, 0.1, slices=6.0))
    assert spread.few_slices(9.0) == 1.0
    assert spread.few_slices(2.0) == pytest.approx(1.5)
    assert spread.few_slices(1.0) == spread.few_slices(0.5) == 1.75


def test_the_spread_of_a_cloud_is_that_of_what_bounds_it_or_of_its_gaps_whichever_is_larger() -> None:
    cloud, gaps = spread.edge_shift(1.0, 0.1, patchy=1.0), spread.edge_shift(1.0, 0.9)
    assert cloud == pytest.approx(spread.edge_shift(1.0, 0.0) + spread.EDGE_OF_CLOUD_MM)
    assert spread.edge_shift(1.0, 0.9, patchy=1.0) == pytest.approx(gaps)
    assert gaps > cloud


def test_the_body_that_holds_fragments_may_be_their_hull_and_more_where_the_surface_follows_each_of_them() -> None:
    near = spread.of_cloud(1000.0, 1050.0, 500.0)
    assert near == pytest.approx(spread.EDGE_OF_CLOUD_MM * 500.0)
    assert spread.of_cloud(1000.0, 2000.0, 500.0) == pytest.approx(1000.0 + spread.BEYOND_MM * 500.0)
    assert near < spread.of_cloud(1000.0, 1400.0, 500.0) < spread.of_cloud(1000.0, 1500.0, 500.0)


def test_a_hollow_lesion_few_slices_high_is_warned_of_and_held_by_its_spread() -> None:
    assert spread.of_low(3.0, 5.0) == 0.0 < spread.of_low(1.0, 3.6) < spread.of_low(3.0, 3.6) < spread.of_low(3.0, 3.0)
    image = close_up(situation("small_shell", 7303), Protocol((64, 64, 64), (0.8, 0.8), 3.0, kernel=SOFT, noise_hu=9.0))
    found = measure(image.volume, mark(image.volume, [image.truth.rim_points_mm[0]]))
    volume = next(m for m in found.measurements if m.concept == "volume")
    assert volume.warnings
    assert 0.12 * volume.value < abs(volume.value - image.truth.volume_mm3) <= volume.spread


@pytest.mark.parametrize(("spanned", "lacking"), [(9.0, 0.0), (5.0, 0.0), (4.2, 0.8), (3.0, 2.0), (1.0, 2.0)])
def test_what_few_slices_span_lacks_so_many_for_size_and_wall_alike(spanned: float, lacking: float) -> None:
    assert slices_lacking(spanned) == pytest.approx(lacking)
    assert spread.of_low(2.0, spanned) == pytest.approx(spread.OF_SLICE * 2.0 * lacking)
    mesh = Mesh(np.array([[0.0, 0, 0], [2.0 * spanned, 1, 0], [0, 0, 1.0]]), np.array([[0, 1, 2]]), None)
    slices = Slices(np.arange(3.0), 2.0, False)
    assert edge._between_slices(mesh, slices) == pytest.approx(edge.HIDDEN_OF_SLICE * 2.0 * lacking)


def of_fragments(name: str, seed: int, slice_mm: float) -> tuple[Measurement, float]:
    protocol = Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=SOFT, noise_hu=10.0)
    image = close_up(situation(name, seed), protocol, seed=seed)
    marked = mark(image.volume, [image.truth.rim_points_mm[0]])
    volume = next(m for m in measure(image.volume, marked).measurements if m.concept == "volume")
    return volume, image.truth.volume_mm3


@pytest.mark.parametrize("seed", [41, 42, 43])
def test_a_body_of_few_fragments_is_warned_of_and_held_by_its_spread(seed: int) -> None:
    volume, true = of_fragments("sparse_fragments", seed, 1.5)
    assert any("separate fragments" in warning and "cm3" in warning for warning in volume.warnings)
    assert abs(volume.value - true) <= (volume.spread or 0.0)


@pytest.mark.parametrize("seed", [41, 42, 43])
def test_fragments_that_surround_their_body_tell_its_size_and_that_it_is_of_fragments_stays_said(seed: int) -> None:
    volume, true = of_fragments("fragment_cloud", seed, 1.5)
    assert any("separate fragments" in said and "cm3" in said for said in (*volume.warnings, *volume.notes))
    assert volume.value == pytest.approx(true, rel=0.12)
    assert abs(volume.value - true) <= (volume.spread or 0.0) < 0.35 * volume.value


def test_a_body_of_fragments_in_thick_slices_is_warned_of_and_held_by_its_spread() -> None:
    volume, true = of_fragments("fragment_cloud", 41, 4.0)
    assert any("separate fragments" in warning for warning in volume.warnings)
    assert abs(volume.value - true) <= (volume.spread or 0.0)


def test_fragments_surround_a_body_where_gaps_are_few_the_hull_is_near_and_slices_are_thin() -> None:
    assert spread.surrounded(0.30, 1.0, 1.0) == 1.0
    assert spread.surrounded(0.50, 1.0, 1.5) == spread.surrounded(0.40, 1.0, 3.0) == 1.0
    assert spread.surrounded(0.55, 1.0, 1.0) == spread.surrounded(0.45, 1.0, 3.0) == 0.0
    assert spread.surrounded(0.3, 12.0, 1.0) == spread.surrounded(0.3, 1.0, 4.0) == 0.0
    assert 0.0 < spread.surrounded(0.47, 1.04, 2.25) < spread.surrounded(0.47, 1.0, 2.25) < 1.0
    assert spread.edge_of_cloud(0.0) == spread.EDGE_OF_CLOUD_MM > spread.EDGE_SURROUNDED_MM
    assert spread.edge_of_cloud(1.0) == pytest.approx(spread.EDGE_SURROUNDED_MM)
    assert spread.of_cloud(1000.0, 1000.0, 500.0, 1.0) == pytest.approx(500.0 * spread.EDGE_SURROUNDED_MM)
    assert spread.of_cloud(1000.0, 2000.0, 500.0, 1.0) == spread.of_cloud(1000.0, 2000.0, 500.0)


@pytest.mark.parametrize(("seed", "where", "beside"), [(7502, "arm", "muscle"), (8605, "thigh", "fat")])
def test_an_open_bay_that_reads_like_what_is_outside_is_left_out_and_told(seed: int, where: str, beside: str) -> None:
    image = close_up(
        situation("c_shape", seed, where=where), Protocol((64, 64, 64), (0.75, 0.75), 1.5, kernel=SOFT, noise_hu=10.0)
    )
    marked = mark(image.volume, [image.truth.core_points_mm[0]])
    volume = next(m for m in measure(image.volume, marked).measurements if m.concept == "volume")
    assert volume.value == pytest.approx(image.truth.volume_mm3, rel=0.05), beside
    told = volume.warnings if volume.spread > 0.25 * volume.value else volume.notes
    assert any("is left out" in one for one in told)
    assert volume.spread > marked.open_mm3 > 0.1 * volume.value
    assert marked.open_mm3 < ConvexHull(image.surface.vertices_mm).volume - image.truth.volume_mm3


@pytest.mark.parametrize("seed", [7823, 8701])
def test_a_bay_does_not_fold_the_surface(seed: int) -> None:
    image = close_up(
        situation("c_shape", seed, where="thigh"), Protocol((64, 64, 64), (0.7, 0.7), 0.7, kernel=SOFT, noise_hu=11.0)
    )
    marked = mark(image.volume, [image.truth.core_points_mm[0]])
    assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=0.03)
    assert marked.mask.volume_mm3 == pytest.approx(marked.surface.volume_mm3, rel=0.02)


@pytest.mark.parametrize(
    ("name", "seed", "slice_mm"),
    [
        ("eggshell", 7804, 1.5),
        ("resorbing", 7804, 1.5),
        ("broad_base_eggshell", 7852, 3.0),
        ("broad_base_eggshell", 8915, 5.0),
    ],
)
def test_the_core_of_a_shell_with_gaps_is_no_open_bay_and_belongs_to_it(name: str, seed: int, slice_mm: float) -> None:
    where = "thigh" if seed == 8915 else "arm"
    image = close_up(
        situation(name, seed, where=where), Protocol((64, 64, 64), (0.75, 0.75), slice_mm, kernel=SOFT, noise_hu=10.0)
    )
    marked = mark(image.volume, [image.truth.core_points_mm[0]])
    volume = next(m for m in measure(image.volume, marked).measurements if m.concept == "volume")
    fill = image.limb.lesions[0].fill
    assert isinstance(fill, Zoned)
    assert fill.coverage < 0.95
    assert marked.open_mm3 == 0.0
    assert volume.value == pytest.approx(image.truth.volume_mm3, rel=0.05 if slice_mm < 5 else 0.12)


@pytest.mark.parametrize(
    ("name", "seed", "where", "most"),
    [("broad_base_dense", 6104, "arm", 0.02), ("broad_base_eggshell", 6101, "thigh", 0.06)],
)
def test_a_broad_base_reaches_to_the_bone_and_not_to_its_blurred_border(
    name: str, seed: int, where: str, most: float
) -> None:
    limb = situation(name, seed, where=where)
    image = close_up(limb, Protocol((64, 64, 64), (0.7, 0.7), 0.7, kernel=SOFT, noise_hu=10.0))
    marked = mark(image.volume, [image.truth.core_points_mm[0]])
    found = measure(image.volume, marked)
    assert marked.bone_border_mm3 > 0.0
    native = inside_of(marked.surface, image.volume.geometry).full() & marked.bone.full()
    depth = limb.lesions[0].shape.depth(image.pose.to_limb(image.volume.geometry.points_mm(np.argwhere(native))))
    outside = np.count_nonzero(depth < 0.0) * float(np.prod(image.volume.geometry.spacing_mm))
    assert outside < 0.01 * marked.surface.volume_mm3
    assert np.quantile(depth, 0.05) > -0.5
    assert not (marked.mask.full() & marked.bone.full()).any()
    assert value(found, "volume") == pytest.approx(image.truth.volume_mm3, rel=most)
    assert value(found, "mean_hu") == pytest.approx(image.truth.mean_hu, rel=0.05, abs=15)
    content = next(m for m in found.measurements if m.concept == "mineral_content")
    assert abs(content.value - image.truth.excess_hu_mm3) <= content.spread
    assert not any("voxel count differ" in w for m in found.measurements for w in m.warnings)


def test_haze_near_bone_keeps_its_gap() -> None:
    options = BESIDE_BONE | {"rim_hu": 165.0, "bone_gap_mm": 2.5}
    phantom = ellipsoid((11.0, 9.0, 10.0), core_hu=100.0, shape=(64, 96, 120), spacing_mm=(1.0, 0.7, 0.8), **options)
    assert value(measured(phantom), "gap_to_bone_mm") == pytest.approx(2.5, abs=0.7)


def test_measuring_stops_when_asked() -> None:
    phantom = sphere(14.0, shape=(40, 70, 70))
    marked = mark(phantom.volume, [phantom.centre_mm])
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Cancelled):
        measure(phantom.volume, marked, ticket)


def test_the_units_are_those_of_the_schema() -> None:
    folder = Path(__file__).resolve().parents[2] / "resources" / "schema"
    named = " ".join(path.read_text(encoding="utf-8") for path in folder.glob("*.json"))
    if named:
        assert json.loads((next(folder.glob("*.json"))).read_text(encoding="utf-8"))
        assert all(unit in named for unit in set(UNITS.values()))


def test_bone_that_may_not_be_the_nearest_gives_no_gap() -> None:
    phantom = ellipsoid((8.0, 8.0, 8.0), shape=(60, 96, 120), rim_mm=3.0, rim_hu=600.0, bone_gap_mm=17.6, noise_hu=5.0)
    refused = {r.concept: r.reason for r in measured(phantom).refused}
    assert "within 17 mm" in refused["gap_to_bone_mm"]


@pytest.mark.parametrize(
    ("name", "slice_mm", "blurred"), [("eggshell", 1.0, False), ("eggshell", 3.0, True), ("mature", 3.0, False)]
)
def test_slices_that_blur_a_thin_rim_are_told_with_how_much_of_it_is_bone_dense(
    name: str, slice_mm: float, blurred: bool
) -> None:
    image = close_up(situation(name, 61), Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=SOFT, noise_hu=9.0))
    found = measure(image.volume, mark(image.volume, [image.truth.rim_points_mm[0]]))
    rim = next(m for m in found.measurements if m.concept == "rim_coverage")
    assert any("blur a thin rim" in warning for warning in rim.warnings) == blurred
