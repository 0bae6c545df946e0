"""What is good in a damaged store goes into a new one; the damaged file is put aside, never deleted."""

import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from mo_viewer.base.faults import Fault, Unreadable, Unwritable
from mo_viewer.session.schema import opened
from mo_viewer.session.signings import carry_signings
from mo_viewer.session.store import Store
from mo_viewer.session.transfer import add_row, good_row

ASIDE = ".damaged-"
_MOST_GAPS = 1000
"""So many missing numbers in a row are the end of a table that cannot say how long it is."""
_PARTS = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Rescued:
    """The new store, how many patients it holds, how many revisions could not be read, and where the old file is."""

    store: Store
    patients: int
    lost: int
    aside: Path

    @property
    def sentence(self) -> str:
        """What happened, for the reader."""
        if not self.patients:
            return "The store of findings was damaged and nothing in it can be read; the damaged file is kept beside."
        who = "1 patient is" if self.patients == 1 else f"{self.patients} patients are"
        lost = "no change is lost" if not self.lost else f"{self.lost} changes could not be read"
        return f"The store of findings was damaged. {who} back at the last good state, {lost}; the file is kept beside."


def rescue(path: Path) -> Rescued:
    """Make a new store from what is good in a damaged one and put it in its place.

    Every revision must be what was written, to the last bit, with its arrays. A patient whose present state is damaged
    comes back with the nearest good state before it.

    Raises
    ------
    Unwritable
        When the folder cannot be written; the damaged file is then still in its place.
    """
    new = path.with_name(f"{path.name}.new")
    aside = path.with_name(f"{path.name}{ASIDE}{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        for part in _PARTS:
            new.with_name(new.name + part).unlink(missing_ok=True)
        with closing(opened(new)) as target:
            target.execute("BEGIN IMMEDIATE")
            patients, lost = _copy(path, target)
            target.execute("COMMIT")
        for part in _PARTS:
            with suppress(FileNotFoundError):
                path.with_name(path.name + part).replace(aside.with_name(aside.name + part))
        new.replace(path)
        return Rescued(Store(path), patients, lost, aside)
    except (sqlite3.Error, OSError, ValueError, Fault) as error:
        hint = "The damaged file is as it was; see that the disk has room."
        raise Unwritable("The store of findings is damaged and could not be rescued.", hint, repr(error)) from error


def _copy(path: Path, target: sqlite3.Connection) -> tuple[int, int]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
        numbers: dict[int, int] = {}
        parents: dict[int, int | None] = {}
        bad: list[int] = []
        number = 0
        last = _value_or_none(db, "SELECT MAX(number) FROM revision")
        while number < (last or max(numbers, default=0) + _MOST_GAPS):
            number += 1
            parents[number] = _value_or_none(db, "SELECT parent FROM revision WHERE number = ?", number)
            try:
                row = good_row(db, number)
            except Unreadable:
                bad.append(number)
                continue
            if row is not None:
                numbers[number] = add_row(target, row, _good_before(row.parent, parents, numbers))
        with suppress(Unreadable):
            carry_signings(db, target, [row[0] for row in target.execute("SELECT DISTINCT patient FROM revision")])
        with suppress(sqlite3.Error):
            target.executemany(
                "INSERT OR IGNORE INTO about VALUES (?, ?)", db.execute("SELECT * FROM about").fetchall()
            )
        end = last or max(numbers, default=0)
        return _point(db, target, parents, numbers), sum(one <= end for one in bad)


def _point(
    db: sqlite3.Connection, target: sqlite3.Connection, parents: dict[int, int | None], numbers: dict[int, int]
) -> int:
    latest = target.execute("SELECT patient, MAX(number) FROM revision GROUP BY patient").fetchall()
    for patient, newest in latest:
        head = _value_or_none(db, "SELECT revision FROM head WHERE patient = ?", patient)
        good = _good_before(head, parents, numbers)
        target.execute("INSERT INTO head VALUES (?, ?)", (patient, newest if good is None else good))
    return len(latest)


def _good_before(number: int | None, parents: dict[int, int | None], numbers: dict[int, int]) -> int | None:
    """Return the new number of a revision, or of the nearest before it that could be read."""
    while number is not None and number not in numbers:
        number = parents.get(number)
    return None if number is None else numbers[number]


def _value_or_none(db: sqlite3.Connection, statement: str, *keys: object) -> int | None:
    try:
        row = db.execute(statement, keys).fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    return None if row is None or row[0] is None else int(row[0])
