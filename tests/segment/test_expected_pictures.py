"""The picture of a lesion, held against the scanner of the phantoms and against numbers that can be worked out."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import ndtr

from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.imaged import Imaged, close_up
from mo_viewer.phantom.scanner import SHARP, SOFT, Kernel, Protocol
from mo_viewer.segment import mesh
from mo_viewer.segment.blur import Blur
from mo_viewer.segment.edge import Field
from mo_viewer.segment.expected import Painter, Slices, _differs, told_by
from mo_viewer.segment.mark import mark
from mo_viewer.segment.patch import SMOOTH_MM, Frame, cut_patch, slice_thickness, smoothed
from mo_viewer.segment.sharpness import in_plane_blur
from mo_viewer.segment.skeleton import native_bone

ALONG = np.arange(-12, 13) * 0.25
HERE = ALONG.size // 2


def seen_from_the_true_surface(image: Imaged, wall_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Profiles above muscle across the true surface, and the picture of the true body on the same lines."""
    volume = image.volume
    corners = image.surface.vertices_mm
    framed = Frame.of(volume.geometry).framed(corners)
    patch = cut_patch(volume, framed.min(axis=0) - 14.0, framed.max(axis=0) + 14.0)
    bone = native_bone(volume)
    field = Field(smoothed(patch), np.full(patch.shape, 1e3), patch.spacing_mm, 55.0, 30.0)
    blur = Blur.expected(patch.spacing_mm, SMOOTH_MM, slice_thickness(volume), bone.blur_mm)
    heights = volume.geometry.heights_mm - patch.first_mm[0]
    slices = Slices(heights, slice_thickness(volume), patch.spacing_mm[0] < 0.99 * float(np.diff(heights).mean()))
    true = mesh.built(patch.index_of(corners) * np.array(patch.spacing_mm), image.surface.triangles)
    picture = Painter(field, blur, slices, wall_mm, 1.0).picture(true)
    lines = (true.vertices, true.normals(), ALONG)
    return field.along(*lines) - 55.0, picture.along(*lines)


@pytest.mark.parametrize("slice_mm", [0.7, 1.5, 3.0, 5.0])
@pytest.mark.parametrize("kernel", [SOFT, SHARP], ids=["soft", "sharp"])
@pytest.mark.parametrize(("name", "seed"), [("y_branch", 7100), ("plate", 7101)])
def test_a_picture_of_the_true_body_looks_like_its_image(name: str, seed: int, slice_mm: float, kernel: Kernel) -> None:
    protocol = Protocol((64, 64, 64), (0.7, 0.7), slice_mm, kernel=kernel, noise_hu=0.0)
    profiles, lines = seen_from_the_true_surface(
        close_up(situation(name, seed, where="thigh"), protocol, seed=1), np.inf
    )
    height = (profiles[:, :HERE] * lines[:, :HERE]).sum() / (lines[:, :HERE] ** 2).sum()
    difference = profiles / height - lines
    assert abs(difference[:, : HERE + 1].mean()) < 0.02
    assert np.median(np.abs(difference[:, HERE])) < 0.04
    assert np.quantile(np.abs(difference[:, HERE]), 0.8) < 0.08
    assert np.abs(lines[:, HERE] - 0.5).max() > 0.05


@pytest.mark.parametrize("wall", [1.5, 3.0])
def test_the_face_of_a_wall_lies_as_high_as_its_blur_makes_it(wall: float) -> None:
    sigma, radius = 0.9, 14.0
    shell = sphere_mesh(radius)
    away = np.sqrt(((np.indices((79, 79, 79)) - 39.0) ** 2).sum(axis=0)) * 0.45
    ball, core = (np.clip(0.5 + (r - away) / 0.45, 0.0, 1.0) for r in (radius, radius - wall))
    hu = ndimage.gaussian_filter(400.0 * (ball - core), sigma / 0.45)
    field = Field(hu.astype(np.float32), np.full(hu.shape, 1e3), (0.45, 0.45, 0.45), 0.0, 30.0)
    picture = Painter(field, Blur(np.full(3, sigma**2)), None, wall, 1.0).picture(shell)
    lines = picture.along(shell.vertices, shell.normals(), ALONG).mean(axis=0)
    flat = ndtr(-ALONG / sigma) - ndtr((-ALONG - wall) / sigma)
    assert lines == pytest.approx(flat, abs=0.04)


def test_a_profile_on_a_slope_of_other_tissue_is_told_apart_from_it() -> None:
    drawn = ndtr(-ALONG / 0.9) - ndtr((-ALONG - 6.0) / 0.9)
    profile = 30.0 + 400.0 * drawn
    lines, profiles = np.tile(drawn, (5, 1)), np.tile(profile, (5, 1))
    lowest = np.full(5, ALONG.size - 1)
    face, peak, beyond, again = told_by(lines, profiles, np.ones(lines.shape, dtype=bool), lowest, 55.0)
    assert face == pytest.approx(np.full(5, 0.5), abs=0.01)
    assert peak == pytest.approx(np.full(5, 430.0), rel=0.02)
    assert beyond == pytest.approx(np.full(5, 30.0), abs=5.0)
    assert again == pytest.approx(np.zeros(5), abs=5.0)


def test_slices_show_a_step_as_a_box_of_their_thickness_does() -> None:
    z = np.arange(0.0, 60.0, 0.5)
    below = (z < 30.2).astype(float)
    for splined, step in ((True, 5.0), (False, 1.0)):
        heights = np.arange(-20.0, 80.0, step)
        read = Slices(heights, step, splined).seen_at(z) @ below
        at = np.isin(z, heights)
        true = np.clip((30.2 - (z[at] - step / 2)) / step, 0.0, 1.0)
        assert read[at & (z > 10) & (z < 50)] == pytest.approx(true[(z[at] > 10) & (z[at] < 50)], abs=0.06)


