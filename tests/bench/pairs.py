"""A against B in turn, in one run: ratios hold on a loaded machine where bare times do not."""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Median of ours over median of theirs, and the bar it must not exceed."""

    name: str
    ours_ms: float
    theirs_ms: float
    bar: float

    @property
    def value(self) -> float:
        return self.ours_ms / self.theirs_ms

    @property
    def holds(self) -> bool:
        return self.value <= self.bar

    def line(self) -> str:
        verdict = "holds" if self.holds else "MISSED"
        return (
            f"{self.name:<58} {self.ours_ms:9.1f} ms {self.theirs_ms:9.1f} ms"
            f"   ratio {self.value:6.3f}  bar {self.bar:6.3f}  {verdict}"
        )


def in_turn(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    bar: float,
    rounds: int = 5,
    before: Callable[[], object] = gc.collect,
) -> Ratio:
    """Time both `rounds` times, A B A B, after one warm-up each; `before` is done, untimed, before every one."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for function, kept in zip((ours, theirs), times, strict=True):
            before()
            began = time.perf_counter()
            function()
            if number:
                kept.append((time.perf_counter() - began) * 1000)
    ratio = Ratio(name, statistics.median(times[0]), statistics.median(times[1]), bar)
    sys.stdout.write(ratio.line() + "\n")
    sys.stdout.flush()
    return ratio
