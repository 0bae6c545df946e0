from dataclasses import replace

import numpy as np
import pytest
from phantoms import sphere_volume

from mo_viewer.base.faults import Unreadable
from mo_viewer.ui import presets
from mo_viewer.ui.presets import auto_window, first_window, presets_or_fault, read_presets
from mo_viewer.volume.window import Table, Window


def test_the_bundled_presets_have_the_windows_that_radiologists_know():
    known = {preset.window.name: (preset.window.width, preset.window.centre) for preset in read_presets()}
    assert known["Soft tissue"] == (400, 40)
    assert known["Bone"] == (2000, 350)
    grouped = [preset.window for preset in read_presets() if preset.group == "Calcification"]
    assert [(window.width, window.centre) for window in grouped] == [(1500, 300), (1000, 500), (300, 120)]


def test_a_series_begins_with_its_own_window_then_soft_tissue_then_automatic():
    listed = read_presets()
    volume = sphere_volume()
    assert first_window(replace(volume, windows=(Window(60, 350),)), 3, listed) == Window(60, 350, "DICOM")
    assert first_window(volume, 3, listed).name == "Soft tissue"
    assert first_window(replace(volume, unit=""), 3, listed).name == "Auto"


def test_the_automatic_window_spans_the_values_without_padding():
    volume = sphere_volume(noise_hu=50.0)
    values = volume.values.copy()
    values[4, :20] = 5000
    padded = replace(volume, values=values, padding=(5000, 5000))
    window = auto_window(padded, 4)
    kept = padded.rescaled_slice(4)[20:]
    low, high = np.percentile(kept, (0.5, 99.5))
    assert (window.centre - window.width / 2, window.centre + window.width / 2) == pytest.approx((low, high), abs=1)


def test_a_slice_of_one_value_or_of_padding_only_still_has_a_window():
    volume = sphere_volume()
    flat = replace(volume, values=np.full_like(volume.values, 7), padding=(7, 7))
    assert auto_window(flat, 0).width > 0
    assert auto_window(replace(flat, padding=None), 0).width >= 1


@pytest.mark.parametrize(
    "text", ["nonsense = [", "[[preset]]\nname = 'A'", "[[preset]]\nname='A'\nwidth='x'\ncentre=1"]
)
def test_an_edited_file_that_cannot_be_read_is_said_and_the_viewer_goes_on(tmp_path, monkeypatch, text):
    (tmp_path / "window_presets.toml").write_text(text)
    monkeypatch.setattr(presets, "bundled", lambda name: tmp_path)
    with pytest.raises(Unreadable):
        read_presets()
    listed, fault = presets_or_fault()
    assert listed == ()
    assert "presets" in fault.sentence


def test_a_table_without_a_name_is_still_the_table_when_a_picture_begins():
    table = Table(0, 8, b"\0\0\1\0")
    volume = replace(sphere_volume(), windows=(Window(50, 100, table=table),))
    assert first_window(volume, 0, ()).table is table
