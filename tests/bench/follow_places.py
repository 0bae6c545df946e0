"""Registration of limbs in two poses against the truth, and pairs that must never be shown as good."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.phantom.arm import arm
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.courses import retest
from mo_viewer.phantom.extras import nail
from mo_viewer.phantom.fills import Zoned
from mo_viewer.phantom.hip import hip
from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.pose import turn
from mo_viewer.phantom.scanner import SHARP, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed
from mo_viewer.phantom.thigh import build_of, femur, thigh
from mo_viewer.track.register import register
from mo_viewer.volume.arrays import FloatArray, Point
from tests.track.serial_limbs import (
    FAR,
    FINE,
    FIRST,
    OTHERS,
    SECOND,
    Study,
    carried,
    moved_body,
    registered_pair,
    study,
    target_error,
    truth,
    untilted,
)

SEEDS = (91, 92, 93)
BENT: Point = (18.0, 5.0, 12.0)
COARSE = Protocol((80, 90, 90), (2.0, 1.9), 2.0, kernel=SHARP)
ARM = Protocol((100, 110, 110), (1.0, 0.9), 1.0, kernel=SHARP)
ARM_AIM, HIP_AIM = (0.0, 0.0, 0.0), (10.0, 0.0, -40.0)
ACROSS = ("soft kernel", "2 mm soft", "3 mm soft", "100 kVp", "gantry tilt", "another field of view")
Errors = tuple[float, float]


def same_protocol() -> Iterator[tuple[str, Errors]]:
    """(what, (mean, greatest) error in mm near the lesion) of pairs of one protocol."""
    for seed in SEEDS:
        limb = situation("mature", seed)
        first = study(limb, FINE, FIRST, seed)
        yield f"serial thigh {seed}", _error(first, study(limb, FINE, SECOND, seed + 50))
        pose, protocol = retest(limb, FINE, seed)
        again = study(limb, replace(protocol, shape=FINE.shape), pose, seed + 70)
        yield f"test-retest {seed}", _error(first, again)
        nailed = situation("mature", seed, extras=(nail(femur(build_of(seed))[0].bow_per_mm),))
        yield f"implant {seed}", _error(study(nailed, FINE, FIRST, seed), study(nailed, FINE, SECOND, seed + 50))
        held = arm(seed, (_body((2.0, -26.0, 5.0), (8, 7, 12)),))
        yield (
            f"arm {seed}",
            _error(study(held, ARM, FIRST, seed, ARM_AIM), study(held, ARM, SECOND, seed + 50, ARM_AIM)),
        )
        yield f"hip with turned joint {seed}", _hip(seed)


def across_protocols() -> Iterator[tuple[str, Errors]]:
    """The same for other kernels, slices up to 3 mm, tube voltages, tilts, fields of view and a far pose."""
    for seed in SEEDS[:2]:
        limb = situation("mature", seed)
        first = study(limb, FINE, FIRST, seed)
        for name in ACROSS:
            yield f"{name} {seed}", _error(first, study(limb, OTHERS[name], SECOND, seed + 50))
        yield f"2 mm soft, 45 degrees {seed}", _error(first, study(limb, OTHERS["2 mm soft"], FAR, seed + 50), FAR)


def never_good() -> Iterator[tuple[str, Registration]]:
    """Pairs of which none may be called good, and what was called of them."""
    for seed in SEEDS:
        limb = situation("mature", seed)
        first = study(limb, FINE, FIRST, seed)
        second = study(limb, FINE, SECOND, seed + 50)
        tilted = study(limb, replace(FINE, tilt_deg=15.0), SECOND, seed + 50)
        other = study(thigh(seed + 1, build=build_of(seed + 1)), OTHERS["2 mm soft"], SECOND, seed)
        right = study(thigh(seed, laterality="R", build=build_of(seed)), FINE, SECOND, seed, (11.0, 8.0, 0.0))
        above = study(limb, FINE, SECOND, seed + 50, (-11.0, 8.0, 150.0))
        wrong = {
            "another patient": other.volume,
            "the other leg": right.volume,
            "no common bone": above.volume,
            "tilt misread": untilted(tilted.volume),
            "turned over": carried(second.volume, np.diag([1.0, -1.0, -1.0])),
            "half a turn": carried(second.volume, np.diag([-1.0, -1.0, 1.0])),
            "sides exchanged": carried(second.volume, np.diag([-1.0, 1.0, 1.0])),
            "pixels 4 % too large": carried(second.volume, np.diag([1.04, 1.04, 1.0])),
        }
        near = [_place(first.lesion_mm())]
        for name, volume in wrong.items():
            yield f"{name} {seed}", register(first.volume, volume, near, first.masks)


def _error(first: Study, second: Study, pose=None, true: FloatArray | None = None) -> Errors:
    """Errors of a pair; a registration that is not good counts as infinite."""
    found = registered_pair(first, second)
    if found.verdict is not Verdict.GOOD:
        return np.inf, np.inf
    true = truth(first.pose, pose or second.pose) if true is None else true
    return target_error(found.matrix, true, first.lesion_mm())


def _hip(seed: int) -> Errors:
    body = _body((70.0, 24.0, -10.0), (10, 9, 13))
    first = study(hip(seed, (body,)), COARSE, FIRST, seed, HIP_AIM)
    bent: Limb = hip(seed, (moved_body(body, turn(*BENT)),), femur_turn_deg=BENT)
    return _error(first, study(bent, COARSE, SECOND, seed + 50, HIP_AIM), true=truth(FIRST, SECOND, turn(*BENT)))


def _body(place: Point, axes: Point) -> Solid:
    return Solid("L1", Placed(Ellipsoid(axes), place), Zoned(2.2, 800.0, 130.0, place, 3))


def _place(point: FloatArray) -> Point:
    x, y, z = (float(v) for v in point)
    return x, y, z
