"""Bodies of several parts (RFC 2046), written from a file and read into one without holding either in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.faults import PeerFault

_HEAD_MOST = 16_384
_TAIL = 512


class FileBody:
    """One DICOM file as the only part of a request; has a length, so that nothing is sent in chunks.

    Reading raises `Cancelled` once the ticket was cancelled.
    """

    def __init__(self, path: Path, ticket: Ticket) -> None:
        boundary = f"mo-viewer-{uuid4().hex}"
        self.content_type = f'multipart/related; type="application/dicom"; boundary="{boundary}"'
        self._head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._file: BinaryIO = path.open("rb")
        self._length = len(self._head) + path.stat().st_size + len(self._tail)
        self._ticket = ticket

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        self._ticket.check()
        if self._head:
            block, self._head = self._head, b""
        else:
            block = self._file.read(size)
            if not block:
                block, self._tail = self._tail, b""
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def boundary_of(content_type: str) -> bytes:
    """Return the boundary of a multipart answer.

    Raises
    ------
    PeerFault
        When it has none.
    """
    for part in content_type.split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key.lower() == "boundary" and value.strip('"'):
            return value.strip('"').encode("latin-1", "replace")
    raise PeerFault("The archive sent an answer that cannot be taken apart.", "answer")


def write_only_part(blocks: Iterator[bytes], boundary: bytes, target: Path) -> bool:
    """Write the body of an answer's only part into a file; False when the answer ends too early.

    Raises
    ------
    PeerFault
        When the answer does not begin as it should, or holds more than one part.
    OSError
        When the disk does not take it.
    """
    held = b""
    for block in blocks:
        held += block
        if b"\r\n\r\n" in held:
            break
        if len(held) > _HEAD_MOST:
            raise PeerFault("The archive sent an answer that cannot be taken apart.", "answer")
    head, _, held = held.partition(b"\r\n\r\n")
    if b"--" + boundary not in head:
        raise PeerFault("The archive sent an answer that cannot be taken apart.", "answer")
    end = b"\r\n--" + boundary
    with target.open("wb") as file:
        for block in blocks:
            held += block
            if len(held) > len(end) + _TAIL:
                cut = len(held) - len(end) - _TAIL
                file.write(held[:cut])
                held = held[cut:]
        last, found, _ = held.partition(end)
        file.write(last)
    return bool(found)
