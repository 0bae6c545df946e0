import pytest

from mo_viewer.base.units import shown


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
