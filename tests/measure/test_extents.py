import numpy as np
import pytest
from phantoms import OBLIQUE, SAGITTAL, ellipsoid, grid
from scipy.spatial.distance import pdist

from mo_viewer.measure import extent, nearness, profiles, shells
from mo_viewer.segment import mesh
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface

AXES = (14.0, 9.0, 6.0)


def smooth(axes: tuple[float, float, float] = AXES, step: float = 0.7) -> Surface:
    """An ellipsoid's surface along x, y, z."""
    count = int(2 * max(axes) / step) + 9
    line = (np.arange(count) - (count - 1) / 2) * step
    points = np.stack(np.meshgrid(line, line, line, indexing="ij"))
    scaled = np.sqrt(sum((points[i] / axes[i]) ** 2 for i in range(3)))
    made = mesh.of_level((scaled - 1) * min(axes), 0.0, step)
    assert made is not None
    return Surface(made.vertices - made.vertices.mean(axis=0), made.triangles)


def test_the_longest_diameter_is_that_of_brute_force() -> None:
    surface = smooth()
    assert extent.max_diameter(surface) == pytest.approx(pdist(surface.vertices_mm).max(), abs=1e-9)
    assert extent.max_diameter(surface) == pytest.approx(28.0, abs=0.3)


@pytest.mark.parametrize(("normal", "height"), [((1, 0, 0), 28.0), ((0, 1, 0), 18.0), ((0, 0, 1), 12.0)])
def test_an_ellipsoid_is_as_high_as_its_parts(normal: tuple, height: float) -> None:
    assert extent.height_of_parts(smooth(), np.array(normal)) == pytest.approx(height, rel=0.02)


def test_a_string_of_beads_is_as_high_as_one_of_them() -> None:
    one = smooth((3.0, 3.0, 3.0), 0.4)
    far = np.array([0.0, 0.0, 20.0])
    two = Surface(
        np.concatenate([one.vertices_mm, one.vertices_mm + far]),
        np.concatenate([one.triangles, one.triangles + len(one.vertices_mm)]),
    )
    for surface in (one, two):
        assert extent.height_of_parts(surface, np.array([0.0, 0.0, 1.0])) == pytest.approx(6.0, rel=0.03)


@pytest.mark.parametrize(
    ("options", "axes"),
    [({}, (28.0, 18.0)), ({"direction": SAGITTAL}, (18.0, 12.0)), ({"steps_mm": (0.8, 1.5)}, (28.0, 18.0))],
)
def test_in_slice_axes_are_those_of_the_section(options: dict, axes: tuple[float, float]) -> None:
    found = extent.in_slice_axes(smooth(), grid((48, 60, 60), **options))
    assert found is not None
    assert (found.long_mm, found.short_mm) == pytest.approx(axes, abs=0.5)
    for (a, b), length in ((found.long_ends_mm, found.long_mm), (found.short_ends_mm, found.short_mm)):
        assert np.linalg.norm(np.array(a) - np.array(b)) >= length - 1e-6


def test_axes_of_an_oblique_stack_stay_below_the_longest_diameter() -> None:
    found = extent.in_slice_axes(smooth(), grid((48, 60, 60), direction=OBLIQUE))
    assert found is not None
    assert 12.0 < found.short_mm <= found.long_mm < 28.1


def test_a_ball_is_round_and_a_plate_is_not() -> None:
    ball, plate = smooth((9.0, 9.0, 9.0)), smooth((14.0, 12.0, 2.5))
    assert extent.sphericity(ball.volume_mm3, ball.area_mm2) == pytest.approx(1.0, abs=0.01)
    assert extent.sphericity(plate.volume_mm3, plate.area_mm2) < 0.65


def test_area_and_volume_of_the_mesh_are_those_of_the_formula() -> None:
    ball = smooth((9.0, 9.0, 9.0))
    assert ball.volume_mm3 == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.01)
    assert ball.area_mm2 == pytest.approx(4 * np.pi * 9**2, rel=0.01)
    _, areas = profiles.normals(ball)
    assert areas.sum() == pytest.approx(ball.area_mm2)


def test_depth_below_a_ball_is_radius_less_distance() -> None:
    ball = smooth((10.0, 10.0, 10.0))
    points = np.random.default_rng(2).uniform(-5.5, 5.5, (500, 3))
    assert np.abs(shells.depths(ball, points) - (10 - np.linalg.norm(points, axis=1))).max() < 0.15


