"""The skeletons of the volumes that are open: each found once, corrected by the reader, kept while it is wanted."""

import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import BoneClick
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.volume.volume import Volume


class Skeletons:
    """Finds native bone for any thread; two that ask for the same volume wait for one search."""

    def __init__(self) -> None:
        self._plain: WeakKeyDictionary[Volume, NativeBone] = WeakKeyDictionary()
        self._corrected: WeakKeyDictionary[Volume, tuple[tuple[BoneClick, ...], NativeBone]] = WeakKeyDictionary()
        self._locks: WeakKeyDictionary[Volume, threading.Lock] = WeakKeyDictionary()
        self._door = threading.Lock()

    def known(self, volume: Volume, clicks: Sequence[BoneClick]) -> NativeBone | None:
        """Return what is known already, without any work."""
        kept = self._corrected.get(volume)
        if clicks:
            return kept[1] if kept is not None and kept[0] == tuple(clicks) else None
        return self._plain.get(volume)

    def of(self, volume: Volume, clicks: Sequence[BoneClick], ticket: Ticket) -> NativeBone:
        """Return the skeleton of a CT with the reader's corrections.

        Raises
        ------
        Cancelled
            When the ticket was cancelled.
        """
        from mo_viewer.segment.skeleton import native_bone
        from mo_viewer.segment.skeleton_edit import corrected

        with self._door:
            lock = self._locks.setdefault(volume, threading.Lock())
        while not lock.acquire(timeout=0.1):
            ticket.check()
        try:
            known = self.known(volume, clicks)
            if known is not None:
                return known
            plain = self._plain.get(volume)
            if plain is None:
                plain = self._plain[volume] = native_bone(volume, ticket)
            if not clicks:
                return plain
            made = corrected(volume, plain, [(click.at_mm, click.is_bone) for click in clicks], ticket)
            self._corrected[volume] = (tuple(clicks), made)
            return made
        finally:
            lock.release()
