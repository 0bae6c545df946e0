"""Serial cases: the same thigh at several visits, in another pose each time, with a known fate of its lesions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.faults import Misuse
from mo_viewer.phantom.compounds import Bulged, United
from mo_viewer.phantom.fills import Zoned
from mo_viewer.phantom.limb import MUSCLE_HU, Limb, Solid
from mo_viewer.phantom.placing import beside
from mo_viewer.phantom.pose import Pose, turn
from mo_viewer.phantom.scanner import MEDIUM, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed, Shape, Tube
from mo_viewer.phantom.thigh import build_of, femur, thigh
from mo_viewer.phantom.write import Identity
from mo_viewer.volume.arrays import Point


@dataclass(frozen=True, eq=False)
class Visit:
    """One study of a course. A lesion keeps its name (`L1`, `L2`) from visit to visit."""

    weeks: int
    limb: Limb
    pose: Pose
    protocol: Protocol
    seed: int
    identity: Identity
    event: str = ""
    """What was done before this visit (`excision`), else empty."""


@dataclass(frozen=True)
class _State:
    """Rim and core of a lesion at one time."""

    rim_mm: float
    rim_hu: float
    core_hu: float
    coverage: float = 1.0


_Lesions = dict[str, tuple[Shape, _State]]
_HAZE, _RIM, _DENSE = _State(3.2, 190.0, 110.0), _State(2.5, 420.0, 90.0), _State(2.8, 840.0, 200.0)
_MATURE = _State(3.2, 920.0, 250.0)
_STATES = {"rim": _RIM, "dense": _DENSE}
USUAL = Protocol((130, 210, 210), (0.85, 0.85), 1.0, kernel=MEDIUM, noise_hu=12.0)
_PAIR_MM, _APART_MM = 7.5, 10.5


def course(kind: str, seed: int, protocol: Protocol | None = None) -> tuple[Visit, ...]:
    """The visits of a thigh whose lesion fares as `kind` (one of `KINDS`) says.

    Raises
    ------
    Misuse
        When there is no such kind.
    """
    if kind not in KINDS:
        raise Misuse(f"There is no course named {kind!r}.", f"Known are {', '.join(KINDS)}.")
    rng = np.random.default_rng([seed, list(KINDS).index(kind), 3])
    plan = KINDS[kind](_Bed(seed, rng))
    base = protocol or USUAL
    return tuple(
        _visit(f"{kind} {seed}", seed, number, weeks, lesions, event, base, rng)
        for number, (weeks, lesions, event) in enumerate(plan)
    )


def altered(state: str, seed: int, size: float, density: float, protocol: Protocol | None = None) -> tuple[Visit, ...]:
    """Two visits of a lesion (`state` is "rim" or "dense") whose volume, or HU above muscle, became so many times more.

    Raises
    ------
    Misuse
        When there is no such state.
    """
    if state not in _STATES:
        raise Misuse(f"There is no state named {state!r}.", f"Known are {', '.join(_STATES)}.")
    known = _STATES[state]
    after = replace(known, rim_hu=_times(known.rim_hu, density), core_hu=_times(known.core_hu, density))
    rng = np.random.default_rng([seed, 100, 3])
    bed = _Bed(seed, rng)
    base = protocol or USUAL
    return tuple(
        _visit(f"{state} {seed} {size:g} {density:g}", seed, number, weeks, lesions, "", base, rng)
        for number, (weeks, lesions) in enumerate(((6, _one(bed, 1.0, known)), (16, _one(bed, size, after))))
    )


def _times(hu: float, density: float) -> float:
    return MUSCLE_HU + density * (hu - MUSCLE_HU)


def retest(limb: Limb, protocol: Protocol, seed: int) -> tuple[Pose, Protocol]:
    """Another pose, field of view and dose for the same limb on the same day."""
    rng = np.random.default_rng([seed, 5])
    pose = _pose(rng)
    spacing = protocol.spacing_mm[0] * float(rng.uniform(0.88, 1.1))
    changed = replace(
        protocol, spacing_mm=(spacing, spacing), noise_hu=protocol.noise_hu * float(rng.uniform(0.8, 1.4))
    )
    return pose, _aimed(changed, pose)


class _Bed:
    """Where the lesions of a course lie in a thigh."""

    def __init__(self, seed: int, rng: np.random.Generator) -> None:
        self._seed = seed
        self._outer, _ = femur(build_of(seed))
        self._axes = (float(rng.uniform(9, 11.5)), float(rng.uniform(8, 10)), float(rng.uniform(12, 17)))
        self._gap = float(rng.uniform(2.5, 6.0))
        self._turn = turn(float(rng.uniform(-10, 10)), float(rng.uniform(-10, 10)), float(rng.uniform(-60, 60)))
        self._height = float(rng.uniform(-8, 8))

    def body(self, volume: float = 1.0) -> Shape:
        """The lesion's body, `volume` times as large as at first; its middle stays."""
        whole = beside(self._outer, self._shape(1.0), self._axis, (-0.74, 0.68), self._gap, self._turn)
        return replace(whole, shape=self._shape(volume))

    def pair(self, growth: float = 1.0) -> tuple[Shape, Shape]:
        """Two round bodies along the limb; `growth` is the lower one's volume over that of the upper."""
        x, y, z = self._pair_middle
        upper, lower = (
            Placed(Ellipsoid((_PAIR_MM * k, _PAIR_MM * k, (_PAIR_MM + 1) * k)), (x, y, z + side * _APART_MM))
            for side, k in ((1, 1.0), (-1, growth ** (1 / 3)))
        )
        return upper, lower

    def joined(self) -> Shape:
        """The two bodies and a bridge between them."""
        x, y, z = self._pair_middle
        bridge = Tube(((x, y, z - _APART_MM), (x, y, z + _APART_MM)), 5.2)
        return United((*self.pair(), bridge), 3.0)

    @property
    def _pair_middle(self) -> Point:
        both = Ellipsoid((_PAIR_MM, _PAIR_MM, _PAIR_MM + _APART_MM))
        return beside(self._outer, both, self._axis, (-0.74, 0.68), self._gap).centre_mm

    @property
    def _axis(self) -> Point:
        return 0.0, 0.0, self._height

    def _shape(self, volume: float) -> Shape:
        a, b, c = (axis * volume ** (1 / 3) for axis in self._axes)
        return Bulged(Ellipsoid((a, b, c)), 0.6 * volume ** (1 / 3), self._seed)


