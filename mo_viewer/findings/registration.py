"""How a point of one study is found in another."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from mo_viewer.volume.arrays import FloatArray, Point

Rows = tuple[
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
]

BY_POINTS, BY_HAND = "points set by hand", "dragged by hand"
"""What stands as `Registration.anchor` where a reader aligned two studies."""


ON_FILMS = "bone edges on radiographs"
"""What stands as `Registration.anchor` between two radiographs."""


class Verdict(StrEnum):
    """Whether a registration may carry differences (good), must be looked at first (check), or is none (failed)."""

    GOOD = "good"
    CHECK = "check"
    FAILED = "failed"


@dataclass(frozen=True)
class Registration:
    """A rigid transform between two studies of one patient, and what it rests on.

    Between radiographs it is a similarity of two planes: points are (x, y, 0) in an image's own millimetres, or pixels
    where it has none, `residual_mm` is that across matched edges of bone, `tissue` the correlation of local contrast.

    `matrix_lps` (four rows) takes a point of `from_study` to the same anatomical point of `to_study`; None when
    failed. `residual_mm` is the rms distance of the matched bone surfaces, `overlap` the share of the bone's surface
    points that lie within 1.5 mm of the other study's, `condition` the least eigenvalue of the point-to-plane system
    (lengths in radii of gyration; below 0.0001 the bone may slide or spin), `error_mm` the error to be expected at
    `near_mm` from residual and condition, `tissue` the correlation of the soft parts round the bone.
    """

    from_study: str
    to_study: str
    verdict: Verdict
    reason: str = ""
    matrix_lps: Rows | None = None
    anchor: str = "nearest native bone"
    near_mm: Point | None = None
    residual_mm: float | None = None
    overlap: float | None = None
    condition: float | None = None
    error_mm: float | None = None
    tissue: float | None = None
    from_series: str = ""
    to_series: str = ""
    """The images, where a study may hold several that lie in planes of their own (radiographs)."""

    @property
    def is_by_hand(self) -> bool:
        """Whether a reader aligned the studies."""
        return self.anchor in (BY_POINTS, BY_HAND)

    @property
    def matrix(self) -> FloatArray:
        """(4, 4) array; call it only when `matrix_lps` is not None."""
        return np.array(self.matrix_lps, dtype=np.float64).reshape(4, 4)

    def carried(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) points of `from_study` as points of `to_study`; only when `matrix_lps` is not None."""
        placed: FloatArray = np.atleast_2d(points_mm) @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return placed


def rows_of(matrix: FloatArray) -> Rows:
    """A 4x4 matrix as four rows of plain numbers."""
    a, b, c, d = ((float(r[0]), float(r[1]), float(r[2]), float(r[3])) for r in np.asarray(matrix, dtype=np.float64))
    return a, b, c, d


def inverse_of(registration: Registration) -> Registration:
    """The way back."""
    if registration.matrix_lps is None:
        return replace(_turned(registration), near_mm=None)
    near = None
    if registration.near_mm is not None:
        x, y, z = (float(v) for v in registration.carried(np.array(registration.near_mm))[0])
        near = (x, y, z)
    return replace(
        _turned(registration),
        matrix_lps=rows_of(np.asarray(np.linalg.inv(registration.matrix), dtype=np.float64)),
        near_mm=near,
    )


def _turned(registration: Registration) -> Registration:
    return replace(
        registration,
        from_study=registration.to_study,
        to_study=registration.from_study,
        from_series=registration.to_series,
        to_series=registration.from_series,
    )


def composed(first: Registration, second: Registration) -> Registration:
    """One after the other: from the first one's study to the second one's; as good as the worse of the two."""
    worse = max(first, second, key=lambda r: list(Verdict).index(r.verdict))
    matrix = None
    if first.matrix_lps is not None and second.matrix_lps is not None:
        matrix = rows_of(second.matrix @ first.matrix)
    known = first.error_mm is not None and second.error_mm is not None
    return replace(
        worse,
        from_study=first.from_study,
        to_study=second.to_study,
        from_series=first.from_series,
        to_series=second.to_series,
        matrix_lps=matrix,
        near_mm=first.near_mm,
        error_mm=math.hypot(first.error_mm or 0.0, second.error_mm or 0.0) if known else None,
    )
