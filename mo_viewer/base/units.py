"""Units as they stand in files (UCUM-like words of the contract) and as a person reads them."""

import math

SHOWN = {"mm3": "cm³", "mm2": "mm²", "HU.mm3": "HU·cm³", "1": "", "HU": "HU", "mm": "mm", "d": "days"}
_SCALE = {"mm3": 1e-3, "HU.mm3": 1e-3}


def shown_value(value: float, unit: str) -> float:
    """Return a value of a file unit in the unit that the screen uses (mm3 becomes cm³)."""
    return value * _SCALE.get(unit, 1.0)


def decimals_for(spread: float | None, value: float) -> int:
    """How many decimals a number deserves: two significant figures of its spread, at most three.

    Without a spread, three significant figures of the value itself.
    """
    if spread is not None and spread > 0 and math.isfinite(spread):
        return min(3, max(0, 1 - math.floor(math.log10(spread))))
    if value == 0 or not math.isfinite(value):
        return 0
    return min(3, max(0, 2 - math.floor(math.log10(abs(value)))))


def shown(value: float, unit: str, spread: float | None = None) -> str:
    """Return a number as the screen shows it, without its unit, with decimals that its spread allows."""
    scaled = shown_value(value, unit)
    scaled_spread = None if spread is None else shown_value(spread, unit)
    return f"{scaled:.{decimals_for(scaled_spread, scaled)}f}"
