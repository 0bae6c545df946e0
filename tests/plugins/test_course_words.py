"""What the course panel says, without a window."""

from dataclasses import replace
from datetime import date

import pytest

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Fate, LesionEvent, Occasion, PatientEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.report.history import history_in
from mo_viewer.report.paragraph import as_text
from mo_viewer.volume.source import Acquisition, Patient

CT = Acquisition(120.0, "B50f", 1.0, False, "Maker", "Model", field_of_view_mm=200.0)
FORBIDDEN = ("benign", "malignant", "surg", "excis", "recur", "diagnos", "ready", "osteopor")


def lesion(volume: float, p95: float, content: float) -> Lesion:
    numbers = (
        Measurement("volume", volume, "mm3", 100.0),
        Measurement("p95_hu", p95, "HU", 10.0),
        Measurement("mineral_content", content, "HU.mm3", 1e4),
        Measurement("normalised_density", p95 / 1200, "1", 0.02),
    )
    return Lesion("2.25.7", "L1", ((0.0, 0.0, 0.0),), measurements=numbers, refused=(Refusal("core_hu", "thick"),))


def patient(*kvps: float) -> Document:
    values = ((8000.0, 400.0, 2e6), (8100.0, 800.0, 4e6), (8050.0, 810.0, 4.1e6))
    days = ("2024-02-05", "2024-04-05", "2024-08-05")
    timepoints = tuple(
        Timepoint(f"1.{n}", f"1.{n}.1", day, modality="CT", acquisition=replace(CT, kvp=kvp), lesions=(lesion(*value),))
        for n, (day, value, kvp) in enumerate(zip(days, values, kvps, strict=True))
    )
    return Document(Patient("k"), timepoints, "2024-01-08")


@pytest.fixture
def known():
    document = patient(120.0, 120.0, 120.0)
    return document, history_in(document)


def test_the_paragraph_names_size_density_change_limits_and_what_is_missing(known):
    from mo_ossification.course_words import report_sentences

    document, history = known
    sentences = report_sentences(document, history, "2.25.7")
    said = as_text(sentences)
    for words in (
        "Lesion 1",
        "8.05 ± 0.10 cm³",
        "unchanged within ±15 %",
        "Could not be assessed: Core",
        "Since the first study",
    ):
        assert words in said, said
    assert all(s.numbers for s in sentences if "%" in s.text)
    assert not [word for word in FORBIDDEN if word in said.lower()]


def test_what_a_film_cannot_tell_is_one_short_sentence(known):
    from mo_ossification.course_words import report_sentences

    document, history = known
    concepts = ("core_hu", "rim_hu", "mean_hu", "p95_hu", "max_hu", "sd_hu")
    refused = (*(Refusal(name, "the images are not in Hounsfield units") for name in concepts),
               Refusal("volume", "a projection shows no depth"))  # fmt: skip
    timepoint = document.timepoints[-1]
    document = document.with_lesion(timepoint, replace(timepoint.lesions[0], refused=refused))
    said = report_sentences(document, history, "2.25.7")[-1]
    assert said.text == (
        "7 measurements could not be assessed: the images are not in Hounsfield units; a projection shows no depth."
    )
    assert len(said.numbers) == 7


def test_maturing_without_growing_is_said_as_such(known):
    from mo_ossification.course_words import interval_lines

    _, history = known
    lines = [line.text.strip() for line in interval_lines(history.course("2.25.7"))]
    event = LesionEvent("2.25.7", Fate.DENSER, "1.1", "2024-04-05", evidence=("99 % lies in it", "denser, not larger"))
    course = replace(history.course("2.25.7"), events=(event,))
    first, statement, figures = interval_lines(course)[:3]
    assert (first.text, first.tip) == ("2024-04-05: denser", "99 % lies in it")
    assert statement.text == "denser, not larger"
    assert figures.text.startswith("since 2024-02-05")
    assert any("volume +1 % (within ±15 %)" in line and "beyond" in line for line in lines)


def test_what_is_not_comparable_has_its_reason_and_no_per_cent():
    from mo_ossification.course_words import interval_lines

    document = patient(120.0, 80.0, 120.0)
    lines = [line.text for line in interval_lines(history_in(document).course("2.25.7"))]
    refused = [line for line in lines if "not comparable" in line]
    assert len(refused) == 2
    assert all("kV" in line and "%" not in line for line in refused)


def test_sizes_of_studies_below_each_other_have_as_many_decimals(known):
    from mo_ossification.course_words import study_lines

    document, _ = known
    middle = document.timepoints[1]
    wide = tuple(replace(m, spread=900.0) if m.concept == "volume" else m for m in middle.lesions[0].measurements)
    document = document.with_lesion(middle, replace(middle.lesions[0], measurements=wide))
    film = Timepoint(
        "1.9",
        "1.9.1",
        "2024-03-01",
        lesions=(Lesion("2.25.7", "L1", (), measurements=(Measurement("area_mm2", 512.0, "mm2", 90.0),)),),
    )
    told = [line.text.split(": ")[1].split(",")[0] for line in study_lines(document.with_timepoint(film), "2.25.7")]
    assert told == ["8.0 cm³", "512 mm²", "8.1 cm³", "8.1 cm³"]


