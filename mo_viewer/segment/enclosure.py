"""The closed region around calcified fragments, by what lies between them (ALGORITHMS 10, steps 4 and 5)."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.distance import away_from, box_round, depth_in
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, Triple

REACH_MM = 26.0
UNIT = (1.0, 1.0, 1.0)
STEPS: tuple[tuple[float, float], ...] = ((28.0, 1.3), (16.0, 1.0), (9.0, 0.7), (0.0, 0.5))


@dataclass(frozen=True)
class Closure:
    """How far fragments are inflated, how enclosed a voxel must be, and how often that is repeated."""

    inflate_mm: float = 1.2
    least_share: float = 0.30
    rounds: int = 3


TIGHT, LOOSE = Closure(1.2, 0.60, 3), Closure(2.5, 0.22, 5)
SPARSE_BAYS, SPARSE_SHELLS = 0.15, 0.40
SOLID_BAYS, SOLID_SHELLS = 0.56, 0.70
"""Mean enclosure of what a loose closure adds: bays of branches lie below, gaps of shells above (ALGORITHMS 10.2).
What fragments hardly fill is a broken shell sooner than what they nearly fill, such as a thick open ring."""
SPARSE_FILL, SOLID_FILL = 0.35, 0.60


@dataclass(frozen=True)
class Enclosed:
    """How enclosed that is which only a loose closure adds (0 to 1), and how solid the fragments are (0 to 1)."""

    share: float
    solid: float

    def between(self, sparse: tuple[float, float], solid: tuple[float, float]) -> float:
        """Return 0 to 1: where the share lies between two limits, which depend on how solid the fragments are."""
        low, high = (s + self.solid * (t - s) for s, t in zip(sparse, solid, strict=True))
        return float(np.clip((self.share - low) / (high - low), 0.0, 1.0))


def grid_step(extent_mm: float) -> float:
    """Return the coarse grid's step for the longest side of what is to be enclosed."""
    return next(step for least, step in STEPS if extent_mm >= least)


def pair_enclosure(opaque: BoolArray, step_mm: float, reach_mm: float = REACH_MM) -> AnyArray:
    """Return, per voxel, the share of lines through it that meet something opaque on both sides within reach.

    Outside a convex body the share is 0; inside a shell of coverage c it is about c squared.
    """
    share = np.zeros(opaque.shape, dtype=np.float32)
    box = box_round(opaque)
    if box is None:
        return share
    lines = [(d, _jumps(max(1, round(reach_mm / (step_mm * float(np.linalg.norm(d))))))) for d in _directions()]
    grid = _Bits.of(opaque[box], max(max(jumps) * max(abs(d[1]), abs(d[2])) for d, jumps in lines))
    votes = np.zeros(grid.room, dtype=np.uint8)
    for direction, jumps in lines:
        by = grid.step(direction)
        votes += grid.unpacked(grid.seen(by, jumps) & grid.seen(-by, jumps))
    share[box] = votes[:, : grid.rows, : grid.columns].astype(np.float32) / len(lines)
    return share


def enclosing(opaque_mm: AnyArray, helper: BoolArray, step_mm: float) -> tuple[AnyArray, Enclosed]:
    """Return the closed region as signed distance (mm, negative inside), and how much it encloses.

    A tight closure keeps the bays of a branching lesion; a loose one spans the gaps of a shell or a cloud. They
    are blended by how enclosed (first round) that is which only the loose one adds, so that no switch can jump.

    `opaque_mm` is the distance of each coarse voxel from the nearest fragment; `helper` marks voxels that stop a
    line but are not part of the lesion (native bone that touches it).
    """
    tight, first = closed(opaque_mm, helper, step_mm, TIGHT)
    loose, _ = closed(opaque_mm, helper, step_mm, LOOSE)
    added = (loose < 0) & (opaque_mm > TIGHT.inflate_mm)
    fill = int(np.count_nonzero(opaque_mm <= 0)) / max(1, int(np.count_nonzero(loose < 0)))
    enclosed = Enclosed(
        float(first[added].mean()) if added.any() else 0.0,
        float(np.clip((fill - SPARSE_FILL) / (SOLID_FILL - SPARSE_FILL), 0.0, 1.0)),
    )
    looseness = enclosed.between((SPARSE_BAYS, SPARSE_SHELLS), (SOLID_BAYS, SOLID_SHELLS))
    blended: AnyArray = (1.0 - looseness) * tight + looseness * loose
    return blended, enclosed


