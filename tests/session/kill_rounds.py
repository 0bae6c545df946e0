"""``python kill_rounds.py STORE ROUNDS SEED``: edits in a process that is killed, over and over, on one store.

Each round forks a process that edits; before an action it says what comes, after it is on disk that it is there. It is
killed at a random moment. Then the store must hold what was on disk last, or what was just coming; its pages must be
whole and the chain of the audit record must hold.
"""

import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

from edits import Editor, digest
from small_findings import PATIENT

from mo_viewer.findings.document import Document
from mo_viewer.session.audit import Audit
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store


def edit(path: Path, seed: int, out: int) -> None:
    faults = []
    editor = Editor(Session(Store(path), lambda fault: faults.append(fault) if fault else None), Random(seed))
    while not faults:
        kind, document = editor.planned()
        os.write(out, f"! {digest(document)}\n".encode())
        editor.do(kind, document)
        editor.session.flush()
        os.write(out, f"= {digest(editor.session.document)}\n".encode())
    os.write(out, f"fault {faults[0].detail}\n".encode())
    os._exit(1)


def stored(path: Path) -> str:
    with closing(Store(path)) as store:
        assert store.trouble is None
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        head = store.head(PATIENT.key)
        return digest(Document(PATIENT) if head is None else head.document)


def one_round(path: Path, seed: int, before: str) -> tuple[str, int, bool]:
    """Return what is stored after a kill, how many actions were confirmed, and whether the last one is missing."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        edit(path, seed, writing)
    os.close(writing)
    chance, said = Random(seed), b""
    wanted = chance.randrange(4)
    while said.count(b"=") < wanted and (piece := os.read(reading, 65536)):
        said += piece
    time.sleep(chance.uniform(0.0, 0.03))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while piece := os.read(reading, 65536):
        said += piece
    os.close(reading)
    lines = said.decode().splitlines()
    assert not [line for line in lines if line.startswith("fault")], lines[-1]
    confirmed, coming = before, ""
    for line in lines:
        if line.startswith("="):
            confirmed, coming = line[2:], ""
        elif line.startswith("!"):
            coming = line[2:]
    found = stored(path)
    assert found in (confirmed, coming), f"round {seed}: a confirmed action is not there"
    assert Audit(path.with_name("audit.sqlite")).broken_at() is None
    return found, sum(line.startswith("=") for line in lines), bool(coming) and found != coming


def main() -> None:
    path, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    before, actions, missing = digest(Document(PATIENT)), 0, 0
    for n in range(rounds):
        before, confirmed, is_missing = one_round(path, seed + n, before)
        actions += confirmed
        missing += is_missing
    entries = len(list(Audit(path.with_name("audit.sqlite")).entries()))
    counts = f"{actions} actions confirmed, 0 of them lost, {missing} under way lost, {entries} audit entries"
    sys.stdout.write(f"{rounds} kills, {counts}\n")


if __name__ == "__main__":
    main()