def test_studies_are_told_by_days_since_injury_and_stability_by_what_is_missing(known):
    from mo_ossification.course_words import clock_lines, study_lines

    document, history = known
    assert [line.text.split(":")[0] for line in study_lines(document, "2.25.7")] == [
        "2024-02-05, day 28",
        "2024-04-05, day 88",
        "2024-08-05, day 210",
    ]
    [clock] = clock_lines(document, history.course("2.25.7"), "2.25.7")
    assert clock.text.startswith("Unchanged in size and density since 2024-04-05, 122 days")


def test_a_lesion_marked_apart_at_another_date_is_named_where_the_contour_is_missing(known):
    from mo_ossification.course_words import study_lines

    first, second, third = known[0].timepoints
    apart = replace(second, lesions=(replace(second.lesions[0], tracking_uid="2.25.8", label="L2"),))
    lines = study_lines(replace(known[0], timepoints=(first, apart, third)), "2.25.7")
    assert [line.tone for line in lines] == ["", "quiet", "caution", ""]
    assert lines[1].text.endswith("no contour")
    assert lines[2].text == "Marked there: L2. Find in all studies (Shift+K) tells whether it is the same lesion."
    beside = replace(third, lesions=(*third.lesions, *apart.lesions))
    told = study_lines(replace(known[0], timepoints=(first, apart, beside)), "2.25.7")
    assert [line.tone for line in told] == ["", "quiet", ""], "told apart where both are shown"


def test_curves_and_events_stand_on_one_axis_of_days(known):
    from mo_ossification.timeline import curves

    from mo_viewer.findings.days import first_day, moments

    document, _ = known
    document = replace(document, events=(PatientEvent("2024-03-01", Occasion.NSAID),))
    size = curves(document, "2.25.7")[0]
    assert (size.days, size.values, size.unit) == ((28, 88, 210), (8.0, 8.1, 8.05), "cm³")
    assert [(m.day, m.text) for m in moments(document)] == [(0, "injury"), (53, "NSAID")]
    assert first_day(replace(document, injury_date="")).isoformat() == "2024-02-05"


def test_events_on_the_axis_are_called_as_where_they_are_entered():
    from mo_ossification.events_box import KINDS

    from mo_viewer.findings.days import moments

    listed = (("2024-02-01", Occasion.SURGERY, ""), ("2024-03-01", Occasion.OTHER, "fall"))
    events = tuple(PatientEvent(*one) for one in (*listed, ("2024-04-01", Occasion.OTHER, "")))
    found = moments(Document(Patient("k"), events=events), date(2024, 1, 1))
    assert [one.text for one in found] == [dict(KINDS)[Occasion.SURGERY].lower(), "fall", "event"]


def test_no_line_ends_between_a_number_and_its_spread_or_unit() -> None:
    from mo_ossification.frame import unbroken

    text = "size 742 ± 120 HU·cm³, 147 days, -3 % (limit ±35 %), 27 mm"
    words = unbroken(text).split(" ")
    assert words == [
        "size",
        "742\u00a0±\u00a0120\u00a0HU·cm³,",
        "147",
        "days,",
        "\u22123\u00a0%",
        "(limit",
        "±35\u00a0%),",
        "27\u00a0mm",
    ]
    assert unbroken(text).replace("\u00a0", " ") == text.replace("-3", "\u22123")
    assert unbroken("Calcified volume and 2 more").endswith("and 2\u00a0more")
    assert unbroken("index (−1 to 1)").split(" ") == ["index", "(−1\u00a0to\u00a01)"]
    assert unbroken("as in grade 2 (< 0.35)").split(" ") == ["as", "in", "grade", "2", "(<\u00a00.35)"]
    assert unbroken("since 2024-03-11") == "since 2024-03-11"


def test_a_study_of_which_only_an_area_is_known_says_that_and_one_without_a_size_too() -> None:
    from mo_ossification.course_words import study_lines

    area = Measurement("area_mm2", 1371.0, "mm2", 40.0)
    for numbers, words in (((area,), "1371 mm²"), ((), "no size is measured")):
        film = Timepoint(
            "1.1", "1.1.1", "2024-02-05", modality="DX", lesions=(Lesion("2.25.7", "L1", (), measurements=numbers),)
        )
        [line] = study_lines(Document(Patient("k"), (film,)), "2.25.7")
        assert line.text == f"2024-02-05: {words}"
