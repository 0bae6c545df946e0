"""C-FIND against small archives that answer wrongly, with strangers, or without end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pacs_peers import free_port, near, peer, told, write_study
from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import evt

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.dimse import DicomCourier, find_studies, holds
from mo_viewer.pacs.parcel import inspect
from mo_viewer.pacs.prior import Person

VERIFY = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"


def test_an_archive_without_queries_says_so() -> None:
    with peer(contexts=[(VERIFY, [IMPLICIT])]) as there:
        assert told(lambda: find_studies(there.node, Person("MO-7"), Ticket())).code == "sop_class"


@pytest.mark.parametrize(
    ("status", "code"), [(0xA700, "busy"), (0x0124, "not_allowed"), (0xA900, "answer"), (0xC001, "answer")]
)
def test_a_query_that_fails_is_one_sentence(status: int, code: str) -> None:
    def refuse(_event: Any) -> Iterator[tuple[int, None]]:
        yield status, None

    with peer(listeners=[(evt.EVT_C_FIND, refuse)]) as there:
        assert told(lambda: find_studies(there.node, Person("MO-7"), Ticket())).code == code


def found_study(patient_id: str, uid: str = "", **more: str) -> Dataset:
    found = Dataset()
    found.QueryRetrieveLevel, found.PatientID, found.StudyInstanceUID = "STUDY", patient_id, uid or generate_uid()
    for keyword, value in more.items():
        setattr(found, keyword, value)
    return found


def finding(*studies: Dataset) -> list[tuple[Any, Callable[..., Any]]]:
    def answer(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        if event.identifier.QueryRetrieveLevel == "STUDY":
            for study in studies:
                yield 0xFF00, study
        yield 0x0000, None

    return [(evt.EVT_C_FIND, answer)]


def test_an_archive_that_answers_with_other_patients_is_not_believed() -> None:
    older = found_study("MO-7", StudyDate="20230101")
    newer = found_study("MO-7 ", StudyDate="20240101", PatientBirthDate="19700101")
    issued = found_study("MO-7", IssuerOfPatientID="ELSEWHERE")
    others = [found_study("MO-77"), found_study("mo-7"), found_study(""), issued]
    person = Person("MO-7", "HERE", "19800101")
    with peer(listeners=finding(older, *others, newer)) as there:
        studies = find_studies(there.node, person, Ticket())
        assert [study.uid for study in studies] == [newer.StudyInstanceUID, older.StudyInstanceUID]
        assert "another date of birth" in studies[0].doubt
        assert studies[1].doubt == ""
        without = find_studies(there.node, person, Ticket(), without=str(newer.StudyInstanceUID))
        assert [study.uid for study in without] == [older.StudyInstanceUID]


@pytest.mark.parametrize("patient_id", ["", "  ", "*", "MO?7", "A\\B"])
def test_an_id_that_would_match_other_patients_is_never_asked_for(patient_id: str) -> None:
    with pytest.raises(Refused, match="patient ID"):
        Person(patient_id)


def test_answers_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mo_viewer.pacs.dimse._MOST_ANSWERS", 20)

    def endless(_event: Any) -> Iterator[tuple[int, Dataset]]:
        while True:
            yield 0xFF00, found_study("MO-7")

    with peer(listeners=[(evt.EVT_C_FIND, endless)]) as there, pytest.raises(Refused, match="without end"):
        find_studies(there.node, Person("MO-7"), Ticket())


def test_an_archive_is_asked_whether_it_holds_an_instance(tmp_path: Path) -> None:
    one, other = (inspect(path) for path in write_study(tmp_path, 2))
    with peer() as there:
        with DicomCourier(there.node, [one], Ticket()) as courier:
            courier.prepare(one)
            assert courier.deliver(one).outcome == "stored"
        assert holds(there.node, one, Ticket()) is True
        assert holds(there.node, other, Ticket()) is False
    assert holds(near(free_port()), one, Ticket()) is None
