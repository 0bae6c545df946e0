from dataclasses import replace

import numpy as np
import pytest

from mo_viewer.findings.lesion import BY_HAND, Lesion, Quality
from mo_viewer.findings.measurement import Measurement
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Patient, Source
from mo_viewer.volume.volume import Volume

UNITS = {"dense_volume": "mm3", "rim_minus_core_hu": "HU", "core_hu": "HU", "margin_width_mm": "mm"}


def ct(slice_mm: float = 1.0, unit: str = "HU") -> Volume:
    geometry = Geometry.even((3, 4, 4), np.diag([slice_mm, 0.7, 0.7, 1]))
    source = Source(Patient("k"), "1", "1.1", "CT", acquisition=Acquisition(slice_mm=slice_mm))
    return Volume(np.zeros((3, 4, 4), np.int16), geometry, source, unit=unit)


def lesion(**values: float) -> Lesion:
    defaults = {
        "dense_volume": 900.0,
        "normalised_density": 0.5,
        "rim_coverage": 0.95,
        "rim_minus_core_hu": 300.0,
        "core_hu": 90.0,
        "zonal_index": 0.8,
        "margin_width_mm": 1.5,
    } | values
    spread = defaults.pop("density_spread", 0.02)
    return Lesion(
        "u",
        "L1",
        (),
        measurements=tuple(
            Measurement(name, value, UNITS.get(name, "1"), spread if name == "normalised_density" else None)
            for name, value in defaults.items()
            if value is not None
        ),
    )


def assessed(made: Lesion, volume: Volume | None = None) -> tuple[str, str]:
    from mo_ossification.maturity import assess

    grade, pattern = assess(made, volume or ct())
    assert {rule.name.split()[0] for rule in grade.rules} >= {"R1", "R2", "R3", "R4", "R5", "R7", "R8", "R11"}
    assert all(rule.provisional and rule.basis and rule.limit for rule in grade.rules)
    return grade.value, pattern


@pytest.mark.parametrize(
    ("values", "grade"),
    [
        ({"dense_volume": 2.0}, "1"),
        ({"normalised_density": 0.20}, "2"),
        ({"normalised_density": 0.34}, "2-3"),
        ({"normalised_density": 0.50}, "3"),
        ({"normalised_density": 0.69}, "3-4"),
        ({"normalised_density": 0.90}, "4"),
        ({"normalised_density": 0.90, "rim_coverage": 0.6}, "3"),
        ({"normalised_density": 0.90, "margin_width_mm": 6.0}, "3"),
        ({"normalised_density": None}, "indeterminate"),
        ({"dense_volume": None}, "indeterminate"),
        ({"normalised_density": 0.5, "density_spread": 0.5}, "indeterminate"),
    ],
)
def test_the_grade_follows_density_rim_and_margin(values: dict[str, float], grade: str) -> None:
    assert assessed(lesion(**values))[0] == grade


def test_a_centre_denser_than_the_rim_is_a_caution_and_no_grade() -> None:
    made = lesion(zonal_index=-0.7, core_hu=450.0, rim_minus_core_hu=-300.0)
    assert assessed(made) == ("indeterminate", "inside_out")


def test_the_pattern_is_not_assessable_without_a_zonal_index() -> None:
    assert assessed(lesion(zonal_index=None))[1] == "not_assessable"
    assert assessed(lesion(zonal_index=0.1))[1] == "none"
    assert assessed(lesion(zonal_index=0.6))[1] == "outside_in"


def test_thick_slices_are_not_graded() -> None:
    assert assessed(lesion(), ct(5.0))[0] == "indeterminate"


@pytest.mark.parametrize(
    ("slice_mm", "coverage", "met"), [(3.5, 0.2, False), (3.5, 0.95, True), (5.0, 0.0, None), (5.0, 0.95, None)]
)
def test_a_closed_rim_is_not_judged_in_slices_too_thick_to_be_graded(
    slice_mm: float, coverage: float, met: bool | None
) -> None:
    from mo_ossification.maturity import assess
    from mo_ossification.rows import rule_rows

    made = lesion(rim_coverage=coverage, normalised_density=0.9)
    grade, _ = assess(made, ct(slice_mm))
    (rule,) = (one for one in grade.rules if one.name.startswith("R7"))
    assert (rule.met, rule.value) == (met, coverage)
    row = by_number(rule_rows(replace(made, grade=grade)))["R7"]
    said = "cannot be judged at slices of 5 mm"
    assert (row.value if row.refused else row.unit) == (said if met is None else "met" if met else "not met")
    assert (grade.value == "indeterminate") is (met is None)


def test_the_rim_in_slices_of_two_millimetres_counts_without_the_rule_that_needs_thin_ones() -> None:
    from mo_ossification.maturity import assess

    grade, _ = assess(lesion(normalised_density=0.9), ct(2.0))
    told = {rule.name.split()[0]: (rule.met, rule.reason) for rule in grade.rules}
    assert grade.value == "4"
    assert told["R6"] == (None, "")
    assert told["R7"] == told["R8"] == (True, "")


def test_an_image_without_hounsfield_units_is_not_assessed() -> None:
    from mo_ossification.maturity import assess

    assert assess(lesion(), ct(unit="")) is None