@pytest.mark.parametrize(
    ("rim", "core", "index"), [(500.0, 55.0, 1.0), (300.0, 120.0, 180 / 310), (90.0, 500.0, -410 / 480)]
)
def test_the_zonal_index_is_signed(rim: float, core: float, index: float) -> None:
    assert shells.zonal_index(rim, core, 55.0) == pytest.approx(index)


def test_a_zonal_index_of_almost_muscle_does_not_apply() -> None:
    assert shells.zonal_index(80.0, 60.0, 55.0) is None


def test_rim_and_core_are_read_at_their_depths() -> None:
    depth = np.concatenate([np.full(60, 0.3), np.full(60, 1.5), np.full(60, 3.8), np.full(60, 6.0)])
    values = np.concatenate([np.full(60, 900.0), np.full(60, 500.0), np.full(60, 300.0), np.full(60, 80.0)])
    found = shells.zones(values, depth)
    assert found == shells.Zones(500.0, 80.0, 60, 60)
    assert shells.zones(values, np.minimum(depth, 4.0)) is None


def test_coverage_is_the_share_of_area_with_a_rim_below() -> None:
    assert shells.coverage(np.array([900.0, 100.0, 700.0]), np.array([1.0, 2.0, 1.0]), 55.0, 1300.0) == 0.5


@pytest.mark.parametrize("gap", [1.5, 4.0, 9.0])
@pytest.mark.parametrize(
    "options", [{}, {"direction": OBLIQUE}, {"spacing_mm": (3.0, 0.8, 0.7), "shape": (24, 96, 120)}]
)
def test_the_gap_to_bone_is_measured_to_its_half_maximum(gap: float, options: dict) -> None:
    shape = {"shape": (64, 96, 120)} | options
    phantom = ellipsoid((8.0, 7.0, 9.0), rim_hu=500.0, bone_gap_mm=gap, psf_mm=1.0, **shape)
    volume = phantom.volume
    values = volume.rescaled((0, 0, 0), volume.geometry.shape)
    near = phantom.mask.full()
    bone = Mask.trimmed((values > 600) & ~near, (0, 0, 0), volume.geometry)
    found = nearness.to_bone(volume, smooth((8.0, 7.0, 9.0)), phantom.mask, bone, 55.0)
    assert found is not None
    assert found.gap_mm == pytest.approx(gap, abs=0.45)
    assert found.contact_mm2 == 0.0


def test_without_bone_there_is_no_gap() -> None:
    phantom = ellipsoid()
    nothing = Mask.trimmed(np.zeros((1, 1, 1), dtype=bool), (0, 0, 0), phantom.volume.geometry)
    assert nearness.to_bone(phantom.volume, smooth(), phantom.mask, nothing, 55.0) is None


@pytest.mark.parametrize("psf", [1.0, 2.0])
def test_the_margin_is_as_wide_as_the_blur(psf: float) -> None:
    phantom = ellipsoid((10.0, 10.0, 10.0), rim_hu=500.0, spacing_mm=(0.6, 0.5, 0.55), shape=(60, 80, 70), psf_mm=psf)
    along = np.arange(-3, 3.01, profiles.SAMPLE_MM)
    flat = np.abs(smooth((10.0, 10.0, 10.0)).vertices_mm[:, 2]) < 3
    profile = profiles.along_normals(phantom.volume, smooth((10.0, 10.0, 10.0)), along)[flat]
    width = profiles.margin_width(profile, along)
    assert width == pytest.approx(2.563 * np.hypot(psf / 2.355, 0.3), rel=0.2)


@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.0), (1.0, 1.0, 3.0), (2.0, 1.0, 0.2)])
def test_the_farthest_pair_of_many_forms_is_that_of_all_pairs(stretch) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        points = rng.normal(size=(80, 3)) * stretch
        points /= np.linalg.norm(points / stretch, axis=1, keepdims=True) ** rng.uniform(0, 1)
        a, b, length = extent.farthest_pair(points)
        assert length == pytest.approx(pdist(points).max(), abs=1e-12)
        assert length == pytest.approx(np.linalg.norm(points[a] - points[b]), abs=1e-12)
