"""Small ready volumes with exact truth, made without DICOM.

``from phantoms import sphere, ellipsoid, grid``. Everything lies in patient LPS mm. Values are box averages over
each slice's own cell (half-way to its neighbours), so volume and HU integrals of the image equal the truth.
Whole limbs, harder shapes and scanner physics are in `mo_viewer.phantom`.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Acquisition, Instance, Patient, Source
from mo_viewer.volume.volume import Volume

MUSCLE_HU = 55.0
UNEQUAL_SPACING_MM = (1.25, 0.7, 0.85)
UNEVEN_STEPS_MM = (1.0, 1.0, 1.6, 1.0, 0.7, 1.3)
BONE_RADIUS_MM, BONE_CORTEX_MM, CORTEX_HU, MARROW_HU = 13.0, 4.0, 1300.0, -40.0
INTERCEPT = -1024
_SUB = 5


def turned(*degrees: float) -> np.ndarray:
    """(3, 3) right-handed directions (columns: slices, rows, columns) turned about x, then y, then z."""
    turn = np.eye(3)
    for axis, angle in enumerate(degrees):
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        one = np.eye(3)
        i, j = [(1, 2), (2, 0), (0, 1)][axis]
        one[i, i], one[i, j], one[j, i], one[j, j] = c, -s, s, c
        turn = one @ turn
    return turn @ AXIAL


AXIAL = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Directions of slices (superior), rows (posterior) and columns (left) of an ordinary axial series."""
SAGITTAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Slices to the left, rows downwards (inferior), columns to posterior."""
OBLIQUE = turned(17.0, -24.0, 31.0)
"""Neither axis of the stack lies along an axis of the patient."""


def grid(
    shape: tuple[int, int, int] = (40, 64, 56),
    spacing_mm: tuple[float, float, float] = UNEQUAL_SPACING_MM,
    direction: np.ndarray = AXIAL,
    tilt_deg: float = 0.0,
    steps_mm: tuple[float, ...] | None = None,
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    frame_uid: str = "2.25.1001",
) -> Geometry:
    """A stack whose middle lies at `centre_mm`.

    `tilt_deg` shears the stack along its rows as a tilted gantry does: planes lean, the table still moves along
    the untilted normal. `steps_mm` are repeated to make uneven distances between slice planes.
    """
    slices, down, across = (direction[:, i] for i in range(3))
    lean = math.radians(tilt_deg)
    row = math.cos(lean) * down + math.sin(lean) * slices
    pattern = np.resize(np.array(steps_mm if steps_mm else (spacing_mm[0],)), shape[0] - 1)
    travel = np.concatenate([[0.0], np.cumsum(pattern)]) / math.cos(lean)
    half = 0.5 * ((shape[1] - 1) * spacing_mm[1] * row + (shape[2] - 1) * spacing_mm[2] * across)
    origins = np.array(centre_mm) + (travel - travel[-1] / 2)[:, None] * slices - half
    return Geometry(shape, origins, row * spacing_mm[1], across * spacing_mm[2], frame_uid)


@dataclass(frozen=True, eq=False)
class Phantom:
    """An ellipsoid along the patient's axes: a rim of constant thickness round a core, beside an optional bone.

    The core is the ellipsoid whose semi-axes are shorter by `rim_mm` (0: solid, all of `rim_hu`).
    """

    volume: Volume
    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    rim_mm: float
    rim_hu: float
    core_hu: float
    background_hu: float
    bone_gap_mm: float | None

    @property
    def volume_mm3(self) -> float:
        """Volume inside the outer surface."""
        return 4 / 3 * math.pi * math.prod(self.semi_axes_mm)

    @property
    def core_volume_mm3(self) -> float:
        """Volume of the core."""
        return 4 / 3 * math.pi * math.prod(a - self.rim_mm for a in self.semi_axes_mm) if self.rim_mm else 0.0

    @property
    def mean_hu(self) -> float:
        """Mean over everything inside the outer surface."""
        share = self.core_volume_mm3 / self.volume_mm3
        return self.rim_hu * (1 - share) + self.core_hu * share

    @property
    def excess_hu_mm3(self) -> float:
        """Integral of HU above the background (mineral content)."""
        return (self.mean_hu - self.background_hu) * self.volume_mm3

    @property
    def max_diameter_mm(self) -> float:
        """Greatest distance of two points of the lesion."""
        return 2 * max(self.semi_axes_mm)

    @property
    def axial_axes_mm(self) -> tuple[float, float]:
        """Long and short axis of the largest section across the patient's z."""
        return 2 * max(self.semi_axes_mm[:2]), 2 * min(self.semi_axes_mm[:2])

    @property
    def rim_point_mm(self) -> tuple[float, float, float]:
        """A point in the middle of the rim, to the patient's right, away from the bone."""
        x, y, z = self.centre_mm
        return x - self.semi_axes_mm[0] + max(self.rim_mm, 1.0) / 2, y, z

    @cached_property
    def mask(self) -> Mask:
        """Voxels whose centre lies inside the outer surface."""
        index = np.indices(self.volume.geometry.shape).reshape(3, -1).T.astype(float)
        inside = _radius(self.volume.geometry.points_mm(index), self.centre_mm, self.semi_axes_mm) <= 1
        return Mask.trimmed(inside.reshape(self.volume.geometry.shape), (0, 0, 0), self.volume.geometry)


def sphere(diameter_mm: float = 16.0, **options: Any) -> Phantom:
    """A sphere in muscle; options as for `ellipsoid`."""
    return ellipsoid((diameter_mm / 2,) * 3, **options)


