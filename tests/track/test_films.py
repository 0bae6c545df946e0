"""Serial radiographs: the similarity on the bone edges near a lesion, and wrong pairs that are never called good."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_films import ACROSS_MM, DOWN_MM, attenuation, film, similarity

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.findings.registration import ON_FILMS, Registration, Verdict, composed, inverse_of
from mo_viewer.track.film import film_of
from mo_viewer.track.film_register import register_films
from mo_viewer.track.ways import way
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Length, Volume

PLACE_MM = (85.0, 90.0)
AROUND_MM = 30.0 * np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])
KNOWN = similarity(10.0, 1.1, (9.0, -6.0), PLACE_MM)


def registered(first: Volume, other: Volume, near=PLACE_MM) -> Registration:
    return register_films(film_of(first), film_of(other), None if near is None else [(*near, 0.0)])


def error_mm(found: Registration, matrix: np.ndarray, about=PLACE_MM) -> float:
    points = np.column_stack([np.array(about) + AROUND_MM, np.zeros(5)])
    true = points @ matrix[:3, :3].T + matrix[:3, 3]
    return float(np.linalg.norm(found.carried(points) - true, axis=1).max())


@pytest.mark.parametrize("limb", ["hip", "knee"])
def test_a_film_turned_moved_magnified_and_exposed_otherwise_is_found(limb: str) -> None:
    thickness = attenuation(limb, 61)
    found = registered(film(thickness), film(thickness, KNOWN, "2", gamma=0.7, seed=2))
    assert (found.verdict, found.reason, found.anchor) == (Verdict.GOOD, "", ON_FILMS)
    assert error_mm(found, KNOWN) < 0.3
    assert np.hypot(found.matrix[0, 0], found.matrix[1, 0]) == pytest.approx(1.1, abs=0.003)
    assert (found.from_series, found.to_series) == ("1.1", "2.1")
    assert found.residual_mm < 0.5
    assert found.overlap > 0.6


def test_a_ct_phantom_that_was_summed_is_found_at_its_place() -> None:
    thickness = attenuation("thigh", 61)
    about = (80.0, 80.0)
    matrix = similarity(-6.0, 0.93, (4.0, 8.0), about)
    found = registered(film(thickness, shape=(280, 280)), film(thickness, matrix, "2", gamma=0.8, seed=2), about)
    assert found.verdict is not Verdict.FAILED
    assert error_mm(found, matrix, about) < 0.5


def test_inverted_grey_and_other_pixels_make_no_difference() -> None:
    thickness = attenuation("hip", 61)
    other = film(thickness, KNOWN, "2", inverted=True, pixel_mm=0.5, shape=(384, 360), seed=3)
    found = registered(film(thickness), other)
    assert found.verdict is Verdict.GOOD
    assert error_mm(found, KNOWN) < 0.3


def test_without_calibration_the_way_is_found_in_pixels_and_no_millimetre_is_said() -> None:
    thickness = attenuation("hip", 61)
    first = film(thickness, length=Length.NONE)
    other = film(thickness, KNOWN, "2", pixel_mm=0.5, shape=(384, 360), length=Length.NONE, seed=2)
    about = tuple(np.array(PLACE_MM) / 0.6)
    found = registered(first, other, about)
    assert found.verdict is Verdict.GOOD
    assert found.residual_mm is None
    in_pixels = np.diag([1 / 0.5, 1 / 0.5, 1, 1]) @ KNOWN @ np.diag([0.6, 0.6, 1, 1])
    assert error_mm(found, in_pixels, about) < 0.6


def test_a_lesion_that_grew_is_left_out_and_moves_nothing() -> None:
    thickness = attenuation("hip", 61).copy()
    rows, columns = np.mgrid[: thickness.shape[0], : thickness.shape[1]]
    away = np.hypot(columns * ACROSS_MM - PLACE_MM[0], rows * DOWN_MM - PLACE_MM[1])
    grown = thickness + 0.5 * thickness.max() * (away < 14)
    first, other = film(thickness), film(grown, KNOWN, "2", seed=2)
    places = first.geometry.points_mm(np.argwhere(np.ones((1, 320, 300))).astype(float))[:, :2]
    inside = np.linalg.norm(places - PLACE_MM, axis=1) < 16
    drawn = Mask.trimmed(inside.reshape(1, 320, 300), (0, 0, 0), first.geometry)
    found = register_films(film_of(first, [drawn]), film_of(other), [(*PLACE_MM, 0.0)])
    assert found.verdict is not Verdict.FAILED
    assert error_mm(found, KNOWN) < 0.5


def stretched(thickness: np.ndarray, by: float) -> np.ndarray:
    from scipy import ndimage

    return ndimage.affine_transform(thickness, [[1, 0], [0, 1 / by]], order=1)


@pytest.mark.parametrize(
    "wrong",
    [
        "mirrored",
        "another bone",
        "another patient",
        "a patient 4 % wider",
        "a patient 8 % wider",
        "empty",
    ],
)
def test_a_wrong_pair_is_never_good(wrong: str) -> None:
    hip = attenuation("hip", 61)
    if wrong == "another patient":
        found = registered(film(hip), film(attenuation("hip", 62), KNOWN, "2", seed=2))
    else:
        others = {
            "mirrored": lambda: hip[:, ::-1],
            "another bone": lambda: attenuation("knee", 61),
            "a patient 4 % wider": lambda: stretched(hip, 1.04),
            "a patient 8 % wider": lambda: stretched(hip, 1.08),
            "empty": lambda: np.ones_like(hip),
        }
        found = registered(film(hip), film(others[wrong](), KNOWN, "2", seed=2))
    assert found.verdict is not Verdict.GOOD
    assert found.reason
    if wrong in ("mirrored", "another bone", "another patient", "empty"):
        assert found.verdict is Verdict.FAILED
        assert found.matrix_lps is None


def test_ways_over_films_keep_to_one_image_of_a_study() -> None:
    rows = tuple(map(tuple, KNOWN.tolist()))
    one = Registration("a", "b", Verdict.GOOD, "", rows, ON_FILMS, from_series="a1", to_series="b1")
    two = replace(one, from_study="b", to_study="c", from_series="b1", to_series="c1")
    joined = way([one, two], "a", "c")
    assert (joined.from_series, joined.to_series) == ("a1", "c1")
    assert joined.matrix == pytest.approx(KNOWN @ KNOWN)
    back = inverse_of(composed(one, two))
    assert (back.from_series, back.to_series) == ("c1", "a1")
    assert way([one, replace(two, from_series="b2")], "a", "c") is None


@pytest.fixture(scope="module")
def real(shared: Path) -> dict[str, Volume]:
    found = scan([shared / "xray_limb"]).series
    return {Path(s.source.instances[0].path).name[:3]: load(s, Ticket()) for s in found if s.is_image}


def copied(volume: Volume, turn_deg=10.0, scale=1.1, shift=(12.0, -20.0)) -> tuple[Volume, np.ndarray]:
    """A copy that was moved, turned, magnified and exposed otherwise; the true way, in the plane's millimetres."""
    from scipy import ndimage

    grey = volume.rescaled_slice(0).astype(float)
    grey = (grey - grey.min()) / np.ptp(grey)
    step = volume.geometry.spacing_mm[1]
    about = 0.5 * step * np.array(grey.shape[::-1])
    matrix = similarity(turn_deg, scale, np.array(shift) * step, about)
    pixels = matrix[:2, :2][::-1, ::-1]
    inverse = np.linalg.inv(pixels)
    moved = ndimage.affine_transform(grey, inverse, -inverse @ (matrix[:2, 3][::-1] / step), order=1, cval=grey[0, 0])
    moved = np.clip(moved, 0, 1) ** 1.3 + np.random.default_rng(4).normal(0, 0.01, grey.shape)
    values = np.round(4000 * moved).astype(np.int16)[None]
    return replace(volume, values=values, slope=np.ones(1), intercept=np.zeros(1), lut=None), matrix


@pytest.mark.parametrize("name", ["hip", "han", "leg"])
def test_a_real_radiograph_is_found_in_a_copy_of_itself_and_never_in_its_mirror_image(real, name: str) -> None:
    volume = real[name]
    other, matrix = copied(volume)
    found = registered(volume, other, None)
    about = tuple(0.5 * volume.geometry.spacing_mm[1] * np.array(volume.values.shape[:0:-1]))
    size = volume.geometry.spacing_mm[1] * max(volume.values.shape)
    assert error_mm(found, matrix, about) < 0.0015 * size
    assert found.verdict is not Verdict.FAILED
    assert found.verdict is Verdict.GOOD or name == "leg", "shafts without a joint may slide"
    assert (found.residual_mm is None) is (name == "leg")
    flipped, _ = copied(replace(volume, values=np.ascontiguousarray(volume.values[:, :, ::-1])))
    assert registered(volume, flipped, None).verdict is Verdict.FAILED


@pytest.mark.parametrize("pair", [("hip", "leg"), ("han", "hip"), ("leg", "han")])
def test_other_real_bones_are_never_good(real, pair: tuple[str, str]) -> None:
    assert registered(real[pair[0]], real[pair[1]], None).verdict is Verdict.FAILED
