import pytest

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.names import free_name, is_made
from mo_viewer.report.wording import wording
from mo_viewer.volume.source import Patient


def with_lesions(*labels):
    lesions = tuple(Lesion(f"2.25.{n + 1}", label, ()) for n, label in enumerate(labels))
    return Document(Patient("k"), timepoints=(Timepoint("1.2", "1.2.3", lesions=lesions),))


@pytest.mark.parametrize(
    ("labels", "free"),
    [
        ((), "Lesion 1"),
        (("Lesion 1",), "Lesion 2"),
        (("Lesion 2",), "Lesion 1"),
        (("adductor",), "Lesion 1"),
        (("L1", "Lesion 2"), "Lesion 3"),
    ],
)
def test_a_lesion_has_the_first_free_number_and_no_name_of_a_vertebra(labels, free):
    assert with_lesions(*labels).next_label() == free


def test_names_that_nobody_gave_are_known_also_those_of_earlier_versions():
    assert [is_made(name) for name in ("Lesion 7", free_name(()), "L7", "L5 spur", "Lesion of 2024", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(("label", "said"), [("Lesion 3", "Lesion 3"), ("L3", "Lesion 3"), ("spur", "Lesion spur")])
def test_the_report_calls_it_a_lesion_once(label, said):
    assert wording().lesion(label) == said
