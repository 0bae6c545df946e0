"""Remembered stretches of headers, so that the next file of a series is checked rather than parsed.

The files of one series have the same elements with the same lengths, but for a few (UIDs, positions, numbers). A
stretch of such elements is learnt once; in the next file all its element headers are compared at once with what was
learnt, and the wanted values are fetched by one call. Where a header differs the stretch is cut there, and a new one
is learnt that begins with the differing header and goes on as the old one did.
"""

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

MOST_RUNS = 4096
KEY_BYTES = 8


class Learnt(NamedTuple):
    """One element of a stretch: its tag, header bytes, length of its value, and whether the value is wanted."""

    tag: int
    header: bytes
    length: int
    wanted: bool

    @property
    def size(self) -> int:
        """Bytes of header and value."""
        return len(self.header) + self.length


class Run:
    """A stretch of elements, one right behind the other, whose tags rise."""

    def __init__(self, elements: list[Learnt]) -> None:
        self.elements = elements
        self.headers = tuple(one.header for one in elements)
        self.first, self.last = elements[0].tag, elements[-1].tag
        self.size = sum(one.size for one in elements)
        self.tags = tuple(one.tag for one in elements if one.wanted)
        self.read_values = _reader(elements, self.tags)
        self._mask = _number(b"\xff" * len(one.header) + bytes(one.length) for one in elements)
        self._headers = _number(one.header + bytes(one.length) for one in elements)

    def agrees_until(self, data: bytes, position: int) -> int:
        """Return how many elements from the start are there with the headers that were learnt."""
        for k, one in enumerate(self.elements):
            if data[position : position + len(one.header)] != one.header:
                return k
            position += one.size
        return len(self.elements)

    def agrees(self, data: bytes, position: int) -> bool:
        """Whether all headers are there as they were learnt.

        Comparing long numbers under a mask is the fastest comparison of scattered bytes that Python has.
        """
        return int.from_bytes(data[position : position + self.size], "little") & self._mask == self._headers


class Layouts:
    """The stretches known so far, by the first bytes of the header that they begin with."""

    def __init__(self) -> None:
        self.runs: dict[bytes, Run] = {}

    def learn(self, elements: list[Learnt]) -> None:
        """Remember a stretch, unless one that begins alike is known."""
        key = elements[0].header[:KEY_BYTES]
        if key in self.runs:
            return
        if len(self.runs) >= MOST_RUNS:
            self.runs.clear()
        self.runs[key] = Run(elements)

    def cut(self, run: Run, at: int) -> None:
        """Keep only what stands before element `at`, which is not always alike."""
        self.runs[run.headers[0][:KEY_BYTES]] = Run(run.elements[:at])


def _reader(elements: list[Learnt], tags: tuple[int, ...]) -> Callable[[bytes, int], tuple[bytes, ...]]:
    parts = (f"{len(one.header)}x{one.length}{'s' if one.tag in tags else 'x'}" for one in elements)
    return struct.Struct("<" + "".join(parts)).unpack_from


def _number(parts: Iterable[bytes]) -> int:
    return int.from_bytes(b"".join(parts), "little")
