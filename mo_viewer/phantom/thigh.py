"""A thigh at mid-length: skin, fat, twelve muscles, femur with marrow, vessels and nerve."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mo_viewer.phantom.fills import Grained, Plain
from mo_viewer.phantom.limb import CORTEX_HU, MARROW_HU, Limb, Oedema, Shaft, Solid, Strand, Table
from mo_viewer.phantom.muscles import Muscle, Outline, draw_section, section_of
from mo_viewer.phantom.section import Section

HALF_MM = 105.0
BOW_PER_MM = (0.0, 2.0e-4)
TAPER_PER_MM = 0.0011
MUSCLES = (
    Muscle((2.0, -22.0), (25.0, 13.0), 0, 1.0),  # vastus intermedius
    Muscle((-4.0, -49.0), (19.0, 12.0), 0, 2.0),  # rectus femoris
    Muscle((37.0, -18.0), (21.0, 34.0), 14, 0.0),  # vastus lateralis
    Muscle((-36.0, -30.0), (17.0, 23.0), 24, 1.0),  # vastus medialis
    Muscle((-55.0, -4.0), (7.5, 15.0), -18, -2.0),  # sartorius
    Muscle((-34.0, 6.0), (19.0, 10.0), -22, 0.0),  # adductor longus
    Muscle((-30.0, 31.0), (28.0, 18.0), -12, -1.0),  # adductor magnus
    Muscle((-66.0, 26.0), (7.0, 16.0), 10, -2.0),  # gracilis
    Muscle((-36.0, 61.0), (17.0, 9.0), 14, -3.0),  # semimembranosus
    Muscle((-13.0, 67.0), (11.0, 10.0), 0, -1.0),  # semitendinosus
    Muscle((17.0, 59.0), (17.0, 14.0), -14, 0.0),  # biceps, long head
    Muscle((19.0, 33.0), (11.0, 7.0), -30, -2.0),  # biceps, short head
)
ADDUCTOR_CANAL = (-39.0, -9.0)
DEEP_VESSELS = (-3.5, 22.5)
SCIATIC_NERVE = (-3.0, 47.0)
SAPHENOUS_VEIN = (-73.0, 8.0)


@dataclass(frozen=True)
class Build:
    """How a patient is built: widths of the thigh, fat, femur."""

    scale: float = 1.0
    fat_mm: float = 8.5
    femur_mm: float = 13.5
    cortex_mm: float = 6.2
    ridge_mm: float = 2.6
    bow_per_mm: tuple[float, float] = BOW_PER_MM


def build_of(seed: int) -> Build:
    """Another patient for every seed, within what is ordinary."""
    rng = np.random.default_rng([seed, 17])
    return Build(
        scale=float(rng.uniform(0.92, 1.08)),
        fat_mm=float(rng.uniform(5.5, 13.0)),
        femur_mm=float(rng.uniform(12.2, 14.8)),
        cortex_mm=float(rng.uniform(5.0, 7.0)),
        ridge_mm=float(rng.uniform(1.6, 3.2)),
        bow_per_mm=(float(rng.uniform(-4e-5, 4e-5)), float(rng.uniform(1.4e-4, 2.6e-4))),
    )


@lru_cache(maxsize=4)
def thigh_section(seed: int, lateral: int, build: Build) -> Section:
    """The soft parts of a thigh; kept, because several studies show the same patient."""
    outline = Outline((-12.0, 8.0), (75.0, 79.0), fat_mm=build.fat_mm)
    pads = ((*ADDUCTOR_CANAL, 10.0), (*DEEP_VESSELS, 5.0), (*SCIATIC_NERVE, 7.0))
    picture = draw_section(MUSCLES, outline, pads, seed, HALF_MM, lateral=lateral)
    return section_of(picture, HALF_MM, TAPER_PER_MM, build.bow_per_mm, build.scale)


def femur(build: Build | None = None, lateral: int = 1) -> tuple[Shaft, Shaft]:
    """Outer and inner surface of the femur's cortex; the linea aspera lies behind, a little to the inside."""
    known = build or Build()
    outer = Shaft(known.femur_mm, bow_per_mm=known.bow_per_mm, ridge_mm=known.ridge_mm, ridge_at=(-0.18 * lateral, 1.0))
    return outer, replace(outer, cortex_mm=known.cortex_mm)


def thigh(
    seed: int = 1,
    lesions: tuple[Solid, ...] = (),
    extras: tuple[Solid, ...] = (),
    oedemas: tuple[Oedema, ...] = (),
    laterality: str = "L",
    table: Table | None = None,
    build: Build | None = None,
) -> Limb:
    """A thigh with lesions; `extras` (phleboliths, plaque, an implant) lie under the lesions, over all else."""
    lateral = 1 if laterality == "L" else -1
    known = build or Build()
    outer, inner = femur(known, lateral)

    def tube(name: str, at: tuple[float, float], radius: float, hu: float, drift: float = 0.0) -> Solid:
        place = (at[0] * lateral * known.scale, at[1] * known.scale)
        return Solid(name, Strand(place, radius, known.bow_per_mm, (drift * lateral, 0.0)), Plain(hu), soft=True)

    canal_u, canal_v = ADDUCTOR_CANAL
    solids = (
        tube("femoral artery", (canal_u + 2.2, canal_v - 2.8), 3.4, 44.0),
        tube("femoral vein", (canal_u - 3.0, canal_v + 3.0), 4.0, 41.0),
        tube("deep artery", (DEEP_VESSELS[0] - 1.6, DEEP_VESSELS[1]), 1.7, 44.0),
        tube("deep vein", (DEEP_VESSELS[0] + 1.9, DEEP_VESSELS[1] + 0.8), 2.0, 41.0),
        tube("sciatic nerve", SCIATIC_NERVE, 3.9, 26.0),
        tube("great saphenous vein", SAPHENOUS_VEIN, 2.2, 40.0, 0.02),
        tube("skin vein", (40.0, 62.0), 1.3, 35.0, -0.03),
        tube("skin vein", (-32.0, -63.0), 1.2, 35.0, 0.01),
        Solid("femur", outer, Plain(CORTEX_HU), native_bone=True),
        Solid("marrow", inner, Grained(MARROW_HU, 14.0, 5.0, seed)),
    )
    section = thigh_section(seed, lateral, known)
    return Limb("thigh", section, solids + extras, lesions, oedemas, table, "THIGH", laterality)
