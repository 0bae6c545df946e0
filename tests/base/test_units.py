import pytest

from mo_viewer.base.units import in_shown_units, shown, shown_alike


@pytest.mark.parametrize(
    ("value", "unit", "spread", "text"),
    [
        (21437.0, "mm3", 1100.0, "21.4"),
        (21437.0, "mm3", 40.0, "21.44"),
        (342.4, "HU", 0.5, "342"),
        (46.13, "mm", 0.94, "46.1"),
        (0.2371, "1", 0.03, "0.24"),
        (2380123.0, "HU.mm3", 120000.0, "2380"),
        (812.0, "mm3", None, "0.81"),
        (0.0, "HU", None, "0"),
    ],
)
def test_a_number_is_shown_with_the_decimals_that_its_spread_allows(
    value: float, unit: str, spread: float | None, text: str
) -> None:
    assert shown(value, unit, spread) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (">= 10 mm3", ">= 0.01 cm³"),
        ("0.62 cm3 of calcification 4 mm away (12 mm2)", "0.62 cm³ of calcification 4 mm away (12 mm²)"),
        ("series cm30, file_mm2", "series cm30, file_mm2"),
    ],
)
def test_sentences_for_people_have_raised_powers(written: str, read: str) -> None:
    assert in_shown_units(written) == read


@pytest.mark.parametrize(
    ("numbers", "unit", "texts"),
    [
        ([(8050.0, 100.0), (12600.0, 900.0), (12300.0, 300.0)], "mm3", ["8.1", "12.6", "12.3"]),
        ([(8050.0, 100.0), (8150.0, 120.0)], "mm3", ["8.05", "8.15"]),
        ([(450.0, 20.0), (21000.0, 8000.0)], "mm3", ["0.5", "21.0"]),
        ([(2.0, 1.0), (21000.0, 8000.0)], "mm3", ["0.00", "21.00"]),
        ([(0.0, None), (100.0, None)], "mm2", ["0", "100"]),
        ([], "mm3", []),
    ],
)
def test_numbers_below_each_other_have_as_many_decimals(
    numbers: list[tuple[float, float | None]], unit: str, texts: list[str]
) -> None:
    assert shown_alike(numbers, unit) == texts


def test_a_number_that_rounds_to_nought_has_no_sign() -> None:
    assert shown(-0.004, "1", 0.1) == "0.00"
    assert shown_alike([(-0.004, 0.1), (-0.31, 0.1)], "1") == ["0.00", "-0.31"]
