"""A patient with many studies of two large lesions, each study in a pose of its own: what a store would hold."""

import numpy as np

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.findings.registration import Registration, Verdict, rows_of
from mo_viewer.track.cloud import rigid, turned
from mo_viewer.track.ways import pairs_of
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Acquisition, Patient

CT = Acquisition(120.0, "B50f", 1.0, False, "Maker", "Model", field_of_view_mm=200.0)
BALLS = (((-12.0, 0.0, 0.0), 15.0), ((17.0, 0.0, 0.0), 11.0))


def long_course(visits: int) -> Document:
    """Findings of `visits` studies with two lesions of 49,000 and 19,000 voxels each, registered as they must be."""
    rng = np.random.default_rng(1)
    grid = Geometry.even((90, 130, 130), np.diag([0.8, 0.6, 0.6, 1.0])[[2, 1, 0, 3]])
    centre = grid.points_mm(np.array([[45.0, 65.0, 65.0]]))[0]
    poses = [rigid(turned(rng.normal(0, 0.15, 3)), centre, centre + rng.normal(0, 2, 3)) for _ in range(visits)]
    timepoints = tuple(_timepoint(k, grid, centre, pose) for k, pose in enumerate(poses))
    order = [t.study_uid for t in timepoints]
    ways = tuple(
        Registration(a, b, Verdict.GOOD, "", rows_of(poses[order.index(b)] @ np.linalg.inv(poses[order.index(a)])))
        for a, b in pairs_of(order)
    )
    return Document(Patient("patient"), timepoints, registrations=ways)


def _timepoint(number: int, grid: Geometry, centre: FloatArray, pose: FloatArray) -> Timepoint:
    lesions = []
    for at, (place, radius) in enumerate(BALLS):
        middle = pose[:3, :3] @ (centre + place) + pose[:3, 3]
        points = grid.points_mm(np.indices(grid.shape).reshape(3, -1).T.astype(float))
        inside = (np.linalg.norm(points - middle, axis=1) <= radius).reshape(grid.shape)
        mask = Mask.trimmed(inside, (0, 0, 0), grid)
        values = {"volume": (mask.volume_mm3, "mm3"), "mineral_content": (9e5, "HU.mm3"), "p95_hu": (500.0, "HU")}
        measured = tuple(Measurement(name, value, unit, 0.0) for name, (value, unit) in values.items())
        lesions.append(Lesion(f"2.25.{number}{at}", f"L{at + 1}", ((0.0, 0.0, 0.0),), mask, measurements=measured))
    day = str(np.datetime64("2024-01-08") + np.timedelta64(30 * number, "D"))
    uid = f"2.25.9{number:02d}"
    return Timepoint(uid, f"{uid}.1", day, modality="CT", acquisition=CT, lesions=tuple(lesions))
