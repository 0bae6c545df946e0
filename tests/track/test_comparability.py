from dataclasses import replace

import pytest
from drawn_lesions import CT

from mo_viewer.track.comparability import Tier, comparability

PAIRS = [
    ({}, Tier.COMPARABLE, ""),
    ({"slice_mm": 1.25}, Tier.COMPARABLE, ""),
    ({"field_of_view_mm": 215.0}, Tier.COMPARABLE, ""),
    ({"kernel": " b50F "}, Tier.COMPARABLE, ""),
    ({"manufacturer": "MAKER", "model": "model"}, Tier.COMPARABLE, ""),
    ({"software": "2", "station": "x"}, Tier.COMPARABLE, ""),
    ({"contrast": None}, Tier.COMPARABLE, ""),
    ({"field_of_view_mm": None}, Tier.COMPARABLE, ""),
    ({"kernel": "B70s"}, Tier.LIMITED, "kernel differs (B50f, B70s)"),
    ({"slice_mm": 1.5}, Tier.LIMITED, "slice thickness differs (1, 1.5 mm)"),
    ({"slice_mm": 2.0}, Tier.LIMITED, "slice thickness differs (1, 2 mm)"),
    ({"model": "Other"}, Tier.LIMITED, "scanner differs"),
    ({"manufacturer": "Other"}, Tier.LIMITED, "scanner differs"),
    ({"field_of_view_mm": 260.0}, Tier.LIMITED, "field of view differs (200, 260 mm)"),
    ({"kvp": 130.0}, Tier.LIMITED, "tube voltage differs (120, 130 kV)"),
    ({"kvp": None}, Tier.LIMITED, "tube voltage not stated"),
    ({"kernel": ""}, Tier.LIMITED, "kernel not stated"),
    ({"slice_mm": None}, Tier.LIMITED, "slice thickness not stated"),
    ({"manufacturer": ""}, Tier.LIMITED, "scanner not stated"),
    ({"model": ""}, Tier.LIMITED, "scanner model not stated"),
    ({"kvp": 100.0}, Tier.NOT_COMPARABLE, "tube voltage differs (120, 100 kV)"),
    ({"kvp": 140.0}, Tier.NOT_COMPARABLE, "tube voltage differs (120, 140 kV)"),
    ({"contrast": True}, Tier.NOT_COMPARABLE, "contrast differs"),
    ({"slice_mm": 5.0}, Tier.NOT_COMPARABLE, "slice thickness differs (1, 5 mm)"),
    ({"slice_mm": 2.1}, Tier.NOT_COMPARABLE, "slice thickness differs (1, 2.1 mm)"),
    ({"slice_mm": 0.4}, Tier.NOT_COMPARABLE, "slice thickness differs (1, 0.4 mm)"),
]


@pytest.mark.parametrize(("differs", "tier", "reason"), PAIRS, ids=[str(p[0]) for p in PAIRS])
def test_a_pair_gets_the_tier_of_the_contract_either_way_round(differs, tier, reason):
    found = comparability(CT, replace(CT, **differs))
    assert found.tier is tier
    assert (found.reasons[0] if found.reasons else "") == reason
    assert comparability(replace(CT, **differs), CT).tier is tier


def test_what_is_unknown_or_minor_is_noted_without_a_worse_tier():
    found = comparability(replace(CT, contrast=None, field_of_view_mm=None), replace(CT, contrast=None))
    assert found.tier is Tier.COMPARABLE
    assert found.notes == ("contrast not stated where none is named", "field of view not stated")
    assert comparability(replace(CT, software="1"), replace(CT, software="2")).notes == ("software version differs",)


def test_a_named_agent_against_an_unstated_one_is_another_contrast():
    assert comparability(replace(CT, contrast=None), replace(CT, contrast=True)).tier is Tier.NOT_COMPARABLE


def test_all_reasons_are_given_and_the_worst_decides():
    found = comparability(CT, replace(CT, kvp=80.0, kernel="B70s", slice_mm=3.0))
    assert found.tier is Tier.NOT_COMPARABLE
    assert [r.split(" differs")[0] for r in found.reasons] == ["tube voltage", "slice thickness", "kernel"]


def test_modalities_metal_and_cone_beam_limit_what_may_be_compared():
    other = comparability(CT, CT, ("CT", "MR"))
    assert (other.tier, other.reasons, other.density) == (Tier.NOT_COMPARABLE, ("modality differs (CT, MR)",), False)
    assert comparability(CT, CT, metal=True).reasons == ("metal near the lesion",)
    cone = comparability(CT, replace(CT, cone_beam=True))
    assert (cone.tier, cone.density) == (Tier.LIMITED, False)
    assert comparability(CT, CT, ("DX", "DX")).density is False


def test_a_cone_beam_ct_on_disk_reaches_the_gate(shared):
    from mo_viewer.dicom.scan import scan
    from mo_viewer.findings.document import Timepoint
    from mo_viewer.track.course import comparability_of

    series = next(s for s in scan([shared / "phantom_catphan504_zip"]).series if s.is_volume and s.hounsfield)
    cone = Timepoint.of(series.source)
    found = comparability_of(cone, replace(cone, study_uid="2.25.1"))
    assert (found.tier, found.density) == (Tier.LIMITED, False)
    assert "cone-beam CT: density is not compared" in found.reasons