_Plan = list[tuple[int, _Lesions, str]]


def _one(bed: _Bed, volume: float, state: _State) -> _Lesions:
    return {"L1": (bed.body(volume), state)}


def _both(bed: _Bed, state: _State) -> _Lesions:
    upper, lower = bed.pair()
    return {"L1": (upper, state), "L2": (lower, state)}


def _joined(bed: _Bed, state: _State) -> _Lesions:
    return {"L1": (bed.joined(), state)}


def _unlike(bed: _Bed, growth: float) -> _Lesions:
    """Two bodies of which the lower alone is `growth` times as large as at first."""
    upper, lower = bed.pair(growth)
    return {"L1": (upper, _DENSE), "L2": (lower, _DENSE)}


KINDS: dict[str, Callable[[_Bed], _Plan]] = {
    "new": lambda bed: [(1, {}, ""), (6, _one(bed, 1.0, _RIM), "")],
    "stable": lambda bed: [(30, _one(bed, 1.0, _MATURE), ""), (52, _one(bed, 1.0, _MATURE), "")],
    "grown": lambda bed: [(5, _one(bed, 1.0, _RIM), ""), (9, _one(bed, 1.7, _RIM), "")],
    "shrunk": lambda bed: [(12, _one(bed, 1.0, _DENSE), ""), (40, _one(bed, 0.55, _DENSE), "")],
    "denser": lambda bed: [(6, _one(bed, 1.0, _RIM), ""), (16, _one(bed, 1.0, _DENSE), "")],
    "maturing": lambda bed: [
        (4, _one(bed, 1.0, _HAZE), ""),
        (9, _one(bed, 1.05, _RIM), ""),
        (16, _one(bed, 1.03, _DENSE), ""),
        (30, _one(bed, 1.0, _MATURE), ""),
    ],
    "resorbed": lambda bed: [(30, _one(bed, 1.0, _DENSE), ""), (80, {}, "")],
    "merged": lambda bed: [(5, _both(bed, _RIM), ""), (14, _joined(bed, _DENSE), "")],
    "split": lambda bed: [(14, _joined(bed, _DENSE), ""), (50, _both(bed, _DENSE), "")],
    "excised": lambda bed: [(40, _one(bed, 1.0, _MATURE), ""), (50, {}, "excision")],
    "recurred": lambda bed: [
        (40, _one(bed, 1.0, _MATURE), ""),
        (50, {}, "excision"),
        (58, _one(bed, 0.5, _RIM), ""),
    ],
    "unlike": lambda bed: [(20, _unlike(bed, 1.0), ""), (40, _unlike(bed, 1.7), "")],
}
_TOLD = {
    "maturing": (("denser", "denser", "denser"),),
    "merged": (("merged",), ("merged",)),
    "split": (("split",), ("split",)),
    "recurred": (("excised", "recurred"),),
    "unlike": (("stable",), ("grown",)),
}


def befell(kind: str) -> tuple[tuple[str, ...], ...]:
    """The events of each lesion of a course, in the words of the findings; a name that merged or split has its own."""
    return _TOLD.get(kind, ((kind,),))


def _visit(
    key: str,
    seed: int,
    number: int,
    weeks: int,
    lesions: _Lesions,
    event: str,
    protocol: Protocol,
    rng: np.random.Generator,
) -> Visit:
    solids = tuple(Solid(name, body, _fill(body, state, seed)) for name, (body, state) in lesions.items())
    limb = thigh(seed, solids, build=build_of(seed))
    pose = _pose(rng)
    identity = Identity(
        key=f"{key} visit {number}",
        patient_id=f"MOV-{abs(seed):04d}",
        patient_name=f"Phantom^Thigh {seed}",
        study_date=(np.datetime64("2024-01-08") + np.timedelta64(7 * weeks, "D")).astype(str).replace("-", ""),
    )
    return Visit(weeks, limb, pose, _aimed(protocol, pose), 100 * seed + number, identity, event)


def _fill(body: Shape, state: _State, seed: int) -> Zoned:
    low, high = body.box
    x, y, z = (float(v) for v in (low + high) / 2)
    spread = 0.06 * state.rim_hu
    return Zoned(state.rim_mm, state.rim_hu, state.core_hu, (x, y, z), seed, 1.0, state.coverage, 75.0, spread, 10.0)


def _pose(rng: np.random.Generator) -> Pose:
    about = rng.uniform(-1, 1, 3) * (9.0, 7.0, 18.0)
    shift = rng.uniform(-1, 1, 3) * (20.0, 15.0, 30.0) + (85.0, 0.0, -500.0)
    return Pose(
        (float(about[0]), float(about[1]), float(about[2])), (float(shift[0]), float(shift[1]), float(shift[2]))
    )


def _aimed(protocol: Protocol, pose: Pose) -> Protocol:
    x, y, z = (float(v) for v in pose.to_patient(np.array([[-11.0, 8.0, 0.0]]))[0])
    return replace(protocol, centre_mm=(x, y, z))
