"""Numbers about a lesion, each with unit, spread and method; and numbers that were refused, with the reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One number.

    `concept` is a name of the contract (``volume``, ``p95_hu``), `unit` one of mm, mm2, mm3, HU, HU.mm3, 1, d.
    `spread` is half the width of the interval meant to hold the true value in 90 % of cases; None when it is
    not known. `warnings` only when the number should not be trusted as it stands; facts go to `notes`.
    `made_by` names the plugin and its version (``"mo_x 0.3.0"``); empty: the engine itself.
    """

    concept: str
    value: float
    unit: str
    spread: float | None = None
    method: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    made_by: str = ""


@dataclass(frozen=True)
class Refusal:
    """A measurement that is not given, and why; `made_by` as in `Measurement`."""

    concept: str
    reason: str
    made_by: str = ""


@dataclass(frozen=True)
class ClassVolume:
    """Volume of the voxels of one density class inside a lesion; `to_hu` None means no upper end."""

    name: str
    from_hu: float
    to_hu: float | None
    volume_mm3: float
