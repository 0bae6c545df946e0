"""From evidence to a word: good, check or failed, with the reason."""

from mo_viewer.findings.registration import Verdict
from mo_viewer.track.evidence import Evidence


def verdict_of(evidence: Evidence) -> tuple[Verdict, str]:
    """Stub."""
    return Verdict.GOOD, ""
