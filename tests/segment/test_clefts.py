"""A dark line between a lesion and bone is seen, and neither the contour nor the gap crosses it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.lesion import PARTED, measure
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.compounds import Without
from mo_viewer.phantom.imaged import Imaged, close_up
from mo_viewer.phantom.limb import Limb
from mo_viewer.phantom.scanner import SHARP, SOFT, Kernel, Protocol
from mo_viewer.segment import search
from mo_viewer.segment.blur import behind_dip
from mo_viewer.segment.cleft import ALONG_MM, faces_at_clefts, least_dip, stand_off
from mo_viewer.segment.mark import Marked, mark
from mo_viewer.segment.mesh import Mesh
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.volume.volume import Volume

SIGMA = 0.5
MUSCLE, LESION, CORTEX = 55.0, 600.0, 1400.0


def apart(name: str, seed: int, gap_mm: float) -> Limb:
    """A lesion whose broad base follows the bone at a distance."""
    limb = situation(name, seed)
    (lesion,) = limb.lesions
    assert isinstance(lesion.shape, Without)
    return replace(limb, lesions=(replace(lesion, shape=replace(lesion.shape, gap_mm=gap_mm)),))


def imaged(limb: Limb, seed: int, kernel: Kernel, slice_mm: float) -> Imaged:
    protocol = Protocol((64, 64, 64), (0.6, 0.6), slice_mm, kernel=kernel, noise_hu=12.0)
    return close_up(limb, protocol, seed=seed)


def read(image: Imaged) -> tuple[Marked, dict[str, Measurement]]:
    marked = mark(image.volume, [image.truth.core_points_mm[0]])
    return marked, {one.concept: one for one in measure(image.volume, marked).measurements}


def profiles(gap_mm: float, face_mm: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Blurred lesion and cortex, and the distance to bone, along one line."""
    off = ALONG_MM - face_mm
    profile = MUSCLE + (LESION - MUSCLE) * ndtr(-off / SIGMA) + (CORTEX - MUSCLE) * ndtr((off - gap_mm) / SIGMA)
    return profile[None], (gap_mm - off)[None]


@pytest.mark.parametrize("gap", [0.8, 1.0, 1.5, 2.0])
def test_the_face_of_a_lesion_is_found_at_a_narrow_cleft(gap: float) -> None:
    face, seen = faces_at_clefts(*profiles(gap), MUSCLE, 30.0, 150.0, np.array([SIGMA]), 0.12)
    assert seen.all()
    assert face[0] == pytest.approx(0.3, abs=0.15)


def test_no_dark_line_is_seen_where_a_lesion_lies_on_bone_or_has_no_wall() -> None:
    _, seen = faces_at_clefts(*profiles(0.0), MUSCLE, 30.0, 150.0, np.array([SIGMA]), 0.12)
    assert not seen.any()
    _, seen = faces_at_clefts(*profiles(1.0), MUSCLE, 30.0, LESION + 50.0, np.array([SIGMA]), 0.12)
    assert not seen.any()


@pytest.mark.parametrize(
    ("name", "seed", "gap", "kernel", "slice_mm"),
    [
        ("broad_base_dense", 411, 1.0, SHARP, 0.7),
        ("broad_base_dense", 412, 1.5, SOFT, 1.5),
        ("broad_base_eggshell", 413, 1.0, SHARP, 1.5),
        ("broad_base_eggshell", 414, 2.0, SOFT, 3.0),
    ],
)
def test_a_lesion_along_bone_is_apart_from_it(
    name: str, seed: int, gap: float, kernel: Kernel, slice_mm: float
) -> None:
    image = imaged(apart(name, seed, gap), seed, kernel, slice_mm)
    _, found = read(image)
    truth = image.truth
    near = found["gap_to_bone_mm"]
    assert truth.gap_to_bone_mm is not None
    assert near.value == pytest.approx(truth.gap_to_bone_mm, abs=0.7)
    assert near.spread is not None
    assert abs(near.value - truth.gap_to_bone_mm) <= near.spread
    contact = found["bone_contact_mm2"]
    assert contact.value < 10.0 or PARTED in contact.warnings
    assert found["volume"].value == pytest.approx(truth.volume_mm3, rel=0.05)


