"""A phantom of the Catphan 50x family drawn from its drawing, with known numbers."""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Patient, Source
from mo_viewer.volume.volume import Volume

INSERTS = {
    "Air": (-90.0, -1000.0),
    "PMP": (-120.0, -190.0),
    "LDPE": (180.0, -95.0),
    "Polystyrene": (120.0, -40.0),
    "Acrylic": (60.0, 125.0),
    "Delrin": (0.0, 345.0),
    "Teflon": (-60.0, 960.0),
}
"""Angle clockwise from the right, and the HU that this scanner makes of the material."""
HOUSING, MODULE, UNIFORM = 60.0, 100.0, 15.0
STEP_MM = 2.5
MODULE_SLICES = range(24, 34)
UNIFORM_SLICE = 3
"""65 mm below the middle of the insert module (slice 29)."""
_FINE = 3


@dataclass(frozen=True)
class Scanned:
    """How the phantom was put on the table, and how it was imaged."""

    degrees: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    is_mirrored: bool = False
    noise_hu: float = 15.0
    row_mm: float = 0.8
    column_mm: float = 0.7
    has_table: bool = True
    cupping_hu: float = 0.0
    date: str = "2024-01-08"
    drift_hu: float = 0.0

    def volume(self) -> Volume:
        """The stack; slices 2.5 mm apart."""
        shape = (36, round(250 / self.row_mm), round(250 / self.column_mm))
        rows, columns = (
            (np.arange(n * _FINE) + 0.5) / _FINE * size - 0.5 * size
            for n, size in ((shape[1], self.row_mm), (shape[2], self.column_mm))
        )
        centre = (125.0 + self.shift_mm[0], 125.0 + self.shift_mm[1])
        x, y = np.meshgrid(columns - centre[0], rows - centre[1])
        plain, inserts = self._housing(x, y, UNIFORM), self._module(x, y)
        noise = np.random.default_rng(3)
        hu = np.empty(shape)
        for k in range(shape[0]):
            drawn = (self._with_wires(inserts, x, y, k) if k in MODULE_SLICES else plain).copy()
            fine = drawn.reshape(shape[1], _FINE, shape[2], _FINE).mean(axis=(1, 3))
            hu[k] = fine + noise.normal(0.0, self.noise_hu, fine.shape)
        stored = np.clip(np.round(hu), -2000, 3000).astype(np.int16)
        return Volume(stored, self._geometry(shape), self._source(), "HU")

    def _geometry(self, shape: tuple[int, int, int]) -> Geometry:
        matrix = np.diag([1.0, 1.0, 1.0, 1.0])
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = (0, 0, STEP_MM), (0, self.row_mm, 0), (self.column_mm, 0, 0)
        return Geometry.even(shape, matrix, "2.25.1")

    def _source(self) -> Source:
        acquisition = Acquisition(120.0, "B30s", STEP_MM, manufacturer="Maker", model="Model")
        series_uid = f"2.25.{abs(hash(self)) % 10**9}"
        return Source(Patient("k"), "2.25.5", series_uid, "CT", self.date, acquisition=acquisition)

    def _housing(self, x: np.ndarray, y: np.ndarray, inside_hu: float) -> np.ndarray:
        away = np.hypot(x, y)
        hu = np.where(away <= 100.0, HOUSING, -1000.0)
        hu[away <= 75.0] = inside_hu
        hu -= np.where(away <= 100.0, self.cupping_hu * (1 - (away / 100.0) ** 2), 0.0)
        if self.has_table:
            hu[(y > 100.0) & (y < 108.0) & (np.abs(x) < 90.0)] = -100.0
        return hu

    def _module(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        hu = self._housing(x, y, MODULE)
        for angle, value in INSERTS.values():
            self._disc(hu, x, y, angle, 58.7, 6.1, value + (self.drift_hu if value > -500 else 0.0))
        self._disc(hu, x, y, 90.0, 58.7, 6.1, -1000.0)
        for angle in (-135.0, -45.0, 45.0, 135.0):
            self._disc(hu, x, y, angle, 50.0 / np.sqrt(2), 1.5, 900.0 if angle == -45.0 else -1000.0)
        return hu

    def _turned(self, angle: float) -> float:
        return np.radians(self.degrees + (-angle if self.is_mirrored else angle))

    def _disc(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, angle: float, at: float, radius: float, value: float):
        turned = self._turned(angle)
        hu[np.hypot(x - at * np.cos(turned), y - at * np.sin(turned)) <= radius] = value

    def _with_wires(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
        drawn = hu.copy()
        along = (k - (MODULE_SLICES[0] + MODULE_SLICES[-1]) / 2) * STEP_MM / np.tan(np.radians(23.0))
        for angle, way in ((-90.0, 1), (0.0, -1), (90.0, 1), (180.0, -1)):
            turned = self._turned(angle)
            out = x * np.cos(turned) + y * np.sin(turned)
            side = -x * np.sin(turned) + y * np.cos(turned)
            drawn[(np.abs(out - 39.0) <= 0.4) & (np.abs(side - way * along) <= 3.0)] = 900.0
        return drawn


def with_noise(volume: Volume, sd_hu: float) -> Volume:
    """The same images with more noise."""
    noise = np.random.default_rng(11).normal(0.0, sd_hu, volume.values.shape)
    return replace(volume, values=(volume.values + np.round(noise)).astype(np.int32))
