"""Units as they stand in files (UCUM-like words of the contract) and as a person reads them."""

import math
import re
from collections.abc import Sequence

SHOWN = {"mm3": "cm³", "mm2": "mm²", "HU.mm3": "HU·cm³", "1": "", "HU": "HU", "mm": "mm", "d": "days"}
SHARES = ("rim_coverage", "mineralised_fraction")
"""Measurements of unit 1 that a person reads in per cent."""
_SHARE = re.compile(r"\d\.\d+")
_SCALE = {"mm3": 1e-3, "HU.mm3": 1e-3}
_VOLUME = re.compile(r"(\d+(?:\.\d+)?) mm3")
_POWER = re.compile(r"\b([cm]m)([23])\b")
_MOST_DECIMALS = {"HU": 0, "mm": 1, "mm2": 0, "d": 0}


def shown_value(value: float, unit: str) -> float:
    """Return a value of a file unit in the unit that the screen uses (mm3 becomes cm³)."""
    return value * _SCALE.get(unit, 1.0)


def decimals_for(spread: float | None, value: float, unit: str) -> int:
    """How many decimals a number deserves on screen.

    As many as show the spread's first figure (its first two when it begins with 1 or 2), or three figures of the
    value where there is no spread; never more than a reader can use (`_MOST_DECIMALS`).
    """
    if spread is not None and spread > 0 and math.isfinite(spread):
        place = math.floor(math.log10(spread))
        wanted = -place + (1 if spread / 10**place < 3 else 0)
    elif value != 0 and math.isfinite(value):
        wanted = 2 - math.floor(math.log10(abs(value)))
    else:
        wanted = 0
    return min(_MOST_DECIMALS.get(unit, 2), max(0, wanted))


def shown(value: float, unit: str, spread: float | None = None) -> str:
    """Return a number as the screen shows it, without its unit, with the decimals that its spread allows."""
    return f"{shown_value(value, unit):z.{_decimals(value, unit, spread)}f}"


def shown_alike(numbers: Sequence[tuple[float, float | None]], unit: str) -> list[str]:
    """Return values (with their spreads) that stand below each other, all with as many decimals.

    These are the fewest that one of the spreads allows, or as many more as keep the first figure of every value.
    """
    wanted = min((_decimals(value, unit, spread) for value, spread in numbers), default=0)
    firsts = (-math.floor(math.log10(abs(shown_value(v, unit)))) for v, _ in numbers if v and math.isfinite(v))
    decimals = max(wanted, min(max(firsts, default=0), _MOST_DECIMALS.get(unit, 2)))
    return [f"{shown_value(value, unit):z.{decimals}f}" for value, _ in numbers]


def _decimals(value: float, unit: str, spread: float | None) -> int:
    return decimals_for(None if spread is None else shown_value(spread, unit), shown_value(value, unit), unit)


def figures(concept: str, value: float, unit: str, spread: float | None = None) -> tuple[str, str]:
    """Return the number of a measurement as a person reads it, and its unit; shares are in per cent."""
    if concept in SHARES:
        return f"{value * 100:.0f}", "%"
    return shown(value, unit, spread), SHOWN.get(unit, unit)


def spread_figures(concept: str, spread: float, unit: str) -> str:
    """Return half the width of an interval in the unit of `figures`, with as many decimals as the value has."""
    return f"{spread * 100:.0f}" if concept in SHARES else shown(spread, unit, spread)


def shown_limit(concept: str, limit: str) -> str:
    """Return the limit of a rule about a measurement in the unit of `figures`."""
    if concept in SHARES:
        return _SHARE.sub(lambda share: f"{float(share[0]) * 100:.0f} %", limit)
    return in_shown_units(limit)


def in_shown_units(text: str) -> str:
    """Return a text with its units as a person reads them: ``>= 10 mm3`` becomes ``>= 0.01 cm³``, cm3 cm³.

    Sentences of the engine keep to ASCII, since they go into files that other programs read.
    """
    text = _VOLUME.sub(lambda found: f"{shown_value(float(found[1]), 'mm3'):g} {SHOWN['mm3']}", text)
    return _POWER.sub(lambda found: found[1] + "²³"[int(found[2]) - 2], text)