def closed(opaque_mm: AnyArray, helper: BoolArray, step_mm: float, closure: Closure) -> tuple[AnyArray, AnyArray]:
    """Return the region one closure gives as signed distance (mm, negative inside), and the first round's enclosure."""
    from scipy import ndimage

    region = opaque_mm <= closure.inflate_mm
    first = None
    for _ in range(closure.rounds):
        enclosed = pair_enclosure(region | helper, step_mm)
        first = enclosed if first is None else first
        grown = region | ((enclosed > closure.least_share) & ~helper)
        if np.array_equal(grown, region):
            break
        region = grown
    region = _without_dust(ndimage.binary_fill_holes(region))
    inner, outer = depth_in(region, UNIT) - 0.5, away_from(region, UNIT) - 0.5
    signed = np.where(region, -inner, outer) * step_mm + closure.inflate_mm
    return signed.astype(np.float32), first if first is not None else pair_enclosure(region, step_mm)


def _without_dust(region: BoolArray) -> BoolArray:
    from scipy import ndimage

    labels, count = ndimage.label(region)
    if count < 2:
        return region
    sizes = np.bincount(labels.ravel())
    keep = sizes >= 8
    keep[0] = False
    kept: BoolArray = keep[labels]
    return kept


@dataclass(frozen=True)
class _Bits:
    """A grid of yes and no as one long integer, so that a look along a line is a shift of it.

    `room` is the grid with empty places behind its rows and columns, at least as many as the longest shift: what is
    shifted beyond the border falls there, and `places` (the grid itself) wipes it out.
    """

    inside: int
    places: int
    room: Triple
    rows: int
    columns: int

    @classmethod
    def of(cls, inside: BoolArray, behind: int) -> "_Bits":
        slices, rows, columns = inside.shape
        whole = np.zeros((2, slices, rows + behind, columns + behind), dtype=bool)
        whole[0, :, :rows, :columns] = inside
        whole[1, :, :rows, :columns] = True
        own, places = (
            int.from_bytes(np.packbits(one, bitorder="little").tobytes(), "little") for one in whole.reshape(2, -1)
        )
        return cls(own, places, (slices, rows + behind, columns + behind), rows, columns)

    def step(self, direction: Triple) -> int:
        """How many places one step along a direction is."""
        return (direction[0] * self.room[1] + direction[1]) * self.room[2] + direction[2]

    def seen(self, by: int, jumps: list[int]) -> int:
        """Where something inside lies up to so many steps ahead (running OR by doubling)."""
        seen = self._ahead(self.inside, by)
        for jump in jumps[1:]:
            seen |= self._ahead(seen, jump * by)
        return seen

    def unpacked(self, inside: int) -> AnyArray:
        """Ones and noughts of the room."""
        count = int(np.prod(self.room))
        packed = np.frombuffer(inside.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
        return np.unpackbits(packed, count=count, bitorder="little").reshape(self.room)

    def _ahead(self, inside: int, by: int) -> int:
        return (inside >> by if by >= 0 else inside << -by) & self.places


def _jumps(steps: int) -> list[int]:
    """Jumps that add up to `steps`, none longer than those before it together (or one step)."""
    jumps = [1]
    while (done := sum(jumps)) < steps:
        jumps.append(min(done, steps - done))
    return jumps


def _directions() -> list[Triple]:
    """13 neighbours and 24 in-between directions of a cubic grid, one of each opposite pair."""
    found: list[Triple] = []
    span = range(-2, 3)
    for z in span:
        for y in span:
            for x in span:
                steps = sorted((abs(z), abs(y), abs(x)))
                if (z, y, x) > (0, 0, 0) and steps in ([0, 0, 1], [0, 1, 1], [1, 1, 1], [0, 1, 2], [1, 1, 2]):
                    found.append((z, y, x))
    return found


def smooth_level(signed_mm: AnyArray) -> FloatArray:
    """Return the signed distance lightly smoothed, for a surface without stairs."""
    from scipy import ndimage

    smooth: FloatArray = ndimage.gaussian_filter(signed_mm.astype(np.float64), 0.8)
    return smooth
