"""Named situations, each another patient and another lesion for every seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.faults import Misuse
from mo_viewer.phantom.arm import arm, humerus
from mo_viewer.phantom.compounds import Bulged, Scaled, United, Without
from mo_viewer.phantom.fills import Fill, Fragments, Grained, Halved, Plain, Zoned
from mo_viewer.phantom.limb import Limb, Oedema, Solid
from mo_viewer.phantom.placing import beside
from mo_viewer.phantom.pose import turn
from mo_viewer.phantom.shapes import Arc, Ellipsoid, Placed, Plate, Shape, Tube
from mo_viewer.phantom.thigh import build_of, femur, thigh
from mo_viewer.volume.arrays import FloatArray, Point

LESION = "L1"
_THIGH_SIDES = ((-0.72, 0.70), (-0.95, 0.25), (0.93, 0.05), (0.15, -0.98), (0.55, 0.83))
"""Where beside the femur there is room: adductors, medial, lateral, in front, behind and lateral."""
_ARM_SIDES = ((0.35, -0.94), (-0.25, -0.97), (0.6, 0.8), (-0.4, 0.92))
"""Brachialis on either side of its middle, the lateral and the long head of triceps."""


@dataclass(frozen=True)
class _Draft:
    """A lesion before it has a place: its shape, what fills it, how far from the bone it lies."""

    shape: Shape
    fill: Callable[[Placed], Fill]
    gap_mm: float
    tilt_deg: float = 12.0
    cut_by_bone: bool = False
    oedema_hu: float = 0.0


def situation(
    name: str,
    seed: int,
    laterality: str = "L",
    extras: tuple[Solid, ...] = (),
    where: str = "thigh",
) -> Limb:
    """A thigh or (`where`) an arm with one lesion, `LESION`, in a named situation.

    In an arm lesions are three quarters as large and lie nearer to the bone.

    Raises
    ------
    Misuse
        When there is no situation, or no limb, of that name.
    """
    if where not in _LIMBS:
        raise Misuse(f"There is no limb named {where!r}.", f"Known are {', '.join(_LIMBS)}.")
    if name not in SITUATIONS:
        raise Misuse(f"There is no situation named {name!r}.", f"Known are {', '.join(SITUATIONS)}.")
    rng = np.random.default_rng([seed, list(SITUATIONS).index(name)])
    return _LIMBS[where](SITUATIONS[name](rng, seed), rng, seed, laterality, extras)


def maturing(seed: int, gap_mm: float | None = None) -> tuple[Limb, ...]:
    """One thigh with one lesion of unchanged size in five states, from haze to mature."""
    states = (
        (3.5, 170.0, 100.0, 2.5, 1.0),
        (2.4, 330.0, 85.0, 1.0, 0.9),
        (2.6, 520.0, 90.0, 1.0, 1.0),
        (2.8, 720.0, 170.0, 1.2, 1.0),
        (3.2, 950.0, 260.0, 1.2, 1.0),
    )
    limbs = []
    for rim_mm, rim_hu, core_hu, blend_mm, coverage in states:
        rng = np.random.default_rng([seed, 99])
        shape = _body(rng, seed)
        gap = float(rng.uniform(4.0, 8.0)) if gap_mm is None else gap_mm
        fill = _zoned(seed, rim_mm, rim_hu, core_hu, coverage, 0.07 * core_hu, blend_mm)
        limbs.append(_thigh(_Draft(shape, fill, gap), rng, seed, "L", ()))
    return tuple(limbs)


def _thigh(draft: _Draft, rng: np.random.Generator, seed: int, laterality: str, extras: tuple[Solid, ...]) -> Limb:
    build = build_of(seed)
    lateral = 1 if laterality == "L" else -1
    lesion, oedemas = _placed(draft, rng, femur(build, lateral)[0], _THIGH_SIDES, lateral)
    return thigh(seed, (lesion,), extras, oedemas, laterality, build=build)


def _arm(draft: _Draft, rng: np.random.Generator, seed: int, laterality: str, extras: tuple[Solid, ...]) -> Limb:
    lateral = 1 if laterality == "L" else -1
    smaller = replace(draft, shape=Scaled(draft.shape, 0.75), gap_mm=min(draft.gap_mm, 2.5))
    lesion, oedemas = _placed(smaller, rng, humerus(seed, lateral)[0], _ARM_SIDES, lateral)
    return arm(seed, (lesion,), extras, oedemas, laterality)


def _placed(
    draft: _Draft,
    rng: np.random.Generator,
    bone: Shape,
    sides: tuple[tuple[float, float], ...],
    lateral: int,
) -> tuple[Solid, tuple[Oedema, ...]]:
    side = sides[int(rng.integers(len(sides)))]
    axis = (0.0, 0.0, float(rng.uniform(-12, 12)))
    about_x, about_y = rng.uniform(-1, 1, 2) * draft.tilt_deg
    turned = turn(float(about_x), float(about_y), float(rng.uniform(-180, 180)))
    placed = beside(bone, draft.shape, axis, (side[0] * lateral, side[1]), draft.gap_mm, turned)
    body: Shape = Without(placed, bone) if draft.cut_by_bone else placed
    oedemas = (Oedema(body, draft.oedema_hu, 12.0),) if draft.oedema_hu else ()
    return Solid(LESION, body, draft.fill(placed)), oedemas


def _body(rng: np.random.Generator, seed: int, least_mm: float = 8.0, most_mm: float = 13.0) -> Shape:
    """A rounded body that is longer along the limb."""
    axes = sorted(rng.uniform(least_mm, most_mm, 2))
    length = float(rng.uniform(axes[1], 1.7 * axes[1]))
    return Bulged(Ellipsoid((float(axes[0]), float(axes[1]), length)), float(rng.uniform(0.3, 1.0)), seed)


def _zoned(
    seed: int,
    rim_mm: float,
    rim_hu: float,
    core_hu: float,
    coverage: float = 1.0,
    core_spread_hu: float = 8.0,
    blend_mm: float = 0.9,
    gap_hu: float = 80.0,
) -> Callable[[Placed], Fill]:
    def fill(placed: Placed) -> Fill:
        return Zoned(
            rim_mm,
            rim_hu,
            core_hu,
            placed.centre_mm,
            seed,
            blend_mm=blend_mm,
            coverage=coverage,
            gap_hu=gap_hu,
            rim_spread_hu=0.07 * rim_hu,
            core_spread_hu=core_spread_hu,
        )

    return fill


def _plain(hu: float) -> Callable[[Placed], Fill]:
    return lambda placed: Plain(hu)


def _free(rng: np.random.Generator) -> float:
    return float(rng.uniform(4.0, 9.0))


def _free_haze(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, 3.5, float(rng.uniform(155, 190)), float(rng.uniform(92, 112)), 1.0, 15.0, 2.5)
    return _Draft(_body(rng, seed, 9.0), fill, _free(rng), oedema_hu=8.0)


def _eggshell(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, float(rng.uniform(1.8, 2.8)), float(rng.uniform(380, 620)), 78.0, float(rng.uniform(0.7, 0.92)))
    return _Draft(_body(rng, seed), fill, _free(rng), oedema_hu=4.0)


def _mature_fill(rng: np.random.Generator, seed: int) -> Callable[[Placed], Fill]:
    rim_mm, rim_hu, core_hu = rng.uniform((2.5, 760.0, 180.0), (4.0, 1000.0, 320.0))
    return _zoned(seed, float(rim_mm), float(rim_hu), float(core_hu), 1.0, 70.0, 1.3)


def _mature(rng: np.random.Generator, seed: int) -> _Draft:
    return _Draft(_body(rng, seed), _mature_fill(rng, seed), _free(rng))


def _broad_base_dense(rng: np.random.Generator, seed: int) -> _Draft:
    sunk = -float(rng.uniform(2.0, 4.5))
    return _Draft(_body(rng, seed, 10.0), _mature_fill(rng, seed), sunk, cut_by_bone=True)


def _broad_base_eggshell(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, float(rng.uniform(1.8, 2.4)), float(rng.uniform(400, 600)), 70.0, float(rng.uniform(0.74, 0.9)))
    return _Draft(_body(rng, seed, 10.0), fill, -float(rng.uniform(2.0, 4.0)), cut_by_bone=True)


def _cleft(rng: np.random.Generator, seed: int) -> _Draft:
    return _Draft(_body(rng, seed), _mature_fill(rng, seed), 1.0)


def _cleft_eggshell(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, float(rng.uniform(2.0, 2.8)), float(rng.uniform(450, 650)), 85.0, float(rng.uniform(0.85, 1.0)))
    return _Draft(_body(rng, seed), fill, 1.0)


def _resorbing(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, 2.0, float(rng.uniform(480, 700)), -30.0, float(rng.uniform(0.8, 0.95)), 25.0, 1.2, 20.0)
    return _Draft(_body(rng, seed), fill, _free(rng))


def _reverse_zoned(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, float(rng.uniform(3.8, 5.0)), 78.0, float(rng.uniform(450, 700)), 1.0, 30.0, 2.0)
    return _Draft(_body(rng, seed, 10.0), fill, _free(rng))


def _dumbbell(rng: np.random.Generator, seed: int) -> _Draft:
    apart = float(rng.uniform(10.5, 13.0))
    sizes = rng.uniform(7.0, 9.5, 2)
    ends = [
        Placed(Ellipsoid((float(s), float(s), float(s) * 1.1)), (0.0, 0.0, z * apart))
        for s, z in zip(sizes, (-1, 1), strict=True)
    ]
    neck = Tube(((0.0, 0.0, -apart), (0.0, 0.0, apart)), float(rng.uniform(3.6, 5.0)))
    return _Draft(United((*ends, neck), 3.0), _zoned(seed, 2.2, float(rng.uniform(480, 700)), 110.0), _free(rng))


def _plate(rng: np.random.Generator, seed: int) -> _Draft:
    sides = rng.uniform(11.0, 17.0, 2)
    shape = Plate(4.0, (float(sides[0]), float(sides[1])), float(rng.uniform(0.0, 0.03)))
    return _Draft(shape, _plain(float(rng.uniform(380, 700))), _free(rng))


def _thin_plate(rng: np.random.Generator, seed: int) -> _Draft:
    sides = rng.uniform(11.0, 17.0, 2)
    shape = Plate(2.0, (float(sides[0]), float(sides[1])), float(rng.uniform(0.0, 0.03)))
    return _Draft(shape, _plain(float(rng.uniform(450, 750))), _free(rng))


def _c_shape(rng: np.random.Generator, seed: int) -> _Draft:
    ring, thick, half, opening = rng.uniform((10.0, 4.6, 7.0, 70.0), (13.0, 6.5, 12.0, 130.0))
    return _Draft(
        Arc(float(ring), float(thick), float(half), float(opening)), _plain(float(rng.uniform(350, 650))), _free(rng)
    )


def _branches(rng: np.random.Generator, count: int) -> Shape:
    ends = rng.normal(size=(count, 3)) * (0.6, 0.6, 1.0)
    for _ in range(60):
        ends /= np.linalg.norm(ends, axis=1, keepdims=True)
        push = ends[:, None] - ends[None]
        ends = ends + 0.1 * (push / (np.linalg.norm(push, axis=2, keepdims=True) ** 3 + 1e-3)).sum(axis=1)
    ends /= np.linalg.norm(ends, axis=1, keepdims=True)
    lengths, radii = rng.uniform(11, 17, count), rng.uniform(3.2, 4.6, count)
    arms = [
        Tube(((0.0, 0.0, 0.0), _point(e * n)), float(r), float(r) * 0.8)
        for e, n, r in zip(ends, lengths, radii, strict=True)
    ]
    return United(tuple(arms), 2.5)


def _y_branch(rng: np.random.Generator, seed: int) -> _Draft:
    return _Draft(_branches(rng, 3), _plain(float(rng.uniform(380, 700))), _free(rng))


def _five_branches(rng: np.random.Generator, seed: int) -> _Draft:
    return _Draft(_branches(rng, 5), _plain(float(rng.uniform(380, 700))), _free(rng))


def _fragment_cloud(rng: np.random.Generator, seed: int) -> _Draft:
    return _cloud(rng, 70, 110)


def _sparse_fragments(rng: np.random.Generator, seed: int) -> _Draft:
    return _cloud(rng, 25, 41)


def _cloud(rng: np.random.Generator, least: int, below: int) -> _Draft:
    """Fragments on an ellipsoid that cuts them: they show where it is, but between them it cannot be seen."""
    axes = rng.uniform(9.0, 14.0, 3)
    count = int(rng.integers(least, below))
    towards = rng.normal(size=(count, 3))
    own = axes * towards / np.linalg.norm(towards, axis=1, keepdims=True)
    radii = rng.uniform(0.9, 2.0, count)

    def fill(placed: Placed) -> Fill:
        scale = placed.shape.factor if isinstance(placed.shape, Scaled) else 1.0
        centres = scale * own @ placed.turn.T + np.array(placed.centre_mm)
        return Fragments(tuple(_point(c) for c in centres), tuple(float(r) for r in scale * radii), 480.0, 62.0)

    return _Draft(Ellipsoid(_point(axes)), fill, _free(rng))


def _irregular(rng: np.random.Generator, seed: int) -> _Draft:
    shape = Bulged(Ellipsoid(_point(rng.uniform(8.0, 13.0, 3))), float(rng.uniform(1.3, 2.0)), seed, 4.0)
    hu = float(rng.uniform(350, 650))
    return _Draft(shape, lambda placed: Grained(hu, 0.1 * hu, 5.0, seed), _free(rng))


def _small_solid(rng: np.random.Generator, seed: int) -> _Draft:
    return _Draft(Ellipsoid(_point(rng.uniform(4.0, 5.0, 3))), _plain(float(rng.uniform(300, 700))), _free(rng))


def _small_shell(rng: np.random.Generator, seed: int) -> _Draft:
    fill = _zoned(seed, float(rng.uniform(1.2, 1.8)), float(rng.uniform(450, 700)), 90.0, blend_mm=0.5)
    return _Draft(Ellipsoid(_point(rng.uniform(4.5, 7.0, 3))), fill, _free(rng))


def _half_hazy(rng: np.random.Generator, seed: int) -> _Draft:
    towards = rng.normal(size=3)
    hazy = _zoned(seed, 3.0, float(rng.uniform(160, 300)), 110.0, blend_mm=2.0)
    dense = _zoned(seed, 3.0, float(rng.uniform(600, 900)), 200.0, blend_mm=2.0)

    def fill(placed: Placed) -> Fill:
        return Halved(hazy(placed), dense(placed), placed.centre_mm, _point(towards / np.linalg.norm(towards)))

    return _Draft(_body(rng, seed, 9.0), fill, _free(rng))


def _falling_rim(rng: np.random.Generator, seed: int) -> _Draft:
    fall_mm, rim_hu, core_hu = rng.uniform((3.5, 400.0, 100.0), (5.5, 800.0, 160.0))
    fill = _zoned(seed, 0.5 * float(fall_mm), float(rim_hu), float(core_hu), blend_mm=float(fall_mm))
    return _Draft(_body(rng, seed), fill, _free(rng))


def _point(values: FloatArray) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z


SITUATIONS: dict[str, Callable[[np.random.Generator, int], _Draft]] = {
    "free_haze": _free_haze,
    "eggshell": _eggshell,
    "mature": _mature,
    "broad_base_dense": _broad_base_dense,
    "broad_base_eggshell": _broad_base_eggshell,
    "cleft_1mm": _cleft,
    "cleft_1mm_eggshell": _cleft_eggshell,
    "resorbing": _resorbing,
    "reverse_zoned": _reverse_zoned,
    "dumbbell": _dumbbell,
    "plate": _plate,
    "thin_plate": _thin_plate,
    "c_shape": _c_shape,
    "y_branch": _y_branch,
    "five_branches": _five_branches,
    "fragment_cloud": _fragment_cloud,
    "irregular": _irregular,
    "small_solid": _small_solid,
    "small_shell": _small_shell,
    "sparse_fragments": _sparse_fragments,
    "half_hazy": _half_hazy,
    "falling_rim": _falling_rim,
}
_LIMBS = {"thigh": _thigh, "arm": _arm}
