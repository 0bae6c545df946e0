"""What other programs demand of our SEG and SR, attribute by attribute, on one export of two lesions."""

from collections.abc import Iterator

import numpy as np
import pydicom
import pytest
from phantoms import grid
from pydicom.dataset import Dataset
from written_ct import blob, document, export_core, lesion, without, write_ct

from mo_viewer.findings.lesion import Grade, Lesion, Rule
from mo_viewer.report.codes import concepts
from mo_viewer.report.groups import _rule
from mo_viewer.report.numbers import decimal_text
from mo_viewer.report.told import _RULE

GEOMETRY = grid((7, 24, 21), (1.3, 0.7, 0.85))
LACKING = "rim_hu"


@pytest.fixture(scope="module")
def lesions() -> tuple[Lesion, Lesion]:
    first = lesion(blob(GEOMETRY, (3, 10, 9), (2.4, 4, 5)), label="L1")
    return first, without(lesion(blob(GEOMETRY, (3, 15, 12), (1.4, 3, 4)), label="L2"), LACKING)


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory, lesions: tuple[Lesion, Lesion]) -> dict[str, Dataset]:
    folder = tmp_path_factory.mktemp("content")
    source = write_ct(folder / "ct", GEOMETRY)
    result = export_core(document(source, *lesions), {source.series_uid: source}, folder / "out")
    dicom = [path for path in result.files if path.suffix == ".dcm"]
    return {path.stem[-3:].strip("_"): pydicom.dcmread(path) for path in dicom}


@pytest.fixture(scope="module")
def seg(objects: dict[str, Dataset]) -> Dataset:
    return objects["seg"]


@pytest.fixture(scope="module")
def sr(objects: dict[str, Dataset]) -> Dataset:
    return objects["sr"]


def tree(item: Dataset) -> Iterator[Dataset]:
    for child in item.get("ContentSequence", ()):
        yield child
        yield from tree(child)


def name(item: Dataset) -> tuple[str, str]:
    concept = item.ConceptNameCodeSequence[0]
    return str(concept.CodeValue), str(concept.CodingSchemeDesignator)


def groups(sr: Dataset) -> list[Dataset]:
    return [item for item in tree(sr) if item.ValueType == "CONTAINER" and name(item) == ("125007", "DCM")]


def child(item: Dataset, value: str) -> Dataset:
    return next(c for c in item.ContentSequence if name(c)[0] == value)


def coding(number: Dataset) -> tuple[str, ...]:
    said = {name(c)[0]: c for c in number.ContentSequence if c.ValueType == "CODE"}
    return (name(number)[0], *(str(said[k].ConceptCodeSequence[0].CodeValue) for k in sorted(said)))


def test_every_lesion_is_a_segment_in_its_order_with_identity_colour_and_place(
    seg: Dataset, lesions: tuple[Lesion, Lesion]
) -> None:
    assert seg.SegmentationType == "BINARY"
    assert [int(s.SegmentNumber) for s in seg.SegmentSequence] == [1, 2]
    for segment, one in zip(seg.SegmentSequence, lesions, strict=True):
        assert (segment.SegmentLabel, segment.TrackingID, segment.TrackingUID) == (
            one.label,
            one.label,
            one.tracking_uid,
        )
        assert len(segment.RecommendedDisplayCIELabValue) == 3
        assert segment.AnatomicRegionSequence[0].CodeValue == "68367000"
        assert segment.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning == "Left"
        assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "18115005"
    colours = [tuple(s.RecommendedDisplayCIELabValue) for s in seg.SegmentSequence]
    assert colours[0] != colours[1]


def test_every_frame_names_its_segment_image_and_place(seg: Dataset) -> None:
    assert "SegmentIdentificationSequence" not in seg.SharedFunctionalGroupsSequence[0]
    for frame in seg.PerFrameFunctionalGroupsSequence:
        assert frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber in (1, 2)
        assert frame.PlanePositionSequence[0].ImagePositionPatient
        assert frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    assert seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence


