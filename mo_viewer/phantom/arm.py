"""An upper arm at mid-length: skin, fat, five muscles, humerus with marrow, the bundle of vessels on the inside."""

from functools import lru_cache

import numpy as np

from mo_viewer.phantom.fills import Grained, Plain
from mo_viewer.phantom.limb import CORTEX_HU, MARROW_HU, Limb, Oedema, Shaft, Solid, Strand, Table
from mo_viewer.phantom.muscles import Muscle, Outline, draw_section, section_of
from mo_viewer.phantom.section import Section

HALF_MM = 66.0
BUNDLE = (-26.0, 1.0)
MUSCLES = (
    Muscle((-6.0, -29.0), (19.0, 12.0), 4, 1.0),  # biceps
    Muscle((8.0, -12.0), (22.0, 10.0), 10, 0.0),  # brachialis
    Muscle((-16.0, 26.0), (14.0, 15.0), 0, 0.0),  # triceps, long head
    Muscle((17.0, 23.0), (15.0, 15.0), 0, 1.0),  # triceps, lateral head
    Muscle((-1.0, 14.0), (17.0, 7.0), 0, -1.0),  # triceps, medial head
)


def humerus(seed: int = 1, lateral: int = 1) -> tuple[Shaft, Shaft]:
    """Outer and inner surface of the humerus' cortex, another one for every seed."""
    rng = np.random.default_rng([seed, 18])
    radius, cortex = float(rng.uniform(9.5, 11.5)), float(rng.uniform(3.4, 4.6))
    bow = (float(rng.uniform(-4e-5, 4e-5)), float(rng.uniform(-6e-5, 6e-5)))
    shape = {"flare_mm": 2.0, "ridge_mm": 1.3, "ridge_sharpness": 5.0, "oval": -0.04}
    outer = Shaft(radius, bow_per_mm=bow, ridge_at=(float(lateral), -0.5), **shape)
    return outer, Shaft(radius, cortex, bow, ridge_at=(float(lateral), -0.5), **shape)


def arm(
    seed: int = 1,
    lesions: tuple[Solid, ...] = (),
    extras: tuple[Solid, ...] = (),
    oedemas: tuple[Oedema, ...] = (),
    laterality: str = "L",
    table: Table | None = None,
) -> Limb:
    """An upper arm with lesions; `extras` lie under the lesions, over all else."""
    lateral = 1 if laterality == "L" else -1
    outer, inner = humerus(seed, lateral)
    tubes = (
        ("brachial artery", -1.5, -2.0, 2.3, 44.0),
        ("brachial vein", 2.4, 1.8, 2.4, 41.0),
        ("nerve", -2.8, 3.2, 1.7, 28.0),
    )
    solids = tuple(
        Solid(
            name,
            Strand(((BUNDLE[0] + du) * lateral, BUNDLE[1] + dv), radius, outer.bow_per_mm, sway_mm=0.4),
            Plain(hu),
            soft=True,
        )
        for name, du, dv, radius, hu in tubes
    )
    bone = (
        Solid("humerus", outer, Plain(CORTEX_HU), native_bone=True),
        Solid("marrow", inner, Grained(MARROW_HU, 14.0, 4.0, seed)),
    )
    section = _arm_section(seed, lateral, outer.bow_per_mm)
    return Limb("arm", section, solids + bone + extras, lesions, oedemas, table, "ARM", laterality)


@lru_cache(maxsize=4)
def _arm_section(seed: int, lateral: int, bow_per_mm: tuple[float, float]) -> Section:
    fat = float(np.random.default_rng([seed, 19]).uniform(4.0, 9.0))
    outline = Outline((-1.0, 1.0), (45.0, 50.0), fat, fat_towards=(-0.2, 0.9), fat_more_mm=1.8, bumps_mm=0.9)
    picture = draw_section(MUSCLES, outline, ((*BUNDLE, 7.5), (13.0, 6.0, 2.6)), seed, HALF_MM, 0.25, lateral)
    return section_of(picture, HALF_MM, 0.0009, bow_per_mm)
