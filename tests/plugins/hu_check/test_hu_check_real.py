"""The check on a real phantom's images, against numbers that were measured another way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.volume import Volume

PUBLISHED = {
    "Air": -998, "PMP": -201, "LDPE": -104, "Polystyrene": -45, "Acrylic": 118, "Delrin": 342, "Teflon": 1000
}  # fmt: skip
FIRST, COUNT = 3, 36


@pytest.fixture(scope="module")
def real(shared: Path) -> Volume:
    index = scan([shared / "phantom_catphan504_zip"])
    return load(next(series for series in index.series if series.is_volume))


@pytest.fixture(scope="module")
def part(real: Volume) -> Volume:
    """The slices from the uniform module to behind the inserts: what copies are made of."""
    geometry = real.geometry.crop((FIRST, 0, 0), (COUNT, *real.geometry.shape[1:]))
    hu = real.rescaled((FIRST, 0, 0), geometry.shape)
    return Volume(np.round(hu).astype(np.int16), geometry, real.source, "HU")


def checked(volume: Volume):
    from hu_check.check import check_volume
    from hu_check.table import read_table

    return check_volume(volume, read_table(), Ticket())


def changed(volume: Volume, degrees: float = 0.0, shift: tuple[float, float] = (0, 0), noise: float = 0.0) -> Volume:
    from scipy.ndimage import affine_transform

    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = (np.array(volume.values.shape[1:]) - 1) / 2
    offset = middle - matrix @ (middle + np.array(shift))
    values = volume.values.astype(np.float32)
    if degrees or any(shift):
        values = np.stack([affine_transform(one, matrix, offset, order=1, cval=-1000.0) for one in values])
    if noise:
        values = values + np.random.default_rng(5).normal(0.0, noise, values.shape)
    return replace(volume, values=np.round(values).astype(np.int16))


def is_right(found, noise_share: float = 1.0) -> None:
    assert found is not None
    assert found.phantom == "Catphan 504"
    for one in found.inserts:
        assert one.hu == pytest.approx(PUBLISHED[one.insert.material], abs=10.0), one.insert.material
    assert found.hole_distances_mm == pytest.approx([50.0] * 4, abs=0.5)
    assert found.uniformity_hu == pytest.approx(14.3, abs=5.0)
    assert found.noise_hu == pytest.approx(15.7 * noise_share, rel=0.15)


def test_inserts_holes_and_step_are_those_that_were_measured_elsewhere(real: Volume) -> None:
    found = checked(real)
    is_right(found)
    assert found.passed
    assert found.slice == 32
    assert found.slice_step_mm == pytest.approx(2.5, abs=0.001)
    assert found.step_by_ramps_mm == pytest.approx(2.5, rel=0.05)
    assert found.slope == pytest.approx(1.0, abs=0.01)


def test_noise_and_uniformity_agree_with_an_independent_computation(real: Volume) -> None:
    found = checked(real)
    hu = real.rescaled_slice(found.uniform_slice).astype(float)
    _, row_mm, column_mm = real.geometry.spacing_mm
    from scipy.ndimage import binary_fill_holes, label

    parts, _ = label(hu > -500)
    row, column = np.argwhere(binary_fill_holes(parts == np.bincount(parts.ravel())[1:].argmax() + 1)).mean(axis=0)
    y, x = np.indices(hu.shape) * np.array([row_mm, column_mm])[:, None, None]
    middle_y, middle_x = row * row_mm, column * column_mm

    def disc(right: float, down: float, radius: float = 10.0) -> np.ndarray:
        return hu[np.hypot(x - middle_x - right, y - middle_y - down) <= radius]

    wide, centre = disc(0, 0, 20.0), disc(0, 0)
    around = [disc(*at).mean() for at in ((0, -53), (53, 0), (0, 53), (-53, 0))]
    assert found.noise_hu == pytest.approx(wide.std(ddof=1), rel=0.03)
    assert found.uniformity_hu == pytest.approx(max(abs(one - centre.mean()) for one in around), abs=1.0)


@pytest.mark.parametrize(
    ("degrees", "shift", "noise"),
    [(8.0, (0, 0), 0.0), (-95.0, (6, -9), 0.0), (0.0, (30, -25), 0.0), (0.0, (0, 0), 16.4), (5.0, (4, 4), 40.0)],
    ids=["turned", "on its side", "shifted", "half the dose", "turned and noisy"],
)
def test_turned_shifted_and_noisy_copies_give_the_same(
    part: Volume, degrees: float, shift: tuple[float, float], noise: float
) -> None:
    found = checked(changed(part, degrees, shift, noise))
    smoothed = 0.75 if degrees else 1.0
    is_right(found, float(np.hypot(15.7 * smoothed, noise)) / 15.7)


def test_a_copy_that_lies_obliquely_in_the_patient_gives_the_same(part: Volume) -> None:
    grid = part.geometry
    turn = np.linalg.qr(np.array([[0.9, 0.2, 0.1], [-0.3, 0.8, 0.2], [0.1, -0.1, 0.9]]))[0]
    oblique = Geometry(grid.shape, grid.origins_mm @ turn.T, turn @ grid.row_step_mm, turn @ grid.column_step_mm)
    is_right(checked(replace(part, geometry=oblique)))


def test_the_same_slices_in_the_other_direction_give_the_same(part: Volume) -> None:
    grid = part.geometry
    turned = Geometry(grid.shape, grid.origins_mm[::-1], grid.row_step_mm, grid.column_step_mm)
    is_right(checked(replace(part, values=part.values[::-1].copy(), geometry=turned)))


@pytest.mark.parametrize(
    "folder", ["ct_thigh_calcified_mass_a", "ct_thigh_plain_mass", "ct_arm_plain_mass", "ct_chest_zip",
               "phantom_head_rescan_zip", "ct_abdomen_contrast_no_uids"]
)  # fmt: skip
def test_there_is_no_phantom_in_other_studies(shared: Path, folder: str) -> None:
    from hu_check.study import candidates

    for series in candidates(scan([shared / folder]).series):
        assert checked(load(series)) is None
