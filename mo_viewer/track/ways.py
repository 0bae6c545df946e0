"""The registration from any study to any other, directly or over studies between."""

from collections.abc import Sequence
from itertools import pairwise

from mo_viewer.findings.registration import Registration, composed, inverse_of

MOST_STEPS = 3


def way(registrations: Sequence[Registration], from_study: str, to_study: str) -> Registration | None:
    """Return the registration from one study to another; None when there is none that has a matrix.

    Direct ones come first, then those over the fewest studies between; a failed one is never passed through,
    nor two that end and begin in different images of a study (radiographs).
    """
    steps: dict[str, list[Registration]] = {}
    for known in registrations:
        if known.matrix_lps is not None:
            steps.setdefault(known.from_study, []).append(known)
            steps.setdefault(known.to_study, []).append(inverse_of(known))
    reached: dict[str, Registration] = {}
    edge = list(steps.get(from_study, []))
    for _ in range(MOST_STEPS):
        fresh = []
        for found in edge:
            if found.to_study not in reached and found.to_study != from_study:
                reached[found.to_study] = found
                fresh.append(found)
        if to_study in reached:
            return reached[to_study]
        edge = [
            composed(found, step)
            for found in fresh
            for step in steps.get(found.to_study, [])
            if step.from_series == found.to_series
        ]
    return None


def pairs_of(studies: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs that must be registered: neighbours in time, and each study with the latest."""
    neighbours = list(pairwise(studies))
    latest = [(study, studies[-1]) for study in studies[:-2]]
    return neighbours + latest
