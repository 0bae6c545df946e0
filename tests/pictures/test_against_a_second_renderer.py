"""What stands on the screen, pixel for pixel, against a renderer that shares no code with the program."""

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from reference_renderer import render

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.presets import first_window
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.window import Shape, Window

ROWS, COLUMNS = 60, 76


def written(folder, stored, **elements):
    """One CT-like image of any stored type."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.3.4.5"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.1"
    data.Modality, data.PatientID = "OT", "P"
    data.Rows, data.Columns = stored.shape
    data.PixelSpacing = [1, 1]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    size = stored.dtype.itemsize * 8
    data.BitsAllocated, data.BitsStored, data.HighBit = size, size, size - 1
    data.PixelRepresentation = int(stored.dtype.kind == "i")
    for name, value in elements.items():
        setattr(data, name, value)
    data.PixelData = stored.tobytes()
    path = folder / "image.dcm"
    data.save_as(path, enforce_file_format=True)
    return path


def on_screen(qtbot, path, window=None):
    """One screen pixel for each stored one, no words, nearest neighbour."""
    (series,) = [one for one in scan([path]).series if one.is_image]
    volume = load(series)
    _, rows, columns = volume.geometry.shape
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(columns, rows)
    view.show()
    view.begin(Stack(volume.geometry), 0, window or first_window(volume, 0, ()))
    view.show_volume(volume)
    view.smooth, view.texts = False, Texts.NONE
    view.set_framing(Framing.fit(view.stack.bounds, (columns, rows)))
    QApplication.processEvents()
    image = picture_of(view, 1.0, named=True).convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(image.constBits(), np.uint8).reshape(rows, columns, 4).copy()
    assert (bits[..., 0] == bits[..., 1]).all()
    assert (bits[..., 1] == bits[..., 2]).all()
    return bits[..., 0]


def ramp(dtype="i2", low=-1200, high=2500):
    """Every value of a range, some of them many times."""
    values = np.linspace(low, high, ROWS * COLUMNS)
    return np.rint(values).astype(dtype).reshape(ROWS, COLUMNS)


def table(first, bits, entries):
    from pydicom.dataset import Dataset

    item = Dataset()
    item.add_new(0x00283002, "SS" if first < 0 else "US", [len(entries), first, bits])
    item.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return [item]


OWN = {
    "linear": {"WindowCenter": "40", "WindowWidth": "400"},
    "linear, odd width": {"WindowCenter": "40", "WindowWidth": "401"},
    "linear, narrow": {"WindowCenter": "40", "WindowWidth": "2"},
    "linear, width 1": {"WindowCenter": "40", "WindowWidth": "1"},
    "linear, fractions": {"WindowCenter": "40.25", "WindowWidth": "399.5"},
    "linear exact": {"WindowCenter": "40", "WindowWidth": "400", "VOILUTFunction": "LINEAR_EXACT"},
    "sigmoid": {"WindowCenter": "200", "WindowWidth": "500", "VOILUTFunction": "SIGMOID"},
    "several windows": {"WindowCenter": ["350", "40"], "WindowWidth": ["2000", "400"]},
    "monochrome1": {"WindowCenter": "40", "WindowWidth": "400", "PhotometricInterpretation": "MONOCHROME1"},
    "monochrome1 and sigmoid": {
        "WindowCenter": "200", "WindowWidth": "500", "VOILUTFunction": "SIGMOID",
        "PhotometricInterpretation": "MONOCHROME1",
    },
    "inverse shape": {"WindowCenter": "40", "WindowWidth": "400", "PresentationLUTShape": "INVERSE"},
    "identity shape beats monochrome1": {
        "WindowCenter": "40", "WindowWidth": "400", "PhotometricInterpretation": "MONOCHROME1",
        "PresentationLUTShape": "IDENTITY",
    },
    "voi lut": {"VOILUTSequence": table(-100, 12, np.linspace(0, 4095, 700) ** 1.05 % 4096)},
    "voi lut beats the window": {
        "WindowCenter": "40", "WindowWidth": "400", "VOILUTSequence": table(-500, 8, np.arange(1500) // 6),
    },
    "voi lut and monochrome1": {
        "VOILUTSequence": table(0, 16, np.linspace(0, 65535, 1200)), "PhotometricInterpretation": "MONOCHROME1",
    },
    "slope below one": {"WindowCenter": "12", "WindowWidth": "120", "RescaleSlope": "0.25", "RescaleIntercept": "-20"},
    "negative slope": {"WindowCenter": "-100", "WindowWidth": "800", "RescaleSlope": "-1", "RescaleIntercept": "40"},
    "padding": {"WindowCenter": "40", "WindowWidth": "400", "PixelPaddingValue": 100, "PixelPaddingRangeLimit": 180},
    "padding in monochrome1": {
        "WindowCenter": "40", "WindowWidth": "400", "PixelPaddingValue": 100,
        "PhotometricInterpretation": "MONOCHROME1",
    },
}  # fmt: skip


@pytest.mark.parametrize("elements", OWN.values(), ids=OWN)
def test_every_way_of_windowing_is_shown_pixel_for_pixel(qtbot, tmp_path, elements):
    path = written(tmp_path, ramp(), **elements)
    assert np.array_equal(on_screen(qtbot, path), render(path))


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("u2", 0, 4095), ("u2", 30000, 65535), ("u1", 0, 255), ("i1", -128, 127)]
)
def test_every_stored_type_is_shown_pixel_for_pixel(qtbot, tmp_path, dtype, low, high):
    path = written(tmp_path, ramp(dtype, low, high), WindowCenter=str((low + high) / 2), WindowWidth=str(high - low))
    assert np.array_equal(on_screen(qtbot, path), render(path))


def test_a_modality_table_comes_before_the_window(qtbot, tmp_path):
    lut = table(0, 16, (np.arange(4096) ** 1.2).astype(int))
    lut[0].ModalityLUTType = "US"
    path = written(tmp_path, ramp("u2", 0, 4095), ModalityLUTSequence=lut, WindowCenter="9000", WindowWidth="12000")
    assert np.array_equal(on_screen(qtbot, path), render(path))


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize(("centre", "width"), [(40, 400), (350, 2000), (-600, 1500), (120, 300), (40.5, 80.25)])
def test_windows_that_the_reader_sets_are_shown_pixel_for_pixel(qtbot, tmp_path, shape, centre, width):
    path = written(tmp_path, ramp(), WindowCenter="0", WindowWidth="10")
    shown = on_screen(qtbot, path, Window(centre, width, shape=shape))
    assert np.array_equal(shown, render(path, (centre, width, str(shape))))


REAL = {
    "a hand, MONOCHROME1": "xray_limb/hand_dx_monochrome1.dcm",
    "a hip": "xray_limb/hip_RG2_J2KR.dcm",
    "a leg, MONOCHROME1": "xray_limb/leg_RG3_J2KR.dcm",
    "a VOI LUT": "lut_sequences/vlut_04.dcm",
    "a modality LUT": "lut_sequences/mlut_18.dcm",
    "a radiograph with a modality LUT": "lut_sequences/CR-ModalitySequenceLUT.dcm",
}


@pytest.mark.parametrize("name", REAL.values(), ids=REAL)
def test_real_radiographs_and_tables_are_shown_pixel_for_pixel(qtbot, shared, name):
    import pydicom

    path = shared / name
    data = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    own = "VOILUTSequence" in data or "WindowCenter" in data
    window = None if own else (500.0, 900.0, "LINEAR")
    shown = on_screen(qtbot, path, None if own else Window(500.0, 900.0))
    assert np.array_equal(shown, render(path, window))
