"""Every folder of real images: what is found, where it lies, what is said about it, and its first and last value.

The shapes, spacings and oddities are those of the data's own README; values are compared with a second reader in
``test_second_opinion.py``.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan


class Folder(NamedTuple):
    """Images: modality, shape, spacing mm, flags (volume, HU, in patient), length, first and last value, remarks."""

    name: str
    files: int
    images: tuple
    objects: dict
    refused: dict


# fmt: off
FOLDERS = (
    Folder("broken_files", 20, (
        ("OT", (1, 512, 512), (0.0, 1.0, 1.0), "v", "none", (213.0, 188.0), "no_spacing"),
        ("CT", (1, 512, 512), (0.0, 0.431, 0.431), "vhp", "patient", (-2000.0, -2000.0), ""),
        ("NM", (1, 1024, 256), (0.0, 2.26, 2.26), "v", "patient", None, "lossy"),
        ("MR", (1, 64, 64), (0.0, 0.312, 0.312), "vp", "patient", (905.0, 862.0), "incomplete"),
        ("RTDOSE", (1, 10, 10), (0.0, 10.0, 10.0), "vp", "patient", (1249000.0, 798000.0), ""),
        ("CT", (1, 512, 512), (0.0, 0.287, 0.287), "vhp", "patient", (58.0, -965.0), "no_frame_of_reference"),
        ("US", (1, 600, 800), (0.0, 1.0, 1.0), "v", "none", (13.0, 0.0), "colour no_spacing"),
    ), {"RTPLAN": 2, "SR": 1}, {"damaged": 1, "no_pixels": 3, "no_rows": 2, "not_dicom": 1, "truncated": 3}),
    Folder("charsets", 17, (
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
        ("OT", (1, 32, 32), (0.0, 1.0, 1.0), "v", "none", (127.0, 0.0), "no_spacing"),
    ), {}, {"no_pixels": 5}),
    Folder("ct_abdomen_contrast_no_uids", 20, (
        ("CT", (20, 512, 512), (2.0, 0.977, 0.977), "vhp", "patient", (-1024.0, -1024.0), ""),
    ), {}, {}),
    Folder("ct_arm_plain_mass", 81, (
        ("CT", (51, 137, 141), (3.27, 0.977, 0.977), "vhp", "patient", (44.0, -1000.0), ""),
        ("MR", (28, 79, 77), (3.27, 0.977, 0.977), "vp", "patient", (956.0, 4.0), ""),
    ), {"RTSTRUCT": 1}, {"not_dicom": 1}),
    Folder("ct_calf_calcified_mass", 138, (
        ("CT", (68, 176, 173), (3.27, 0.977, 0.977), "vhp", "patient", (-998.0, -964.0), ""),
        ("MR", (68, 134, 123), (3.27, 0.977, 0.977), "vp", "patient", (0.0, 0.0), ""),
    ), {"RTSTRUCT": 1}, {"not_dicom": 1}),
    Folder("ct_chest_zip", 30, (
        ("CT", (30, 512, 512), (8.0, 0.646, 0.646), "vhp", "patient", (-1001.0, -998.0), ""),
    ), {}, {}),
    Folder("ct_serial_pairs", 6, (
        ("CT", (1, 512, 512), (0.0, 0.693, 0.693), "vhp", "patient", (-3024.0, -3024.0), ""),
        ("CT", (1, 512, 512), (0.0, 0.618, 0.618), "vhp", "patient", (-2048.0, -2048.0), ""),
        ("CT", (1, 512, 512), (0.0, 1.127, 1.127), "vhp", "patient", (-1024.0, -1024.0), ""),
        ("CT", (1, 512, 512), (0.0, 0.618, 0.618), "vp", "patient", (-2048.0, -2048.0), ""),
        ("CT", (1, 512, 512), (0.0, 1.127, 1.127), "vhp", "patient", (-1024.0, -1024.0), ""),
        ("CT", (1, 512, 512), (0.0, 0.618, 0.618), "vp", "patient", (-2048.0, -2048.0), ""),
    ), {}, {}),
    Folder("ct_thigh_calcified_mass_a", 146, (
        ("CT", (74, 218, 220), (3.27, 0.977, 0.977), "vhp", "patient", (-993.0, -777.0), ""),
        ("MR", (70, 163, 157), (3.27, 0.977, 0.977), "vp", "patient", (11.0, 32.0), ""),
    ), {"RTSTRUCT": 1}, {"not_dicom": 1}),
    Folder("ct_thigh_calcified_mass_b", 70, (
        ("CT", (68, 157, 184), (3.27, 0.977, 0.977), "vhp", "patient", (-998.0, -887.0), ""),
    ), {"RTSTRUCT": 1}, {"not_dicom": 1}),
    Folder("ct_thigh_plain_mass", 73, (
        ("CT", (71, 206, 218), (3.27, 0.977, 0.977), "vhp", "patient", (-999.0, -966.0), ""),
    ), {"RTSTRUCT": 1}, {"not_dicom": 1}),
    Folder("geometry/gantry_tilt", 4, (
        ("CT", (4, 512, 512), (4.851, 0.418, 0.418), "vhp", "patient", (-813.0, -957.0),
         "gantry_tilt no_frame_of_reference"),
    ), {}, {}),
    Folder("geometry/missing_slice", 4, (
        ("CT", (4, 512, 512), (0.75, 0.512, 0.512), "vhp", "patient", (-989.0, -913.0),
         "gantry_tilt missing_slices no_frame_of_reference"),
    ), {}, {}),
    Folder("geometry/non_square_pixels", 4, (
        ("MR", (4, 28, 64), (0.5, 4.0, 6.4), "vp", "patient", (34.107, 95.761),
         "no_frame_of_reference per_slice_rescale"),
    ), {}, {}),
    Folder("geometry/same_position", 4, (
        ("CT", (4, 512, 512), (1.0, 0.545, 0.545), "h", "patient", (-838.0, -859.0),
         "duplicate_position no_frame_of_reference"),
    ), {}, {}),
    Folder("geometry/two_orientations", 4, (
        ("MR", (2, 288, 288), (4.4, 0.556, 0.556), "vp", "patient", (251.0, 75.0),
         "mixed_orientation no_frame_of_reference split"),
        ("MR", (2, 288, 288), (3.3, 0.32, 0.32), "vp", "patient", (1.0, 142.0),
         "mixed_orientation no_frame_of_reference split"),
    ), {}, {}),
    Folder("geometry/uneven_spacing", 4, (
        ("CT", (4, 512, 512), (5.0, 0.43, 0.43), "vhp", "patient", (-917.0, -879.0),
         "no_frame_of_reference uneven_spacing"),
    ), {}, {}),
    Folder("lut_sequences", 3, (
        ("CR", (1, 1576, 1976), (0.0, 0.15, 0.15), "v", "detector", (1023.0, 1023.0), ""),
        ("OT", (1, 512, 512), (0.0, 1.0, 1.0), "v", "none", (65535.0, 65535.0), "no_spacing"),
        ("OT", (1, 512, 512), (0.0, 1.0, 1.0), "v", "none", (127.0, 255.0), "no_spacing"),
    ), {}, {}),
    Folder("media_dicomdir", 90, (
        ("CR", (1, 16, 16), (0.0, 0.1, 0.1), "v", "detector", (1563.896, 1853.912), ""),
        ("CR", (1, 16, 16), (0.0, 0.1, 0.1), "v", "detector", (1217.792, 1210.268), ""),
        ("CR", (1, 16, 16), (0.0, 0.1, 0.1), "v", "detector", (1944.884, 1749.26), ""),
        ("CT", (4, 16, 16), (1.25, 0.488, 0.488), "vhp", "patient", (76.0, 1214.0), "missing_slices"),
        ("CT", (1, 16, 16), (0.0, 0.545, 0.597), "vp", "patient", (271.0, 265.0), "localizer mixed_orientation split"),
        ("CT", (1, 16, 16), (0.0, 0.545, 0.597), "vp", "patient", (99.0, 131.0), "localizer mixed_orientation split"),
        ("CT", (5, 16, 16), (2.5, 0.488, 0.488), "vhp", "patient", (-33.0, -729.0), ""),
        ("MR", (1, 16, 16), (0.0, 1.367, 1.367), "vp", "patient", (531.0, 582.0), ""),
        ("MR", (1, 16, 16), (0.0, 1.367, 1.367), "vp", "patient", (644.0, 762.0), ""),
        ("MR", (1, 16, 16), (0.0, 1.367, 1.367), "vp", "patient", (555.0, 670.0), ""),
        ("MR", (1, 16, 16), (0.0, 1.367, 1.367), "vp", "patient", (306.0, 264.0), ""),
        ("MR", (1, 16, 16), (0.0, 1.172, 1.172), "vp", "patient", (694.0, 674.0), "mixed_orientation split"),
        ("MR", (1, 16, 16), (0.0, 1.172, 1.172), "vp", "patient", (714.0, 745.0), "mixed_orientation split"),
        ("MR", (1, 16, 16), (0.0, 1.172, 1.172), "vp", "patient", (686.0, 678.0), "mixed_orientation split"),
        ("MR", (1, 16, 16), (0.0, 1.172, 1.172), "vp", "patient", (610.0, 670.0), "mixed_orientation split"),
        ("MR", (1, 16, 16), (0.0, 1.172, 1.172), "vp", "patient", (596.0, 658.0), "mixed_orientation split"),
        ("MR", (1, 16, 16), (0.0, 1.172, 1.172), "vp", "patient", (638.0, 643.0), "mixed_orientation split"),
        ("MR", (7, 16, 16), (1.0, 0.391, 0.391), "", "patient", (66.0, 0.0), "mixed_orientation"),
    ), {}, {"no_pixels": 50, "not_dicom": 1}),
    Folder("mr_joint_single", 2, (
        ("MR", (1, 512, 512), (0.0, 0.391, 0.391), "vp", "patient", (0.0, 0.0), ""),
        ("MR", (1, 1024, 1024), (0.0, 0.195, 0.195), "vp", "patient", (0.0, 0.0), ""),
    ), {}, {}),
    Folder("multiframe_enhanced", 4, (
        ("CT", (3, 38, 24), (2.5, 0.7, 0.7), "vp", "patient", (0.0, 0.0), ""),
        ("CT", (2, 512, 512), (10.0, 0.389, 0.389), "vp", "patient", (-1024.0, -1024.0), ""),
        ("MR", (10, 64, 64), (1.0, 1.0, 1.0), "", "none", (31.0, 147.0), "no_spacing"),
        ("MR", (19, 256, 256), (1.0, 0.625, 0.625), "", "patient", (0.0, 0.0), "duplicate_position"),
    ), {}, {}),
    Folder("phantom_catphan504_zip", 65, (
        ("CT", (64, 512, 512), (2.5, 0.488, 0.488), "vhp", "patient", (-1000.0, -1000.0), "cone_beam"),
    ), {"RTSTRUCT": 1}, {}),
    Folder("phantom_digital", 128, (
        ("CT", (64, 48, 32), (2.0, 2.0, 2.0), "vhp", "patient", (63.0, 78.0), ""),
        ("CT", (64, 64, 64), (2.0, 2.0, 2.0), "vhp", "patient", (0.0, 0.0), ""),
    ), {}, {}),
    Folder("phantom_head_rescan_zip", 95, (
        ("CT", (1, 256, 512), (0.0, 0.977, 0.977), "vp", "patient", (-1024.0, -1024.0), "localizer"),
        ("CT", (28, 512, 512), (5.0, 0.451, 0.451), "vhp", "patient", (-998.0, -998.0), ""),
        ("CT", (3, 256, 512), (1.0, 0.977, 0.977), "", "patient", (-1024.0, -1024.0), "duplicate_position split"),
        ("CT", (1, 741, 650), (0.0, 1.0, 1.0), "v", "none", (0.0, 0.0), "colour no_spacing split"),
        ("CT", (2, 512, 650), (1.0, 1.0, 1.0), "", "none", (0.0, 0.0), "colour no_spacing split"),
        ("CT", (1, 256, 512), (0.0, 0.977, 0.977), "vp", "patient", (-1024.0, -1024.0), "localizer"),
        ("CT", (54, 512, 512), (2.371, 0.482, 0.482), "vhp", "patient", (-999.0, -999.0), "gantry_tilt"),
        ("CT", (2, 256, 512), (1.0, 0.977, 0.977), "", "patient", (-1024.0, -1024.0), "duplicate_position split"),
        ("CT", (1, 741, 650), (0.0, 1.0, 1.0), "v", "none", (0.0, 0.0), "colour no_spacing split"),
        ("CT", (2, 512, 650), (1.0, 1.0, 1.0), "", "none", (0.0, 0.0), "colour no_spacing split"),
    ), {}, {}),
    Folder("seg_liver_with_ct", 5, (
        ("CT", (3, 512, 512), (1.0, 0.811, 0.811), "vhp", "patient", (-3024.0, -3024.0), ""),
    ), {"SEG": 2}, {}),
    Folder("seg_sr_small", 9, (
        ("CT", (1, 128, 128), (0.0, 0.661, 0.661), "vhp", "patient", (-849.0, -115.0), ""),
        ("DX", (1, 169, 211), (0.0, 1.2, 1.201), "v", "detector", (211.0, 249.0), ""),
    ), {"SR": 2, "SEG": 5}, {}),
    Folder("seg_tiny_with_ct", 4, (
        ("CT", (3, 38, 24), (2.5, 0.7, 0.7), "vp", "patient", (0.0, 0.0), ""),
    ), {"SEG": 1}, {}),
    Folder("sr_tid1500_petct", 3, (
    ), {"RWV": 1, "SEG": 1, "SR": 1}, {}),
    Folder("transfer_syntaxes", 19, (
        ("CT", (2, 512, 512), (10.0, 0.3887, 0.3887), "vp", "patient", (-1.0, -1.0), "lossy"),
        ("CT", (7, 512, 512), (1.0, 0.6758, 0.6758), "", "patient", (-3024.0, -3024.875),
         "duplicate_files duplicate_position lossy per_slice_rescale second_decoder"),
        ("", (2, 480, 640), (1.0, 1.0, 1.0), "v", "none", (160.0, 246.0), "colour lossy no_spacing"),
    ), {}, {}),
    Folder("xray_chest", 2, (
        ("CR", (1, 440, 440), (0.0, 1.0, 1.0), "v", "none", (0.0, 0.0), "no_spacing"),
        ("CR", (1, 1955, 1841), (0.0, 1.0, 1.0), "v", "none", (18876.0, 2856.0), "lossy no_spacing"),
    ), {}, {}),
    Folder("xray_limb", 4, (
        ("DX", (1, 1707, 1178), (0.0, 0.139, 0.139), "v", "detector", (22104.0, 18490.0), ""),
        ("CR", (1, 2140, 1760), (0.0, 0.2, 0.2), "v", "unknown", (893.0, 893.0), ""),
        ("CR", (1, 1760, 1760), (0.0, 1.0, 1.0), "v", "none", (0.0, 0.0), "no_spacing"),
    ), {"PR": 1}, {}),

)
# fmt: on


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_is_read_as_its_readme_says(shared: Path, folder: Folder) -> None:
    index = scan([shared / folder.name])
    images = [series for series in index.series if series.is_image]
    assert index.files == folder.files
    assert Counter(found.code for found in index.refused) == folder.refused
    objects: Counter[str] = Counter()
    for series in index.series:
        if not series.is_image:
            objects[series.source.modality] += series.files
            assert not series.is_volume
    assert objects == folder.objects
    assert len(images) == len(folder.images)
    for series, (modality, shape, spacing, flags, length, ends, codes) in zip(images, folder.images, strict=True):
        assert series.geometry is not None
        assert (series.source.modality, series.shape) == (modality, shape)
        assert series.geometry.spacing_mm == pytest.approx(spacing, abs=6e-4)
        said = (series.is_volume, series.hounsfield, series.geometry.in_patient)
        assert said == tuple(letter in flags for letter in "vhp")
        assert series.length == length
        assert series.codes() == set(codes.split())
        assert len(series.source.instances) == series.frames == len(series.planes) == shape[0]
        if ends is None:
            with pytest.raises(Unreadable):
                load(series)
            continue
        volume = load(series)
        found = float(volume.rescaled_slice(0).flat[0]), float(volume.rescaled_slice(shape[0] - 1).flat[-1])
        assert found == pytest.approx(ends, abs=2e-3)
        assert volume.unit == ("HU" if series.hounsfield else "")


def test_every_refused_file_has_a_sentence_and_a_code_of_the_contract(shared: Path) -> None:
    known = {"not_dicom", "damaged", "truncated", "no_pixels", "no_rows", "unsupported_syntax", "too_large"}
    refused = scan([shared / "broken_files", shared / "charsets", shared / "xray_chest"]).refused
    assert refused
    assert {found.code for found in refused} <= known
    assert all(found.text.endswith(".") and "Traceback" not in found.text for found in refused)
