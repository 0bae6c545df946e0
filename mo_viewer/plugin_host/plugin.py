"""A plugin as the host knows it: what it adds, how long its calls take, what went wrong."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any, Literal

from mo_viewer.plugin_host.manifest import Kind, Manifest

BUDGET_S: dict[str, float] = {
    "overlay": 0.008,
    "tool": 0.05,
    "command": 0.2,
    "panel": 0.3,
    "measure": 1.0,
    "assessment": 0.2,
    "section": 1.0,
    "exporter": 5.0,
}
"""What the median call of a kind may take; one call may take `ONCE` times as long, the first may import its code."""
ONCE = 10.0
OVERLAY_LIMIT_S = 0.1
"""An overlay whose median is above this holds the window at every repaint: it is switched off."""
SECOND = "A plugin of this id was found before; this one is not used."
_CALLS_KEPT, _CALLS_NEEDED = 16, 4


@dataclass
class Contribution:
    """One thing that a plugin added. `enabled` ends with its first fault."""

    plugin: str
    kind: Kind
    name: str
    title: str
    content: Callable[..., Any]
    key: str = ""
    tip: str = ""
    enabled: bool = True
    seconds: float = 0.0
    suffix: str = ""
    """Of the file that an exporter makes, as ``".csv"``."""
    group: str = ""
    """The menu that it stands in, where its manifest names one."""
    needs: str = ""
    """``"lesion"``: it can be done while a lesion is selected only; ``"hounsfield"``: on pictures in HU only."""
    words: str = ""
    """What else it is called, for the search."""
    calls: int = 0
    is_slow: bool = False
    made_by: str = ""
    """Plugin and version, as findings say them (``"mo_x 0.3.0"``)."""
    background_s: float = 0.0
    """Time of its work in threads, which no reader waits for."""
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=_CALLS_KEPT), repr=False)

    @property
    def id(self) -> str:
        """Unique name: plugin, kind, name."""
        return f"{self.plugin}.{self.kind}.{self.name}"

    @property
    def median_s(self) -> float:
        """Time of the median recent call; 0 before the first."""
        return float(median(self._recent)) if self._recent else 0.0

    def count(self, seconds: float) -> str:
        """Add the time of one call; returns a sentence when that makes the contribution too slow, else nothing."""
        self.calls += 1
        self.seconds += seconds
        self._recent.append(seconds)
        allowed = BUDGET_S.get(self.kind)
        if allowed is None or self.is_slow:
            return ""
        if seconds > ONCE * allowed and self.calls > 1:
            self.is_slow = True
            return f"One call took {seconds:.2g} s; {allowed * 1000:.0f} ms are meant."
        if len(self._recent) >= _CALLS_NEEDED and self.median_s > allowed:
            self.is_slow = True
            took = f"{self.median_s * 1000:.0f} ms (median of {len(self._recent)})"
            return f"A call takes {took}; {allowed * 1000:.0f} ms are allowed."
        return ""

    @property
    def holds_the_window(self) -> bool:
        """Whether this is an overlay that makes every repaint wait."""
        return self.kind == "overlay" and len(self._recent) >= _CALLS_NEEDED - 1 and self.median_s > OVERLAY_LIMIT_S


@dataclass(frozen=True)
class PluginFault:
    """What went wrong in a plugin: a sentence, the traceback for its author, and ``file.py:line`` inside the plugin."""

    plugin: str
    where: str
    sentence: str
    traceback: str = ""
    place: str = ""


@dataclass(frozen=True)
class PluginNotice:
    """Something to know about a plugin that goes on running: slow, changed, deprecated, a thread left behind."""

    plugin: str
    where: str
    sentence: str


@dataclass
class Plugin:
    """One plugin as found: running, or refused with the reason.

    A plugin that declares what it contributes runs before its code is imported; `is_started` follows when it is
    first needed.
    """

    id: str
    folder: Path
    origin: str
    manifest: Manifest | None = None
    state: Literal["found", "running", "refused", "failed"] = "found"
    reason: str = ""
    contributions: list[Contribution] = field(default_factory=list)
    is_second: bool = False
    """Another plugin of this id was found before."""
    is_started: bool = False
    start_s: float = 0.0
    """Time that import and ``register`` took."""
    threads: list[Thread] = field(default_factory=list, repr=False)
    """Those that its start left behind."""

    @property
    def seconds(self) -> float:
        """Time spent in this plugin, its start included."""
        return self.start_s + sum(contribution.seconds for contribution in self.contributions)

    @property
    def made_by(self) -> str:
        """Id and version, as findings say them."""
        return f"{self.id} {self.manifest.version}" if self.manifest else self.id


def place_in(traceback: str, folder: Path) -> str:
    """Return the last ``file.py:line`` of a traceback that lies in a folder; empty when none does."""
    places = ((Path(file), line) for file, line in re.findall(r'File "([^"]+)", line (\d+)', traceback))
    inside = [f"{file.relative_to(folder)}:{line}" for file, line in places if file.is_relative_to(folder)]
    return inside[-1] if inside else ""
