"""Whether two studies may be compared at all, and how far (CONTRACT.md, DOMAIN.md section 7)."""

from dataclasses import dataclass
from enum import StrEnum

from mo_viewer.volume.source import Acquisition

SAME_SLICE, LIMITED_SLICE = 1.25, 2.0
SAME_FIELD = 1.10
MOST_KVP = 20.0
TOLERANCE = 1e-6


class Tier(StrEnum):
    """The contract's words."""

    COMPARABLE = "comparable"
    LIMITED = "limited"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Comparability:
    """How far two studies may be compared.

    `reasons` are what keeps the tier from being better; `notes` are facts that change nothing. `density` is False
    where only sizes may be compared.
    """

    tier: Tier
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    density: bool = True


def comparability(
    first: Acquisition,
    second: Acquisition,
    modalities: tuple[str, str] = ("CT", "CT"),
    metal: bool = False,
) -> Comparability:
    """Return the tier of a pair of studies and why it is not better.

    Parameters
    ----------
    first, second
        As their headers say; what they do not say is named.
    modalities
        Of the two studies, as DICOM names them.
    metal
        Whether metal disturbs the lesion in either study.
    """
    if modalities[0] != modalities[1]:
        text = f"modality differs ({modalities[0] or 'unknown'}, {modalities[1] or 'unknown'})"
        return Comparability(Tier.NOT_COMPARABLE, (text,), density=False)
    cone_beam = first.cone_beam or second.cone_beam
    never = [r for r in (_kvp_apart(first, second), _contrast(first, second), _slice_apart(first, second)) if r]
    partly = [
        r for r in (_scanner(first, second), _kvp(first, second), _kernel(first, second), _slice(first, second)) if r
    ]
    partly += [r for r in (_field(first, second),) if r]
    partly += ["metal near the lesion"] if metal else []
    partly += ["cone-beam CT: density is not compared"] if cone_beam else []
    is_ct = modalities[0] == "CT"
    partly += [] if is_ct else [f"{modalities[0] or 'an unknown modality'}: density is not compared"]
    tier = Tier.NOT_COMPARABLE if never else Tier.LIMITED if partly else Tier.COMPARABLE
    return Comparability(tier, (*never, *partly), _notes(first, second), is_ct and not cone_beam)


def _kvp_apart(a: Acquisition, b: Acquisition) -> str:
    if a.kvp is None or b.kvp is None or abs(a.kvp - b.kvp) < MOST_KVP - TOLERANCE:
        return ""
    return f"tube voltage differs ({a.kvp:g}, {b.kvp:g} kV)"


def _kvp(a: Acquisition, b: Acquisition) -> str:
    if a.kvp is None or b.kvp is None:
        return "tube voltage not stated"
    apart = abs(a.kvp - b.kvp)
    return f"tube voltage differs ({a.kvp:g}, {b.kvp:g} kV)" if TOLERANCE < apart < MOST_KVP - TOLERANCE else ""


def _contrast(a: Acquisition, b: Acquisition) -> str:
    return "contrast differs" if bool(a.contrast) != bool(b.contrast) else ""


def _slice_ratio(a: Acquisition, b: Acquisition) -> float | None:
    if not a.slice_mm or not b.slice_mm or a.slice_mm <= 0 or b.slice_mm <= 0:
        return None
    return max(a.slice_mm, b.slice_mm) / min(a.slice_mm, b.slice_mm)


def _slice_apart(a: Acquisition, b: Acquisition) -> str:
    ratio = _slice_ratio(a, b)
    return "" if ratio is None or ratio <= LIMITED_SLICE + TOLERANCE else _slice_text(a, b)


def _slice(a: Acquisition, b: Acquisition) -> str:
    ratio = _slice_ratio(a, b)
    if ratio is None:
        return "slice thickness not stated"
    return _slice_text(a, b) if SAME_SLICE + TOLERANCE < ratio <= LIMITED_SLICE + TOLERANCE else ""


def _slice_text(a: Acquisition, b: Acquisition) -> str:
    return f"slice thickness differs ({a.slice_mm:g}, {b.slice_mm:g} mm)"


def _kernel(a: Acquisition, b: Acquisition) -> str:
    first, second = _plain(a.kernel), _plain(b.kernel)
    if not first or not second:
        return "kernel not stated"
    return "" if first == second else f"kernel differs ({a.kernel}, {b.kernel})"


def _scanner(a: Acquisition, b: Acquisition) -> str:
    """Family: maker and model name; where neither study names a model, the maker alone."""
    if not _plain(a.manufacturer) or not _plain(b.manufacturer):
        return "scanner not stated"
    if _plain(a.manufacturer) != _plain(b.manufacturer):
        return "scanner differs"
    if bool(_plain(a.model)) != bool(_plain(b.model)):
        return "scanner model not stated"
    return "" if _plain(a.model) == _plain(b.model) else "scanner differs"


def _field(a: Acquisition, b: Acquisition) -> str:
    if not a.field_of_view_mm or not b.field_of_view_mm:
        return ""
    ratio = max(a.field_of_view_mm, b.field_of_view_mm) / min(a.field_of_view_mm, b.field_of_view_mm)
    if ratio <= SAME_FIELD + TOLERANCE:
        return ""
    return f"field of view differs ({a.field_of_view_mm:.0f}, {b.field_of_view_mm:.0f} mm)"


def _notes(a: Acquisition, b: Acquisition) -> tuple[str, ...]:
    notes = []
    if a.contrast is None or b.contrast is None:
        notes.append("contrast not stated where none is named")
    if not a.field_of_view_mm or not b.field_of_view_mm:
        notes.append("field of view not stated")
    if a.software and b.software and a.software != b.software:
        notes.append("software version differs")
    if a.station and b.station and a.station != b.station:
        notes.append("another station")
    return tuple(notes)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
