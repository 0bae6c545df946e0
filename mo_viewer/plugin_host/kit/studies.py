"""Small studies that a plugin must bear: nothing open, an axial one, an oblique one, one without HU."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.plugin_host.data import Scene
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_lesion
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.source import Acquisition, Patient, Source
from mo_viewer.volume.volume import Volume

SPACING_MM = (1.25, 0.7, 0.85)
SHAPE = (24, 48, 40)
RADIUS_MM, LESION_HU, MUSCLE_HU = 7.0, 400.0, 55.0
TRACKING_UID = "2.25.1"


@dataclass(frozen=True, eq=False)
class Sample:
    """One study as a plugin meets it; both None: nothing is open."""

    name: str
    volume: Volume | None
    document: Document | None
    centre_mm: FloatArray

    def scenes(self) -> Iterator[Scene]:
        """The pictures of a few slices."""
        if self.volume is None:
            return
        for k in (0, SHAPE[0] // 2, SHAPE[0] - 1):
            plane = Plane.of_slice(self.volume.geometry, k)
            half = self.volume.geometry.spacing_mm[0] / 2
            yield Scene(self.volume, plane, half, self.document, TRACKING_UID)
            yield Scene(self.volume, plane, half, None, "")


def samples() -> tuple[Sample, ...]:
    """All of them; the axial and the oblique one come with a lesion that the engine has marked."""
    turn = _turned(17.0, -24.0, 31.0)
    return (
        Sample("nothing open", None, None, np.zeros(3)),
        _marked("an axial CT", np.eye(3)),
        _marked("an oblique CT", turn),
        _unmarked("a study without HU", turn),
    )


def _marked(name: str, turn: FloatArray) -> Sample:
    volume = _volume(turn, "HU")
    document = Document(volume.source.patient)
    lesion = read_lesion(Host(), volume, [(0.0, 0.0, 0.0)], Ticket(), TRACKING_UID, "L1")
    return Sample(name, volume, document.with_lesion(Timepoint.of(volume.source), lesion), np.zeros(3))


def _unmarked(name: str, turn: FloatArray) -> Sample:
    volume = _volume(turn, "")
    document = Document(volume.source.patient).with_timepoint(Timepoint.of(volume.source))
    return Sample(name, volume, document, np.zeros(3))


def _volume(turn: FloatArray, unit: str) -> Volume:
    matrix = np.eye(4)
    axes = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    matrix[:3, :3] = turn @ axes * np.array(SPACING_MM)
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(SHAPE) - 1) / 2)
    geometry = Geometry.even(SHAPE, matrix, "2.25.2")
    points = geometry.points_mm(np.indices(SHAPE).reshape(3, -1).T.astype(np.float64))
    share = np.clip((RADIUS_MM - np.linalg.norm(points, axis=1)) / 0.9 + 0.5, 0.0, 1.0).reshape(SHAPE)
    noise = np.random.default_rng(7).normal(0.0, 12.0, SHAPE)
    hu = MUSCLE_HU + share * (LESION_HU - MUSCLE_HU) + noise
    source = Source(
        Patient("kit", "KIT"),
        "2.25.3",
        "2.25.4",
        "CT" if unit else "MR",
        "2024-01-08",
        acquisition=Acquisition(kvp=120.0, kernel="B30s", slice_mm=SPACING_MM[0]),
    )
    stored = np.round(hu + 1024).astype(np.int16)
    return Volume(stored, geometry, source, unit, intercept=np.array([-1024.0]))


def _turned(*degrees: float) -> FloatArray:
    turn = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        one = np.eye(3)
        i, j = ((1, 2), (2, 0), (0, 1))[axis]
        one[i, i] = one[j, j] = np.cos(angle)
        one[i, j], one[j, i] = -np.sin(angle), np.sin(angle)
        turn = one @ turn
    return turn
