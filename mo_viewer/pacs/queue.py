"""What is to be sent, in a SQLite file that survives a crash: nothing is lost, nothing is marked sent on trust."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from mo_viewer.base.faults import Refused, Unreadable, Unwritable
from mo_viewer.pacs.answer import Answer
from mo_viewer.pacs.parcel import Parcel
from mo_viewer.paths import user_data

State = Literal["waiting", "sent", "failed"]
SCHEMA = 1
_STATES: dict[str, State] = {"waiting": "waiting", "sent": "sent", "failed": "failed"}
_BROKEN = (sqlite3.Error, UnicodeDecodeError)
"""SQLite quotes what a damaged file says, and Python cannot always read that."""
MOST_TRIES = 12
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 30.0, 3600.0
_TABLE = """
CREATE TABLE job (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    sop_class TEXT NOT NULL, sop_uid TEXT NOT NULL, syntax TEXT NOT NULL, study_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL, target TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')), in_doubt INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0, settled REAL,
    committed INTEGER NOT NULL DEFAULT 0, sentence TEXT NOT NULL DEFAULT '',
    UNIQUE (path, sha256, sop_uid, target))
"""
_COLUMNS = (
    "path, sha256, size_bytes, sop_class, sop_uid, syntax, study_uid, series_uid, "
    "number, target, state, in_doubt, tries, next_try, settled, committed, sentence"
)


@dataclass(frozen=True)
class Job:
    """One instance on its way to one archive.

    Parameters
    ----------
    in_doubt
        It was handed over and no answer was recorded: the archive may have it.
    next_try, settled
        Seconds since 1970.
    committed
        The archive gave its word that it keeps the instance.
    sentence
        Why it failed or waits, or a warning that came with the answer.
    """

    parcel: Parcel
    number: int
    target: str
    state: State
    in_doubt: bool = False
    tries: int = 0
    next_try: float = 0.0
    settled: float | None = None
    committed: bool = False
    sentence: str = ""


def queue_file() -> Path:
    """Where the user's own queue is kept."""
    return user_data() / "sending.sqlite"


