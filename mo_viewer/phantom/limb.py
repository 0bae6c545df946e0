"""A limb: its soft parts, and the bodies in it in the order in which they lie over each other."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from mo_viewer.phantom.fills import Fill
from mo_viewer.phantom.ripples import smooth_step
from mo_viewer.phantom.section import Section
from mo_viewer.phantom.shapes import Shape
from mo_viewer.volume.arrays import FloatArray

MUSCLE_HU, FAT_HU, CORTEX_HU, MARROW_HU = 55.0, -100.0, 1350.0, -50.0


@dataclass(frozen=True)
class Solid:
    """A body with an inside; later ones in a limb cover earlier ones."""

    name: str
    shape: Shape
    fill: Fill
    native_bone: bool = False
    metal: bool = False
    """Whether it casts streaks."""
    soft: bool = False
    """Whether its HU are so near those around it that its edge needs no fine sampling; lies under all that is not."""


@dataclass(frozen=True)
class Oedema:
    """Muscle made darker round a place, fading with the distance from a body's surface."""

    shape: Shape
    depth_hu: float
    reach_mm: float

    def darkening(self, points_mm: FloatArray) -> FloatArray:
        """(n,) HU to take away."""
        outside = -self.shape.depth(points_mm)
        return self.depth_hu * smooth_step(1 - outside / self.reach_mm)


@dataclass(frozen=True)
class Table:
    """The table under the limb, in the scanner's own place: a hollow shell, curved up at the sides."""

    top_mm: float
    """Patient y of the shell's lowest line."""
    middle_mm: float = 0.0
    """Patient x of that line."""
    curve_radius_mm: float = 420.0
    shell_mm: float = 2.2
    shell_hu: float = 60.0
    foam_hu: float = -955.0


@dataclass(frozen=True, eq=False)
class Limb:
    """Everything that is imaged, in the limb's own frame (left, posterior, superior; origin in the shaft)."""

    name: str
    section: Section
    solids: tuple[Solid, ...]
    lesions: tuple[Solid, ...] = ()
    oedemas: tuple[Oedema, ...] = ()
    table: Table | None = None
    body_part: str = "THIGH"
    laterality: str = "L"
    background_hu: float = field(default=MUSCLE_HU)

    @property
    def bodies(self) -> tuple[Solid, ...]:
        """All solids and lesions, in the order in which they are painted."""
        return self.solids + self.lesions

    @property
    def native_bones(self) -> tuple[Solid, ...]:
        """What counts as native bone for the gap: cortices."""
        return tuple(s for s in self.solids if s.native_bone)

    def lesion(self, name: str) -> Solid:
        """The lesion of that name."""
        return next(s for s in self.lesions if s.name == name)


@dataclass(frozen=True)
class Shaft:
    """A long bone's shaft round z: bowed, flaring to its ends, with a ridge (linea aspera) on one side.

    `cortex_mm` 0 gives the outer surface; else the border to the marrow, that deep at mid-shaft; the cortex thins
    towards the ends by the share `thinning` at `flare_at_mm`.
    """

    radius_mm: float = 13.5
    cortex_mm: float = 0.0
    bow_per_mm: tuple[float, float] = (0.0, 0.0)
    oval: float = 0.05
    flare_mm: float = 3.0
    flare_at_mm: float = 120.0
    thinning: float = 0.45
    ridge_mm: float = 2.6
    ridge_at: tuple[float, float] = (0.1, 1.0)
    ridge_sharpness: float = 9.0
    reach_mm: float = 260.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """First order: radius in the point's direction less its distance from the axis."""
        x, y, z = points_mm.T
        x = x - self.bow_per_mm[0] * z**2
        y = y - self.bow_per_mm[1] * z**2
        away = np.sqrt(x**2 + y**2) + 1e-9
        ends = np.minimum((z / self.flare_at_mm) ** 2, 2.5)
        radius = self.radius_mm + self.flare_mm * ends + self.oval * (x**2 - y**2) / away
        towards = (x * self._ridge[0] + y * self._ridge[1]) / away
        ridge = self.ridge_mm * np.exp(self.ridge_sharpness * (towards - 1))
        if self.cortex_mm > 0:
            wall = self.cortex_mm * (1 - self.thinning * np.minimum(ends, 1.4))
            depth: FloatArray = radius - wall - 0.35 * ridge - away
            return depth
        outer: FloatArray = radius + ridge - away
        return outer

    @property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """The box round the bowed shaft, `reach_mm` both ways."""
        widest = self.radius_mm * (1 + self.oval) + self.flare_mm * 2.5 + self.ridge_mm
        sway = np.array([*self.bow_per_mm, 0.0]) * self.reach_mm**2
        half = np.array([widest, widest, self.reach_mm])
        return np.minimum(sway, 0) - half, np.maximum(sway, 0) + half

    @cached_property
    def _ridge(self) -> FloatArray:
        towards: FloatArray = np.array(self.ridge_at)
        return towards / np.linalg.norm(towards)


@dataclass(frozen=True)
class Strand:
    """A vessel or nerve along the limb: through `at_mm` at z = 0, drifting (mm per mm of z), bowed, swaying."""

    at_mm: tuple[float, float]
    radius_mm: float
    bow_per_mm: tuple[float, float] = (0.0, 0.0)
    drift: tuple[float, float] = (0.0, 0.0)
    reach_mm: float = 260.0
    sway_mm: float = 0.6

    def axis_mm(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where the axis is (x, y) at heights z."""
        x = self.at_mm[0] + self.drift[0] * z + self.bow_per_mm[0] * z * z
        y = self.at_mm[1] + self.drift[1] * z + self.bow_per_mm[1] * z * z
        return x + self.sway_mm * np.sin(z / 31 + self.at_mm[1]), y + self.sway_mm * np.cos(z / 37 + self.at_mm[0])

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """Radius less the distance from the axis at the same height."""
        x, y, z = points_mm.T
        axis_x, axis_y = self.axis_mm(z)
        depth: FloatArray = self.radius_mm - np.hypot(x - axis_x, y - axis_y)
        return depth

    @property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """The box round the strand, `reach_mm` both ways."""
        x, y = self.axis_mm(np.linspace(-self.reach_mm, self.reach_mm, 200))
        wide = np.array([self.radius_mm, self.radius_mm, 0.0])
        return np.array([x.min(), y.min(), -self.reach_mm]) - wide, np.array([x.max(), y.max(), self.reach_mm]) + wide
