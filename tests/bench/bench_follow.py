"""Following: registration against the truth, serial phantoms and real copies through ``compare``, gates, and time.

Seeds are those of no test. ``python -m tests.bench follow`` prints the table; it takes an hour of one core.
"""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mo_viewer.findings.registration import Verdict
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.courses import KINDS, altered, befell, course
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Protocol
from mo_viewer.report.history import history_in
from mo_viewer.track.comparability import Tier
from mo_viewer.track.register import register
from tests.bench import follow_films, follow_masks, follow_places, follow_real, follow_window
from tests.told_courses import Told, right, tell, told, with_protocols
from tests.track.long_course import long_course

SEEDS = (81, 82, 83, 84, 85)
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
ALTERED = {
    "1 mm twice": (FINE, FINE, (1.33, 0.67)),
    "1 mm, 1.5 mm soft": (FINE, SOFTER, (1.72, 0.28)),
    "3 mm soft twice": (THICK, THICK, (1.33, 0.67, 1.52, 0.48)),
}
"""Sizes and densities, in times of what they were, about twice the limits of these pairs."""
GATES = {
    "120 kV, 100 kV": ({"kvp": 100.0}, ""),
    "plain, contrast medium": ({}, "IOHEXOL"),
    "1 mm, 5 mm": ({"shape": (20, 124, 124), "slice_mm": 5.0}, ""),
}
AT_ONCE_S = 1.0
QUANTITIES = ("volume", "mineral_content", "p95_hu", "normalised_density")
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
    parts = places, wrong_pairs, films, given_masks, events, altered_by_twice, protocols, gates, real, twelve, large
    for part in parts:
        for row in part(folder):
            sys.stdout.write(row.line() + "\n")
            sys.stdout.flush()
            rows.append(row)
    return rows


def places(_: Path) -> Iterable[Row]:
    """Pairs of poses: limbs, joints, metal, and protocols."""
    for name, pairs, bar in (
        ("thigh, hip, arm, implant, retest", follow_places.same_protocol(), 1.0),
        ("kernels, 1-3 mm, kV, tilt, 45 degrees", follow_places.across_protocols(), 0.8),
    ):
        errors = np.array([errors for _, errors in pairs])
        yield Row(f"{name}: {len(errors)} pairs, largest mean error", float(errors[:, 0].max()), 0.5, unit="mm")
        yield Row(f"{name}: largest error", float(errors[:, 1].max()), bar, unit="mm")


def wrong_pairs(_: Path) -> Iterable[Row]:
    """Other patients and legs, no common bone, misread stacks."""
    found = [registration.verdict for _, registration in follow_places.never_good()]
    yield Row(f"{len(found)} wrong pairs: shown as good", float(found.count(Verdict.GOOD)), 0.0)


def films(_: Path) -> Iterable[Row]:
    """Radiographs: right pairs, limbs that were turned in depth in between, wrong pairs."""
    same, turned = ([one for _, *one in pairs] for pairs in (follow_films.right(), follow_films.turned_in_depth()))
    missed = [found for found, _ in same if found.verdict is not Verdict.GOOD]
    yield Row(f"films, {len(same)} right pairs: not shown as good", float(len(missed)), 0.0)
    yield Row("films, right pairs: largest error", float(max(error for _, error in same)), 1.0, unit="mm")
    for name, judged in (("good", Verdict.GOOD), ("to be checked", Verdict.CHECK)):
        errors = [error for found, error in turned if found.verdict is judged]
        told = f"films, 1-6 degrees in depth, {len(errors)} of {len(turned)} {name}: largest error"
        yield Row(told, float(max(errors, default=0.0)), 2.0 if judged is Verdict.GOOD else 4.0, unit="mm")
    found = [registration.verdict for _, registration in follow_films.wrong()]
    yield Row(f"films, {len(found)} wrong pairs: shown as good", float(found.count(Verdict.GOOD)), 0.0)


def given_masks(folder: Path) -> Iterable[Row]:
    """Every kind of course and seed with the voxels of the truth in place of our contours."""
    found = list(follow_masks.told_from_truth(SEEDS, FINE, folder))
    good = [sorted(told) == sorted(befell(kind)) for kind, _, told in found]
    wrong = [f"{kind} {seed}: {told}" for (kind, seed, told), ok in zip(found, good, strict=True) if not ok]
    sys.stdout.write("".join(f"    not as it was: {text}\n" for text in wrong))
    yield Row(f"courses named right, {len(found)} from right masks", 100 * float(np.mean(good)), 95.0, True, "%")


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
    yield _called_row("courses", [found for _, _, found in cases])
    denser = [change["statement"] for kind, _, found in cases if kind == "denser" for change in _all_changes(found)]
    yield Row('denser at the same size, not told as "denser, not larger"', float(sum(map(_other, denser))), 0.0)


