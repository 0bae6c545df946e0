import numpy as np
import pytest
from phantoms import OBLIQUE, SAGITTAL, as_volume, grid

from mo_viewer.base.faults import Refused
from mo_viewer.segment.patch import Frame, cut_patch, mask_on, patch_on
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask

SLOPE = np.array([3.0, -2.0, 5.0])
STACKS = {
    "axial": grid(),
    "oblique": grid(direction=OBLIQUE, centre_mm=(20.0, -30.0, 400.0)),
    "sagittal": grid(direction=SAGITTAL),
    "tilted": grid(tilt_deg=18.0, spacing_mm=(1.5, 0.8, 0.7)),
    "uneven": grid(steps_mm=(1.0, 1.6, 0.7)),
    "thick": grid((16, 64, 56), (3.3, 0.9, 0.8)),
    "fine": grid((40, 90, 90), (0.6, 0.3, 0.35)),
}


def ramp(geometry: Geometry):
    """HU that rise evenly in the patient, so that every right sample is known."""
    index = np.indices(geometry.shape).reshape(3, -1).T.astype(float)
    centre = geometry.points_mm(np.array([geometry.shape]) / 2.0)[0]
    return as_volume(((geometry.points_mm(index) - centre) @ SLOPE).reshape(geometry.shape) * 4, geometry), centre


@pytest.mark.parametrize("name", STACKS)
def test_a_patch_holds_the_values_of_its_true_positions(name: str) -> None:
    geometry = STACKS[name]
    volume, centre = ramp(geometry)
    middle = Frame.of(geometry).framed(centre)[0]
    patch = cut_patch(volume, middle - 8, middle + 8)
    index = np.indices(patch.shape).reshape(3, -1).T
    expected = (patch.points_mm(index) - centre) @ SLOPE * 4
    assert np.abs(patch.hu.ravel() - expected).max() < 1.5


@pytest.mark.parametrize("name", STACKS)
def test_a_patch_is_even_and_fine_enough(name: str) -> None:
    volume, centre = ramp(STACKS[name])
    middle = Frame.of(volume.geometry).framed(centre)[0]
    patch = cut_patch(volume, middle - 8, middle + 8)
    assert all(0.45 <= s <= 1.3 for s in patch.spacing_mm)
    assert patch.index_of(patch.points_mm(np.array([[3.0, 4.0, 5.0]]))) == pytest.approx(np.array([[3.0, 4.0, 5.0]]))


def test_two_patches_of_one_stack_share_their_samples() -> None:
    volume, centre = ramp(STACKS["thick"])
    middle = Frame.of(volume.geometry).framed(centre)[0]
    one, other = cut_patch(volume, middle - 9, middle + 9), cut_patch(volume, middle - 6.3, middle + 7.1)
    at = np.rint((other.first_mm - one.first_mm) / one.spacing_mm).astype(int)
    box = tuple(slice(a, a + n) for a, n in zip(at, other.shape, strict=True))
    assert np.abs(one.hu[box] - other.hu).max() < 0.01


@pytest.mark.parametrize("name", ["axial", "oblique", "tilted", "uneven"])
def test_a_mask_survives_the_way_to_the_patch_and_back(name: str) -> None:
    geometry = STACKS[name]
    volume, centre = ramp(geometry)
    index = np.indices(geometry.shape).reshape(3, -1).T.astype(float)
    inside = np.linalg.norm(geometry.points_mm(index) - centre, axis=1).reshape(geometry.shape) < 6
    mask = Mask.trimmed(inside, (0, 0, 0), geometry)
    middle = Frame.of(geometry).framed(centre)[0]
    patch = cut_patch(volume, middle - 9, middle + 9)
    there = mask_on(patch, mask)
    points = patch.points_mm(np.argwhere(there))
    assert np.linalg.norm(points - centre, axis=1).max() < 6 + 1.2
    assert there.sum() * patch.voxel_mm3 == pytest.approx(mask.volume_mm3, rel=0.06)
    back = patch_on(patch, there, mask)
    assert np.mean(back == mask.inside) > 0.93


def test_a_single_slice_cannot_be_marked() -> None:
    volume, centre = ramp(grid((1, 40, 40)))
    with pytest.raises(Refused, match="stack of slices"):
        cut_patch(volume, centre - 5, centre + 5)