class Queue:
    """The sending queue. One connection, for one thread at a time; several programs may hold the file open.

    Parameters
    ----------
    path
        The SQLite file; the user's own when absent.

    Raises
    ------
    Unreadable
        When the file is damaged or from a newer version.
    Unwritable
        When it cannot be made.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or queue_file()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
        except OSError as error:
            raise Unwritable("The folder for the sending queue cannot be made.", detail=repr(error)) from error
        except sqlite3.Error as error:
            raise _not_opened(error) from error
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._prepare()
        except BaseException as error:
            self._db.close()
            if isinstance(error, _BROKEN):
                raise _not_opened(error) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, parcels: Iterable[Parcel], target: str, again: bool = False) -> tuple[Job, ...]:
        """Queue files for an archive and return their jobs, all or none of them.

        A file that the archive confirmed stays sent, unless `again`; one that failed gets a new chance. A file that
        bears the identity of another with different content fails at once: archives keep the first and say yes.
        """
        with self._transaction():
            numbers = [self._put(parcel, target, again) for parcel in parcels]
        return tuple(self.job(number) for number in numbers)

    def job(self, number: int) -> Job:
        """Return one job.

        Raises
        ------
        Unreadable
            When it was removed meanwhile.
        """
        found = self._select("number = ?", number)
        if not found:
            raise Unreadable("A file is no longer in the sending queue.")
        return found[0]

    def jobs(self, target: str | None = None) -> tuple[Job, ...]:
        """Return all jobs, or those for one archive, in the order they were queued."""
        return self._select("1") if target is None else self._select("target = ?", target)

    def due(self, now: float | None = None, numbers: Sequence[int] | None = None) -> tuple[Job, ...]:
        """Return what waits and may be tried now; of these jobs only, where given."""
        found = self._select("state = 'waiting' AND next_try <= ?", time.time() if now is None else now)
        return found if numbers is None else tuple(job for job in found if job.number in set(numbers))

    def next_due(self) -> float | None:
        """When the next job may be tried, in seconds since 1970; None when nothing waits."""
        waiting = self._select("state = 'waiting'")
        return min((job.next_try for job in waiting), default=None)

    def begin(self, job: Job) -> None:
        """Note that an instance is being handed over, before its first byte goes."""
        self._update(job, "in_doubt = 1, tries = tries + 1")

    def withdraw(self, job: Job) -> None:
        """Take back a `begin`: the archive as a whole refused, so the instance surely did not arrive by it."""
        self._update(job, "in_doubt = ?, tries = ?", job.in_doubt, job.tries)

    def settle(self, job: Job, answer: Answer) -> None:
        """Write down what the archive said about an instance that was begun."""
        if answer.outcome == "stored":
            self._update(job, "state = 'sent', in_doubt = 0, settled = ?, sentence = ?", time.time(), answer.sentence)
        elif answer.outcome == "refused":
            self._fail(job, answer.sentence)
        else:
            self._wait(job, answer.sentence, in_doubt=answer.outcome == "unknown")

    def postpone(self, job: Job, sentence: str, again: bool) -> None:
        """Write down that the archive as a whole could not be used; this instance was not handed over.

        `again` says whether it is tried later without being asked.
        """
        self._update(job, "tries = tries + 1")
        if again:
            self._wait(job, sentence, job.in_doubt)
        else:
            self._fail(job, sentence, job.in_doubt)

    def commit(self, job: Job, answer: Answer) -> None:
        """Write down the archive's word on keeping an instance that it had taken."""
        if answer.outcome == "stored":
            self._update(job, "committed = 1")
        else:
            self._fail(job, answer.sentence)

    def retry(self, numbers: Sequence[int]) -> None:
        """Give failed and waiting jobs a new chance at once."""
        with self._transaction():
            for number in numbers:
                self._renew(number, "AND state <> 'sent'")

    def forget_sent(self, before: float) -> int:
        """Remove what was sent before a time (seconds since 1970); return how many jobs that were."""
        with self._transaction():
            gone = self._db.execute("DELETE FROM job WHERE state = 'sent' AND settled < ?", (before,))
        return int(gone.rowcount)

    def forget_studies(self, study_uids: Iterable[str]) -> None:
        """Remove all jobs of studies, sent or not: when a patient is purged."""
        with self._transaction():
            self._db.executemany("DELETE FROM job WHERE study_uid = ?", ((uid,) for uid in study_uids))

    @contextmanager
    def only_sender(self) -> Iterator[None]:
        """Hold the right to send; the system takes it back when the program dies.

        Raises
        ------
        Refused
            When another program is sending from this queue.
        """
        lock = sqlite3.connect(self.path.with_name(f"{self.path.stem}-lock.sqlite"), isolation_level=None, timeout=0)
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise Unwritable("The sending queue could not be written.", detail=repr(error)) from error
                raise Refused("Another window of this program is sending.", "It sends what waits here too.") from error
            yield
        finally:
            with suppress(sqlite3.Error):
                lock.execute("ROLLBACK")
            lock.close()

    def _put(self, parcel: Parcel, target: str, again: bool) -> int:
        same = self._select("sha256 = ? AND sop_uid = ? AND target = ?", parcel.sha256, parcel.sop_uid, target)
        if same:
            job = next((job for job in same if job.state == "sent"), same[0])
            if again or job.state != "sent":
                self._db.execute("UPDATE job SET path = ? WHERE number = ?", (str(parcel.path), job.number))
                self._renew(job.number)
            return job.number
        other = self._select("sha256 <> ? AND sop_uid = ? AND target = ?", parcel.sha256, parcel.sop_uid, target)
        taken = any(job.state != "failed" or job.in_doubt for job in other)
        state, sentence = ("failed", _TWO_OF_ONE_NAME) if taken else ("waiting", "")
        values = (
            str(parcel.path), parcel.sha256, parcel.size_bytes, parcel.sop_class, parcel.sop_uid, parcel.syntax,
            parcel.study_uid, parcel.series_uid, target, state, sentence,
        )  # fmt: skip
        made = self._db.execute(
            "INSERT INTO job (path, sha256, size_bytes, sop_class, sop_uid, syntax, study_uid, series_uid, target,"
            f" state, sentence) VALUES ({', '.join('?' * len(values))})",
            values,
        )
        return int(made.lastrowid or 0)

    def _renew(self, number: int, only: str = "") -> None:
        self._db.execute(
            "UPDATE job SET state = 'waiting', tries = 0, next_try = 0, settled = NULL, committed = 0, sentence = ''"
            f" WHERE number = ? {only}",
            (number,),
        )

    def _wait(self, job: Job, sentence: str, in_doubt: bool) -> None:
        tries = self.job(job.number).tries
        if tries >= MOST_TRIES:
            self._fail(job, f"{sentence} It was tried {tries} times.", in_doubt)
            return
        due = time.time() + pause_s(tries)
        self._update(job, "in_doubt = ?, next_try = ?, sentence = ?", in_doubt, due, sentence)

    def _fail(self, job: Job, sentence: str, in_doubt: bool = False) -> None:
        fields = "state = 'failed', in_doubt = ?, settled = ?, sentence = ?"
        self._update(job, fields, in_doubt, time.time(), sentence)

    def _update(self, job: Job, fields: str, *values: object) -> None:
        with self._transaction():
            self._db.execute(f"UPDATE job SET {fields} WHERE number = ?", (*values, job.number))

    def _select(self, where: str, *values: object) -> tuple[Job, ...]:
        try:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM job WHERE {where} ORDER BY number", values)
            return tuple(_job(row) for row in rows)
        except (sqlite3.Error, ValueError, KeyError) as error:
            raise Unreadable("The sending queue cannot be read.", detail=repr(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except _BROKEN as error:
            raise Unwritable(
                "The sending queue could not be written.", "See that the disk has room.", repr(error)
            ) from error

    def _prepare(self) -> None:
        with self._transaction():
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA:
                raise Refused("The sending queue was made by a newer version of this program.")
            if version == 0:
                self._db.execute(_TABLE)
                self._db.execute(f"PRAGMA user_version = {SCHEMA}")


_TWO_OF_ONE_NAME = "Another file with the same identity but other content was queued for this archive before."


def _not_opened(error: BaseException) -> Unreadable:
    return Unreadable("The sending queue cannot be opened.", "Move it away and send again.", repr(error))


def pause_s(tries: int) -> float:
    """How long to wait after so many tries: 30 s, doubled each time, an hour at most."""
    return min(_FIRST_PAUSE_S * 2.0 ** max(0, tries - 1), _LONGEST_PAUSE_S)


def _job(row: tuple[object, ...]) -> Job:
    path, sha256, size, sop_class, sop_uid, syntax, study, series, number, target, state, *rest = row
    parcel = Parcel(
        Path(str(path)), str(sha256), int(str(size)), *map(str, (sop_class, sop_uid, syntax, study, series))
    )
    in_doubt, tries, next_try, settled, committed, sentence = rest
    when = None if settled is None else float(str(settled))
    return Job(
        parcel, int(str(number)), str(target), _STATES[str(state)], bool(in_doubt), int(str(tries)),
        float(str(next_try)), when, bool(committed), str(sentence),
    )  # fmt: skip