def altered_by_twice(folder: Path) -> Iterable[Row]:
    """Changes of size or of density alone, just about twice the limit of repeatability."""
    for name, (first, second, times) in ALTERED.items():
        changes = [change for k in times for change in ((k, 1.0), (1.0, k))]
        cases = [
            _told(
                folder,
                lambda f, of=(state, seed, *change), a=first, b=second: tell(
                    with_protocols(altered(*of, a), a, b), f, "altered"
                ),
            )
            for seed, state in zip(SEEDS, ("rim", "dense"), strict=False)
            for change in changes
        ]
        yield _called_row(name, cases)


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


def gates(folder: Path) -> Iterable[Row]:
    """Pairs that must not be compared: their change has no per cent."""
    for name, (differs, agent) in GATES.items():
        visits = course("grown", SEEDS[0], FINE)
        last = replace(
            visits[1],
            protocol=replace(visits[1].protocol, **differs),
            identity=replace(visits[1].identity, contrast_agent=agent),
        )
        found = _told(folder, lambda f, v=(visits[0], last): tell(v, f, "grown"))
        bad = [c for c in _all_changes(found) if c["comparability"] != "not_comparable" or "percent" in c["volume"]]
        yield Row(f"{name}: compared all the same", float(len(bad)), 0.0)


def real(folder: Path) -> Iterable[Row]:
    """A real thigh and changed copies of it, a real skull with and without tilt; nothing where they are not there."""
    if not follow_real.DATA.is_dir():
        return
    for name, away in follow_real.skull():
        yield Row(f"skull with gantry tilt: {name}", away, 1.0, unit="mm")
    for name, away, rightly, size, content in follow_real.thigh(folder):
        yield Row(f"real thigh, {name}: displaced", away, 1.0, unit="mm")
        yield Row(f"real thigh, {name}: event or verdict wrong", float(not rightly), 0.0)
        yield Row(f"real thigh, {name}: change of size, points from the truth", size, 10.0)
        if np.isfinite(content):
            yield Row(f"real thigh, {name}: change of mineral content, points", content, 10.0)


def twelve(folder: Path) -> Iterable[Row]:
    """The course of a patient with twelve studies from what is stored: one thread's time, and the window's clock."""
    import scipy.ndimage
    import scipy.spatial  # noqa: F401  (the window has them by then)

    document = long_course(follow_window.VISITS)
    began = time.process_time()
    found = history_in(document)
    assert len(found.courses) == 2
    took, count = time.process_time() - began, follow_window.VISITS
    yield Row(f"course of {count} studies with two lesions, CPU", took, AT_ONCE_S, unit="s")
    took, rightly = follow_window.click_to_course(folder / "twelve", SEEDS[0], FINE)
    yield Row(f"{count} studies in the window, click to drawn course, clock", took, AT_ONCE_S, unit="s")
    yield Row(f"two lesions through {count} studies: not as they fared", float(not rightly), 0.0)


def large(folder: Path) -> Iterable[Row]:
    """One pair of 512 x 512 x 400, against SimpleITK's mutual information at a quarter of the resolution."""
    first, second = course("stable", SEEDS[0], LARGE)
    one, two = (acquire(v.limb, v.protocol, v.pose, v.seed, v.identity) for v in (first, second))
    began = time.process_time()
    register(one, two)
    ours = time.process_time() - began
    began = time.process_time()
    _by_intensity(one, two)
    theirs = time.process_time() - began
    yield Row("registration of 512 x 512 x 400, both studies' bones, CPU", ours, 6.0, unit="s")
    yield Row(f"the same over SimpleITK at 1/{SHRINK} ({theirs:.1f} s)", ours / theirs, 1 / 3)


def told_by(kind: str, seed: int, folder: Path, first: Protocol, second: Protocol) -> Told:
    """A course of two visits, each by a protocol of its own."""
    return tell(with_protocols(course(kind, seed, first), first, second), folder, kind)


def _told(folder: Path, make: Callable[[Path], Told]) -> Told:
    with TemporaryDirectory(dir=folder) as own:
        return make(Path(own))


def _changed(name: str, cases: list[Told], quantity: str, bar: float) -> Row:
    errors = [abs(said - true) for found in cases for q, said, true in found.changes() if q == quantity]
    known = [error for error in errors if np.isfinite(error)]
    return Row(name, float(np.max(known)) if known else float("nan"), bar, unit="%")


def _categories(found: Told) -> list[str]:
    return [change[name]["category"] for change in _all_changes(found) for name in QUANTITIES if name in change]


def _all_changes(found: Told) -> list[dict]:
    return [change for one in found.said["courses"] for change in one["changes"]]


def _called_row(name: str, cases: list[Told]) -> Row:
    due = [called for found in cases for called in _called(found)]
    return Row(f"{name}: {len(due)} true changes >= 2 limits, not called", float(due.count(False)), 0.0)


def _called(found: Told) -> list[bool]:
    """Of each size and content that truly changed by at least twice the limit, whether it was said to."""
    said = [change[q] for change in _all_changes(found) for q in QUANTITIES[:2]]
    due = [("increase" if true > 0 else "decrease", true) for _, _, true in found.changes()]
    return [
        one["category"] == word
        for one, (word, true) in zip(said, due, strict=True)
        if abs(true) >= 2 * one.get("limit_percent", np.inf)
    ]


def _other(statement: str) -> bool:
    return statement != "denser, not larger"


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
