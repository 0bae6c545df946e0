"""Drawing a cross-section: skin, fat, fascia and muscles with septa, from a few ellipses."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.phantom.limb import FAT_HU, MUSCLE_HU
from mo_viewer.phantom.ripples import Ripple, smooth_step
from mo_viewer.phantom.section import AIR_HU, Section, edge_share
from mo_viewer.volume.arrays import FloatArray

SKIN_HU, FASCIA_HU = 45.0, 30.0


@dataclass(frozen=True)
class Muscle:
    """A muscle belly in the section: where (lateral, posterior of the bone's axis), half widths, turn; its own HU."""

    at_mm: tuple[float, float]
    half_mm: tuple[float, float]
    turn_deg: float = 0.0
    offset_hu: float = 0.0


@dataclass(frozen=True)
class Outline:
    """The skin line round `centre_mm`: half widths, a few bumps, and the fat under it by direction."""

    centre_mm: tuple[float, float]
    half_mm: tuple[float, float]
    fat_mm: float
    fat_towards: tuple[float, float] = (-0.5, 0.7)
    fat_more_mm: float = 3.5
    skin_mm: float = 1.7
    bumps_mm: float = 1.6


def draw_section(
    muscles: tuple[Muscle, ...],
    outline: Outline,
    fat_pads: tuple[tuple[float, float, float], ...],
    seed: int,
    half_mm: float,
    pitch_mm: float = 0.3,
    lateral: int = 1,
) -> tuple[FloatArray, float]:
    """Draw a section.

    Parameters
    ----------
    muscles, outline, seed
        What is drawn; the seed decides warps, strands and mottle.
    fat_pads
        (lateral, posterior, radius) of places where vessels and nerves lie in fat.
    half_mm, pitch_mm
        Half the picture's width, and the distance of its points.
    lateral
        1 where lateral is the patient's left, else -1: the picture is mirrored.

    Returns
    -------
    (v, u) HU and its pitch, mm.
    """
    muscles = _varied(muscles, seed)
    axis = np.arange(-half_mm, half_mm + pitch_mm / 2, pitch_mm)
    u, v = np.meshgrid(axis * lateral, axis)
    flat = np.column_stack([u.ravel(), v.ravel()])
    under_skin = _under_skin(u, v, outline, seed)
    fat_mm = _fat_mm(u, v, outline)
    muscle_depth = under_skin - fat_mm
    hu = np.full(u.shape, AIR_HU)
    _lay(hu, edge_share(under_skin), SKIN_HU)
    _lay(hu, edge_share(under_skin - outline.skin_mm), _fat_with_strands(flat, u.shape, seed))
    thick = 0.9 + 0.8 * smooth_step((u - outline.centre_mm[0]) / outline.half_mm[0])
    _lay(hu, edge_share(muscle_depth + thick), FASCIA_HU)
    _lay(hu, edge_share(muscle_depth), FAT_HU + 8)
    scaled = _scaled_distances(flat, muscles, seed)
    bellies = _bellies(scaled, Ripple(seed + 32, 26.0).at(flat), u.shape, pitch_mm)
    _lay(hu, edge_share(muscle_depth - 0.4) * bellies, _flesh(flat, scaled, muscles, seed).reshape(u.shape))
    for at_u, at_v, radius in fat_pads:
        ragged = radius * (1 + 0.22 * Ripple(seed + 40, 14.0).at(flat).reshape(u.shape))
        _lay(hu, edge_share(ragged - np.hypot(u - at_u, v - at_v), 1.2) * edge_share(muscle_depth), FAT_HU + 12)
    return hu, pitch_mm


def _varied(muscles: tuple[Muscle, ...], seed: int) -> tuple[Muscle, ...]:
    """The same muscles in another patient."""
    rng = np.random.default_rng([seed, 29])
    moves, sizes, turns = (
        rng.normal(0, 0.9, (len(muscles), 2)),
        rng.normal(1, 0.04, len(muscles)),
        rng.normal(0, 3, len(muscles)),
    )
    return tuple(
        Muscle(
            (m.at_mm[0] + float(move[0]), m.at_mm[1] + float(move[1])),
            (m.half_mm[0] * float(size), m.half_mm[1] * float(size)),
            m.turn_deg + float(angle),
            m.offset_hu,
        )
        for m, move, size, angle in zip(muscles, moves, sizes, turns, strict=True)
    )


def section_of(
    picture: tuple[FloatArray, float],
    half_mm: float,
    taper_per_mm: float,
    bow_per_mm: tuple[float, float],
    scale: float = 1.0,
) -> Section:
    """A section of a drawn picture, `scale` times as wide as drawn."""
    hu = picture[0].astype(np.float32)
    return Section(hu, picture[1] * scale, half_mm * scale, taper_per_mm, bow_per_mm)


def _lay(hu: FloatArray, share: FloatArray, value: FloatArray | float) -> None:
    hu += share * (value - hu)


def _under_skin(u: FloatArray, v: FloatArray, outline: Outline, seed: int) -> FloatArray:
    du, dv = u - outline.centre_mm[0], v - outline.centre_mm[1]
    away = np.hypot(du, dv) + 1e-6
    towards = np.column_stack([(du / away).ravel(), (dv / away).ravel()])
    bumps = Ripple(seed + 20, 3.2, 8).at(towards).reshape(u.shape) * outline.bumps_mm
    power = 2.25
    stretched = np.abs(du / away / outline.half_mm[0]) ** power + np.abs(dv / away / outline.half_mm[1]) ** power
    radius = (stretched + 1e-9) ** (-1 / power)
    depth: FloatArray = radius + bumps - away
    return depth


def _fat_mm(u: FloatArray, v: FloatArray, outline: Outline) -> FloatArray:
    du, dv = u - outline.centre_mm[0], v - outline.centre_mm[1]
    away = np.hypot(du, dv) + 1e-6
    thick: FloatArray = (
        outline.fat_mm + outline.fat_more_mm * (du * outline.fat_towards[0] + dv * outline.fat_towards[1]) / away
    )
    return thick


def _fat_with_strands(flat: FloatArray, shape: tuple[int, ...], seed: int) -> FloatArray:
    lobes = Ripple(seed + 21, 16.0, 12).at(flat)
    strands = np.exp(-((lobes / 0.16) ** 2)) * smooth_step(Ripple(seed + 22, 22.0).at(flat) + 0.4)
    fat: FloatArray = (FAT_HU - 4 + 3 * Ripple(seed + 23, 9.0).at(flat) + 60 * strands).reshape(shape)
    return fat


def _scaled_distances(flat: FloatArray, muscles: tuple[Muscle, ...], seed: int) -> FloatArray:
    """(muscles, n) elliptic distances from the bellies, in a space that is a little warped so that septa curve."""
    sway = np.column_stack([2.2 * Ripple(seed + 30, 38.0).at(flat), 2.2 * Ripple(seed + 31, 38.0).at(flat)])
    warped = flat + sway
    every = []
    for muscle in muscles:
        angle = np.radians(muscle.turn_deg)
        du, dv = warped[:, 0] - muscle.at_mm[0], warped[:, 1] - muscle.at_mm[1]
        along = (du * np.cos(angle) + dv * np.sin(angle)) / muscle.half_mm[0]
        across = (dv * np.cos(angle) - du * np.sin(angle)) / muscle.half_mm[1]
        every.append(np.hypot(along, across))
    return np.array(every)


def _bellies(scaled: FloatArray, vary: FloatArray, shape: tuple[int, ...], pitch_mm: float) -> FloatArray:
    """Share of muscle: 0 in the fat septa between bellies, which vary in width and widen where three meet."""
    first, second, third = np.partition(scaled, 2, axis=0)[:3]
    between = (second - first).reshape(shape)
    slope = np.hypot(*np.gradient(between)) / pitch_mm + 1e-3
    away_mm = between / slope
    corner = np.exp(-(((third - first) / 0.16) ** 2)).reshape(shape)
    half_width = 0.28 + 0.30 * smooth_step(0.5 + 0.6 * vary.reshape(shape)) + 1.5 * corner
    return edge_share(away_mm - half_width, 0.45)


def _flesh(flat: FloatArray, scaled: FloatArray, muscles: tuple[Muscle, ...], seed: int) -> FloatArray:
    """(n,) HU of muscle: each belly's own, mottled, with a few fat streaks along the fibres."""
    offsets = np.array([m.offset_hu for m in muscles])[scaled.argmin(axis=0)]
    streak = np.exp(-((Ripple(seed + 33, 9.0, 12, (1.0, 2.2, 1.0)).at(flat) / 0.22) ** 2))
    streak *= smooth_step(Ripple(seed + 34, 21.0).at(flat) - 0.3)
    mottle = 2.0 * Ripple(seed + 35, 5.0).at(flat) + 1.5 * Ripple(seed + 36, 2.2).at(flat)
    flesh: FloatArray = MUSCLE_HU + offsets + mottle - 60 * streak
    return flesh
