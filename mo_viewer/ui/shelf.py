"""Loaded volumes inside a memory budget: the least recently used goes first, never one that is held."""

import os
import sys
from collections import OrderedDict
from collections.abc import Iterable

from mo_viewer.dicom.series import BUDGET_BYTES
from mo_viewer.volume.volume import Volume

GIB = 1 << 30

Key = tuple[str, str, str, str]


class Shelf:
    """Keeps volumes by `Series.key`.

    Parameters
    ----------
    budget_bytes
        How much pixel data may stay in memory. Held volumes count, and stay even where they exceed it.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._volumes: OrderedDict[Key, Volume] = OrderedDict()
        self._held: frozenset[Key] = frozenset()

    @property
    def used_bytes(self) -> int:
        """Pixel data that is kept now."""
        return sum(volume.values.nbytes for volume in self._volumes.values())

    def get(self, key: Key) -> Volume | None:
        """Return a volume and count it as used just now."""
        if key in self._volumes:
            self._volumes.move_to_end(key)
        return self._volumes.get(key)

    def put(self, key: Key, volume: Volume) -> None:
        """Keep a volume and let go of others until the budget holds; the newest always stays."""
        self._volumes[key] = volume
        self._volumes.move_to_end(key)
        self._shed(key)

    def drop(self, key: Key) -> None:
        """Let go of one volume."""
        self._volumes.pop(key, None)

    def hold(self, keys: Iterable[Key]) -> None:
        """Name the volumes that are shown; they are not let go of."""
        self._held = frozenset(keys)
        self._shed(None)

    def clear(self) -> None:
        """Let go of everything."""
        self._volumes.clear()
        self._held = frozenset()

    def _shed(self, newest: Key | None) -> None:
        spare = [key for key in self._volumes if key not in self._held and key != newest]
        for key in spare:
            if self.used_bytes <= self.budget_bytes:
                return
            del self._volumes[key]


def default_budget() -> int:
    """`BUDGET_BYTES`, from which on a series is remarked as too large, or half of the memory where that is less."""
    memory = physical_memory()
    return min(BUDGET_BYTES, memory // 2) if memory else GIB


def physical_memory() -> int:
    """Return the machine's memory in bytes, 0 where it cannot be found out."""
    if sys.platform == "win32":
        import ctypes

        kibibytes = ctypes.c_ulonglong()
        found = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kibibytes))
        return kibibytes.value * 1024 if found else 0
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0
