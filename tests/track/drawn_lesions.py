"""Lesions drawn as balls on small grids, with numbers given by hand."""

from typing import Any

import numpy as np
from phantoms import grid

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion, Quality
from mo_viewer.findings.measurement import Measurement
from mo_viewer.findings.registration import Registration, Verdict, rows_of
from mo_viewer.track.cloud import rigid, turned
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Acquisition, Patient

UNITS = {"volume": "mm3", "mineral_content": "HU.mm3", "p95_hu": "HU", "normalised_density": "1", "surface_mm2": "mm2"}
CT = Acquisition(120.0, "B50f", 1.0, False, "Maker", "Model", field_of_view_mm=200.0)
MOVED = rigid(turned(np.radians([8.0, -12.0, 25.0])), np.zeros(3), np.array([14.0, -9.0, 6.0]))
"""From the first study's grid to the second's: another position of the patient."""


def ball(*balls: tuple[tuple[float, float, float], float], matrix: np.ndarray | None = None) -> Mask:
    """A mask of united balls (centre, radius), carried by `matrix`, on an oblique grid of unequal spacing."""
    stack = grid((70, 110, 110), (1.2, 0.9, 0.8))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    inside = np.zeros(len(points), dtype=bool)
    for centre, radius in balls:
        at = np.array(centre) if matrix is None else matrix[:3, :3] @ np.array(centre) + matrix[:3, 3]
        inside |= np.linalg.norm(points - at, axis=1) <= radius
    return Mask.trimmed(inside.reshape(stack.shape), (0, 0, 0), stack)


def lesion(uid: str, mask: Mask | None = None, quality: Quality | None = None, **values: Any) -> Lesion:
    """A lesion with measurements by name; a value may be a number, or a number and its spread."""
    if mask is not None and "volume" not in values:
        values["volume"] = mask.volume_mm3
    given = {name: value if isinstance(value, tuple) else (value, 0.0) for name, value in values.items()}
    measured = tuple(Measurement(name, *_first(v), spread=v[1]) for name, v in _with_units(given))
    return Lesion(uid, uid, ((0.0, 0.0, 0.0),), mask, measurements=measured, quality=quality or Quality())


def timepoint(study: str, date: str, *lesions: Lesion, acquisition: Acquisition = CT) -> Timepoint:
    """A CT timepoint."""
    return Timepoint(study, f"{study}.1", date, modality="CT", acquisition=acquisition, lesions=lesions)


def document(*timepoints: Timepoint) -> Document:
    """A patient with these timepoints."""
    return Document(Patient("patient"), timepoints)


def registration(
    first: str, second: str, matrix: np.ndarray | None = MOVED, verdict: Verdict = Verdict.GOOD
) -> Registration:
    """A registration with a given matrix; None for one that failed."""
    return Registration(first, second, verdict, "", None if matrix is None else rows_of(matrix))


def _first(value: tuple[float, str]) -> tuple[float, str]:
    return value[0], value[2] if len(value) > 2 else ""


def _with_units(given: dict[str, tuple[float, float]]) -> list[tuple[str, tuple[float, float, str]]]:
    return [(name, (float(v[0]), float(v[1]), UNITS.get(name, "1"))) for name, v in given.items()]
