import numpy as np
import pytest
from phantoms import OBLIQUE, grid

from mo_viewer.segment import mesh
from mo_viewer.segment.blur import Blur, cleft_width, walls
from mo_viewer.segment.enclosure import Closure, closed, enclosing, pair_enclosure
from mo_viewer.segment.shell import rounded
from mo_viewer.segment.tissue import muscle
from mo_viewer.segment.trust import encloses
from mo_viewer.segment.voxels import filled, inside_of
from mo_viewer.volume.surface import Surface

SIDE = 48


def distances(step: float = 1.0, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    line = (np.arange(SIDE) - (SIDE - 1) / 2) * step
    z, y, x = np.meshgrid(*(line / s for s in stretch), indexing="ij")
    return np.sqrt(z**2 + y**2 + x**2)


def ball(radius: float, step: float = 1.0) -> mesh.Mesh:
    made = mesh.of_level(distances(step) - radius, 0.0, step)
    assert made is not None
    return made


def test_nothing_outside_a_shell_is_enclosed_and_everything_inside_is() -> None:
    away = distances()
    enclosed = pair_enclosure(np.abs(away - 12) < 1.2, 1.0)
    assert enclosed[away < 9].min() == 1.0
    assert enclosed[away > 15].max() == 0.0


def test_a_half_shell_encloses_little() -> None:
    away = distances()
    half = (np.abs(away - 12) < 1.2) & (np.arange(SIDE)[:, None, None] < SIDE / 2)
    middle = SIDE // 2
    assert pair_enclosure(half, 1.0)[middle + 4, middle, middle] < 0.3


def test_a_shell_with_a_hole_closes_to_its_full_volume() -> None:
    away = distances()
    shell = (np.abs(away - 12) < 1.0) & (np.arange(SIDE)[:, None, None] <= 31)
    from scipy import ndimage

    signed, enclosed = enclosing(ndimage.distance_transform_edt(~shell), np.zeros_like(shell), 1.0)
    places = np.indices(shell.shape).astype(float)
    widened = rounded(signed, places, np.argwhere(shell).astype(float), enclosed)
    whole = 4 / 3 * np.pi * 12.5**3
    assert (signed < 0).sum() < 0.95 * whole
    assert (widened < 0).sum() == pytest.approx(whole, rel=0.06)


def test_a_plate_is_not_rounded() -> None:
    from scipy import ndimage

    plate = (np.abs(np.arange(SIDE) - 24) < 2)[:, None, None] & (distances()[24] < 15)[None]
    signed, enclosed = enclosing(ndimage.distance_transform_edt(~plate), np.zeros_like(plate), 1.0)
    places = np.indices(plate.shape).astype(float)
    assert np.array_equal(rounded(signed, places, np.argwhere(plate).astype(float), enclosed), signed)


def test_a_solid_keeps_its_size_under_closure() -> None:
    from scipy import ndimage

    away = distances()
    signed, _ = closed(ndimage.distance_transform_edt(away > 10), np.zeros(away.shape, dtype=bool), 1.0, Closure())
    assert (signed < 0).sum() == pytest.approx((away <= 10).sum(), rel=0.2)


@pytest.mark.parametrize("radius", [5.0, 9.0, 15.0])
def test_bending_does_not_shrink_a_ball(radius: float) -> None:
    made = ball(radius)
    bent = mesh.bent(made, made.vertices, np.ones(len(made.vertices)))
    assert np.linalg.norm(bent.vertices - bent.vertices.mean(axis=0), axis=1).mean() == pytest.approx(radius, rel=0.005)


@pytest.mark.parametrize("held", [1.0, 0.97, 0.5])
def test_bending_is_the_least_squares_solution_with_and_without_wide_gaps(held) -> None:
    from scipy import sparse

    made, rng = ball(12.0), np.random.default_rng(5)
    targets = made.vertices + rng.normal(0.0, 0.4, made.vertices.shape)
    weights = np.where(made.vertices[:, 0] < np.quantile(made.vertices[:, 0], held), 1.0, 1e-3)
    stiffness = rng.uniform(0.3, 0.9, len(weights))
    bending = made.laplacian.T @ sparse.diags(stiffness) @ made.laplacian
    known = np.linalg.solve((sparse.diags(weights) + bending).toarray(), weights[:, None] * targets)
    assert np.allclose(mesh.bent(made, targets, weights, stiffness).vertices, known, rtol=0, atol=1e-6)


def test_bending_lifts_most_of_a_dent_in_a_gap() -> None:
    made = ball(12.0)
    gap = made.normals()[:, 0] > 0.9
    pressed = made.vertices - np.where(gap, 1.0, 0.0)[:, None] * made.normals()
    filled_up = mesh.bent(made.moved(pressed), pressed, np.where(gap, 1e-6, 1.0))
    radii = np.linalg.norm(filled_up.vertices - made.vertices.mean(axis=0), axis=1)
    assert np.abs(radii[gap] - 12.0).mean() < 0.5


@pytest.mark.parametrize(("radius", "left"), [(3.0, 0.5), (6.0, 0.3), (12.0, 0.3)])
def test_flat_triangles_between_vertices_of_a_ball_are_moved_out_to_its_volume(radius: float, left: float) -> None:
    made = ball(radius)
    centre = made.vertices.mean(axis=0)
    offset = made.vertices - centre
    on_ball = made.moved(centre + radius * offset / np.linalg.norm(offset, axis=1)[:, None])
    true = 4.0 / 3.0 * np.pi * radius**3
    before, after = (Surface(m.vertices, m.triangles).volume_mm3 for m in (on_ball, on_ball.through_faces()))
    assert before < true
    assert abs(after - true) < left * (true - before)


@pytest.mark.parametrize("wall", [1.5, 2.5, 4.0])
def test_a_blurred_wall_gets_its_thickness_back(wall: float) -> None:
    from scipy.special import ndtr

    sigma = 0.9
    x = np.linspace(-8, 8, 16001)
    profile = ndtr((x + wall / 2) / sigma) - ndtr((x - wall / 2) / sigma)
    width = np.ptp(x[profile >= profile.max() / 2])
    found = walls(np.full(50, width), np.full(50, sigma), np.ones(50))
    assert found.wall_mm == pytest.approx(wall, abs=0.12)
    assert found.walled_share == 1.0


@pytest.mark.parametrize("gap", [0.5, 1.0, 2.0])
def test_the_width_of_a_cleft_follows_from_how_far_blur_has_filled_it(gap: float) -> None:
    from scipy.ndimage import gaussian_filter1d

    step, sigma = 0.01, 0.7
    x = np.arange(-8, 8, step)
    blurred = gaussian_filter1d((np.abs(x) > gap / 2).astype(float), sigma / step, mode="nearest")
    assert cleft_width(np.array([blurred.min()]), np.array([sigma]))[0] == pytest.approx(gap, abs=0.03)


def test_what_has_no_inner_face_is_no_wall() -> None:
    found = walls(np.full(9, np.inf), np.full(9, 0.8), np.ones(9))
    assert np.isinf(found.wall_mm)
    assert found.walled_share == 0.0
    assert not found.doubt.any()
    assert not found.hidden.any()


def test_a_wall_that_slices_hide_is_as_thick_as_where_it_is_seen_and_said_to_be_hidden() -> None:
    sigma = np.array([0.9] * 60 + [2.4] * 40)
    width = np.where(sigma < 1, 2.65, 5.75)
    found = walls(width, sigma, np.ones(100))
    alone = walls(width[:60], sigma[:60], np.ones(60))
    assert found.wall_mm == pytest.approx(alone.wall_mm, rel=0.01)
    assert found.hidden[-1] == 1.0
    assert found.hidden[0] < 0.5


def test_an_error_of_the_blur_is_a_doubt_about_thin_walls() -> None:
    from scipy.special import ndtr

    x = np.linspace(-8, 8, 16001)
    doubts = []
    for wall in (1.6, 2.4, 4.8):
        profile = ndtr((x + wall / 2) / 0.9) - ndtr((x - wall / 2) / 0.9)
        width = np.ptp(x[profile >= profile.max() / 2])
        known, wrong = (walls(np.full(9, width), np.full(9, s), np.ones(9)) for s in (0.9, 0.945))
        assert known.doubt[0] == pytest.approx(abs(wrong.wall_mm - known.wall_mm) / 2, rel=0.6, abs=0.03)
        doubts.append(known.doubt[0])
    assert doubts[0] > doubts[1] > doubts[2]


def test_a_blur_that_nothing_shows_is_doubted_more_than_one_that_was_measured() -> None:
    measured, assumed = (Blur.expected((1.0, 0.7, 0.7), 0.6, 1.5, seen) for seen in (0.5, None))
    assert (measured.variance_mm2 == assumed.variance_mm2).all()
    width, sigma = np.full(9, 2.6), np.full(9, 0.8)
    less, more = (float(walls(width, sigma, np.ones(9), blur.error).doubt[0]) for blur in (measured, assumed))
    assert more > 1.5 * less > 0


def test_filling_a_mesh_counts_the_voxels_of_a_ball() -> None:
    made = ball(11.0)
    inside = filled(made.vertices, made.triangles, (SIDE, SIDE, SIDE))
    assert np.mean(inside == (distances() < 11.0)) > 0.999


@pytest.mark.parametrize("options", [{}, {"direction": OBLIQUE}, {"tilt_deg": 20.0}, {"steps_mm": (1.0, 1.7, 0.8)}])
def test_voxels_inside_a_surface_are_those_that_it_encloses(options: dict) -> None:
    geometry = grid((24, 40, 36), **options)
    made = ball(9.0)
    surface = Surface(made.vertices - made.vertices.mean(axis=0), made.triangles)
    mask = inside_of(surface, geometry)
    index = np.indices(geometry.shape).reshape(3, -1).T.astype(float)
    radius = np.linalg.norm(geometry.points_mm(index), axis=1).reshape(geometry.shape)
    full = mask.full()
    assert full[radius < 8.8].all()
    assert not full[radius > 9.2].any()
    picked = np.random.default_rng(1).choice(len(index), 60)
    for point, is_in in zip(geometry.points_mm(index[picked]), full.ravel()[picked], strict=True):
        assert encloses(surface, point) == is_in


def test_muscle_is_found_beside_fat_and_calcification() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(58, 12, 9000), rng.normal(-95, 15, 4000), rng.normal(300, 90, 900)])
    tissue = muscle(values)
    assert tissue.level_hu == pytest.approx(58, abs=2)
    assert tissue.noise_hu == pytest.approx(12, abs=2)
    assert not tissue.assumed


def test_without_muscle_a_usual_value_is_named_as_assumed() -> None:
    assert muscle(np.full(500, -90.0)).assumed
