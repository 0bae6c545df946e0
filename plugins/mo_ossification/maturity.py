"""Maturity grade 1-4 with the rules that led to it (rules R1-R8 and R11; every limit is a provisional default).

R9 (stable over time) and R10 (time since injury) change no grade: the course tells them.

The grade is the four-step scale of Radiology 2002 (pelvic heterotopic ossification); the density limits are an
analogy from animal callus (35 % and 70 % of cortex), not published limits for this lesion. Nothing here is a
diagnosis, and a missing caution is no reassurance.
"""

from dataclasses import dataclass

from mo_viewer.findings.lesion import Grade, Lesion, Rule
from mo_viewer.volume.volume import Volume

SCALE = "maturity 1-4"
IMMATURE_BELOW, MATURE_FROM = 0.35, 0.70
LEAST_MINERAL_MM3 = 10.0
ZONAL_SLICE_MM, ZONAL_DIFFERENCE_HU, ZONAL_COVERAGE = 1.5, 100.0, 0.5
CLOSED_RIM = 0.9
THICKEST_SLICE_MM = 3.5
INSIDE_OUT_INDEX, INSIDE_OUT_CORE_HU, INSIDE_OUT_DIFFERENCE_HU = -0.3, 150.0, 100.0
OUTSIDE_IN_INDEX = 0.3
_SCALE_BASIS = "Radiology 2002, four-step scale"
_CALLUS_BASIS = "analogy: animal callus, share of cortex (PLoS One 2015)"
_DEFAULT = "default of this program"


@dataclass(frozen=True)
class _Facts:
    """The numbers that the rules read; None where they were refused."""

    dense_mm3: float | None
    density: float | None
    density_spread: float
    coverage: float | None
    rim_minus_core: float | None
    core: float | None
    index: float | None
    margin: float | None
    slice_mm: float
    pixel_mm: float


JUDGED = {
    "R1": "dense_volume",
    "R2": "dense_volume",
    "R3": "normalised_density",
    "R4": "normalised_density",
    "R5": "normalised_density",
    "R6": "rim_minus_core_hu",
    "R7": "rim_coverage",
    "R8": "margin_width_mm",
    "R11": "zonal_index",
}
"""The measurement that each rule judges."""


def assess(lesion: Lesion, volume: Volume) -> tuple[Grade, str] | None:
    """Return the grade and the pattern of mineralisation of a lesion on CT; None where there is no HU."""
    if volume.unit != "HU":
        return None
    facts = _facts(lesion, volume)
    rules = _rules(facts)
    return Grade(_value(facts, rules), SCALE, tuple(rules.values())), _pattern(facts)


def _facts(lesion: Lesion, volume: Volume) -> _Facts:
    def value(concept: str) -> float | None:
        found = lesion.measured(concept)
        return None if found is None else found.value

    density = lesion.measured("normalised_density")
    step, row, _ = volume.geometry.spacing_mm
    return _Facts(
        dense_mm3=value("dense_volume"),
        density=None if density is None else density.value,
        density_spread=0.0 if density is None or density.spread is None else density.spread,
        coverage=value("rim_coverage"),
        rim_minus_core=value("rim_minus_core_hu"),
        core=value("core_hu"),
        index=value("zonal_index"),
        margin=value("margin_width_mm"),
        slice_mm=volume.source.acquisition.slice_mm or step,
        pixel_mm=row,
    )


