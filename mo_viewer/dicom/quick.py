"""The short way from a file to its frame, for the second and further files of a layout.

Nearly all files of a folder are plain slices that differ from their neighbours in a handful of values. Those whose
layout is known (`template`) are read here; all others go the long way (`header`, `traits`, `verdict`, `frame`), which
also teaches this one.
"""

import os
from collections.abc import Iterable, Iterator

from mo_viewer.dicom import tags
from mo_viewer.dicom.files import READ, SEPARATOR, open_file
from mo_viewer.dicom.fragments import SEQUENCE_END
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.header import FIRST_BYTES, PLAIN, Header, beginning_of
from mo_viewer.dicom.template import Templates
from mo_viewer.dicom.walk import UNDEFINED

LONGEST_HEADER = 128 * 1024
"""Layouts that reach further are not learnt: so much is read of every file then."""


class Quick:
    """Reads frames the short way; grows with what it is taught."""

    def __init__(self) -> None:
        self.templates = Templates()
        self._missed = "", 0, b""

    def frame(self, file: str) -> Frame | None:
        """Return the one frame of a plain slice, or None where the long way must be gone."""
        return next(self.frames([file]))[1]

    def frames(self, files: Iterable[str]) -> Iterator[tuple[str, Frame | None]]:
        """Yield every file with its frame, see `frame`.

        One function without many calls, because a folder of 2,000 files spends half of its time here.
        """
        templates, read, seek, close = self.templates, os.read, os.lseek, os.close
        for file in files:
            frame = None
            if SEPARATOR in file:
                yield file, None
                continue
            try:
                descriptor = os.open(file, READ)
            except (OSError, ValueError):
                yield file, None
                continue
            try:
                data = read(descriptor, templates.end or FIRST_BYTES)
                size = seek(descriptor, 0, os.SEEK_END)
                frame = templates.frame(file, size, data)
                if frame is None:
                    self._miss(descriptor, file, size, data)
                elif frame.traits.syntax not in PLAIN and not _is_closed(descriptor, frame):
                    frame = None
            except OSError:
                frame = None
            finally:
                close(descriptor)
            yield file, frame

    def _miss(self, descriptor: int, file: str, size: int, data: bytes) -> None:
        if len(data) < min(size, FIRST_BYTES):
            os.lseek(descriptor, len(data), os.SEEK_SET)
            data += os.read(descriptor, FIRST_BYTES - len(data))
        self._missed = file, size, data

    def header(self, file: str) -> Header | None:
        """Return the header of the file that was asked for last, where another series taught its layout."""
        return self.templates.header(*self._missed) if self._missed[0] == file else None

    def learn(self, frames: tuple[Frame, ...]) -> None:
        """Learn from the frames of the file that was asked for last, which the long way has read."""
        file, size, data = self._missed
        if len(frames) != 1 or (frames[0].file, frames[0].size) != (file, size) or not _is_plain(frames[0]):
            return
        begin = beginning_of(data)
        assert frames[0].pixels is not None
        if len(data) < frames[0].pixels[1] <= LONGEST_HEADER:
            with open_file(file) as stream:
                data = stream.read(frames[0].pixels[1])
        if len(data) < frames[0].pixels[1]:
            return
        if begin is not None and begin.syntax == frames[0].traits.syntax and not begin.is_directory:
            self.templates.learn(data, begin, frames[0])


def _is_plain(frame: Frame) -> bool:
    """Whether one header within the first bytes, and the pixels behind it, are all there is to a file."""
    traits = frame.traits
    if traits.grouped or frame.number is not None or frame.pixels is None or traits.big:
        return False
    return traits.syntax != tags.DEFLATED and (
        frame.pixels[2] == UNDEFINED or frame.pixels[1] + traits.frame_bytes <= frame.size
    )


def _is_closed(descriptor: int, frame: Frame) -> bool:
    """Whether pixels are not in fragments, or end with their mark and the file with it."""
    assert frame.pixels is not None
    if frame.pixels[2] != UNDEFINED:
        return True
    if frame.size - len(SEQUENCE_END) < frame.pixels[1]:
        return False
    os.lseek(descriptor, -len(SEQUENCE_END), os.SEEK_END)
    return os.read(descriptor, len(SEQUENCE_END)) == SEQUENCE_END
