"""Whether two studies may stand in one picture, and whether their values may be subtracted; free of Qt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mo_viewer.base.faults import Fault
from mo_viewer.findings.document import Document
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.volume.volume import Volume

if TYPE_CHECKING:
    from mo_viewer.track.comparability import Comparability

SIDE_BY_SIDE = "The studies stand side by side. Align by three points does it by hand (Shift+A)."


@dataclass(frozen=True, eq=False)
class Pair:
    """The picture's study (now) and the other one (then); `way` takes a point of now to the same place in then."""

    now: Volume
    then: Volume
    way: Registration
    comparable: "Comparability"

    @property
    def doubt(self) -> str:
        """What the reader must know while both stand in one picture; empty when nothing."""
        return f"registration to be checked: {self.way.reason}" if self.way.verdict is Verdict.CHECK else ""

    @property
    def least_hu(self) -> float:
        """Differences of values below this cannot be told from error in a pair of this tier."""
        from mo_viewer.track.change import HU_LIMIT

        return HU_LIMIT[self.comparable.tier]


def pair_of(now: Volume, then: Volume, way: Registration, metal: bool = False) -> Pair:
    """Put two registered studies together; `metal`: it disturbs a lesion in one of them."""
    from mo_viewer.track.comparability import comparability

    kinds = now.source.modality, then.source.modality
    found = comparability(now.source.acquisition, then.source.acquisition, kinds, metal)
    return Pair(now, then, way, found)


def not_registered(known: Registration | None) -> Fault:
    """Why two studies cannot stand in one picture."""
    why = "they are not registered" if known is None else known.reason
    return Fault(f"The studies cannot be laid over each other: {why}.", SIDE_BY_SIDE)


def against_difference(pair: Pair) -> Fault | None:
    """Why values must not be subtracted; None where they may be."""
    from mo_viewer.track.comparability import Tier

    if pair.now.unit != "HU" or pair.then.unit != "HU":
        return _no("Hounsfield units are needed in both studies")
    if pair.comparable.tier is Tier.NOT_COMPARABLE or not pair.comparable.density:
        return _no(f"not comparable, {', '.join(pair.comparable.reasons)}")
    if pair.way.is_by_hand:
        return _no("the studies were aligned by hand")
    if pair.way.verdict is not Verdict.GOOD:
        return _no(f"the registration is to be checked, {pair.way.reason}")
    return None


def _no(why: str) -> Fault:
    return Fault(f"No difference is shown: {why}.", "Blink, split line and checkerboard show both without subtracting.")


def has_metal(document: Document, *volumes: Volume) -> bool:
    """Whether a lesion of one of these studies was measured beside metal."""
    found = [document.timepoint(volume.source.study_uid) for volume in volumes]
    return any(lesion.quality.metal for t in found if t is not None for lesion in t.lesions)
