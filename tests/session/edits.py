"""A session that marks, deletes, undoes and redoes at random, and what its findings are known by."""

import hashlib
import json
from random import Random

from small_findings import PATIENT, marked

from mo_viewer.findings.document import Document
from mo_viewer.findings.plain import to_plain
from mo_viewer.session.session import Session


def digest(document: Document | None) -> str:
    return hashlib.sha256(json.dumps(to_plain(document, {}), sort_keys=True).encode()).hexdigest()


class Editor:
    """Random hands on one patient; the next action is known before it is done."""

    def __init__(self, session: Session, chance: Random) -> None:
        self.session, self.chance = session, chance
        session.open_patient(PATIENT)

    def planned(self) -> tuple[str, Document]:
        """Return an action that changes something, and the findings that it will lead to."""
        document = self.session.document
        assert document is not None
        lesions = [one for timepoint in document.timepoints for one in timepoint.lesions]
        kinds = ["mark", "mark", "mark"]
        if self.session.undo_title:
            kinds.append("undo")
        if self.session.redo_title:
            kinds.append("redo")
        if len(lesions) > 6:
            kinds += ["delete"] * 3
        kind = self.chance.choice(kinds)
        if kind == "mark":
            return kind, marked(document, f"L{self.chance.randrange(10**9)}")
        if kind == "delete":
            return kind, document.without_lesion("1.2.3", self.chance.choice(lesions).tracking_uid)
        history = self.session._histories[PATIENT.key]
        return kind, history.steps[history.at + (1 if kind == "redo" else -1)].document

    def do(self, kind: str, document: Document) -> None:
        if kind == "undo":
            self.session.undo()
        elif kind == "redo":
            self.session.redo()
        else:
            self.session.change(kind, document)
