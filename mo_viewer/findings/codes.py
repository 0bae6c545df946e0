"""A concept with its code in a named coding scheme."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """Code value, coding scheme designator as DICOM writes it (``SCT``, ``DCM``), and meaning."""

    value: str
    scheme: str
    meaning: str
