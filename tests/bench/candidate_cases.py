"""Whole phantom limbs to search through: every situation, what else is dense, hips; another patient for every seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.arm import arm, humerus
from mo_viewer.phantom.catalogue import LESION, SITUATIONS, situation
from mo_viewer.phantom.compounds import Bulged
from mo_viewer.phantom.extras import nail, phleboliths, plaque, skin_bead
from mo_viewer.phantom.fills import Plain, Zoned
from mo_viewer.phantom.hip import hip
from mo_viewer.phantom.limb import Limb, Solid, Table
from mo_viewer.phantom.pose import Pose, turn
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed
from mo_viewer.phantom.thigh import build_of, femur, thigh
from mo_viewer.phantom.truth import true_mask
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

ON_CORTEX = ("broad_base_dense", "broad_base_eggshell", "cleft_1mm", "cleft_1mm_eggshell")
EXTRAS = ("plaque", "stones", "beads", "table", "nail", "contrast")
WIDE_MM = {"thigh": 230.0, "arm": 160.0, "hip": 300.0}
SCANNERS = ((SHARP, 1.0, 18.0), (MEDIUM, 1.0, 14.0), (MEDIUM, 1.5, 12.0), (SOFT, 2.0, 11.0), (SOFT, 3.0, 10.0))
HIP_SITES = (
    (40.0, 70.0, 10.0),  # gluteus maximus
    (62.0, 10.0, 30.0),  # gluteus medius
    (50.0, -45.0, 0.0),  # tensor fasciae latae
    (2.0, -36.0, -25.0),  # iliopsoas
    (-36.0, -30.0, -55.0),  # pectineus
    (70.0, 10.0, -80.0),  # below the trochanter
    (-10.0, 20.0, -100.0),  # adductors
)
HIP_FILLS = ((3.5, 175.0, 105.0, 1.0), (2.3, 450.0, 78.0, 0.85), (3.0, 850.0, 230.0, 1.0))


@dataclass(frozen=True)
class Case:
    """One limb to be imaged: the row of the table it counts in, and its name."""

    row: str
    name: str
    limb: Limb
    protocol: Protocol
    pose: Pose
    seed: int

    def image(self) -> tuple[Volume, Mask | None]:
        """The image, and the voxels of its lesion where it has one."""
        volume = acquire(self.limb, self.protocol, self.pose, self.seed)
        lesions = self.limb.lesions
        return volume, true_mask(lesions[0], self.pose, volume.geometry) if lesions else None


def limb_cases(seed: int) -> Iterator[Case]:
    """Every situation of the catalogue in a thigh and in an arm."""
    for where in ("thigh", "arm"):
        for name in SITUATIONS:
            rng = np.random.default_rng([seed, list(SITUATIONS).index(name), len(where), 51])
            limb = situation(name, seed, laterality="LR"[int(rng.integers(2))], where=where)
            row = f"{where}, {'on the cortex or 1 mm off' if name in ON_CORTEX else 'free'}"
            yield _case(row, name, limb, where, rng, seed)


def extra_cases(seed: int) -> Iterator[Case]:
    """Vessels, stones, beads, table, nail and contrast medium in limbs without and with a lesion."""
    for where in ("thigh", "arm"):
        for extra in EXTRAS:
            rng = np.random.default_rng([seed, EXTRAS.index(extra), len(where), 52])
            bare = thigh(seed, build=build_of(seed)) if where == "thigh" else arm(seed)
            table = Table(95.0 if where == "thigh" else 62.0) if extra == "table" else None
            solids = _SOLIDS[extra](bare, where, seed, rng)
            dense = replace(bare, solids=bare.solids + solids, table=table)
            yield _case(f"{where}, no lesion but vessels, stones, beads, table, metal", extra, dense, where, rng, seed)
            name = list(SITUATIONS)[int(rng.integers(len(SITUATIONS)))]
            with_lesion = replace(situation(name, seed, where=where, extras=solids), table=table)
            yield _case(f"{where}, a lesion and extras", f"{name} with {extra}", with_lesion, where, rng, seed)


def hip_cases(seed: int) -> Iterator[Case]:
    """A hip without a lesion, and three with one in a muscle; stones or plaques in its vessels."""
    for number in range(4):
        rng = np.random.default_rng([seed, number, 53])
        side = 1 if rng.integers(2) else -1
        laterality = "L" if side == 1 else "R"
        lesions = (_hip_lesion(rng, seed, side, number - 1),) if number else ()
        bare = hip(seed, laterality=laterality)
        vessels = (plaque(bare, "femoral artery", seed),) if number % 2 else phleboliths(bare, "femoral vein", seed)
        table = Table(125.0) if number == 2 else None
        limb = hip(seed, lesions, vessels, laterality=laterality, table=table)
        row = "hip, free" if lesions else "hip, no lesion"
        yield _case(row, f"hip {number}", limb, "hip", rng, seed, (-25.0 * side, 5.0, -25.0))


def _hip_lesion(rng: np.random.Generator, seed: int, side: int, stage: int) -> Solid:
    x, y, z = HIP_SITES[int(rng.integers(len(HIP_SITES)))]
    at = (x * side, y, z)
    a, b, c = (float(axis) for axis in rng.uniform(7.0, 11.0, 3) * (1.0, 1.0, 1.3))
    about = rng.uniform(-20, 20, 3)
    rim_mm, rim_hu, core_hu, coverage = HIP_FILLS[stage]
    fill = Zoned(rim_mm, rim_hu, core_hu, at, seed, blend_mm=1.5, coverage=coverage)
    turned = turn(float(about[0]), float(about[1]), float(about[2]))
    return Solid(LESION, Placed(Bulged(Ellipsoid((a, b, c)), 0.7, seed), at, turned), fill)


def _case(
    row: str,
    name: str,
    limb: Limb,
    where: str,
    rng: np.random.Generator,
    seed: int,
    middle_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Case:
    kernel, slice_mm, noise = SCANNERS[int(rng.integers(len(SCANNERS)))]
    length = 220.0 if where == "hip" else float(rng.uniform(120, 190))
    down, across = (float(s) for s in rng.uniform(0.7, 0.97, 2))
    wide = WIDE_MM[where] + (30.0 if limb.table else 0.0)
    turns, shift = rng.uniform(-1, 1, 3) * (9.0, 8.0, 18.0), rng.uniform(-1, 1, 3) * 60.0
    pose = Pose(
        (float(turns[0]), float(turns[1]), float(turns[2])), (float(shift[0]), float(shift[1]), float(shift[2]))
    )
    x, y, z = (float(v) for v in shift + np.array(middle_mm) + rng.uniform(-8, 8, 3))
    protocol = Protocol(
        (int(length / slice_mm), int(wide / down), int(wide / across)),
        (down, across),
        slice_mm,
        kernel=kernel,
        kvp=float(rng.choice([100.0, 120.0, 120.0, 140.0])),
        noise_hu=noise,
        centre_mm=(x, y, z),
    )
    return Case(row, name, limb, protocol, pose, seed)


def _beads(bare: Limb, where: str, seed: int, rng: np.random.Generator) -> tuple[Solid, ...]:
    beads = []
    away = np.arange(25.0, 125.0, 0.25, dtype=np.float32)
    for angle, height in zip(rng.uniform(0, 2 * np.pi, 3), rng.uniform(-40, 40, 3), strict=True):
        x, y = away * np.float32(np.cos(angle)), away * np.float32(np.sin(angle))
        skin = np.flatnonzero(bare.section.hu(x, y, np.full_like(x, height), 0.5) > -500)[-1]
        radius = float(rng.uniform(0.8, 1.5))
        reach = float(away[skin]) + 0.8 * radius
        at = (reach * float(np.cos(angle)), reach * float(np.sin(angle)), float(height))
        beads.append(skin_bead(at, radius))
    return tuple(beads)


def _nail(bare: Limb, where: str, seed: int, rng: np.random.Generator) -> tuple[Solid, ...]:
    outer = femur(build_of(seed))[0] if where == "thigh" else humerus(seed)[0]
    return (nail(outer.bow_per_mm, radius_mm=5.0 if where == "thigh" else 3.0),)


def _contrast(bare: Limb, where: str, seed: int, rng: np.random.Generator) -> tuple[Solid, ...]:
    known = {solid.name: solid for solid in bare.solids}
    artery, vein = known[ARTERY[where]], known[VEIN[where]]
    bright, pale = float(rng.uniform(220, 420)), float(rng.uniform(120, 180))
    return replace(artery, fill=Plain(bright)), replace(vein, fill=Plain(pale))


ARTERY = {"thigh": "femoral artery", "arm": "brachial artery"}
VEIN = {"thigh": "femoral vein", "arm": "brachial vein"}
_SOLIDS: dict[str, Callable[[Limb, str, int, np.random.Generator], tuple[Solid, ...]]] = {
    "plaque": lambda bare, where, seed, rng: (plaque(bare, ARTERY[where], seed),),
    "stones": lambda bare, where, seed, rng: phleboliths(bare, VEIN[where], seed, int(rng.integers(1, 5))),
    "beads": _beads,
    "table": lambda bare, where, seed, rng: (),
    "nail": _nail,
    "contrast": _contrast,
}
