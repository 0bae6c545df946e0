from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mo_viewer.base.faults import Unreadable
from mo_viewer.findings.codes import Code
from mo_viewer.findings.colours import LESION_COLOURS, lesion_colour
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Grade, Laterality, Lesion, Quality, Rule
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.findings.measurement import ClassVolume, Measurement, Refusal
from mo_viewer.findings.plain import from_plain, pack, to_plain, unpack
from mo_viewer.volume.source import Acquisition, Patient

WORDS = st.text(max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MEASUREMENTS = st.builds(
    Measurement, WORDS, NUMBERS, WORDS, st.none() | NUMBERS, WORDS, st.lists(WORDS, max_size=2).map(tuple)
)
IMAGES = st.builds(ImageRef, WORDS, WORDS, st.none() | st.integers(1, 99))
LESIONS = st.builds(
    Lesion,
    tracking_uid=WORDS,
    label=WORDS,
    clicks_mm=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=3).map(tuple),
    site=st.none() | st.builds(Code, WORDS, WORDS, WORDS),
    laterality=st.sampled_from(Laterality),
    measurements=st.lists(MEASUREMENTS, max_size=3).map(tuple),
    refused=st.lists(st.builds(Refusal, WORDS, WORDS), max_size=2).map(tuple),
    class_volumes=st.lists(st.builds(ClassVolume, WORDS, NUMBERS, st.none() | NUMBERS, NUMBERS), max_size=2).map(tuple),
    quality=st.builds(Quality, NUMBERS, st.booleans(), st.booleans(), st.none() | NUMBERS),
    grade=st.none()
    | st.builds(
        Grade,
        WORDS,
        WORDS,
        st.lists(st.builds(Rule, WORDS, st.none() | NUMBERS, WORDS, st.none() | st.booleans()), max_size=2).map(tuple),
    ),
    image=st.none() | IMAGES,
)
POINTS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
MARKS = st.builds(
    Mark,
    WORDS,
    st.sampled_from(MarkKind),
    st.lists(POINTS, min_size=1, max_size=4).map(tuple),
    IMAGES,
    st.booleans(),
    POINTS,
    WORDS,
    WORDS,
    st.booleans(),
    st.none() | NUMBERS,
)
TIMEPOINTS = st.builds(
    Timepoint,
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    st.builds(Acquisition, st.none() | NUMBERS, WORDS, st.none() | NUMBERS, st.none() | st.booleans()),
    st.lists(LESIONS, max_size=2).map(tuple),
    st.lists(MARKS, max_size=2).map(tuple),
    st.lists(IMAGES, max_size=2).map(tuple),
)
DOCUMENTS = st.builds(
    Document, st.builds(Patient, WORDS, WORDS, WORDS), st.lists(TIMEPOINTS, max_size=2).map(tuple), WORDS
)


@given(DOCUMENTS)
def test_any_document_comes_back_equal(document: Document) -> None:
    blobs: dict[str, bytes] = {}
    assert from_plain(Document, to_plain(document, blobs), blobs) == document


@given(
    hnp.arrays(st.sampled_from([np.bool_, np.float64, np.int32, np.int16]), hnp.array_shapes(max_dims=3, max_side=9))
)
def test_any_array_comes_back_bit_for_bit(array: np.ndarray) -> None:
    again = unpack(pack(array))
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()
    assert again.shape == array.shape


@dataclass(frozen=True)
class Newer:
    name: str
    added_later: int = 7


def test_a_field_that_older_findings_lack_takes_its_default() -> None:
    assert from_plain(Newer, {"name": "x"}, {}) == Newer("x", 7)


@pytest.mark.parametrize("plain", [{}, {"name": 3}, [], None, "text", {"name": {"blob": "gone"}}])
def test_what_does_not_fit_is_refused_with_a_sentence(plain: object) -> None:
    with pytest.raises(Unreadable):
        from_plain(Newer, plain, {})


def test_an_array_that_claims_more_than_it_holds_is_refused_before_it_is_made() -> None:
    with pytest.raises(ValueError, match="length"):
        unpack(pack(np.zeros(4)).replace(b"[4]", b"[400000000000]"))


def test_an_array_of_objects_is_refused() -> None:
    with pytest.raises((ValueError, TypeError)):
        unpack(b'{"type": "|O", "shape": [1]}\n' + b"x")


def test_a_lesion_keeps_its_colour_at_every_date() -> None:
    one, two = Lesion("u1", "Lesion 1", ()), Lesion("u2", "Lesion 2", ())
    document = Document(Patient("k"), (Timepoint("a", "", lesions=(one,)), Timepoint("b", "", lesions=(two, one))))
    assert lesion_colour(document, "u1") == LESION_COLOURS[0]
    assert lesion_colour(document, "u2") == LESION_COLOURS[1]
    assert document.next_label() == "Lesion 3"


def test_findings_from_before_there_were_marks_still_open() -> None:
    plain = to_plain(Document(Patient("k"), (Timepoint("a", "s"),)), {})
    for timepoint in plain["timepoints"]:
        del timepoint["marks"], timepoint["key_images"]
    assert from_plain(Document, plain, {}) == Document(Patient("k"), (Timepoint("a", "s"),))
