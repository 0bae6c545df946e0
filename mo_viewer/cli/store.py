"""``mo-viewer store``: the findings as one file, out and in; a damaged store rescued; a patient removed for good."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mo_viewer.base.faults import Refused, Unreadable
from mo_viewer.cli.output import complain, say
from mo_viewer.paths import user_data

if TYPE_CHECKING:
    from mo_viewer.session.store import Store

HELP = "check, export, import or rescue the store of findings; remove a patient for good"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    acts = parser.add_mutually_exclusive_group()
    acts.add_argument("--check", action="store_true", help="read everything that is kept (the default)")
    acts.add_argument("--export", type=Path, metavar="FILE", help="write the whole store into one new file")
    acts.add_argument("--import", type=Path, metavar="FILE", dest="import_", help="take over what another store holds")
    acts.add_argument("--rescue", action="store_true", help="make a new store from what is good in a damaged one")
    acts.add_argument("--purge", metavar="PATIENT", help="remove a patient (PatientID or hash) with all history")


def act(options: argparse.Namespace) -> int:
    """Do the one thing that was asked for."""
    from mo_viewer.session.audit import EXPORT, IMPORT, note
    from mo_viewer.session.store import NAME

    if options.rescue:
        from mo_viewer.session.rescue import rescue

        if not (user_data() / NAME).is_file():
            raise Unreadable("There is no store yet.")
        rescued = rescue(user_data() / NAME)
        rescued.store.close()
        say(rescued.sentence)
        return 0
    with _store() as store:
        if options.purge is not None:
            from mo_viewer.session.purge import purge

            say(f"Removed for good, with {purge(store, patient_key(store, options.purge))} states.")
        elif options.export is not None:
            from mo_viewer.session.transfer import export_store

            export_store(store, options.export)
            fault = note(EXPORT, "E", detail="the whole store")
            say(f"Written: {len(store.patients())} patients.")
            if fault is not None:
                complain(str(fault))
        elif options.import_ is not None:
            from mo_viewer.session.transfer import import_store

            taken = import_store(store, options.import_)
            note(IMPORT, "C", detail=f"{taken.taken} patients from a store")
            say(f"{taken.taken} patients taken over, {taken.same} known as they are, {taken.differing} differ.")
            if taken.differing:
                raise Refused("Where both sides differ, the findings here stay; those of the file are kept beside.")
        else:
            return _check(store)
    return 0


def patient_key(store: "Store", patient: str) -> str:
    """Return the key of a patient who is named by hash or PatientID.

    Raises
    ------
    Refused
        When nobody, or more than one person, is meant.
    """
    from mo_viewer.session.persons import Persons

    keys, persons = store.patients(), Persons(store.identities())
    if patient in keys:
        return persons.key_of(patient)
    found = []
    for key in keys:
        try:
            head = store.head(key)
        except Unreadable:
            continue
        known = () if head is None else (head.document.patient, *head.document.joined)
        if patient and any(one.id == patient for one in known):
            found.append(key)
    found = list(dict.fromkeys(map(persons.key_of, found)))
    if len(found) != 1:
        raise Refused("Several patients have this number; give the hash." if found else "Nobody of that name is kept.")
    return found[0]


@contextmanager
def _store() -> "Iterator[Store]":
    from mo_viewer.session.store import findings_store

    store = findings_store()
    try:
        if store.trouble is not None:
            raise store.trouble
        yield store
    finally:
        store.close()


def _check(store: "Store") -> int:
    from mo_viewer.session.transfer import good_row

    bad = good = 0
    with store.quiet() as db:
        for (number,) in db.execute("SELECT number FROM revision ORDER BY number").fetchall():
            try:
                good_row(db, number)
                good += 1
            except Unreadable:
                bad += 1
        pages = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
    say(f"{len(store.patients())} patients, {good} states as they were written, {bad} damaged.")
    return 0 if pages == ["ok"] and not bad else 1
