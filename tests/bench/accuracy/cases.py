"""One click on one phantom in one scanner: what the engine says, beside what is true."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from zlib import crc32

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.lesion import Measured, measure
from mo_viewer.phantom.catalogue import SITUATIONS, maturing, situation
from mo_viewer.phantom.courses import retest
from mo_viewer.phantom.fills import Fragments, Zoned
from mo_viewer.phantom.imaged import Imaged, close_up
from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Kernel, Protocol
from mo_viewer.phantom.shapes import Plate
from mo_viewer.segment.mark import Marked, mark
from mo_viewer.segment.skeleton import native_bone
from mo_viewer.segment.voxels import filled
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.surface import Surface

SLICES_MM = (0.7, 1.5, 3.0, 5.0)
KERNELS = {"sharp": SHARP, "soft": SOFT}
LIMBS = ("thigh", "thigh", "arm")
JITTER_MM = {"core": 1.0, "rim": 0.5}
DICE_MM = 0.5
Numbers = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """What was clicked: a situation (or a state of a course) of a seed in a scanner."""

    table: str
    """`shapes`, `states`, `retest`."""
    name: str
    seed: int
    slice_mm: float
    kernel: str
    click: str
    limb: str = "thigh"


@dataclass(frozen=True)
class Result:
    """What came of a trial; `error` and `spread` are shares of the true volume."""

    trial: Trial
    refused: str
    wall_mm: float | None
    """Thickness of the rim or plate; None where the lesion is solid."""
    truth: Numbers
    found: Numbers
    spreads: Numbers
    dice: float = 0.0
    confidence: float = 0.0
    warnings: tuple[str, ...] = ()
    cautioned: bool = False
    seconds: float = 0.0
    shares: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Of the surface: on an edge, on bone, bridged."""

    @property
    def error(self) -> float:
        return self.found["volume"] / self.truth["volume"] - 1

    @property
    def half_width(self) -> float:
        return self.spreads["volume"] / self.found["volume"]

    @property
    def covered(self) -> bool:
        return abs(self.found["volume"] - self.truth["volume"]) <= self.spreads["volume"]

    @property
    def warned(self) -> bool:
        """Whether the answer says by itself that it is not to be trusted as it stands."""
        return bool(self.warnings) or self.confidence < 0.5

    @property
    def thin(self) -> bool:
        """Whether the wall is thinner than 0.7 slices."""
        return self.wall_mm is not None and self.wall_mm < 0.7 * self.trial.slice_mm


def protocol_of(slice_mm: float, kernel: str, rng: np.random.Generator) -> Protocol:
    """A scanner as they are met: pixels of 0.55 to 0.9 mm, more noise in sharp and in thin images."""
    pixel = float(rng.uniform(0.55, 0.9))
    base = 16.0 if kernel == "sharp" else 9.0
    noise = float(rng.uniform(0.7, 1.3)) * base * (1.25 if slice_mm < 1 else 1.0)
    known: Kernel = KERNELS.get(kernel, MEDIUM)
    return Protocol((64, 64, 64), (pixel, pixel), slice_mm, kernel=known, noise_hu=noise)


def plan(seeds: range, per_seed: int) -> Iterator[list[Trial]]:
    """Trials grouped by image; every situation of every seed sees `per_seed` of the eight scanners, in turn."""
    scanners = [(s, k) for s in SLICES_MM for k in KERNELS]
    for seed in seeds:
        for at, name in enumerate(SITUATIONS):
            limb = LIMBS[(seed + at) % len(LIMBS)]
            for step in range(per_seed):
                slice_mm, kernel = scanners[(seed + 3 * at + 5 * step) % len(scanners)]
                yield [Trial("shapes", name, seed, slice_mm, kernel, click, limb) for click in JITTER_MM]
        for at, (slice_mm, kernel) in enumerate(((1.0, "sharp"), (3.0, "soft"))):
            gap = "touching" if seed % 2 else "free"
            yield [Trial("states", f"{gap} {state}", seed, slice_mm, kernel, "core") for state in range(5)]
            same = ("mature", "eggshell", "cleft_1mm", "irregular")[(seed + at) % 4]
            yield [Trial("retest", same, seed, slice_mm, kernel, f"{visit}") for visit in range(3)]


def results(trials: list[Trial]) -> list[Result]:
    """Image what the trials share, and answer each."""
    first = trials[0]
    rng = np.random.default_rng([first.seed, crc32(f"{first.table} {first.name} {first.slice_mm}".encode())])
    protocol = protocol_of(first.slice_mm, first.kernel, rng)
    if first.table == "states":
        limbs = maturing(first.seed, 0.0 if first.name.startswith("touching") else None)
        images = [close_up(limb, protocol, seed=first.seed) for limb in limbs]
        return [_answered(t, image, "core", rng) for t, image in zip(trials, images, strict=True)]
    limb = situation(first.name, first.seed, where=first.limb)
    if first.table == "retest":
        return [_answered(t, _again(limb, protocol, t), "core", rng) for t in trials]
    image = close_up(limb, protocol, seed=first.seed)
    return [_answered(t, image, t.click, rng) for t in trials]


