"""Which series of a study is best to measure in, and why."""

import re
from collections.abc import Sequence

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.dicom.series import Series
from mo_viewer.volume.arrays import Point

_WORDS = {"soft": 0.2, "smooth": 0.2, "standard": 0.4, "std": 0.4, "chest": 0.4, "detail": 0.6, "lung": 0.8}
_SHARP = ("bone", "edge", "sharp", "ultra")
_UNKNOWN = 0.5


def best_series(known: Sequence[Series], points_mm: Sequence[Point], kernel: str = "") -> tuple[Series, str]:
    """Return the series to measure in at LPS points, and the reason in words.

    CT in Hounsfield units that holds every point; of the latest study; the thinnest slices; `kernel`, in which the
    prior was measured, if one has it; else the softer kernel.

    Raises
    ------
    Refused
        When no series will do; the sentence says what is missing.
    """
    usable = [series for series in known if series.is_volume and series.hounsfield and series.geometry is not None]
    if not usable:
        raise Refused("There is no CT in Hounsfield units to measure in.")
    holding = [series for series in usable if _holds(series, points_mm)]
    if not holding:
        raise Refused("The point lies outside every CT of this study.", "Positions are patient LPS mm.")
    if len(holding) == 1:
        return holding[0], "the only CT that holds the point" if points_mm else "the only CT"
    latest = max((series.source.date, series.source.time, series.source.study_uid) for series in holding)
    of_latest = [s for s in holding if (s.source.date, s.source.time, s.source.study_uid) == latest]
    ranked = sorted(of_latest, key=lambda s: _rank(s, kernel))
    best = ranked[0]
    reason = f"thinnest slices{' over the point' if points_mm else ''} ({_slice_step_mm(best):.2g} mm)"
    if len(ranked) > 1 and round(_slice_step_mm(ranked[1]), 2) == round(_slice_step_mm(best), 2):
        own = best.source.acquisition.kernel
        reason += f", the prior's kernel ({own})" if kernel and own == kernel else ""
        reason += f", the softer kernel ({own or 'not named'})" if not kernel or own != kernel else ""
    if len(of_latest) < len(holding):
        reason += ", in the latest study"
    return best, reason


def sharpness(kernel: str) -> float:
    """Rank a convolution kernel from soft (0) to sharp (1) by its name; 0.5 where the name says nothing.

    Siemens (``B30s``, ``Br64d``) and alike carry a number that rises with sharpness; GE and others use words.
    """
    lowered = kernel.lower()
    numbered = re.match(r"[a-z]{1,2}(\d{2})", lowered)
    if numbered:
        return min(1.0, int(numbered.group(1)) / 90)
    if any(word in lowered for word in _SHARP):
        return 0.9
    return next((value for word, value in _WORDS.items() if word in lowered), _UNKNOWN)


def _rank(series: Series, kernel: str) -> tuple[float, bool, float]:
    own = series.source.acquisition.kernel
    return round(_slice_step_mm(series), 2), bool(kernel) and own != kernel, sharpness(own)


def _holds(series: Series, points_mm: Sequence[Point]) -> bool:
    geometry = series.geometry
    return geometry is not None and all(geometry.contains(np.array(point)) for point in points_mm)


def _slice_step_mm(series: Series) -> float:
    assert series.geometry is not None
    step = series.geometry.spacing_mm[0]
    return step if step > 0 else float(series.source.acquisition.slice_mm or np.inf)
