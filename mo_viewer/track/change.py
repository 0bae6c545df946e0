"""How much a lesion changed between two studies, against the change that could be error (CONTRACT.md, DOMAIN.md 7)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.doubts import FRAGMENTS, OPEN_BAY
from mo_viewer.track.comparability import Comparability, Tier
from mo_viewer.track.identity import LEAST_OVERLAP
from mo_viewer.track.meeting import meeting
from mo_viewer.volume.mask import Mask

LIMIT_PERCENT = {Tier.COMPARABLE: 15.0, Tier.LIMITED: 35.0}
WIDEST_PERCENT = 40.0
HU_LIMIT = {Tier.COMPARABLE: 30.0, Tier.LIMITED: 90.0}
NORMALISED_LIMIT = {Tier.COMPARABLE: 0.08, Tier.LIMITED: 0.15}
ZONAL_LIMIT = {Tier.COMPARABLE: 0.15, Tier.LIMITED: 0.30}
SHARED_ERROR = {Tier.COMPARABLE: 0.6, Tier.LIMITED: 1.0}
"""Share of the spreads that does not cancel: two studies of one protocol err alike (ALGORITHMS 15)."""
UNBOUNDED_SHARED = 0.5
"""Share of that where both surfaces were drawn round separate fragments, or leave out a bay: what bounds these is
unknown alike."""
LEAST_CONFIDENCE = 0.5
WEAK = "the value is small against the repeatability of HU"
"""A density that changed by more than even this wider limit has changed; less cannot be told."""
DAYS_A_MONTH = 365.25 / 12

SIZES = ("volume", "dense_volume")
CONTENTS = ("mineral_content",)
DENSITIES = ("p95_hu", "normalised_density")
PERCENT_QUANTITIES = (*SIZES, *CONTENTS, *DENSITIES)
ABSOLUTE_QUANTITIES = ("zonal_index", "gap_to_bone_mm")


class Category(StrEnum):
    """The contract's words."""

    INCREASE = "increase"
    NO_CHANGE = "no_change"
    DECREASE = "decrease"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class QuantityChange:
    """Change of one quantity: in per cent, or as a plain difference in `unit` where per cent mean nothing.

    `why` says what widened the limit, or why nothing can be told.
    """

    quantity: str
    category: Category
    percent: float | None = None
    limit_percent: float | None = None
    percent_a_month: float | None = None
    difference: float | None = None
    limit: float | None = None
    unit: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """All changes of a lesion (or of a group that merged or split) over one interval."""

    from_study: str
    to_study: str
    from_date: str
    to_date: str
    days: int | None
    comparability: Comparability
    quantities: tuple[QuantityChange, ...]
    statement: str = ""

    def of(self, quantity: str) -> QuantityChange | None:
        """The change of one quantity, or None."""
        return next((q for q in self.quantities if q.quantity == quantity), None)


@dataclass(frozen=True)
class Moment:
    """A lesion, or the parts of one, in one study."""

    study_uid: str
    date: str
    lesions: tuple[Lesion, ...]


def change(before: Moment, after: Moment, pair: Comparability) -> Change:
    """Return what changed from one study to another; where a lesion has several parts, their sums."""
    days = days_between(before.date, after.date)
    found = []
    for name in PERCENT_QUANTITIES:
        one, two = _summed(name, before.lesions), _summed(name, after.lesions)
        if one is not None and two is not None:
            found.append(_percent(name, one, two, before.lesions, after.lesions, pair, days))
    for name in ABSOLUTE_QUANTITIES:
        one, two = _summed(name, before.lesions), _summed(name, after.lesions)
        if one is not None and two is not None and len(before.lesions) == len(after.lesions) == 1:
            found.append(_absolute(name, one, two, after.lesions, pair))
    return Change(
        before.study_uid,
        after.study_uid,
        before.date,
        after.date,
        days,
        pair,
        tuple(found),
        statement({q.quantity: q.category for q in found}),
    )


def days_between(first: str, second: str) -> int | None:
    """Whole days between two ISO dates; None when either is not known."""
    try:
        return (date.fromisoformat(second) - date.fromisoformat(first)).days
    except ValueError:
        return None