def sphere_volume(diameter_mm: float = 16.0, **options: Any) -> Volume:
    """Only the volume of `sphere`."""
    return sphere(diameter_mm, **options).volume


def ellipsoid(
    semi_axes_mm: tuple[float, float, float] = (10.0, 8.0, 6.0),
    *,
    geometry: Geometry | None = None,
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    rim_mm: float = 0.0,
    rim_hu: float = 400.0,
    core_hu: float = 120.0,
    background_hu: float = MUSCLE_HU,
    bone_gap_mm: float | None = None,
    noise_hu: float = 0.0,
    psf_mm: float = 0.0,
    seed: int = 1,
    **grid_options: Any,
) -> Phantom:
    """An ellipsoid in muscle on `geometry`, or on `grid(**grid_options)` round `centre_mm`.

    `bone_gap_mm` puts a shaft along the patient's z beside it, on the left, that far from its surface.
    `psf_mm` blurs in the slice planes (Gaussian, full width at half maximum); `noise_hu` is white.
    """
    stack = geometry if geometry is not None else grid(centre_mm=centre_mm, **grid_options)
    hu = np.full(stack.shape, background_hu)
    _put(hu, stack, lambda p: _radius(p, centre_mm, semi_axes_mm), min(semi_axes_mm), rim_hu)
    if rim_mm > 0:
        core = tuple(a - rim_mm for a in semi_axes_mm)
        _put(hu, stack, lambda p: _radius(p, centre_mm, core), min(core), core_hu, rim_hu)
    if bone_gap_mm is not None:
        axis = (centre_mm[0] + semi_axes_mm[0] + bone_gap_mm + BONE_RADIUS_MM, centre_mm[1])
        inner = BONE_RADIUS_MM - BONE_CORTEX_MM
        _put(hu, stack, lambda p: _shaft(p, axis, BONE_RADIUS_MM), BONE_RADIUS_MM, CORTEX_HU, background_hu)
        _put(hu, stack, lambda p: _shaft(p, axis, inner), inner, MARROW_HU, CORTEX_HU)
    volume = as_volume(_blurred(hu, stack, psf_mm) + _noise(stack.shape, noise_hu, seed), stack)
    return Phantom(volume, centre_mm, semi_axes_mm, rim_mm, rim_hu, core_hu, background_hu, bone_gap_mm)


def as_volume(hu: np.ndarray, geometry: Geometry, **acquisition: Any) -> Volume:
    """A CT volume of (slices, rows, columns) HU, stored as int16 with intercept -1024."""
    known: dict[str, Any] = {"kvp": 120.0, "kernel": "PHANTOM", "slice_mm": geometry.spacing_mm[0], "contrast": False}
    instances = tuple(Instance("", f"2.25.3003.{k}", "1.2.840.10008.5.1.4.1.1.2") for k in range(geometry.shape[0]))
    source = Source(
        Patient("phantom"),
        "2.25.1002",
        "2.25.1003",
        "CT",
        date="2024-03-04",
        acquisition=Acquisition(**(known | acquisition)),
        instances=instances,
    )
    stored = np.round(hu - INTERCEPT).astype(np.int16)
    return Volume(stored, geometry, source, unit="HU", intercept=np.array([float(INTERCEPT)]))


def _radius(points: np.ndarray, centre_mm: Any, semi_axes_mm: Any) -> np.ndarray:
    return np.linalg.norm((points - np.array(centre_mm)) / np.array(semi_axes_mm), axis=-1)


def _shaft(points: np.ndarray, axis_mm: tuple[float, float], radius_mm: float) -> np.ndarray:
    return np.hypot(points[..., 0] - axis_mm[0], points[..., 1] - axis_mm[1]) / radius_mm


def _put(hu: np.ndarray, stack: Geometry, radius: Any, least_mm: float, inside: float, outside: Any = None) -> None:
    """Add the step from `outside` to `inside` where the scaled `radius` is below 1, averaged over each cell."""
    step = inside - (hu.flat[0] if outside is None else outside)
    index = np.indices(stack.shape).reshape(3, -1).T.astype(float)
    at = radius(stack.points_mm(index))
    reach = 0.55 * float(np.linalg.norm([stack.slice_extents_mm.max() * 1.3, *stack.spacing_mm[1:]]))
    share = (at < 1).astype(float)
    near = np.flatnonzero(np.abs(at - 1) * least_mm < reach)
    share[near] = _shares(index[near], stack, radius)
    hu += step * share.reshape(stack.shape)


def _shares(index: np.ndarray, stack: Geometry, radius: Any) -> np.ndarray:
    """Share of each cell in which `radius` is below 1, by sub-samples; cells reach half-way to their neighbours."""
    offsets = (np.arange(_SUB) + 0.5) / _SUB - 0.5
    total = np.zeros(len(index))
    for i in offsets:
        for j in offsets:
            for k in offsets:
                total += radius(stack.points_mm(index + np.array([i, j, k]))) < 1
    return total / _SUB**3


def _blurred(hu: np.ndarray, stack: Geometry, psf_mm: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    sigma = psf_mm / 2.3548
    return gaussian_filter(hu, (0.0, sigma / stack.spacing_mm[1], sigma / stack.spacing_mm[2])) if psf_mm else hu


def _noise(shape: tuple[int, int, int], noise_hu: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, noise_hu, shape) if noise_hu else np.zeros(shape)
