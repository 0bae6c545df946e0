"""How far apart the slices of two series lie that show the same place, as the reader has set it; kept."""

import hashlib
from collections.abc import Callable

from mo_viewer.session.settings import Settings

_NAME = "offsets"
_MOST = 400
Pair = tuple[str, str]


class Offsets:
    """Distances along the normal, mm, by pair of series; those that the reader has set outlive the program.

    Series are named by a digest in the settings, so that nothing there tells whose they are.
    """

    def __init__(self) -> None:
        self._now: dict[Pair, float] = {}
        self._kept: dict[str, float] = {}
        self._keep: Callable[[str, object], None] = lambda name, value: None

    def use(self, settings: Settings, keep: Callable[[str, object], None]) -> None:
        """Know what was kept, and keep what is set from now on."""
        listed = settings.get(_NAME, {})
        self._kept = {str(pair): float(mm) for pair, mm in listed.items() if isinstance(mm, (int, float))}
        self._keep = keep

    def get(self, pair: Pair) -> float | None:
        """How far the second lies from the first; None where nobody has said."""
        return self._now.get(pair, self._kept.get(_digest(pair)))

    def suppose(self, pair: Pair, distance_mm: float) -> float:
        """Return what is known of a pair; from now on `distance_mm` where nothing was."""
        known = self.get(pair)
        return self._now.setdefault(pair, distance_mm) if known is None else known

    def set(self, pair: Pair, distance_mm: float) -> None:
        """Take what the reader has set, and keep it."""
        self._now[pair] = distance_mm
        self._kept.pop(_digest(pair), None)
        self._kept[_digest(pair)] = round(distance_mm, 4)
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        self._keep(_NAME, dict(self._kept))


def _digest(pair: Pair) -> str:
    return hashlib.sha256("\x1f".join(pair).encode()).hexdigest()[:16]
