"""Sending an export: every DICOM file of a folder to one archive, with the archive's answer for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mo_viewer.base.faults import Misuse, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.courier import send_due
from mo_viewer.pacs.parcel import Parcel, inspect
from mo_viewer.pacs.queue import Job, Queue
from mo_viewer.pacs.settings import resolve

Fate = Literal["sent", "already", "waiting", "failed"]


@dataclass(frozen=True)
class Delivery:
    """What became of one file.

    Parameters
    ----------
    file
        Its name within the folder.
    fate
        ``sent``: the archive confirmed it now. ``already``: it had confirmed it before. ``waiting``: it stays in the
        queue and will be tried again. ``failed``: it will not, unless asked for.
    sentence
        Why it waits or failed, or a warning of the archive; empty when all is well.
    committed
        The archive gave its word that it keeps the object.
    """

    file: str
    fate: Fate
    sentence: str = ""
    committed: bool = False


@dataclass(frozen=True)
class Sent:
    """What became of a folder that was sent to `target`."""

    target: str
    deliveries: tuple[Delivery, ...]

    def of(self, fate: Fate) -> tuple[Delivery, ...]:
        """Return the files of one fate."""
        return tuple(delivery for delivery in self.deliveries if delivery.fate == fate)

    @property
    def complete(self) -> bool:
        """Whether the archive has confirmed every file."""
        return all(delivery.fate in ("sent", "already") for delivery in self.deliveries)

    @property
    def summary(self) -> str:
        """One sentence with the counts."""
        words = {"sent": "sent", "already": "sent before", "waiting": "waiting", "failed": "failed"}
        counts = [f"{n} {word}" for fate, word in words.items() if (n := sum(d.fate == fate for d in self.deliveries))]
        return f"{len(self.deliveries)} files for {self.target}: {', '.join(counts)}."


def send(folder: Path, target_text: str, ticket: Ticket, again: bool = False) -> Sent:
    """Send the DICOM files of an export to an archive.

    The files are queued first, so that what could not be sent now waits and is tried again by the next `send_due`.

    Parameters
    ----------
    folder
        An export: its files ending in ``.dcm``, at any depth. They are only read.
    target_text
        The name or address of a configured archive, ``AET@HOST:PORT``, or a DICOMweb address.
    ticket
        Reports each file; cancelling ends the line at once and leaves the rest waiting.
    again
        Send also what the archive confirmed before.

    Raises
    ------
    Misuse
        When the target is neither, or the folder holds no DICOM files.
    Unreadable
        When the folder is not there.
    Cancelled
        When the ticket was cancelled.
    """
    target = resolve(target_text).address
    with Queue() as queue:
        files = list(_files(folder))
        fates: dict[str, Delivery] = {}
        parcels: dict[str, Parcel] = {}
        for done, path in enumerate(files):
            ticket.progress(done, len(files), "Reading what is to be sent")
            name = str(path.relative_to(folder))
            try:
                parcels[name] = inspect(path.resolve())
            except Unreadable as fault:
                fates[name] = Delivery(name, "failed", str(fault))
        jobs = dict(zip(parcels, queue.put(parcels.values(), target, again), strict=True))
        before = {name for name, job in jobs.items() if job.state == "sent"}
        send_due(queue, ticket, [job.number for job in jobs.values()])
        for name, job in jobs.items():
            fates[name] = _delivery(name, queue.job(job.number), name in before)
    return Sent(target_text, tuple(fates[str(path.relative_to(folder))] for path in files))


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise Unreadable("The export folder is not there.")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".dcm" and path.is_file())
    if not found:
        raise Misuse("The folder holds no DICOM files (.dcm).")
    yield from found


def _delivery(name: str, job: Job, before: bool) -> Delivery:
    return Delivery(name, "already" if before else job.state, job.sentence, job.committed)
