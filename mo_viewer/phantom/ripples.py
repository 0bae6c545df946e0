"""Smooth random fields that can be asked anywhere: a few plane waves with random directions and phases."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mo_viewer.volume.arrays import FloatArray


@dataclass(frozen=True)
class Ripple:
    """A field of mean 0 and variance 1 whose hills lie about `wavelength_mm` apart.

    `stretch` multiplies the wavelength along each axis (fibres along z: (1, 1, 6)).
    """

    seed: int
    wavelength_mm: float
    waves: int = 14
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def at(self, points_mm: FloatArray) -> FloatArray:
        """(n,) values at (n, d) points; d is 2 or 3. Reckoned in single precision, which is several times faster."""
        numbers, phases = self._waves
        axes = [np.ascontiguousarray(axis, dtype=np.float32) for axis in points_mm.T]
        total = np.zeros(len(points_mm), dtype=np.float32)
        for number, phase in zip(numbers.astype(np.float32), phases.astype(np.float32), strict=True):
            angle = axes[0] * number[0]
            for axis, along in zip(axes[1:], number[1:], strict=False):
                angle += axis * along
            angle += phase
            total += np.cos(angle, out=angle)
        field: FloatArray = total.astype(np.float64) * np.sqrt(2.0 / self.waves)
        return field

    @cached_property
    def _waves(self) -> tuple[FloatArray, FloatArray]:
        rng = np.random.default_rng([self.seed, 7])
        towards = rng.normal(size=(self.waves, 3))
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        lengths = self.wavelength_mm * rng.uniform(0.75, 1.35, (self.waves, 1)) * np.array(self.stretch)
        return 2 * np.pi * towards / lengths, rng.uniform(0, 2 * np.pi, self.waves)


def sphere_directions(count: int) -> FloatArray:
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    i = np.arange(count) + 0.5
    height = 1 - 2 * i / count
    angle = np.pi * (1 + 5**0.5) * i
    ring = np.sqrt(1 - height**2)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), height])


def smooth_step(x: FloatArray) -> FloatArray:
    """0 below 0, 1 above 1, and a smooth cubic between."""
    t = np.clip(x, 0.0, 1.0)
    step: FloatArray = t * t * (3 - 2 * t)
    return step
