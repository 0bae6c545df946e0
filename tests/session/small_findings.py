"""A patient with a lesion or two, for tests of what keeps findings."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.session import schema
from mo_viewer.session.store import Store
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Patient

PATIENT = Patient(key="abc123", id="42", name="Doe^Jane")
OTHER = Patient(key="def456", id="43", name="Roe^Richard")


def marked(document: Document, label: str) -> Document:
    geometry = Geometry(
        (3, 4, 5), np.array([[0.0, 0, 0], [0, 0, 2.5], [0, 0.1, 7.0]]), np.array([0, 0.8, 0]), np.array([0.7, 0, 0])
    )
    inside = np.zeros((2, 2, 3), dtype=bool)
    inside[0, 1, hash(label) % 3] = inside[1, 1] = True
    lesion = Lesion(f"2.25.{label}", label, ((1.0, 2.0, 3.0),), mask=Mask(inside, (1, 0, 1), geometry))
    return document.with_lesion(Timepoint("1.2.3", "1.2.3.4", "2024-02-05"), lesion)


def labels(document: Document) -> list[str]:
    return [lesion.label for timepoint in document.timepoints for lesion in timepoint.lesions]


def fill(store: Store, patient: Patient = PATIENT, count: int = 3) -> list[int]:
    """Keep states of a patient with 1, 2 ... lesions; returns the numbers of the revisions."""
    document, parent, numbers = Document(patient), store.head_number(patient.key), []
    for n in range(1, count + 1):
        document = marked(document, f"L{n}")
        parent = store.append(f"Mark L{n}", document, parent)
        numbers.append(parent)
    return numbers


def present(path: Path, key: str = PATIENT.key) -> list[str]:
    with closing(Store(path)) as store:
        head = store.head(key)
        return [] if head is None else labels(head.document)


def make_old(path: Path) -> None:
    """Take a store back to schema 1."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in schema.UNGUARDS:
            db.execute(statement)
        db.execute("ALTER TABLE revision DROP COLUMN who")
        db.execute("ALTER TABLE revision DROP COLUMN digest")
        db.execute("DROP TABLE running")
        db.execute("PRAGMA user_version = 1")
