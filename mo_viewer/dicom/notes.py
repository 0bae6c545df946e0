"""What one image says about itself in words: its comments, the side and the view of the body, which way it lies."""

from dataclasses import dataclass
from typing import Any

from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.source import Instance

_SIDES = {"L": "left", "R": "right", "B": "both sides", "U": ""}
_LONGEST = 160
_LETTERS = frozenset("LRAPHF")
_HEAD_AND_FEET = str.maketrans("HF", "SI")


@dataclass(frozen=True)
class Note:
    """Words of one image; empty where it does not say."""

    comment: str = ""
    side: str = ""
    """``left``, ``right``, ``both sides``: ImageLaterality, else Laterality, else FrameLaterality."""
    view: str = ""
    """How a radiograph was taken: ``AP``, ``LL``."""
    right: str = ""
    down: str = ""
    """Letters (L R A P S I) of what lies to the right and below, where the image says so (PatientOrientation)."""


NOTHING = Note()


def note_of(instance: Instance, ticket: Ticket | None = None) -> Note:
    """Read the words of an image.

    Raises
    ------
    Unreadable
        When the file is gone or damaged.
    """
    from mo_viewer.dicom.header import read_dataset

    (ticket or Ticket()).check()
    data = read_dataset(instance)
    right, down = _ways(data)
    return Note(
        " ".join(_text(data, "ImageComments").split())[:_LONGEST],
        _SIDES.get(_text(data, "ImageLaterality") or _text(data, "Laterality") or _frame_side(data), ""),
        _text(data, "ViewPosition"),
        right,
        down,
    )


def _ways(data: Any) -> tuple[str, str]:
    value = _value(data, "PatientOrientation")
    listed = [str(one).strip() for one in value] if value is not None and not isinstance(value, str) else []
    if len(listed) != 2 or not all(one and set(one) <= _LETTERS for one in listed):
        return "", ""
    right, down = (one.translate(_HEAD_AND_FEET) for one in listed)
    return right, down


def _frame_side(data: Any) -> str:
    """The side in the functional groups that all frames share, or of the first frame."""
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        items = _value(data, groups)
        anatomy = _value(items[0], "FrameAnatomySequence") if items else None
        if anatomy:
            return _text(anatomy[0], "FrameLaterality")
    return ""


def _text(data: Any, name: str) -> str:
    value = _value(data, name)
    return "" if value is None else str(value).strip()


def _value(data: Any, name: str) -> Any:
    """A damaged value is none: these are only words."""
    try:
        return data.get(name)
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, LookupError):
        return None
