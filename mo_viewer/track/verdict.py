"""From evidence to a word: good, check or failed, with the reason.

The limits are defaults of our own, set on phantoms (right pairs, and wrong ones: other leg, other patient, no common
bone, misread tilt, turned stacks) and on one real pair; they are not validated on patients.
"""

from mo_viewer.findings.registration import Verdict
from mo_viewer.track.evidence import Evidence

LEAST_AREA_MM2, SCARCE_AREA_MM2 = 600.0, 1500.0
GOOD_RESIDUAL_MM, FAILED_RESIDUAL_MM = 0.32, 0.65
PER_SLICE = 0.05
GOOD_OVERLAP, FAILED_OVERLAP = 0.93, 0.75
GOOD_BACK, FAILED_BACK = 0.88, 0.60
GOOD_TURN_DEG, FAILED_TURN_DEG = 65.0, 80.0
GOOD_ERROR_MM, FAILED_ERROR_MM = 1.0, 4.0
LEAST_CONDITION = 5e-5
STRAINED, STRAIN_GAIN, STRAIN_RESIDUAL_MM = 0.015, 0.12, 0.10
SURELY_STRAINED, SURE_GAIN, SURE_RESIDUAL_MM = 0.030, 0.25, 0.15
GOOD_OFFSET_MM, FAILED_OFFSET_MM = 0.20, 0.80
MIRROR_BETTER, MIRROR_EQUAL = 0.85, 1.15
LEAST_RIVAL = 1.25
TOO_MANY_DOUBTS = 3
TISSUE_SURE, TISSUE_DOUBTFUL, TISSUE_WRONG = 0.60, 0.35, 0.05


def verdict_of(evidence: Evidence) -> tuple[Verdict, str]:
    """Return the verdict and the reasons against a better one (empty when good); three doubts are a failure."""
    for reason, is_so in _failures(evidence):
        if is_so:
            return Verdict.FAILED, reason
    doubts = [reason for reason, is_so in _doubts(evidence) if is_so]
    if len(doubts) >= TOO_MANY_DOUBTS:
        return Verdict.FAILED, "; ".join(doubts)
    return (Verdict.CHECK, "; ".join(doubts)) if doubts else (Verdict.GOOD, "")


def _failures(e: Evidence) -> list[tuple[str, bool]]:
    thick = PER_SLICE * max(0.0, e.coarsest_mm - 1.0)
    return [
        ("too little of one bone is seen in both studies", e.area_mm2 < LEAST_AREA_MM2),
        (f"the bones do not match: {e.overlap:.0%} of the surface coincide", e.overlap < FAILED_OVERLAP),
        (f"the bones do not match: {e.overlap_back:.0%} of the surface coincide", e.overlap_back < FAILED_BACK),
        (f"the bones do not match: they lie {e.residual_mm:.2f} mm apart", e.residual_mm > FAILED_RESIDUAL_MM + thick),
        (f"the patient would be turned by {e.turn_deg:.0f} degrees", e.turn_deg > FAILED_TURN_DEG),
        ("the other side's bone (the mirror image) fits better", e.mirror < MIRROR_BETTER and e.strain_gain > 0.25),
        (
            f"one of the studies is distorted (tilt or spacing) by {e.strain:.1%}, or it is another patient",
            e.strain > SURELY_STRAINED and e.strain_gain > SURE_GAIN and e.residual_mm > SURE_RESIDUAL_MM,
        ),
        (
            f"the bone of one study is {abs(e.offset_mm):.1f} mm thicker all over",
            abs(e.offset_mm) > FAILED_OFFSET_MM + thick,
        ),
        ("the bone could lie anywhere along its axis", e.error_mm > FAILED_ERROR_MM),
        ("the soft parts do not match at all", e.tissue is not None and e.tissue < TISSUE_WRONG),
    ]


def _doubts(e: Evidence) -> list[tuple[str, bool]]:
    thick = PER_SLICE * max(0.0, e.coarsest_mm - 1.0)
    sure = e.tissue is not None and e.tissue >= TISSUE_SURE
    return [
        ("little bone is seen in both studies", e.area_mm2 < SCARCE_AREA_MM2),
        (f"the bone surfaces lie {e.residual_mm:.2f} mm apart", e.residual_mm > GOOD_RESIDUAL_MM + thick),
        (
            f"{min(e.overlap, e.overlap_back):.0%} of the bone surface coincide",
            e.overlap < GOOD_OVERLAP or e.overlap_back < GOOD_BACK,
        ),
        (f"the patient is turned by {e.turn_deg:.0f} degrees", e.turn_deg > GOOD_TURN_DEG),
        (
            f"the bone of one study is {abs(e.offset_mm):.1f} mm thicker all over",
            abs(e.offset_mm) > GOOD_OFFSET_MM + thick,
        ),
        (f"the studies fit better when one is stretched by {e.strain:.1%}", _strained(e)),
        ("the mirror image of the bone fits better", e.mirror < MIRROR_BETTER),
        ("the mirror image of the bone fits as well", e.mirror < MIRROR_EQUAL and not sure),
        ("another place along or about the bone fits as well", _rivalled(e) and not sure),
        (f"an error of {e.error_mm:.1f} mm must be expected at the lesion", e.error_mm > GOOD_ERROR_MM),
        ("the bone may slide or spin", e.condition < LEAST_CONDITION),
        ("the soft parts do not match", e.tissue is not None and e.tissue < TISSUE_DOUBTFUL),
    ]


def _strained(e: Evidence) -> bool:
    return e.strain > STRAINED and e.strain_gain > STRAIN_GAIN and e.residual_mm > STRAIN_RESIDUAL_MM


def _rivalled(e: Evidence) -> bool:
    return e.rival is not None and e.rival < LEAST_RIVAL
