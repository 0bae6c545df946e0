"""``mo-viewer selftest``: the parts that numbers rest on, and built-in phantoms with known truth, here and now."""

import argparse
from dataclasses import dataclass

from mo_viewer.base.faults import Refused
from mo_viewer.cli.output import say

HELP = "check decoders, store, fonts, clock and disk; measure built-in phantoms with known truth"
SEED = 20261122
_PERCENT, _HU, _MM = "%", "HU", "mm"


@dataclass(frozen=True)
class Bound:
    """One number of the table: what was measured, what is true, and how far apart they may be."""

    phantom: str
    name: str
    measured: float | None
    truth: float
    allowed: float
    unit: str

    @property
    def error(self) -> float | None:
        """Difference in the bound's unit; per cent of the truth where that is the unit."""
        if self.measured is None:
            return None
        difference = self.measured - self.truth
        return difference / self.truth * 100 if self.unit == _PERCENT else difference

    @property
    def holds(self) -> bool:
        """Whether the error is within the bound; a number that is missing is not."""
        return self.error is not None and abs(self.error) <= self.allowed


def add_options(_: argparse.ArgumentParser) -> None:
    """Take nothing."""


def act(_: argparse.Namespace) -> int:
    """Print the checks and the table; exit 1 when a check fails or a bound is missed."""
    from mo_viewer.session.health import quick_checks

    checks = quick_checks()
    for check in checks:
        say(f"{check.name:<26} {check.trouble or 'as it should be'}")
    say(f"{'phantom':<26} {'number':<20} {'measured':>10} {'truth':>10} {'error':>9} {'allowed':>9}")
    bounds = [bound for phantom in PHANTOMS for bound in _measured(*phantom)]
    missed = [bound for bound in bounds if not bound.holds]
    say(f"{len(bounds)} numbers, {len(missed)} outside their bound.")
    return 1 if missed or any(check.trouble for check in checks) else 0


PHANTOMS = (
    ("mature", "sharp 1 mm", 5.0),
    ("eggshell", "sharp 1 mm", 5.0),
    ("cleft_1mm", "sharp 1 mm", 5.0),
    ("dumbbell", "sharp 1 mm", 5.0),
    ("mature", "soft 3 mm", 8.0),
    ("free_haze", "soft 1.5 mm", 5.0),
)


def _measured(situation_name: str, protocol_name: str, volume_percent: float) -> list[Bound]:
    from mo_viewer.measure.lesion import measure
    from mo_viewer.phantom.catalogue import situation
    from mo_viewer.phantom.imaged import close_up
    from mo_viewer.phantom.scanner import SHARP, SOFT, Protocol
    from mo_viewer.segment.mark import mark

    kernel, slice_mm = protocol_name.split()[:2]
    protocol = Protocol(
        (100, 150, 150),
        (0.75, 0.7),
        float(slice_mm),
        kernel=SHARP if kernel == "sharp" else SOFT,
        noise_hu=18.0 if kernel == "sharp" else 10.0,
    )
    imaged = close_up(situation(situation_name, SEED), protocol)
    truth = imaged.truth
    try:
        found = measure(imaged.volume, mark(imaged.volume, [truth.core_points_mm[0]]))
        values = {one.concept: one.value for one in found.measurements}
    except Refused:
        values = {}
    title = f"{situation_name}, {protocol_name}"
    bounds = [
        Bound(title, "volume", values.get("volume"), truth.volume_mm3, volume_percent, _PERCENT),
        Bound(title, "mean_hu", values.get("mean_hu"), truth.mean_hu, _mean_hu_bound(kernel, truth.mean_hu), _HU),
        Bound(title, "max_diameter_mm", values.get("max_diameter_mm"), truth.max_diameter_mm, 1.5, _MM),
    ]
    for bound in bounds:
        say(_line(bound))
    return bounds


def _mean_hu_bound(kernel: str, mean_hu: float) -> float:
    return max(15.0, 0.05 * mean_hu) if kernel == "sharp" else 0.15 * mean_hu


def _line(bound: Bound) -> str:
    measured = "refused" if bound.measured is None else f"{bound.measured:.1f}"
    error = "" if bound.error is None else f"{bound.error:+.1f} {bound.unit}"
    return (
        f"{bound.phantom:<26} {bound.name:<20} {measured:>10} {bound.truth:>10.1f} {error:>9} "
        f"{bound.allowed:>6.1f} {bound.unit}{'' if bound.holds else '  MISSED'}"
    )