def _again(limb: Limb, protocol: Protocol, trial: Trial) -> Imaged:
    visit = int(trial.click)
    if not visit:
        return close_up(limb, protocol, seed=trial.seed)
    pose, changed = retest(limb, protocol, 10 * trial.seed + visit)
    return close_up(limb, changed, pose, seed=trial.seed + visit)


def _answered(trial: Trial, image: Imaged, click: str, rng: np.random.Generator) -> Result:
    truth = image.truth
    known = {
        "volume": truth.volume_mm3,
        "mean_hu": truth.mean_hu,
        "max_diameter_mm": truth.max_diameter_mm,
        "mineral_content": truth.excess_hu_mm3,
    }
    maybe = {"gap_to_bone_mm": truth.gap_to_bone_mm, "zonal_index": truth.zonal_index}
    known |= {name: value for name, value in maybe.items() if value is not None}
    wall = wall_of(image.limb.lesions[0])
    bone = native_bone(image.volume)
    at = _jittered(image, click, rng)
    began = perf_counter()
    try:
        marked = mark(image.volume, [at], bone=bone)
        found = measure(image.volume, marked)
    except Refused as fault:
        return Result(trial, fault.sentence, wall, known, {}, {}, seconds=perf_counter() - began)
    seconds = perf_counter() - began
    return _result(trial, wall, known, marked, found, image, seconds)


def _result(
    trial: Trial, wall: float | None, truth: Numbers, marked: Marked, found: Measured, image: Imaged, seconds: float
) -> Result:
    numbers: dict[str, Measurement] = {one.concept: one for one in found.measurements}
    warnings = numbers["volume"].warnings
    return Result(
        trial,
        "",
        wall,
        truth,
        {name: numbers[name].value for name in truth if name in numbers},
        {name: numbers[name].spread or 0.0 for name in truth if name in numbers},
        dice_of(marked.surface, image),
        found.quality.confidence,
        (*warnings,),
        any("dense part" in one for one in (*warnings, *found.quality.warnings)),
        seconds,
        (marked.edge_share, marked.bone_share, marked.gap_share),
    )


def wall_of(lesion: Solid) -> float | None:
    """Thickness (mm) of what stands round a softer core or round nothing; None for solid bodies and clouds."""
    fill, shape, factor = lesion.fill, lesion.shape, 1.0
    while not isinstance(shape, Plate) and hasattr(shape, "shape"):
        factor *= getattr(shape, "factor", 1.0)
        shape = shape.shape
    if isinstance(shape, Plate):
        return factor * shape.thickness_mm
    if isinstance(fill, Zoned) and fill.core_hu < 0.6 * fill.rim_hu:
        return fill.rim_mm
    if isinstance(fill, Fragments):
        return 2 * float(np.mean(fill.radii_mm))
    return None


def dice_of(surface: Surface, image: Imaged) -> float:
    """Overlap with the true body, by points of a fine grid that the body's formula decides."""
    true = image.surface.vertices_mm
    both = np.concatenate([surface.vertices_mm, true])
    low, high = both.min(axis=0) - DICE_MM, both.max(axis=0) + DICE_MM
    step = max(DICE_MM, float((high - low).max()) / 90)
    counts = np.ceil((high - low) / step).astype(int) + 1
    ours = filled((surface.vertices_mm - low) / step, surface.triangles, tuple(int(n) for n in counts))
    points = np.indices(counts).reshape(3, -1).T * step + low
    body = image.limb.lesions[0].shape
    theirs = (body.depth(image.pose.to_limb(points)) > 0).reshape(ours.shape)
    return 2 * float((ours & theirs).sum()) / float(ours.sum() + theirs.sum())


def _jittered(image: Imaged, click: str, rng: np.random.Generator) -> Point:
    """A point of the inner half, or of the bright rim, moved by chance and still inside the lesion."""
    known = image.truth.core_points_mm if click == "core" else image.truth.rim_points_mm
    at = np.array(known[int(rng.integers(len(known)))])
    body, pose = image.limb.lesions[0].shape, image.pose
    for _ in range(20):
        moved: FloatArray = at + rng.normal(0, JITTER_MM[click], 3)
        if body.depth(pose.to_limb(moved[None]))[0] > 0:
            at = moved
            break
    return float(at[0]), float(at[1]), float(at[2])