def test_both_objects_say_what_they_are_and_who_made_them(objects: dict[str, Dataset]) -> None:
    for dataset in objects.values():
        assert dataset.SpecificCharacterSet == "ISO_IR 192"
        assert dataset.SeriesDescription.startswith("MO Viewer")
        assert dataset.Manufacturer == "MO Viewer"
        assert dataset.SoftwareVersions
        schemes = {s.CodingSchemeDesignator: s for s in dataset.CodingSchemeIdentificationSequence}
        assert schemes["99MOVIEW"].CodingSchemeResponsibleOrganization == "MO Viewer"
    assert objects["seg"].ContentCreatorName == ""
    assert objects["seg"].SeriesInstanceUID != objects["sr"].SeriesInstanceUID


def test_the_title_and_template_are_what_ohif_and_slicer_look_for(sr: Dataset, seg: Dataset) -> None:
    assert name(sr) == ("126000", "DCM")
    assert sr.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    parts = [name(item) for item in sr.ContentSequence if item.ValueType == "CONTAINER"]
    assert parts == [("111028", "DCM"), ("126010", "DCM")]
    evidence = sr.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    classes = [item.ReferencedSOPClassUID for series in evidence for item in series.ReferencedSOPSequence]
    assert classes.count(seg.SOPClassUID) == 1
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID in {series.SeriesInstanceUID for series in evidence}


