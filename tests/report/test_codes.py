"""The code tables: complete, valid, and in step with one another."""

from collections.abc import Iterator

import pytest
from written_ct import lesion

from mo_viewer.findings.codes import Code, load_codes, sites
from mo_viewer.report.codes import code, concepts, unit_code

CONTRACT = [
    "volume",
    "dense_volume",
    "threshold_volume",
    "mean_hu",
    "voxel_mean_hu",
    "median_hu",
    "p95_hu",
    "max_hu",
    "sd_hu",
    "background_hu",
    "mineral_content",
    "cortex_hu",
    "normalised_density",
    "mineralised_fraction",
    "rim_hu",
    "core_hu",
    "rim_minus_core_hu",
    "zonal_index",
    "rim_coverage",
    "margin_width_mm",
    "area_mm2",
    "long_axis_mm",
    "short_axis_mm",
    "max_diameter_mm",
    "surface_mm2",
    "sphericity",
    "gap_to_bone_mm",
    "bone_contact_mm2",
]


def product(a: int, b: int) -> int:
    """In the dihedral group D5, which Verhoeff's check digit rests on."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


def holds(identifier: str) -> bool:
    """Whether a SNOMED CT identifier passes its check digit."""
    shift, check = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), 0
    for place, digit in enumerate(int(c) for c in reversed(identifier)):
        for _ in range(place):
            digit = shift[digit]
        check = product(check, digit)
    return check == 0


def codes_in(node: object) -> Iterator[Code]:
    if isinstance(node, dict):
        for value in node.values():
            yield from codes_in(value)
    elif isinstance(node, list):
        if len(node) == 3 and all(isinstance(part, str) for part in node):
            yield Code(*node)
        else:
            for value in node:
                yield from codes_in(value)


ALL = sorted(
    {
        c
        for name in ("measurements", "sites")
        for c in codes_in(load_codes(name))
        if c.scheme.isupper() or "9" in c.scheme
    },
    key=str,
)


def test_every_name_of_the_contract_is_coded_in_its_order() -> None:
    assert list(concepts()) == CONTRACT


@pytest.mark.parametrize("one", [c for c in ALL if c.scheme == "SCT"], ids=lambda c: c.meaning)
def test_snomed_identifiers_pass_their_check_digit(one: Code) -> None:
    assert holds(one.value)


def test_private_codes_mean_what_their_register_says() -> None:
    register = load_codes("private")
    own = [c for c in ALL if c.scheme == register["scheme"]]
    assert len(own) > 30
    assert {c.value: c.meaning for c in own}.items() <= register["codes"].items()


@pytest.mark.parametrize("one", ALL, ids=lambda c: c.value)
def test_codes_fit_their_attributes(one: Code) -> None:
    assert 0 < len(one.value) <= 16
    assert 0 < len(one.scheme) <= 16
    assert 0 < len(one.meaning) <= 64


def test_no_two_measurements_share_a_coding() -> None:
    codings = [(c.code, c.method, c.derivation) for c in concepts().values()]
    assert len(set(codings)) == len(codings)


def test_units_are_ucum() -> None:
    assert unit_code("HU").value == "[hnsf'U]"
    assert unit_code("HU.mm3").value == "[hnsf'U].mm3"
    assert all(unit_code(c.unit).scheme == "UCUM" for c in concepts().values())


def test_axes_are_named_as_ohif_compares_them() -> None:
    assert [concepts()[name].code.meaning for name in ("long_axis_mm", "short_axis_mm")] == ["Long Axis", "Short Axis"]


def test_sites_cover_the_list_of_the_domain() -> None:
    known = {site.id: site for site in sites()}
    for wanted in (
        "thigh_adductors",
        "thigh_anterior",
        "arm_anterior",
        "intercostal_external",
        "erector_spinae",
        "pectoralis_major",
        "gluteus_maximus",
        "chest_wall",
        "other",
    ):
        assert wanted in known
    assert "rider's bone" in known["thigh_adductors"].synonyms
    magnus = next(m for m in known["thigh_adductors"].muscles if "magnus" in m[0].meaning)
    assert [c.value for c in magnus] == ["7:864", "7:865", "7:866"]


def test_grades_and_patterns_of_the_contract_have_codes() -> None:
    for grade in ("1", "2", "3", "4", "2-3", "3-4", "indeterminate"):
        assert code("grades", grade).scheme == "99MOVIEW"
    for pattern in ("outside_in", "inside_out", "none", "not_assessable"):
        assert code("patterns", pattern).scheme == "99MOVIEW"


def test_the_tests_own_lesion_covers_the_contract() -> None:
    assert [m.concept for m in lesion(None).measurements] == CONTRACT
