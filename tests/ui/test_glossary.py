"""Words used here: reached by key, palette and the sheet of keys; every measurement of the panel is in it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.glossary import Glossary, entries

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=3)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    made.activateWindow()
    assert wait_until(made.isActiveWindow, 10)
    yield made
    made.close()


def shown_glossary():
    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, Glossary) and one.isVisible()), None)


@pytest.mark.parametrize("typed", ["zonal index", "mineral content", "glossary", "rim core", "maturity rules"])
def test_the_palette_finds_the_words_by_what_a_reader_wonders_about(window, typed):
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    palette = next(w for w in QApplication.topLevelWidgets() if w.objectName() == "palette" and w.isVisible())
    QTest.keyClicks(palette.search, typed)
    titles = [palette.list.topLevelItem(n).text(0) for n in range(palette.list.topLevelItemCount())]
    assert titles[0] == "Words used here"
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert shown_glossary() is not None


def test_its_search_finds_a_word_in_names_and_explanations_names_first(window):
    QTest.keyClick(window, Qt.Key.Key_F1, SHIFT)
    glossary = shown_glossary()
    assert "Rules of the grade" in glossary.page.toPlainText()
    QTest.keyClicks(glossary.search, "core")
    text = glossary.page.toPlainText()
    assert text.index("Core density") < text.index("Whole-lesion volume")
    assert "Registration" not in text
    QTest.keyClicks(glossary.search, "xyz")
    assert glossary.page.toPlainText() == "Nothing here matches. Try part of the word."
    QTest.keyClick(glossary, Qt.Key.Key_Escape)
    assert shown_glossary() is None


@pytest.mark.parametrize("word", ["MPR", "MIP", "kernel", "window"])
def test_words_of_the_toolbar_and_the_corners_are_explained(window, word):
    QTest.keyClick(window, Qt.Key.Key_F1, SHIFT)
    glossary = shown_glossary()
    QTest.keyClicks(glossary.search, word)
    assert glossary.page.toPlainText().splitlines()[0].casefold().startswith(word.casefold())


def test_the_sheet_of_keys_leads_there(window):
    QTest.keyClick(window, Qt.Key.Key_F1)
    sheet = window.extras.sheet
    (button,) = [one for one in sheet.findChildren(QPushButton) if one.text().startswith("Words")]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown_glossary() is not None
    assert not sheet.isVisible()


def test_every_measurement_with_a_name_is_explained_with_its_unit_in_one_sentence():
    from mo_viewer.report.wording import bundled_wording

    words = bundled_wording()
    assert words.explained.keys() == words.measurements.keys()
    for concept, sentence in words.explained.items():
        assert sentence.endswith(
            (" in cm³.", " in HU.", " in mm.", " in mm².", " in %.", " in HU·cm³.", " no unit.")
        ), concept
        assert sentence.count(". ") == 0, concept
        assert not any(unit in sentence for unit in ("cm3", "mm2", "mm3"))
    assert words.grades.keys() == words.grade_meanings.keys()
    assert {words.name(concept) for concept in words.explained} <= {word for word, _ in entries()}


def test_the_departments_own_words_stand_there_too():
    from mo_viewer.paths import user_settings

    folder = user_settings() / "wording"
    folder.mkdir(parents=True)
    (folder / "report.toml").write_text('[measurements]\nzonal_index = "Zone score"\n', "utf-8")
    assert "Zone score" in dict(entries())
    (folder / "report.toml").write_text("no toml = = =", "utf-8")
    assert "Rim-to-core index (−1 to 1)" in dict(entries())
