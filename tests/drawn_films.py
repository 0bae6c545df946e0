"""Radiographs of phantom limbs: optical thickness from front to back, on any detector at any place.

Hip and knee are bodies whose chords are known analytically; the thigh is the CT phantom, summed.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.scanner import SHARP, Protocol
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Length, Volume

DOWN_MM, ACROSS_MM, DEPTH_MM, MU_PER_MM = 1.0, 1.0, 2.8, 0.02
CT = Protocol((100, 50, 90), (DEPTH_MM, 1.8), 1.6, kernel=SHARP, noise_hu=4.0)
SIZE = (200, 190)
BODIES = {
    "hip": [
        (0.020, 95, 100, 120, 130, 85, 0), (0.016, 78, 62, 23, 23, 23, 0), (-0.010, 78, 62, 14, 14, 14, 0),
        (0.030, 70, 56, 33, 33, 26, 0), (-0.030, 72, 58, 29, 29, 23, 0), (0.022, 96, 80, 15, 34, 13, -50),
        (0.020, 118, 92, 13, 18, 14, 20), (0.018, 101, 118, 10, 9, 9, 0), (0.040, 112, 160, 16, 75, 15, 4),
        (-0.034, 112, 165, 9, 74, 8, 4), (0.026, 45, 130, 20, 26, 12, 25), (-0.026, 45, 130, 12, 17, 9, 25),
        (0.024, 40, 30, 46, 9, 18, -35),
    ],
    "knee": [
        (0.020, 95, 100, 75, 130, 70, 0), (0.030, 92, 30, 17, 70, 17, -2), (-0.026, 92, 26, 10, 68, 10, -2),
        (0.022, 74, 88, 22, 19, 24, 8), (0.022, 113, 90, 21, 18, 23, -6), (0.026, 94, 124, 42, 12, 26, 1),
        (0.032, 96, 178, 17, 60, 16, 3), (-0.027, 96, 184, 10, 58, 9, 3), (0.024, 136, 165, 7, 62, 7, 2),
        (0.012, 95, 78, 20, 21, 10, 10),
    ],
}  # fmt: skip
"""Ellipsoids: density, middle x and y, half-axes across, down and in depth (mm), and turn (degrees)."""


@lru_cache(maxsize=8)
def attenuation(limb: str, seed: int = 61) -> np.ndarray:
    """(rows, columns): optical thickness, pixels of 1 mm; another seed is another patient."""
    if limb == "thigh":
        return _thigh(seed)
    rng, made = np.random.default_rng(seed), np.zeros(SIZE)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    for density, x, y, across, down, depth, turn in BODIES[limb]:
        across, down, depth = np.array([across, down, depth]) * (1 + rng.normal(0, 0.08, 3))
        x, y, angle = x + rng.normal(0, 3), y + rng.normal(0, 3), np.radians(turn + rng.normal(0, 3))
        u = ((columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)) / across
        v = ((rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)) / down
        made += density * 2 * depth * np.sqrt(np.maximum(1 - u**2 - v**2, 0))
    return made


def _thigh(seed: int) -> np.ndarray:
    from scipy import ndimage

    limb, pose = situation("mature", seed), Pose()
    x, y, z = (float(v) for v in pose.to_patient(np.array([(-11.0, 8.0, 0.0)]))[0])
    volume = acquire(limb, replace(CT, centre_mm=(x, y, z)), pose, seed)
    hu = volume.rescaled((0, 0, 0), volume.geometry.shape)
    summed = (np.maximum(hu + 1000.0, 0.0) / 1000.0 * MU_PER_MM * DEPTH_MM).sum(axis=1)[::-1]
    return ndimage.zoom(summed, (1.6, 1.8), order=1)


def similarity(turn_deg, scale, shift_mm, about_mm) -> np.ndarray:
    """(4, 4): turn and scale about a point of the first plane (x, y), then shift; x turns towards y."""
    angle = np.radians(turn_deg)
    made = np.eye(4)
    made[:2, :2] = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    made[:2, 3] = np.array(about_mm) + shift_mm - made[:2, :2] @ about_mm
    return made


def film(
    thickness: np.ndarray,
    matrix: np.ndarray | None = None,
    study: str = "1",
    pixel_mm: float = 0.6,
    shape: tuple[int, int] = (320, 300),
    gamma: float = 1.0,
    noise: float = 0.004,
    inverted: bool = False,
    length: Length = Length.DETECTOR,
    seed: int = 1,
) -> Volume:
    """Return a radiograph: a point p of the thickness (x, y in mm) lies at `matrix` p.

    `gamma` and `noise` are the exposure; without a length the film's millimetres are its pixels.
    """
    from scipy import ndimage

    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float) * pixel_mm
    points = np.stack([columns.ravel(), rows.ravel(), np.zeros(rows.size), np.ones(rows.size)])
    back = np.linalg.inv(np.eye(4) if matrix is None else matrix) @ points
    seen = ndimage.map_coordinates(thickness, [back[1] / DOWN_MM, back[0] / ACROSS_MM], order=1, cval=0.0).reshape(
        shape
    )
    grey = (seen / thickness.max()) ** gamma
    grey = grey + np.random.default_rng(seed).normal(0, noise, shape)
    stored = np.round(4000 * grey + 500).astype(np.int16)
    stored = 8000 - stored if inverted else stored
    own = 1.0 if length is Length.NONE else pixel_mm
    geometry = Geometry((1, *shape), np.zeros((1, 3)), np.array([0, own, 0]), np.array([own, 0, 0]), "", False)
    source = Source(Patient("p"), study, f"{study}.1", "DX", date=f"2024-0{study[-1]}-01")
    return Volume(stored[None], geometry, source, length=length, inverted=inverted)