def test_the_table_says_refusals_where_the_numbers_would_stand() -> None:
    from dataclasses import replace

    from mo_ossification.rows import copyable, measurement_rows

    from mo_viewer.findings.measurement import Refusal

    made = replace(
        lesion(),
        measurements=(Measurement("volume", 21437.0, "mm3", 1100.0, "filled"), Measurement("p95_hu", 342.4, "HU", 9.0)),
        refused=(Refusal("rim_minus_core_hu", "slices of 3.3 mm"),),
    )
    rows = {row.name: row for _, section in measurement_rows(made) for row in section}
    size = rows["Whole-lesion volume"]
    assert (size.value, size.unit) == ("21.4", "± 1.1 cm³")
    by_hand = replace(made, measurements=(Measurement("volume", 21437.0, "mm3", 1100.0, f"{BY_HAND}, filled"),))
    assert measurement_rows(by_hand)[0][1][0].name == "Whole-lesion volume, by hand"
    assert measurement_rows(replace(made, threshold_hu=240.0))[0][1][0].name == "Whole-lesion volume, above 240 HU"
    assert (rows["95th percentile of density"].value, rows["95th percentile of density"].unit) == ("342", "± 9 HU")
    assert rows["Rim minus core density"].refused
    assert "slices of 3.3 mm" in copyable(made)


def test_a_number_without_doubt_bears_no_interval() -> None:
    from mo_ossification.rows import measurement_rows

    def contact(value: float, spread: float) -> tuple[str, str]:
        made = replace(lesion(), measurements=(Measurement("bone_contact_mm2", value, "mm2", spread),))
        (row,) = measurement_rows(made)[0][1]
        return row.value, row.unit

    assert contact(0.0, 0.0) == ("0", "mm²")
    assert contact(0.0, 5.0) == ("0", "± 5 mm²")


def test_what_is_to_be_doubted_stands_in_words_once_and_goes_with_the_copied_numbers() -> None:
    from dataclasses import replace

    from mo_ossification.rows import copyable, warnings_of

    wide, spilt = "the volume is uncertain by more than 25 %", "cortex may spill into it"
    doubted = replace(
        lesion(),
        quality=Quality(warnings=(spilt,)),
        measurements=(
            Measurement("volume", 4030.0, "mm3", 1290.0, "filled", (wide,)),
            Measurement("mineral_content", 454e3, "HU.mm3", 35e3, "excess", (spilt, wide)),
        ),
    )
    said = ("Cortex may spill into it.", "The volume is uncertain by more than 25 %.")
    assert warnings_of(doubted) == said
    assert tuple(copyable(doubted).splitlines()[1:3]) == said
    assert warnings_of(lesion()) == ()


def by_number(rows):
    """Rows of rules by the number that files give them, which the tooltip says."""
    return {row.tip.split()[-1].removesuffix("."): row for row in rows}


def test_the_value_of_a_rule_bears_its_unit() -> None:
    from mo_ossification.maturity import assess
    from mo_ossification.rows import rule_rows

    grade, _ = assess(lesion(), ct())
    graded = replace(lesion(), grade=grade)
    said = by_number(rule_rows(graded))
    assert said["R1"].value == said["R2"].value == "0.90 cm³"
    assert said["R2"].name == "Calcification present (≥ 0.01 cm³)"
    assert said["R2"].tip.startswith("Judges: Calcified volume. Basis: ")
    assert (said["R3"].value, said["R6"].value, said["R8"].value) == ("0.50", "300 HU", "1.5 mm")
    assert said["R7"].name == "Closed rim (≥ 90 %)"
    assert said["R11"].name == (
        "Core denser than rim, a caution (rim-to-core index < −0.3, core > 150 HU, core minus rim ≥ 100 HU)"
    )
    assert not any(name in row.name for row in said.values() for name in (*said, "R9", "R10"))


def test_a_rule_that_is_met_stands_out_and_a_caution_does_so_as_one() -> None:
    from mo_ossification.maturity import assess
    from mo_ossification.rows import rule_rows

    def told(made: Lesion) -> dict[str, tuple[bool, bool]]:
        grade, _ = assess(made, ct())
        return {
            number: (row.met, row.caution) for number, row in by_number(rule_rows(replace(made, grade=grade))).items()
        }

    usual = told(lesion())
    assert usual["R4"] == (True, False)
    assert usual["R3"] == usual["R11"] == (False, False)
    inside_out = told(lesion(zonal_index=-0.6, core_hu=400.0, rim_minus_core_hu=-300.0))
    assert inside_out["R11"] == (True, True)


def test_list_table_and_rules_show_one_number_for_one_thing() -> None:
    """A volume known to +-8 cm3 is 21 cm3 in every place, not 21.2 in one of them."""
    from mo_ossification.maturity import assess
    from mo_ossification.rows import measurement_rows, rule_rows, size_of

    measured = tuple(
        replace(one, value=21234.0, spread=8300.0) if one.concept in ("volume", "dense_volume") else one
        for one in (*lesion().measurements, Measurement("volume", 1.0, "mm3"))
    )
    grade, _ = assess(replace(lesion(), measurements=measured), ct())
    wide = replace(lesion(), measurements=measured, grade=grade)
    rows = {row.name: row for _, several in measurement_rows(wide) for row in several}
    assert rows["Calcified volume"].value == "21"
    assert rows["Whole-lesion volume"].value == "21"
    assert size_of(wide) == "21 cm³"
    rules = {number: row.value for number, row in by_number(rule_rows(wide)).items()}
    assert rules["R1"] == "21 cm³"
    assert rules["R7"] == f"{rows['Bone-dense part of the rim'].value} %"