@pytest.mark.parametrize(("name", "seed"), [("broad_base_dense", 415), ("broad_base_eggshell", 416)])
def test_a_broad_base_stays_on_bone(name: str, seed: int) -> None:
    image = imaged(situation(name, seed), seed, SHARP, 1.5)
    _, found = read(image)
    assert found["gap_to_bone_mm"].value == 0.0
    assert not found["bone_contact_mm2"].warnings
    assert found["bone_contact_mm2"].value > 0.9 * image.truth.bone_contact_mm2


def test_a_line_must_be_deeper_in_thick_slices_where_the_end_of_a_base_darkens_what_lies_on_bone() -> None:
    assert [least_dip(mm) for mm in (0.7, 3.0, 5.0)] == pytest.approx([0.12, 0.12, 0.2])
    image = imaged(situation("broad_base_dense", 12101, where="arm"), 12101, SHARP, 5.0)
    marked, found = read(image)
    assert marked.bone_share > 0.03
    assert found["volume"].value == pytest.approx(image.truth.volume_mm3, rel=0.03)


def test_the_darkest_line_tells_a_face_whose_level_lies_below_it() -> None:
    gap, step = 0.7, 0.01
    x = np.arange(-2.0, 3.0, step)
    profile = (LESION - MUSCLE) * ndtr(-x / SIGMA) + (CORTEX - MUSCLE) * ndtr((x - gap) / SIGMA) + MUSCLE
    between = (x > -0.5) & (x < gap)
    dip, at = profile[between].min(), x[between][profile[between].argmin()]
    numbers = [np.array([value]) for value in (LESION, dip, CORTEX, dip)]
    back, told = behind_dip(*numbers, MUSCLE, np.array([SIGMA]))
    assert told.all()
    assert back[0] == pytest.approx(at, abs=0.12)


def test_a_gap_of_a_shell_stands_off_bone_as_its_walls_do() -> None:
    rows, columns = (grid.ravel() for grid in np.indices((20, 20)))
    vertices = np.stack([np.zeros(400), rows, columns], axis=1).astype(float)
    corner = (rows < 19) & (columns < 19)
    first = np.flatnonzero(corner)
    triangles = np.concatenate(
        [np.stack([first, first + 1, first + 20], axis=1), np.stack([first + 1, first + 21, first + 20], axis=1)]
    )
    flat = Mesh(vertices, triangles, None)
    on_bone = (abs(rows - 10) <= 2) & (abs(columns - 10) <= 2)
    off = stand_off(flat, on_bone, ~on_bone, np.full(400, 0.9))
    assert off == pytest.approx(0.9)
    assert not stand_off(flat, on_bone, np.zeros(400, dtype=bool), np.full(400, 0.9)).any()
    few = (rows == 0) & (columns < 5)
    assert not stand_off(flat, ~few, few, np.full(400, 0.9)).all()


def test_a_shaft_is_looked_at_again_for_a_lesion_that_is_higher_than_was_thought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, asked = search.bare_shafts, []

    def too_short(volume: Volume, bone: NativeBone, low: np.ndarray, high: np.ndarray, hu: float) -> tuple:
        found = real(volume, bone, low, high, hu)
        asked.append((low[0], high[0]))
        return tuple(replace(one, high_mm=high[0] - 4.0) for one in found) if len(asked) == 1 else found

    monkeypatch.setattr(search, "bare_shafts", too_short)
    marked, _ = read(imaged(situation("broad_base_dense", 415), 415, SHARP, 1.5))
    assert len(asked) == 2
    assert all(one.high_mm >= asked[1][1] for one in marked.shafts)
