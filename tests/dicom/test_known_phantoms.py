"""Real phantoms whose numbers are known: Catphan inserts, the IBSI digital sphere and orientation phantom."""

from pathlib import Path

import numpy as np
import pytest

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.volume.volume import Volume

INSERTS_HU = (-998, -201, -104, -45, 118, 342, 1000)


def first_ct(path: Path) -> Volume:
    return load(next(series for series in scan([path]).series if series.source.modality == "CT"))


def test_catphan_inserts_have_the_values_of_the_readme(shared: Path) -> None:
    volume = first_ct(shared / "phantom_catphan504_zip")
    image = volume.rescaled_slice(32)
    rows, columns = np.indices(image.shape)
    body = image > -300
    centre = np.array([np.median(rows[body]), np.median(columns[body])])
    step = volume.geometry.spacing_mm[1]
    found = []
    for angle in np.radians(np.arange(0, 360, 1)):
        at = centre + 58.7 / step * np.array([np.sin(angle), np.cos(angle)])
        disc = np.hypot(rows - at[0], columns - at[1]) * step <= 4
        found.append((image[disc].mean(), image[disc].std()))
    for expected in INSERTS_HU:
        assert min(abs(mean - expected) for mean, _ in found) < 15, expected


def test_the_digital_sphere_has_exactly_its_volume(shared: Path) -> None:
    volume = first_ct(shared / "phantom_digital" / "sphere")
    inside = volume.values > 0
    voxels = inside.sum(axis=(1, 2))
    assert inside.sum() == 51_989
    assert float(voxels @ volume.geometry.voxel_volumes_mm3) == 415_912.0
    assert set(np.unique(volume.values)) <= {0, 255}


def test_the_orientation_phantom_is_not_flipped(shared: Path) -> None:
    volume = first_ct(shared / "phantom_digital" / "orientation")
    assert volume.geometry.shape == (64, 48, 32)
    assert volume.geometry.points_mm([[0, 0, 0]])[0] == pytest.approx((0, 0, volume.geometry.origins_mm[0, 2]))
    assert volume.geometry.points_mm([[1, 2, 3]])[0] - volume.geometry.origins_mm[0] == pytest.approx((6, 4, 2))
    assert np.all(np.diff(volume.geometry.origins_mm[:, 2]) == 2)


def test_the_tilted_head_keeps_its_shear_and_true_positions(shared: Path) -> None:
    index = scan([shared / "phantom_head_rescan_zip" / "scan2_tilt_minus18.zip"])
    series = next(one for one in index.series if one.frames == 54)
    assert "18.5 degrees" in next(remark.text for remark in series.remarks if remark.code == "gantry_tilt")
    assert series.geometry is not None
    assert series.geometry.is_sheared
    assert np.diff(series.geometry.origins_mm, axis=0) == pytest.approx(np.tile((0, 0, 2.5), (53, 1)), abs=1e-3)
