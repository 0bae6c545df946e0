"""One lesion in one study."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from mo_viewer.findings.codes import Code
from mo_viewer.findings.mark import ImageRef
from mo_viewer.findings.measurement import ClassVolume, Measurement, Refusal
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface

BY_HAND = "edited by hand"
"""How the method of a size begins whose contour a reader drew or edited."""


def new_tracking_uid() -> str:
    """A DICOM UID made from a random UUID (PS3.5 B.2)."""
    return f"2.25.{uuid4().int}"


class Laterality(StrEnum):
    """Side of the body."""

    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rule:
    """One step of an assessment: what was compared with what, and whether it held (None: could not be judged).

    `reason` says why it could not be judged although there is a value: ``"cannot be judged at slices of 5 mm"``.
    """

    name: str
    value: float | None
    limit: str
    met: bool | None
    basis: str = ""
    provisional: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Grade:
    """An assessment with the rules that led to it; `value` is a word of the contract.

    `made_by` names the plugin and its version (``"mo_x 0.3.0"``).
    """

    value: str
    scale: str
    rules: tuple[Rule, ...] = ()
    made_by: str = ""


@dataclass(frozen=True)
class Quality:
    """How far the contour can be trusted; `confidence` below 0.5 means: not as it stands."""

    confidence: float = 1.0
    touches_bone: bool = False
    metal: bool = False
    noise_hu: float | None = None
    edge_share: float | None = None
    """Share of the surface that lies on a visible edge (the rest bridges gaps or follows bone)."""
    gap_share: float | None = None
    bone_share: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesion:
    """What was marked, where, and what was measured there.

    `clicks_mm` are the LPS points that the user gave (they recompute the surface); `tracking_uid` is the same
    for the same lesion in every study. `apart_mm` are clicks on what is not the lesion; `threshold_hu` is what the
    reader chose to count as calcified, None for half-way to what surrounds it.
    """

    tracking_uid: str
    label: str
    clicks_mm: tuple[Point, ...]
    mask: Mask | None = None
    surface: Surface | None = None
    site: Code | None = None
    laterality: Laterality = Laterality.UNKNOWN
    measurements: tuple[Measurement, ...] = ()
    refused: tuple[Refusal, ...] = ()
    class_volumes: tuple[ClassVolume, ...] = ()
    quality: Quality = field(default_factory=Quality)
    grade: Grade | None = None
    pattern: str = ""
    apart_mm: tuple[Point, ...] = ()
    threshold_hu: float | None = None
    accepted: bool = False
    """Whether a reader has said yes to this contour; until then, and when it is marked anew, it is a proposal."""
    image: ImageRef | None = None
    """The first image of its mask, on which it was drawn or marked; None in findings of earlier versions."""

    @property
    def is_by_hand(self) -> bool:
        """Whether a reader drew or edited the contour, so that the clicks do not give it again."""
        return any(m.method.startswith(BY_HAND) for m in self.measurements)

    def measured(self, concept: str) -> Measurement | None:
        """Return the measurement of that name, or None."""
        return next((m for m in self.measurements if m.concept == concept), None)
