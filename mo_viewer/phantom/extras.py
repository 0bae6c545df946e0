"""What else may be dense in a limb: phleboliths, plaque in arteries, a bead on the skin, metal."""

import numpy as np

from mo_viewer.phantom.compounds import United
from mo_viewer.phantom.fills import Plain, Zoned
from mo_viewer.phantom.limb import Limb, Solid, Strand
from mo_viewer.phantom.shapes import Ellipsoid, Placed, Shape, Tube
from mo_viewer.volume.arrays import Point

METAL_HU = 8000.0


def phlebolith(at_mm: Point, radius_mm: float = 2.6, seed: int = 1) -> Solid:
    """A small round stone in a vein, paler inside."""
    body = Placed(Ellipsoid((radius_mm, radius_mm, 1.15 * radius_mm)), at_mm)
    return Solid("phlebolith", body, Zoned(0.45 * radius_mm, 520.0, 240.0, at_mm, seed, blend_mm=0.5))


def phleboliths(limb: Limb, vein: str, seed: int, count: int = 3) -> tuple[Solid, ...]:
    """A few stones within a vein of the limb, some way apart."""
    rng = np.random.default_rng([seed, 31])
    strand = _strand(limb, vein)
    heights = np.linspace(-30, 30, count) + rng.uniform(-6, 6, count)
    x, y = strand.axis_mm(heights)
    radii = rng.uniform(0.5, 0.75, count) * strand.radius_mm
    return tuple(
        phlebolith((float(a), float(b), float(z)), float(r), seed + k)
        for k, (a, b, z, r) in enumerate(zip(x, y, heights, radii, strict=True))
    )


def plaque(limb: Limb, artery: str, seed: int, count: int = 9) -> Solid:
    """Calcified pieces in an artery's wall, strung along it."""
    rng = np.random.default_rng([seed, 32])
    strand = _strand(limb, artery)
    heights = np.sort(rng.uniform(-45, 45, count))
    x, y = strand.axis_mm(heights)
    pieces: list[Shape] = []
    for a, b, z in zip(x, y, heights, strict=True):
        angle = float(rng.uniform(0, 2 * np.pi))
        wall = strand.radius_mm - 0.5
        at = (float(a + wall * np.cos(angle)), float(b + wall * np.sin(angle)), float(z))
        pieces.append(Placed(Ellipsoid((1.0, 1.0, float(rng.uniform(1.5, 4.0)))), at))
    return Solid("plaque", United(tuple(pieces)), Plain(620.0))


def skin_bead(at_mm: Point, radius_mm: float = 0.9) -> Solid:
    """A metal marker; `at_mm` should lie on the skin."""
    return Solid("skin bead", Placed(Ellipsoid((radius_mm,) * 3), at_mm), Plain(METAL_HU))


def nail(
    bow_per_mm: tuple[float, float], low_mm: float = -60.0, high_mm: float = 60.0, radius_mm: float = 5.0
) -> Solid:
    """A metal nail in a shaft's marrow from one height to another."""
    heights = np.linspace(low_mm, high_mm, 9)
    line: tuple[Point, ...] = tuple(
        (float(bow_per_mm[0] * z * z), float(bow_per_mm[1] * z * z), float(z)) for z in heights
    )
    return Solid("nail", Tube(line, radius_mm), Plain(METAL_HU), metal=True)


def _strand(limb: Limb, name: str) -> Strand:
    shape = next(s.shape for s in limb.solids if s.name == name)
    if not isinstance(shape, Strand):
        raise TypeError(f"{name} is not a strand")
    return shape
