"""Facts about an image that are odd but usable, carried into every number made from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """One oddity: a code of CONTRACT's list (``gantry_tilt``, ``missing_slices`` ...) and a sentence."""

    code: str
    text: str
