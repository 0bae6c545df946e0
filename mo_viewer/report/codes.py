"""The code tables of `resources/codes`: which concept, unit and method stands for which name of the contract."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mo_viewer.findings.codes import Code, load_codes


@dataclass(frozen=True)
class Concept:
    """How one measurement of the contract is coded."""

    name: str
    code: Code
    unit: str
    method: Code
    derivation: Code | None = None


@cache
def code(name: str, *within: str) -> Code:
    """Return a single code of ``measurements.json`` by its key, and the key inside it where it is a table."""
    entry = load_codes("measurements")[name]
    for key in within:
        entry = entry[key]
    return Code(*entry)


@cache
def unit_code(unit: str) -> Code:
    """Return the UCUM code of a unit of the contract (``mm3``, ``HU`` ...)."""
    return Code(*load_codes("measurements")["units"][unit])


@cache
def concepts() -> dict[str, Concept]:
    """Return how each measurement of the contract is coded, in the order in which reports list them."""
    return {entry["name"]: _concept(entry) for entry in load_codes("measurements")["measurements"]}


def is_coded(name: str, unit: str) -> bool:
    """Whether a measurement of that name and unit can stand in a structured report."""
    return name in concepts() and concepts()[name].unit == unit


@cache
def concept(name: str) -> Concept:
    """Return the coding of ``voxel_count_volume`` or ``class_volume``, which are no names of the contract."""
    return _concept(load_codes("measurements")[name])


def _concept(entry: dict[str, Any]) -> Concept:
    derivation = entry.get("derivation")
    return Concept(
        entry["name"],
        Code(*entry["code"]),
        entry["unit"],
        Code(*entry["method"]),
        None if derivation is None else Code(*derivation),
    )
