"""A hip: half a pelvis of a few pieces, a femoral head that turns in its socket, gluteal muscles, femoral vessels.

The origin is the centre of the femoral head.
"""

from functools import lru_cache

import numpy as np

from mo_viewer.phantom.compounds import Inset, United, Without
from mo_viewer.phantom.fills import Grained, Plain
from mo_viewer.phantom.limb import Limb, Oedema, Solid, Strand, Table
from mo_viewer.phantom.muscles import Muscle, Outline, draw_section, section_of
from mo_viewer.phantom.pose import turn
from mo_viewer.phantom.section import Section
from mo_viewer.phantom.shapes import Ellipsoid, Placed, Plate, Shape, Tube
from mo_viewer.volume.arrays import Point

HALF_MM = 150.0
HEAD_MM, JOINT_MM, SOCKET_MM = 23.5, 2.6, 7.0
CORTEX_HU, SPONGE_HU = 950.0, 190.0
FEMORAL = (-14.0, -44.0)
MUSCLES = (
    Muscle((18.0, 62.0), (52.0, 30.0), -24, -3.0),  # gluteus maximus
    Muscle((46.0, 8.0), (22.0, 38.0), 12, 0.0),  # gluteus medius and minimus
    Muscle((46.0, -40.0), (17.0, 15.0), 0, 0.0),  # tensor fasciae latae
    Muscle((14.0, -52.0), (15.0, 13.0), 20, 1.0),  # sartorius and rectus femoris
    Muscle((-4.0, -24.0), (20.0, 14.0), 0, 1.0),  # iliopsoas
    Muscle((-36.0, -28.0), (19.0, 12.0), -20, 0.0),  # pectineus
    Muscle((-34.0, 12.0), (13.0, 26.0), 14, 0.0),  # obturator internus
    Muscle((2.0, 30.0), (24.0, 9.0), 8, -1.0),  # short rotators
)


def hip(
    seed: int = 1,
    lesions: tuple[Solid, ...] = (),
    extras: tuple[Solid, ...] = (),
    oedemas: tuple[Oedema, ...] = (),
    laterality: str = "L",
    table: Table | None = None,
    femur_turn_deg: Point = (0.0, 0.0, 0.0),
) -> Limb:
    """A hip with lesions; `femur_turn_deg` turns the femur alone about the centre of its head."""
    lateral = 1 if laterality == "L" else -1
    thick = float(np.random.default_rng([seed, 27]).uniform(1.5, 2.1))
    pelvis, femur, canal = pelvis_shape(lateral), femur_shape(femur_turn_deg, lateral), _canal(femur_turn_deg, lateral)
    vessels = (
        Solid(
            "femoral artery",
            Strand((FEMORAL[0] * lateral, FEMORAL[1]), 4.6, (0.0, 0.0), (0.0, -0.08)),
            Plain(44.0),
            soft=True,
        ),
        Solid(
            "femoral vein",
            Strand(((FEMORAL[0] - 10) * lateral, FEMORAL[1] + 3), 5.2, (0.0, 0.0), (0.0, -0.08)),
            Plain(41.0),
            soft=True,
        ),
        Solid("sciatic nerve", Strand((-2.0 * lateral, 46.0), 5.0), Plain(28.0), soft=True),
    )
    bones = (
        Solid("pelvis", pelvis, Plain(CORTEX_HU), native_bone=True),
        Solid("pelvic sponge", Inset(pelvis, thick), Grained(SPONGE_HU, 40.0, 3.2, seed)),
        Solid("femur", femur, Plain(CORTEX_HU + 200), native_bone=True),
        Solid(
            "femoral sponge",
            Inset(_upper_end(femur_turn_deg, lateral), thick),
            Grained(SPONGE_HU + 40, 45.0, 3.2, seed + 1),
        ),
        Solid("femoral marrow", canal, Plain(-40.0)),
    )
    section = _hip_section(seed, lateral)
    return Limb("hip", section, vessels + bones + extras, lesions, oedemas, table, "HIP", laterality)