@pytest.mark.parametrize(
    ("name", "seed", "where", "slice_mm", "kernel", "most"),
    [
        ("c_shape", 7102, "thigh", 5.0, SOFT, 0.03),
        ("five_branches", 7101, "thigh", 5.0, SHARP, 0.06),
        ("cleft_1mm", 7002, "arm", 5.0, SOFT, 0.05),
        ("plate", 7101, "arm", 5.0, SOFT, 0.05),
        ("thin_plate", 7201, "thigh", 0.7, SOFT, 0.06),
        ("thin_plate", 7205, "thigh", 1.5, SOFT, 0.06),
        ("small_shell", 7206, "thigh", 1.5, SHARP, 0.05),
        ("small_shell", 7202, "arm", 1.5, SOFT, 0.05),
    ],
)
def test_thin_and_small_bodies_are_measured_in_thick_slices_and_soft_kernels(
    name: str, seed: int, where: str, slice_mm: float, kernel: Kernel, most: float
) -> None:
    protocol = Protocol((64, 64, 64), (0.75, 0.75), slice_mm, kernel=kernel, noise_hu=11.0)
    image = close_up(situation(name, seed, where=where), protocol, seed=seed)
    marked = mark(image.volume, [image.truth.core_points_mm[0]])
    assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=most)


@pytest.mark.parametrize(("kernel", "sd"), [(SOFT, 0.58), (SHARP, 0.36)], ids=["soft", "sharp"])
def test_bone_shows_the_blur_where_no_skin_is_in_the_images(kernel: Kernel, sd: float) -> None:
    protocol = Protocol((64, 64, 64), (0.75, 0.75), 1.5, kernel=kernel, noise_hu=11.0)
    image = close_up(situation("small_shell", 7201, where="thigh"), protocol, seed=3)
    lowest = min(float(image.volume.rescaled_slice(k).min()) for k in range(image.volume.geometry.shape[0]))
    assert lowest > -500.0
    assert in_plane_blur(image.volume) == pytest.approx(sd, abs=0.04)


def sphere_mesh(radius: float) -> mesh.Mesh:
    index = np.indices((40, 40, 40)) - 19.5
    away = np.sqrt((index**2).sum(axis=0)) * 0.9
    rough = mesh.of_level(away, radius, 0.9)
    assert rough is not None
    centre = np.full(3, 19.5 * 0.9)
    offset = rough.vertices - centre
    return rough.moved(centre + radius * offset / np.linalg.norm(offset, axis=1)[:, None])


@pytest.mark.parametrize(
    ("low", "high", "held", "differs"),
    [(280.0, 320.0, 1.0, 0.0), (280.0, 320.0, 0.94, 1.0), (150.0, 450.0, 1.0, 1.0), (280.0, 320.0, 0.965, 0.5)],
)
def test_a_wall_is_not_the_same_all_round_where_it_has_gaps_or_is_denser_here_than_there(
    low: float, high: float, held: float, differs: float
) -> None:
    assert _differs(np.linspace(2 * low - 300.0, 2 * high - 300.0, 101), held) == pytest.approx(differs)


def test_a_surface_without_any_edge_has_a_picture_too() -> None:
    shell = sphere_mesh(9.0)
    field = Field(
        np.full((40, 40, 40), 55.0, dtype=np.float32), np.full((40, 40, 40), 1e3), (0.9, 0.9, 0.9), 55.0, 30.0
    )
    picture = Painter(field, Blur(np.full(3, 0.81)), None, 3.0, 1.0).picture(
        shell, np.zeros(len(shell.vertices), dtype=bool)
    )
    assert np.isfinite(picture.values).all()


@pytest.mark.parametrize("moved_mm", [0.15, 0.25])
def test_a_picture_of_a_surface_that_moved_is_that_of_the_surface_where_it_now_is(moved_mm: float) -> None:
    sigma, wall = 0.9, 3.0
    shell = sphere_mesh(14.0)
    away = np.sqrt(((np.indices((79, 79, 79)) - 39.0) ** 2).sum(axis=0)) * 0.45
    ball, core = (np.clip(0.5 + (r - away) / 0.45, 0.0, 1.0) for r in (14.0, 14.0 - wall))
    hu = ndimage.gaussian_filter(400.0 * (ball - 0.6 * core), sigma / 0.45)
    field = Field(hu.astype(np.float32), np.full(hu.shape, 1e3), (0.45, 0.45, 0.45), 0.0, 30.0)
    blur = Blur(np.full(3, sigma**2))
    kept = Painter(field, blur, None, wall, 1.0)
    kept.picture(shell)
    bigger = shell.moved(shell.vertices + moved_mm * shell.normals())
    for _ in range(3):
        again = kept.picture(bigger)
    anew = Painter(field, blur, None, wall, 1.0).picture(bigger)
    lines = (bigger.vertices, bigger.normals(), ALONG)
    assert again.along(*lines) == pytest.approx(anew.along(*lines), abs=0.04)
    assert abs((again.along(*lines) - anew.along(*lines))[:, HERE].mean()) < 0.005
    before = Painter(field, blur, None, wall, 1.0).picture(shell)
    assert abs((before.along(*lines) - anew.along(*lines))[:, HERE].mean()) > 0.03
