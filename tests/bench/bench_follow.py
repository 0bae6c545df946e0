"""Serial phantoms end to end, as files through ``compare``: events, changes, registration errors, and time.

Seeds are those of no test. ``python -m tests.bench follow`` prints the table.
"""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.courses import KINDS, course
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Protocol
from mo_viewer.track.change import Tier
from mo_viewer.track.register import register
from tests.told_courses import Told, right, told, with_protocols

SEEDS = (51, 52, 53, 54, 55)
FINE = Protocol((100, 124, 124), (1.1, 1.05), 1.0, kernel=MEDIUM)
SHARPER = replace(FINE, kernel=SHARP)
SOFTER = Protocol((66, 124, 124), (1.1, 1.05), 1.5, kernel=SOFT)
THICK = Protocol((34, 124, 124), (1.1, 1.05), 3.0, kernel=SOFT)
PAIRS = {
    "1 mm, sharper kernel": (FINE, SHARPER, Tier.LIMITED),
    "1 mm, 1.5 mm soft": (FINE, SOFTER, Tier.LIMITED),
    "3 mm soft twice": (THICK, THICK, Tier.COMPARABLE),
    "1 mm, 3 mm soft": (FINE, THICK, Tier.NOT_COMPARABLE),
}
LARGE = Protocol((400, 512, 512), (0.62, 0.6), 0.8, kernel=MEDIUM)
SHRINK = 4


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure and the bar that it must not exceed (or fall below)."""

    name: str
    value: float
    bar: float
    at_least: bool = False
    unit: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.value >= self.bar if self.at_least else self.value <= self.bar)

    def line(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{self.name:<58} {self.value:9.2f} {self.unit:<3} bar {sign} {self.bar:7.2f}  " + (
            "holds" if self.holds else "MISSED"
        )


def bench(folder: Path) -> list[Row]:
    rows = []
    for part in (events, protocols, large):
        for row in part(folder):
            sys.stdout.write(row.line() + "\n")
            sys.stdout.flush()
            rows.append(row)
    return rows


def events(folder: Path) -> Iterable[Row]:
    """Every kind of course and seed: named right, changes near the truth, registration near the truth."""
    cases = [
        (kind, seed, _told(folder, lambda f, k=kind, s=seed: told(k, s, f, FINE))) for kind in KINDS for seed in SEEDS
    ]
    good = [right(kind, found) for kind, _, found in cases]
    wrong = [f"{kind} {seed}: {found.kinds}" for (kind, seed, found), ok in zip(cases, good, strict=True) if not ok]
    sys.stdout.write("".join(f"    not as it was: {text}\n" for text in wrong))
    yield Row(f"courses named right, {len(cases)} end to end, one click", 100 * float(np.mean(good)), 85.0, True, "%")
    yield _changed("change in size, 1 mm, largest error", [c[2] for c in cases], "volume", 5.0)
    yield _changed("change in mineral content, 1 mm, largest error", [c[2] for c in cases], "mineral_content", 5.0)
    errors = [error for _, _, found in cases for error in found.target_errors()]
    yield Row("target error within 15 mm of the lesion, largest", float(np.max(errors)), 1.0, unit="mm")
    yield Row("target error within 15 mm of the lesion, mean of the largest", float(np.mean(errors)), 0.5, unit="mm")
    called = [s for kind, _, found in cases if kind == "stable" for s in _categories(found) if s != "no_change"]
    yield Row("a repeated study called a change", float(len(called)), 0.0)


def protocols(folder: Path) -> Iterable[Row]:
    """The same lesion by two protocols: errors of change, and of registration."""
    for name, (first, second, due) in PAIRS.items():
        cases = [
            _told(folder, lambda f, k=kind, s=seed, a=first, b=second: told_by(k, s, f, a, b))
            for kind in ("grown", "denser")
            for seed in SEEDS[:2]
        ]
        if due is not Tier.NOT_COMPARABLE:
            bar = 10.0 if second is THICK else 5.0
            yield _changed(f"{name}: change in size, largest error", cases, "volume", bar)
            yield _changed(f"{name}: change in mineral content, largest error", cases, "mineral_content", bar)
        errors = [error for found in cases for error in found.target_errors()]
        yield Row(f"{name}: target error, largest", float(np.max(errors)), 0.8, unit="mm")
        tiers = [
            change["comparability"] for found in cases for one in found.said["courses"] for change in one["changes"]
        ]
        yield Row(f"{name}: pairs not {due.value}", float(sum(t != due.value for t in tiers)), 0.0)


def large(folder: Path) -> Iterable[Row]:
    """One pair of 512 x 512 x 400, against SimpleITK's mutual information at a quarter of the resolution."""
    first, second = course("stable", SEEDS[0], LARGE)
    one, two = (acquire(v.limb, v.protocol, v.pose, v.seed, v.identity) for v in (first, second))
    began = time.perf_counter()
    register(one, two)
    ours = time.perf_counter() - began
    began = time.perf_counter()
    _by_intensity(one, two)
    theirs = time.perf_counter() - began
    yield Row("registration of 512 x 512 x 400, both studies' bones", ours, 6.0, unit="s")
    yield Row(f"the same over SimpleITK at 1/{SHRINK} ({theirs:.1f} s)", ours / theirs, 1 / 3)


def told_by(kind: str, seed: int, folder: Path, first: Protocol, second: Protocol) -> Told:
    """A course of two visits, each by a protocol of its own."""
    from tests.told_courses import tell

    return tell(with_protocols(course(kind, seed, first), first, second), folder, kind)


def _told(folder: Path, make: Callable[[Path], Told]) -> Told:
    with TemporaryDirectory(dir=folder) as own:
        return make(Path(own))


def _changed(name: str, cases: list[Told], quantity: str, bar: float) -> Row:
    errors = [abs(said - true) for found in cases for q, said, true in found.changes() if q == quantity]
    known = [error for error in errors if np.isfinite(error)]
    return Row(name, float(np.max(known)) if known else float("nan"), bar, unit="%")


def _categories(found: Told) -> list[str]:
    names = ("volume", "mineral_content", "p95_hu", "normalised_density")
    changes = [change for one in found.said["courses"] for change in one["changes"]]
    return [change[name]["category"] for change in changes for name in names if name in change]


def _by_intensity(one, two) -> None:
    import SimpleITK as sitk

    images = []
    for volume in (one, two):
        image = sitk.GetImageFromArray(volume.rescaled((0, 0, 0), volume.geometry.shape))
        image.SetSpacing(volume.geometry.spacing_mm[::-1])
        image.SetOrigin([float(v) for v in volume.geometry.origins_mm[0]])
        images.append(sitk.Shrink(image, [SHRINK] * 3))
    start = sitk.CenteredTransformInitializer(
        *images, sitk.Euler3DTransform(), sitk.CenteredTransformInitializerFilter.MOMENTS
    )
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(50)
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([1, 0])
    method.SetInitialTransform(start, inPlace=True)
    method.Execute(*images)
