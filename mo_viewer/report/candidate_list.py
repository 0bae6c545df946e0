"""Candidates of a whole stack as the contract's JSON."""

from collections.abc import Sequence
from typing import Any

from mo_viewer.segment.candidates import Candidate

SCHEMA = "mo-viewer/candidates/1"


def candidates_json(found: Sequence[Candidate], software: str) -> dict[str, Any]:
    """Return the document of CONTRACT `find`, most likely first; positions LPS mm."""
    return {
        "schema": SCHEMA,
        "software": software,
        "candidates": [
            {
                "at_mm": [round(value, 2) for value in one.at_mm],
                "volume_mm3": round(one.volume_mm3, 1),
                "peak_hu": round(one.peak_hu, 1),
                "score": one.score,
                "kind": one.kind,
                "why": one.why,
                "extent_mm": round(one.extent_mm, 1),
            }
            for one in found
        ],
    }
