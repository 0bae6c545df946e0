"""How long a lesion has been unchanged, and how fast it doubles or halves: only when the numbers carry it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mo_viewer.findings.document import Timepoint
from mo_viewer.track.change import DAYS_A_MONTH, Category, Change, Moment, change, days_between
from mo_viewer.track.comparability import Tier
from mo_viewer.track.course import comparability_of

LEAST_DAYS = 56
"""Two studies must lie this far apart before "stable" is said (rule R9 of the maturity rules; a default)."""
STEADY = ("volume", "normalised_density")


@dataclass(frozen=True)
class Stability:
    """Since when size and density have not changed; `missing` says what keeps `stable` from being said."""

    stable: bool
    since: str = ""
    days: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pace:
    """Doubling (positive rate) or halving time of the volume."""

    doubling: bool
    days: float

    @property
    def months(self) -> float:
        """The same in months."""
        return self.days / DAYS_A_MONTH


def stability(tracking_uid: str, timepoints: Sequence[Timepoint]) -> Stability:
    """Compare the latest study of a lesion with ever earlier ones, until size or density differ.

    Each earlier study is compared with the latest, not with its neighbour, so that small steps add up.
    """
    having = [(t, lesion) for t in timepoints if (lesion := t.lesion(tracking_uid)) is not None]
    if len(having) < 2:
        return Stability(False, missing=("only one study shows the lesion",))
    last, latest = having[-1]
    since, days, missing = last.date, 0, []
    for t, lesion in reversed(having[:-1]):
        found = change(
            Moment(t.study_uid, t.date, (lesion,)),
            Moment(last.study_uid, last.date, (latest,)),
            comparability_of(t, last),
        )
        reason = _against(found)
        if reason:
            missing.append(f"{t.date or 'undated study'}: {reason}")
            break
        elapsed = days_between(t.date, last.date)
        if elapsed is None:
            missing.append("a study has no date")
            break
        since, days = t.date, elapsed
    if days < LEAST_DAYS:
        missing.append(
            f"seen unchanged for {days} days, {LEAST_DAYS} are needed"
            if days
            else f"not yet seen unchanged ({LEAST_DAYS} days are needed)"
        )
    return Stability(days >= LEAST_DAYS, since if days else "", days, tuple(missing))


def _against(found: Change) -> str:
    if found.comparability.tier is Tier.NOT_COMPARABLE:
        return "not comparable: " + ", ".join(found.comparability.reasons)
    for name in STEADY:
        quantity = found.of(name)
        words = {"volume": "size", "normalised_density": "density"}[name]
        if quantity is None:
            return f"{words} was not measured in both studies"
        if quantity.category is Category.CANNOT_TELL:
            return f"of the {words} nothing can be told"
        if quantity.category is not Category.NO_CHANGE:
            return f"the {words} was different"
    return ""


def pace(changes: Sequence[Change]) -> Pace | None:
    """Doubling or halving time over the last run of at least two intervals that exceed their limits one way."""
    run: list[Change] = []
    for found in reversed(changes):
        size = found.of("volume")
        if size is None or size.category not in (Category.INCREASE, Category.DECREASE) or not found.days:
            break
        if run and size.category is not _category(run[-1]):
            break
        run.append(found)
    if len(run) < 2:
        return None
    days = sum(found.days or 0 for found in run)
    growth = sum(math.log1p((_percent(found) or 0.0) / 100) for found in run)
    if days <= 0 or growth == 0 or not math.isfinite(growth):
        return None
    return Pace(growth > 0, days * math.log(2) / abs(growth))


def _category(found: Change) -> Category | None:
    size = found.of("volume")
    return size.category if size is not None else None


def _percent(found: Change) -> float | None:
    size = found.of("volume")
    return size.percent if size is not None else None