def limit_of(
    quantity: str, before: Measurement, after: Measurement, floor_percent: float, tier: Tier
) -> tuple[float, tuple[str, ...]]:
    """Limit of repeatability in per cent of `before`, not yet cut at 40, and what widened it.

    The tier's figure; for densities the tier's limit in HU where that is more; the two spreads; for sizes half a
    voxel edge times the surface.
    """
    size = abs(before.value)
    limit, why = LIMIT_PERCENT[tier], []
    absolute = {"p95_hu": HU_LIMIT[tier], "normalised_density": NORMALISED_LIMIT[tier]}.get(quantity, 0.0)
    if 100 * absolute / size > limit:
        limit = 100 * absolute / size
        why.append(WEAK)
    spreads = [100 * (m.spread or 0.0) / max(abs(m.value), 1e-9) for m in (before, after)]
    alike = UNBOUNDED_SHARED if _unbounded(before) and _unbounded(before) == _unbounded(after) else 1.0
    spread = SHARED_ERROR[tier] * math.hypot(*spreads) * alike
    if spread > limit:
        limit = spread
        why.append("the measurements are uncertain")
    if quantity in SIZES and floor_percent > limit:
        limit = floor_percent
        why.append("the lesion is small for these voxels")
    return limit, tuple(why)


def floor_percent(lesions: Sequence[Lesion]) -> float:
    """Half a voxel edge (cube root of the voxel) times the surface, in per cent of the volume; 0 when not known."""
    area, volume, edge = 0.0, 0.0, 0.0
    for lesion in lesions:
        surface, size = lesion.measured("surface_mm2"), lesion.measured("volume")
        area += surface.value if surface else lesion.surface.area_mm2 if lesion.surface else 0.0
        volume += size.value if size else 0.0
        edge = max(edge, _edge_mm(lesion.mask))
    return 100 * 0.5 * edge * area / volume if volume > 0 else 0.0


def statement(categories: dict[str, Category]) -> str:
    """Size and density in one sentence; empty where either cannot be told."""
    size = categories.get("volume", Category.CANNOT_TELL)
    known = [categories[q] for q in (*DENSITIES, *CONTENTS) if q in categories]
    density = _common(known, size)
    words = {
        (Category.NO_CHANGE, Category.INCREASE): "denser, not larger",
        (Category.NO_CHANGE, Category.DECREASE): "less dense, size unchanged",
        (Category.NO_CHANGE, Category.NO_CHANGE): "unchanged in size and density",
        (Category.INCREASE, Category.INCREASE): "larger and denser",
        (Category.INCREASE, Category.NO_CHANGE): "larger, density unchanged",
        (Category.INCREASE, Category.DECREASE): "larger, less dense",
        (Category.DECREASE, Category.INCREASE): "smaller, denser",
        (Category.DECREASE, Category.NO_CHANGE): "smaller, density unchanged",
        (Category.DECREASE, Category.DECREASE): "smaller and less dense",
    }
    return words.get((size, density), "")


def _common(known: list[Category], size: Category) -> Category:
    """What the densities say together; mineral content (last) counts for density only while the size stands."""
    told = [c for c in known if c is not Category.CANNOT_TELL]
    if len(known) == 3 and size is not Category.NO_CHANGE:
        told = [c for c in known[:2] if c is not Category.CANNOT_TELL]
    moved = {c for c in told if c is not Category.NO_CHANGE}
    if not told or len(moved) > 1:
        return Category.CANNOT_TELL
    return moved.pop() if moved else Category.NO_CHANGE