def pelvis_shape(lateral: int = 1) -> Shape:
    """Socket, ilium, ischium and pubis of one side."""
    joint = Ellipsoid((HEAD_MM + JOINT_MM,) * 3)
    opening = Placed(Ellipsoid((60.0, 60.0, 60.0)), (52.0 * lateral, -18.0, -34.0))
    socket = Without(Ellipsoid((HEAD_MM + JOINT_MM + SOCKET_MM,) * 3), opening)
    wing = Placed(
        Plate(9.0, (38.0, 46.0), 0.006 * lateral),
        (4.0 * lateral, 16.0, 88.0),
        turn(6.0, 14.0 * lateral, 48.0 * lateral),
    )
    rods = (
        ((-14.0, 12.0, 30.0), (-4.0, 16.0, 62.0), 11.0, 8.0),
        ((-18.0, 22.0, -16.0), (-22.0, 36.0, -62.0), 11.0, 12.5),
        ((-24.0, -10.0, -8.0), (-66.0, -34.0, -22.0), 9.0, 8.0),
        ((-66.0, -33.0, -26.0), (-28.0, 28.0, -66.0), 6.5, 6.5),
    )
    pieces: tuple[Shape, ...] = (socket, wing, *(_rod(a, b, ra, rb, lateral) for a, b, ra, rb in rods))
    return Without(United(pieces, 5.0), joint)


def femur_shape(turn_deg: Point = (0.0, 0.0, 0.0), lateral: int = 1) -> Shape:
    """Head, neck, trochanters and shaft."""
    return United((_upper_end(turn_deg, lateral), _turned(_rod(*_SHAFT, lateral), turn_deg)), 4.0)


_SHAFT = ((42.0, 6.0, -48.0), (34.0, 0.0, -230.0), 16.5, 14.5)


def _upper_end(turn_deg: Point, lateral: int) -> Shape:
    parts: tuple[Shape, ...] = (
        Ellipsoid((HEAD_MM,) * 3),
        _rod((6.0, 1.0, -4.0), (38.0, 6.0, -30.0), 14.5, 16.5, lateral),
        Placed(Ellipsoid((14.0, 16.0, 24.0)), (48.0 * lateral, 10.0, -20.0)),
        Placed(Ellipsoid((9.0, 9.0, 11.0)), (26.0 * lateral, 16.0, -54.0)),
    )
    return _turned(United(parts, 6.0), turn_deg)


def _canal(turn_deg: Point, lateral: int) -> Shape:
    return _turned(_rod((42.0, 6.0, -42.0), (34.0, 0.0, -230.0), 9.0, 8.5, lateral), turn_deg)


def _turned(shape: Shape, turn_deg: Point) -> Shape:
    return Placed(shape, turn=turn(*turn_deg)) if any(turn_deg) else shape


def _rod(a: Point, b: Point, radius_mm: float, end_radius_mm: float, lateral: int) -> Tube:
    ends = tuple((p[0] * lateral, p[1], p[2]) for p in (a, b))
    return Tube(ends, radius_mm, end_radius_mm)


@lru_cache(maxsize=2)
def _hip_section(seed: int, lateral: int) -> Section:
    fat = float(np.random.default_rng([seed, 28]).uniform(12.0, 24.0))
    outline = Outline((-40.0, 12.0), (122.0, 106.0), fat, fat_towards=(0.5, 0.6), fat_more_mm=8.0, bumps_mm=2.5)
    pads = ((FEMORAL[0] - 4.0, FEMORAL[1], 15.0), (-2.0, 46.0, 9.0), (-78.0, -6.0, 32.0), (-100.0, 38.0, 26.0))
    picture = draw_section(MUSCLES, outline, pads, seed, HALF_MM, 0.45, lateral)
    return section_of(picture, HALF_MM, -0.0004, (0.0, 0.0))