def test_a_report_is_preliminary_and_never_verified_by_itself(sr: Dataset) -> None:
    assert (sr.PreliminaryFlag, sr.VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")
    assert sr.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.33"


def test_the_report_has_volumetric_groups_only_one_a_segment_in_their_order(
    sr: Dataset, seg: Dataset, lesions: tuple[Lesion, Lesion]
) -> None:
    found = groups(sr)
    assert [g.ContentTemplateSequence[0].TemplateIdentifier for g in found] == ["1411", "1411"]
    for n, (one, group) in enumerate(zip(lesions, found, strict=True), 1):
        assert child(group, "112039").TextValue == one.label
        assert one.tracking_uid == child(group, "112040").UID
        link = child(group, "121191").ReferencedSOPSequence[0]
        assert (link.ReferencedSOPInstanceUID, link.ReferencedSegmentNumber) == (seg.SOPInstanceUID, n)


def test_all_groups_have_the_same_numbers_in_the_same_order_volume_by_voxel_count_first(sr: Dataset) -> None:
    rows = [
        [coding(c) for c in group.ContentSequence if c.ValueType == "NUM" and c.RelationshipType == "CONTAINS"]
        for group in groups(sr)
    ]
    assert rows[0] == rows[1]
    assert rows[0][0] == ("118565006", "126030")
    assert rows[0][1] == ("118565006", "MOM-101")
    assert len(rows[0]) == len(concepts()) - 1 + 1 + 2


def test_no_number_is_bare_and_attenuation_has_its_derivation(sr: Dataset) -> None:
    numbers = [
        c
        for group in groups(sr)
        for c in group.ContentSequence
        if c.ValueType == "NUM" and c.RelationshipType == "CONTAINS"
    ]
    assert all(number.get("ContentSequence") for number in numbers)
    everything = [c for group in groups(sr) for c in group.ContentSequence if c.ValueType == "NUM"]
    assert len(everything) == len(numbers) + 4
    assert all(number.get("ContentSequence") for number in everything)
    attenuation = [number for number in numbers if name(number) == ("112031", "DCM")]
    assert len(attenuation) == 10
    assert all("121401" in {name(c)[0] for c in number.ContentSequence} for number in attenuation)
    units = {number.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue for number in attenuation}
    assert units == {"[hnsf'U]"}


def test_a_spread_has_the_unit_of_its_number(sr: Dataset) -> None:
    spreads = [
        (number, c)
        for group in groups(sr)
        for number in tree(group)
        if number.ValueType == "NUM"
        for c in number.get("ContentSequence", ())
        if name(c) == ("371884006", "SCT")
    ]
    assert len(spreads) > 20
    for number, spread in spreads:
        units = [x.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue for x in (number, spread)]
        assert units[0] == units[1]


def test_a_number_that_one_lesion_lacks_is_nested_and_its_absence_is_a_qualifier(sr: Dataset) -> None:
    first, second = groups(sr)
    code = concepts()[LACKING].code.value
    held = child(first, code)
    assert held.ValueType == "TEXT"
    assert held.ContentSequence[0].ValueType == "NUM"
    refused = child(second, code)
    assert refused.ValueType == "CODE"
    assert (refused.ConceptCodeSequence[0].CodeValue, refused.ConceptCodeSequence[0].CodeMeaning) == (
        "114007",
        "Measurement not attempted",
    )
    assert "thicker than 1.5 mm" in refused.ContentSequence[0].TextValue


def test_exact_values_stand_beside_rounded_texts(sr: Dataset, lesions: tuple[Lesion, Lesion]) -> None:
    axis = child(groups(sr)[0], "103339001").MeasuredValueSequence[0]
    measured = lesions[0].measured("long_axis_mm")
    assert measured is not None
    assert axis.FloatingPointValue == measured.value
    assert str(axis.NumericValue) == decimal_text(measured.value, measured.spread)
    assert len(str(axis.NumericValue)) < len(str(measured.value))


def test_time_injury_side_grade_rules_and_marks_are_in_the_group(sr: Dataset) -> None:
    group = groups(sr)[0]
    assert child(group, "C2348792").TextValue == "2024-02-26"
    assert int(child(group, "126073").MeasuredValueSequence[0].NumericValue) == 1
    offset = child(group, "128740")
    assert int(offset.MeasuredValueSequence[0].NumericValue) == 49
    assert offset.ContentSequence[0].ConceptCodeSequence[0].CodeValue == "417746004"
    site = child(group, "363698007")
    assert site.ConceptCodeSequence[0].CodeMeaning == "Thigh"
    assert site.ContentSequence[0].ConceptCodeSequence[0].CodeMeaning == "Left"
    assert child(group, "MOM-200").ConceptCodeSequence[0].CodeMeaning == "Grade 3 to 4"
    assert child(group, "MOM-231").ConceptCodeSequence[0].CodeMeaning == "Denser outside than inside"
    assert (
        child(group, "MOM-210").TextValue == "maturity 1-4, R4: 0.52, limit 0.35-0.70: met (provisional, basis analogy)"
    )
    assert child(group, "MOM-184").TextValue == "1.5 -2.25 3.125 mm (LPS)"


def test_only_key_slices_are_in_the_image_library_and_all_sources_in_the_evidence(sr: Dataset, seg: Dataset) -> None:
    library = next(item for item in tree(sr) if item.ValueType == "CONTAINER" and name(item) == ("111028", "DCM"))
    assert len([item for item in tree(library) if item.ValueType == "IMAGE"]) == 1
    evidence = sr.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    listed = {item.ReferencedSOPInstanceUID for series in evidence for item in series.ReferencedSOPSequence}
    assert seg.SOPInstanceUID in listed
    assert len(listed) == 1 + len(seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence)


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (10999.384, 210.0, "10999"),
        (12.345678, 0.37, "12.35"),
        (12.345678, None, "12.3457"),
        (0.000123456, 0.0000042, "0.0001235"),
        (-41.26, 5.0, "-41.3"),
        (0.0, None, "0"),
        (-0.0004, 3.0, "0.0"),
        (123456789.123, None, "123456789"),
    ],
)
def test_texts_of_numbers_follow_their_spread(value: float, spread: float | None, text: str) -> None:
    assert decimal_text(value, spread) == text


def test_texts_of_numbers_fit_a_decimal_string() -> None:
    for value in np.random.default_rng(5).normal(size=400) * np.logspace(-9, 14, 400):
        text = decimal_text(float(value), None)
        assert len(text) <= 16
        assert float(text) == pytest.approx(value, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("reason", ["", "cannot be judged at slices of 5 mm"])
def test_why_a_rule_was_not_judged_is_told_and_read_again(reason: str) -> None:
    rule = Rule("R7 closed rim", 0.0, ">= 0.90", None, "default (ours)", reason=reason)
    found = _RULE.fullmatch(_rule(Grade("indeterminate", "maturity 1-4", (rule,)), rule))
    assert found is not None
    assert (found["met"], found["reason"] or "", found["basis"]) == ("not evaluable", reason, "default (ours)")
