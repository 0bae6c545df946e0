"""Decoding in a process of its own, for streams that are out of the ordinary: what it breaks is not the viewer.

A codec is C code: a stream made to harm, or damaged in a bad place, may end the process or never come back. A stream
with its proper beginning and end is decoded here at once. One without its end, of a retired process or high-throughput
JPEG 2000 (`_FRAGILE`), or that was under way when a program ended (`suspects`), goes to a worker that may take
`LONGEST_S` and `MOST_BYTES`. Workers stay for the next such streams and end with the program.
"""

import json
import os
import pickle
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from queue import LifoQueue
from typing import IO

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import tags
from mo_viewer.dicom.suspects import SUSPECTS
from mo_viewer.dicom.traits import Traits
from mo_viewer.volume.arrays import AnyArray

LONGEST_S = 20.0
MOST_BYTES = 4 << 30
MOST_WORKERS = 2
_END, _TAIL = b"\xff\xd9", 64
_MARKED = tags.BASELINE | tags.JPEG_LS | tags.JPEG_2000 | tags.HTJ2K
_FRAGILE = tags.RETIRED | tags.HTJ2K
"""Well-formed streams of these were seen to end their decoder's process, or to keep it for ever (one changed byte)."""
_LENGTHS = struct.Struct("<QQ")
_START = "from mo_viewer.dicom.apart import work; work()"
_inside = False


def is_odd(data: bytes, syntax: str) -> bool:
    """Whether a stream is decoded apart: of a kind whose decoder is fragile, or with an end that is not there."""
    if _inside:
        return False
    return syntax in _FRAGILE or (syntax in _MARKED and _END not in data[-_TAIL:])


class Worker:
    """The process that decodes; one stream at a time, started when it is first wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, data: bytes, traits: Traits) -> AnyArray:
        """Return what the codec makes of a stream.

        Raises
        ------
        Unreadable
            When the codec refuses it, ends its process, or takes too long or too much memory.
        """
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Timer(LONGEST_S, process.kill)
            late.start()
            try:
                _send(process.stdin, pickle.dumps(traits), data)
                head, body = _receive(process.stdout)
            except (OSError, EOFError, struct.error) as fault:
                self.close()
                sentence = "The compressed image is damaged in a way that its decoder does not survive."
                raise Unreadable(sentence, detail=repr(fault), code="damaged") from fault
            finally:
                late.cancel()
        said = json.loads(head)
        if "sentence" in said:
            raise Unreadable(said["sentence"], said["hint"], said["detail"], said["code"])
        return np.frombuffer(body, np.dtype(said["type"])).reshape(said["shape"])

    @property
    def is_started(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def close(self) -> None:
        """End the process; the next stream starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        return self._process


class Workers:
    """Workers for as many streams at once; the one that was free last is taken, so that others are seldom started."""

    def __init__(self, most: int = MOST_WORKERS) -> None:
        self._free: LifoQueue[Worker] = LifoQueue()
        self._all = tuple(Worker() for _ in range(most))
        for worker in self._all:
            self._free.put(worker)

    @property
    def running(self) -> int:
        """How many processes were started and not ended."""
        return sum(worker.is_started for worker in self._all)

    def decode(self, data: bytes, traits: Traits) -> AnyArray:
        """Decode by a worker that is free, or wait for one; see `Worker.decode`."""
        worker = self._free.get()
        try:
            return worker.decode(data, traits)
        finally:
            self._free.put(worker)


WORKERS = Workers()


def work() -> None:
    """The worker's side: decode what comes until there is no more."""
    global _inside  # noqa: PLW0603 - this process decodes for another one, and never hands on
    _inside = True
    SUSPECTS.is_used = False
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from mo_viewer.dicom.codecs import decode

    given, answers = sys.stdin.buffer, sys.stdout.buffer
    with suppress(EOFError, struct.error, BrokenPipeError):
        while True:
            traits, data = _receive(given)
            try:
                found = np.ascontiguousarray(decode(data, pickle.loads(traits)))  # noqa: S301 - from the viewer itself
                head = json.dumps({"type": found.dtype.str, "shape": found.shape})
                _send(answers, head.encode(), found.tobytes())
            except Unreadable as fault:
                said = {key: getattr(fault, key) for key in ("sentence", "hint", "detail", "code")}
                _send(answers, json.dumps(said).encode(), b"")


def _send(pipe: IO[bytes], *pieces: bytes) -> None:
    pipe.write(_LENGTHS.pack(*map(len, pieces)))
    for piece in pieces:
        pipe.write(piece)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    lengths = _LENGTHS.unpack(pipe.read(_LENGTHS.size))
    first, second = (pipe.read(length) for length in lengths)
    if (len(first), len(second)) != lengths:
        raise EOFError
    return first, second
