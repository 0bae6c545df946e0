"""The short way from a file to its frame, for the second and further files of a layout.

Nearly all files of a folder are plain slices that differ from their neighbours in a handful of values. Those whose
layout is known (`template`) are read here; all others go the long way (`header`, `traits`, `verdict`, `frame`), which
also teaches this one.
"""

import os

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.files import SEPARATOR, open_descriptor
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.header import FIRST_BYTES, PLAIN, beginning_of
from mo_viewer.dicom.template import Templates


class Quick:
    """Reads frames the short way; grows with what it is taught."""

    def __init__(self) -> None:
        self.templates = Templates()
        self._missed = "", 0, b""

    def frame(self, file: str) -> Frame | None:
        """Return the one frame of a plain slice, or None where the long way must be gone.

        Raises
        ------
        Unreadable
            When the file cannot be opened or read.
        """
        if SEPARATOR in file:
            return None
        descriptor = open_descriptor(file)
        try:
            data = os.read(descriptor, self.templates.end or FIRST_BYTES)
            size = os.lseek(descriptor, 0, os.SEEK_END)
            frame = self.templates.frame(file, size, data)
            if frame is None:
                if len(data) < min(size, FIRST_BYTES):
                    os.lseek(descriptor, len(data), os.SEEK_SET)
                    data += os.read(descriptor, FIRST_BYTES - len(data))
                self._missed = file, size, data
        except OSError as fault:
            raise Unreadable("The file cannot be read.", detail=str(fault), code="damaged") from fault
        finally:
            os.close(descriptor)
        return frame

    def learn(self, frames: tuple[Frame, ...]) -> None:
        """Learn from the frames of the file that was asked for last, which the long way has read."""
        file, size, data = self._missed
        if len(frames) != 1 or (frames[0].file, frames[0].size) != (file, size) or not _is_plain(frames[0]):
            return
        begin = beginning_of(data)
        if begin is not None and begin.syntax == frames[0].traits.syntax and not begin.is_directory:
            self.templates.learn(data, begin, frames[0])


def _is_plain(frame: Frame) -> bool:
    """Whether one header and uncompressed pixels that reach to `size` at most are all there is to a file."""
    traits = frame.traits
    if traits.syntax not in PLAIN or traits.grouped or frame.number is not None or frame.pixels is None:
        return False
    return frame.pixels[1] + traits.frame_bytes <= frame.size
