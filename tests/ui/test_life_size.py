"""Life size: as long on the screen as in the patient, by what the screen says or what a ruler said."""

import pytest
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.life_size import px_per_mm_of


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=3)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    yield made
    made.close()


def test_life_size_is_the_screens_millimetre(window):
    window.act("life_size")
    expected = px_per_mm_of(window.screen(), window.extras.settings)
    assert window.pane.view.framing.px_per_mm == pytest.approx(expected)


def test_a_ruler_against_the_bar_corrects_it_and_is_kept(window):
    before = px_per_mm_of(window.screen(), window.extras.settings)
    window.act("preferences")
    ruler = window.extras.preferences.looks.ruler
    ruler.says.setValue(80.0)
    assert px_per_mm_of(window.screen(), window.extras.settings) == pytest.approx(before / 0.8)
    assert ruler.bar.px_per_mm == pytest.approx(before / 0.8)
    assert ruler.says.value() == 100.0
    window.act("life_size")
    assert window.pane.view.framing.px_per_mm == pytest.approx(before / 0.8)


def test_a_picture_without_true_millimetres_has_no_life_size(qtbot, tmp_path):
    write_series(tmp_path / "dx", slices=1, modality="DX", PixelSpacing=None)
    window = opened_window(qtbot, tmp_path / "dx", tmp_path / "g.sqlite")
    assert not window.actions_table.qaction("life_size").isEnabled()
    window.close()