def _percent(
    name: str,
    before: Measurement,
    after: Measurement,
    first: Sequence[Lesion],
    second: Sequence[Lesion],
    pair: Comparability,
    days: int | None,
) -> QuantityChange:
    if pair.tier is Tier.NOT_COMPARABLE:
        return QuantityChange(name, Category.CANNOT_TELL, why=pair.reasons)
    if name not in SIZES and not pair.density:
        return QuantityChange(name, Category.CANNOT_TELL, why=("density is not compared",))
    if name in (*SIZES, *CONTENTS) and (_overlap(first) or _overlap(second)):
        return QuantityChange(
            name, Category.CANNOT_TELL, why=("contours of one study overlap: their sum counts twice",)
        )
    if before.value <= 0:
        return QuantityChange(name, Category.CANNOT_TELL, why=("there is nothing to relate a change to",))
    percent = 100 * (after.value / before.value - 1)
    floor = max(floor_percent(first), floor_percent(second))
    limit, why = limit_of(name, before, after, floor, pair.tier)
    doubtful = _doubtful(before, after, first, second)
    category = _category(percent, limit)
    if name in DENSITIES and limit > WIDEST_PERCENT and category is not Category.NO_CHANGE and why == (WEAK,):
        limit = WIDEST_PERCENT
    if doubtful or limit > WIDEST_PERCENT:
        category = _category(percent, WIDEST_PERCENT) if doubtful and limit <= WIDEST_PERCENT else Category.CANNOT_TELL
        category = Category.CANNOT_TELL if category is Category.NO_CHANGE else category
        why = (*why, "a measurement bears a warning") if doubtful else why
        limit = WIDEST_PERCENT
    monthly = percent / days * DAYS_A_MONTH if days else None
    return QuantityChange(name, category, percent, limit, monthly, why=why)


def _absolute(
    name: str, before: Measurement, after: Measurement, second: Sequence[Lesion], pair: Comparability
) -> QuantityChange:
    if pair.tier is Tier.NOT_COMPARABLE or (name == "zonal_index" and not pair.density):
        return QuantityChange(name, Category.CANNOT_TELL, why=pair.reasons)
    edge = max((_edge_mm(lesion.mask) for lesion in second), default=0.0)
    least = ZONAL_LIMIT[pair.tier] if name == "zonal_index" else edge
    limit = max(least, math.hypot(before.spread or 0.0, after.spread or 0.0))
    difference = after.value - before.value
    return QuantityChange(name, _category(difference, limit), difference=difference, limit=limit, unit=before.unit)


def _category(value: float, limit: float) -> Category:
    if value > limit:
        return Category.INCREASE
    return Category.DECREASE if value < -limit else Category.NO_CHANGE


def _doubtful(before: Measurement, after: Measurement, first: Sequence[Lesion], second: Sequence[Lesion]) -> bool:
    unsure = any(lesion.quality.confidence < LEAST_CONFIDENCE for lesion in (*first, *second))
    warned = [w for w in (*before.warnings, *after.warnings) if not w.startswith((FRAGMENTS, OPEN_BAY))]
    return bool(warned) or unsure or _unbounded(before) != _unbounded(after)


def _unbounded(found: Measurement) -> set[str]:
    """What leaves open where a lesion ends."""
    said = (*found.warnings, *found.notes)
    return {kind for kind in (FRAGMENTS, OPEN_BAY) if any(one.startswith(kind) for one in said)}


def _summed(name: str, lesions: Sequence[Lesion]) -> Measurement | None:
    """One measurement of a group: sizes and contents are added, densities averaged by volume. None if one lacks it."""
    found = [lesion.measured(name) for lesion in lesions]
    known = [m for m in found if m is not None and math.isfinite(m.value)]
    if not known or len(known) < len(found):
        return None
    if len(known) == 1:
        return known[0]
    weights = [1.0] * len(known)
    if name not in (*SIZES, *CONTENTS):
        volumes = [lesion.measured("volume") for lesion in lesions]
        sizes = [v.value if v is not None else 1.0 for v in volumes]
        weights = [size / sum(sizes) for size in sizes]
    value = sum(m.value * w for m, w in zip(known, weights, strict=True))
    spread = math.sqrt(sum(((m.spread or 0.0) * w) ** 2 for m, w in zip(known, weights, strict=True)))
    return Measurement(name, value, known[0].unit, spread, "group", tuple(w for m in known for w in m.warnings))


def _overlap(lesions: Sequence[Lesion]) -> bool:
    """Whether contours of one study share a tenth of the smaller one."""
    masks = [lesion.mask for lesion in lesions if lesion.mask is not None and lesion.mask.voxels]
    return any(meeting(one, two, np.eye(4))[0] > LEAST_OVERLAP for one, two in combinations(masks, 2))


def _edge_mm(mask: Mask | None) -> float:
    if mask is None:
        return 0.0
    first, rows, columns = mask.geometry.spacing_mm
    return float((max(first, 1e-6) * rows * columns) ** (1 / 3))
