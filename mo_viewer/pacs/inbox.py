"""Fetched instances on their way to the disk: taken only when they were asked for, kept only when whole."""

import hashlib
import threading
from pathlib import Path

from mo_viewer.base.faults import Unreadable, Unwritable
from mo_viewer.dicom import tags
from mo_viewer.dicom.header import read_header
from mo_viewer.dicom.values import text
from mo_viewer.pacs.files import discard, full, keep_part
from mo_viewer.pacs.parcel import is_cut_short, is_uid


class Inbox:
    """A folder that takes the instances of one study.

    Files bear their SOP Instance UID as name. An instance that stands there already is not replaced.

    Parameters
    ----------
    folder
        Made when missing.
    study_uid
        Instances of any other study are turned away.
    """

    def __init__(self, folder: Path, study_uid: str) -> None:
        self.folder = folder
        self._study_uid = study_uid
        self._lock = threading.Lock()
        self._made: dict[str, Path] = {}
        self._refused: list[str] = []
        self.full: Unwritable | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unwritable("The folder for fetched studies cannot be made.", detail=repr(error)) from error

    @property
    def made(self) -> dict[str, Path]:
        """What was kept, by SOP Instance UID."""
        with self._lock:
            return dict(self._made)

    @property
    def refused(self) -> tuple[str, ...]:
        """One sentence for each instance that was turned away."""
        with self._lock:
            return tuple(self._refused)

    def part(self, sop_uid: str) -> Path:
        """Where an instance is written before it is whole."""
        stem = sop_uid if is_uid(sop_uid) else hashlib.sha256(sop_uid.encode()).hexdigest()
        return self.folder / f"{stem}.dcm.part"

    def take(self, sop_uid: str, content: bytes) -> bool:
        """Keep an instance that came in one piece; False when it was turned away or the disk is full."""
        part = self.part(sop_uid)
        try:
            part.write_bytes(content)
        except OSError as error:
            discard(part)
            self.full = full(error)
            return False
        return self.keep(part, sop_uid)

    def keep(self, part: Path, sop_uid: str) -> bool:
        """Give a written part its name, if it is what was asked for."""
        reason = self._wrong(part, sop_uid)
        if reason:
            discard(part)
            with self._lock:
                self._refused.append(reason)
            return False
        try:
            path = keep_part(part, part.with_suffix(""))
        except Unwritable as fault:
            self.full = fault
            return False
        with self._lock:
            self._made[sop_uid] = path
        return True

    def _wrong(self, part: Path, sop_uid: str) -> str:
        try:
            header = read_header(str(part))
        except Unreadable as fault:
            return f"An object that came from the archive cannot be read: {fault.sentence}"
        if is_cut_short(header):
            return "An object that came from the archive is cut short."
        if text(header.elements.get(tags.SOP_UID)) != sop_uid:
            return "The archive sent an object other than it announced."
        if text(header.elements.get(tags.STUDY_UID)) != self._study_uid:
            return "The archive sent an object of a study that was not asked for."
        return ""