def _rules(facts: _Facts) -> dict[str, Rule]:
    limit = 2 * max(facts.slice_mm, 2 * facts.pixel_mm)
    thin = facts.slice_mm <= ZONAL_SLICE_MM
    zonal = None
    if thin and facts.rim_minus_core is not None and facts.coverage is not None:
        zonal = facts.rim_minus_core >= ZONAL_DIFFERENCE_HU and facts.coverage >= ZONAL_COVERAGE
    can_see_rim = facts.slice_mm <= THICKEST_SLICE_MM
    mineral = None if facts.dense_mm3 is None else facts.dense_mm3 >= LEAST_MINERAL_MM3
    inside_out = _inside_out(facts)
    density, nothing = facts.density, facts.density is None
    rules = [
        Rule(
            "R1 no calcification", facts.dense_mm3, "< 10 mm3", None if mineral is None else not mineral, _SCALE_BASIS
        ),
        Rule("R2 calcification present", facts.dense_mm3, ">= 10 mm3", mineral, _SCALE_BASIS),
        Rule(
            "R3 relative density as in grade 2",
            density,
            f"< {IMMATURE_BELOW:.2f}",
            None if nothing else bool(density is not None and density < IMMATURE_BELOW),
            _CALLUS_BASIS,
        ),
        Rule(
            "R4 relative density as in grade 3",
            density,
            f"{IMMATURE_BELOW:.2f}-{MATURE_FROM:.2f}",
            None if nothing else bool(density is not None and IMMATURE_BELOW <= density < MATURE_FROM),
            _CALLUS_BASIS,
        ),
        Rule(
            "R5 relative density as in grade 4",
            density,
            f">= {MATURE_FROM:.2f}",
            None if nothing else bool(density is not None and density >= MATURE_FROM),
            _CALLUS_BASIS,
        ),
        Rule(
            "R6 dense rim, at least half closed",
            facts.rim_minus_core,
            ">= 100 HU, rim >= 50 %, slices <= 1.5 mm",
            zonal,
            _DEFAULT,
        ),
        Rule(
            "R7 closed rim",
            facts.coverage,
            f">= {CLOSED_RIM:.2f}",
            facts.coverage >= CLOSED_RIM if can_see_rim and facts.coverage is not None else None,
            _DEFAULT,
            reason="" if can_see_rim else f"cannot be judged at slices of {facts.slice_mm:.2g} mm",
        ),
        Rule(
            "R8 sharp margin",
            facts.margin,
            f"<= {limit:.1f} mm",
            None if facts.margin is None else facts.margin <= limit,
            _DEFAULT,
        ),
        Rule(
            "R11 core denser than rim, a caution",
            facts.index,
            "rim-to-core index < -0.3, core > 150 HU, core minus rim >= 100 HU",
            inside_out,
            "radiologyreview.net, osteogenic tumours; a caution, not a finding",
        ),
    ]
    return {rule.name.split()[0]: rule for rule in rules}


def _value(facts: _Facts, rules: dict[str, Rule]) -> str:
    if facts.slice_mm > THICKEST_SLICE_MM or rules["R2"].met is None or rules["R11"].met:
        return "indeterminate"
    if rules["R1"].met:
        return "1"
    if facts.density is None:
        return "indeterminate"
    low, high = facts.density - facts.density_spread, facts.density + facts.density_spread
    grades = sorted({_by_density(edge, rules) for edge in (low, facts.density, high)})
    if len(grades) == 1:
        return str(grades[0])
    span = f"{grades[0]}-{grades[-1]}"
    return span if span in ("2-3", "3-4") else "indeterminate"


def _by_density(density: float, rules: dict[str, Rule]) -> int:
    if density < IMMATURE_BELOW:
        return 2
    if density < MATURE_FROM:
        return 3
    return 4 if rules["R7"].met and rules["R8"].met else 3


def _inside_out(facts: _Facts) -> bool | None:
    if facts.index is None or facts.core is None or facts.rim_minus_core is None:
        return None
    return (
        facts.index < INSIDE_OUT_INDEX
        and facts.core > INSIDE_OUT_CORE_HU
        and -facts.rim_minus_core >= INSIDE_OUT_DIFFERENCE_HU
    )


def _pattern(facts: _Facts) -> str:
    if facts.index is None:
        return "not_assessable"
    if _inside_out(facts):
        return "inside_out"
    return "outside_in" if facts.index > OUTSIDE_IN_INDEX else "none"
