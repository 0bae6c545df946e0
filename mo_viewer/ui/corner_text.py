"""The words in the four corners of a picture, and the letters at its edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mo_viewer.dicom.notes import NOTHING, Note
from mo_viewer.measure.marks import Scale
from mo_viewer.ui.framing import UPRIGHT, Framing, Turn
from mo_viewer.ui.plain_text import isolated, person, plain
from mo_viewer.ui.probe import Probe
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.plane import direction_letters
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Length, Volume
from mo_viewer.volume.window import Window

_MOST_REMARKS = 3
_TELLING = 4
"""A name or ID of fewer letters is not looked for in descriptions: it stands in other words."""
CHAIN = "\u26ad"
"""Two rings that hold each other (U+26AD, in the bundled font): this pane moves with others."""
_LONGEST_BAR_PX, _BAR_SHARE = 110.0, 0.15
_BAR_STEPS_MM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
LENGTH_NOTES = {
    Length.CALIBRATED: "mm calibrated",
    Length.MAGNIFICATION_CORRECTED: "mm corrected for magnification",
    Length.DETECTOR: "mm at detector, magnified",
    Length.FILM: "mm on film",
    Length.UNKNOWN: "mm, calibration unknown",
    Length.NONE: "not calibrated: no mm",
}
"""What is said about millimetres; nothing in the patient's own space (CT, MR)."""
_BY_READER = "mm calibrated by your line"
_HAS_BAR = {Length.PATIENT, Length.CALIBRATED, Length.MAGNIFICATION_CORRECTED, Length.DETECTOR, Length.FILM}


class Words(NamedTuple):
    """One line; `tone` is "", bright, quiet, accent or caution."""

    text: str
    tone: str = ""
    shorter: tuple[str, ...] = ()
    """Other ways to say it where there is less room, the longest first."""
    lines: tuple["Words", ...] = ()
    """What stands there instead in a narrow pane, whatever is said: a line that came and went would move the others."""
    rank: int = 0
    """In a small pane the highest ranks are left out first; 0 is never."""

    def ranked(self, rank: int) -> "Words":
        """The same words with a rank."""
        return self._replace(rank=rank)


@dataclass(frozen=True)
class Corners:
    """Lines from top to bottom in each corner."""

    top_left: tuple[Words, ...] = ()
    top_right: tuple[Words, ...] = ()
    bottom_left: tuple[Words, ...] = ()
    bottom_right: tuple[Words, ...] = ()


class Letters(NamedTuple):
    """Orientation letters at the middles of the edges; empty where the patient has no say in them."""

    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""


class ScaleBar(NamedTuple):
    """A length that is drawn, and the words beside it."""

    length_mm: float
    text: str


def corners(
    picture: Picture,
    stack: Stack,
    window: Window,
    framing: Framing,
    *,
    inverted: bool = False,
    under_cursor: Probe | None = None,
    names_hidden: bool = False,
    nameless: bool = False,
    in_company: bool = False,
    linked: str = "",
    doubt: str = "",
    brief: bool = False,
    note: Note = NOTHING,
    second: tuple[Words, ...] = (),
    scale: Scale | None = None,
) -> Corners:
    """Return what stands in the corners of a picture; `brief` ones leave out what a pane beside it says.

    `nameless` ones bear neither a name nor a code for it; those `in_company` of other patients' pictures always one.
    `scale`: the reader's own calibration of the picture, in place of the image's.
    """
    volume = picture.volume
    where = (_plane_words(plane_text(picture, stack)),) if stack.cuts is not None else ()
    name, *others = _who_lines(volume.source, names_hidden)
    name = name.ranked(0) if in_company else name
    known = plain(volume.source.description)
    says = () if brief else tuple(w for w in _note_lines(note, names_hidden or nameless) if w.text != known)
    series = [] if brief else list(_series_lines(picture, stack))
    if names_hidden or nameless:
        others, series = (_without(volume.source.patient, lines) for lines in (others, series))
    who = () if brief else (*others,) if nameless else (name, *others)
    together = Words(f"{CHAIN} {linked}" if linked else "", "accent", rank=2), Words(doubt, "caution", rank=1)
    chain = tuple(words for words in together if words.text)
    return Corners(
        (*where, *who, *says),
        (*chain, *series, *_picture_lines(picture), *second, *(() if brief else _remark_lines(volume, scale))),
        window_lines(volume, window, inverted, under_cursor),
        _zoom_lines(picture, framing, scale),
    )


def _without(patient: Patient, lines: list[Words]) -> list[Words]:
    """Leave out what holds the patient's ID or family name: descriptions are typed by people."""
    told = [word.casefold() for word in (patient.id, patient.name.partition("^")[0]) if len(word) >= _TELLING]
    return [line for line in lines if not any(word in line.text.casefold() for word in told)]


def plane_text(picture: Picture, stack: Stack) -> str:
    """Return which way a pane looks and where: ``Coronal · P 31.0 mm``; for turned planes the normal's letters."""
    assert stack.cuts is not None
    plane, (height, width) = picture.plane, picture.shape
    middle = plane.to_patient(np.array([width * picture.pixel_mm[1], height * picture.pixel_mm[0]]) / 2)[0]
    axis = int(np.argmax(np.abs(plane.normal)))
    name = f"Oblique {direction_letters(plane.normal)}" if stack.cuts.is_oblique else stack.orientation.capitalize()
    letter = ("LR", "PA", "SI")[axis][0 if middle[axis] >= 0 else 1]
    return f"{name} · {letter} {abs(middle[axis]):.1f} mm"


def _plane_words(text: str) -> Words:
    name, place = text.split(" · ")
    first, *normal = name.split()
    return Words(text, "bright", (f"{' '.join((first[:3], *normal))} · {place}", place))


def _picture_lines(picture: Picture) -> tuple[Words, ...]:
    lines = (Words(picture.kind, "bright", rank=1), Words(picture.badge, "caution", rank=1))
    return tuple(words for words in lines if words.text)


@lru_cache(32)
def patient_lines(source: Source, names_hidden: bool) -> tuple[str, ...]:
    """Return who was examined, in the first line, and when; a short hash stands for a hidden name."""
    patient = source.patient
    if names_hidden:
        who = f"Patient {patient.key[:6]}"
    else:
        name = isolated(person(patient.name)) or (f"ID {plain(patient.id)}" if patient.id else "No name")
        who = " · ".join(filter(None, (name, plain(patient.sex))))
    what = plain(source.study_description or source.body_part)
    when = " ".join(filter(None, (source.date, source.time[:5]))) or "no date"
    if source.study_date in ("", source.date):
        return tuple(filter(None, (who, what, when)))
    return tuple(filter(None, (who, what, f"images {when}", f"study {source.study_date}")))


def _who_lines(source: Source, names_hidden: bool) -> tuple[Words, ...]:
    """Name before date in what a small pane leaves out, and before both what was examined; the sex before the name."""
    what = plain(source.study_description or source.body_part)
    name, *others = patient_lines(source, names_hidden)
    days = tuple(Words(text, "", _shorter_day(text, source), (), 1) for text in others)
    alone = name.partition(" · ")[0]
    return (
        Words(name, "", (alone,) if alone != name else (), rank=2),
        *(words.ranked(3) if words.text == what else words for words in days),
    )


def _shorter_day(text: str, source: Source) -> tuple[str, ...]:
    """Other ways to say a day of the pictures, or that of a study on another day: a day that is cut is another day."""
    if text == f"study {source.study_date}":
        return (f"st. {source.study_date}",)
    when = " ".join(filter(None, (source.date, source.time[:5])))
    return (source.date,) if source.date and text in (when, f"images {when}") and text != source.date else ()


def _note_lines(note: Note, names_hidden: bool) -> tuple[Words, ...]:
    """Side and view, then the image's comment, which may name the patient."""
    side = " · ".join(filter(None, (note.side and f"Side: {note.side}", plain(note.view))))
    comment = "" if names_hidden else plain(note.comment)
    return tuple(words for words in (Words(side, "bright"), Words(comment, "quiet", rank=3)) if words.text)


def letters(picture: Picture, turn: Turn = UPRIGHT, note: Note = NOTHING) -> Letters:
    """Return the orientation letters of a picture: from its place in the patient, else as the image itself says."""
    if not picture.volume.geometry.in_patient:
        return _letters_said(note, turn)
    return _letters_of(tuple(picture.plane.right.tolist()), tuple(picture.plane.down.tolist()), turn)


def _letters_said(note: Note, turn: Turn) -> Letters:
    if not (note.right and note.down):
        return Letters()
    right, down = (_way(note.right, x) or _way(note.down, y) for x, y in turn)
    return Letters(_opposite(right), right, _opposite(down), down)


def _way(letters: str, sign: int) -> str:
    return "" if not sign else letters if sign > 0 else _opposite(letters)


def _opposite(letters: str) -> str:
    return letters.translate(str.maketrans("LRAPSI", "RLPAIS"))


@lru_cache(64)
def _letters_of(right: tuple[float, ...], down: tuple[float, ...], turn: Turn) -> Letters:
    across, along = np.array(turn, dtype=np.float64) @ np.array([right, down])
    return Letters(*(direction_letters(way) for way in (-across, across, -along, along)))


def scale_bar(volume: Volume, framing: Framing, scale: Scale | None = None) -> ScaleBar | None:
    """Return the longest round length that fits beside the other words; None where no mm may be shown."""
    if scale is None and volume.length not in _HAS_BAR:
        return None
    px_per_mm = true_px_per_mm(framing, scale)
    most_px = min(_LONGEST_BAR_PX, framing.size_px[0] * _BAR_SHARE)
    fitting = [mm for mm in _BAR_STEPS_MM if mm * px_per_mm <= most_px]
    if not fitting:
        return None
    length = fitting[-1]
    return ScaleBar(length, f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm")


def true_px_per_mm(framing: Framing, scale: Scale | None) -> float:
    """Return the logical pixels of a millimetre as the reader has calibrated it, else of the image's own."""
    return framing.px_per_mm if scale is None else framing.px_per_mm / scale.factor


def window_text(window: Window) -> str:
    """Return a window as people write it: its name, width and level."""
    numbers = _window_numbers(window)
    return f"{plain(window.name)}  {numbers}" if window.name else numbers


def _window_numbers(window: Window) -> str:
    return f"W {window.width:.0f} L {window.centre:.0f}"


def _shorter_window(window: Window) -> tuple[str, ...]:
    """Its numbers, closer together where they are long: a number that is cut is another number."""
    return _window_numbers(window), f"W{window.width:.0f} L{window.centre:.0f}"


def thickness_text(source: Source, step_mm: float) -> str:
    """Return slice thickness, and the distance of slices where it differs: ``3.0 mm every 1.5 mm``."""
    thick = source.acquisition.slice_mm
    if thick is None:
        return f"every {_mm(step_mm)} mm" if step_mm > 0 else ""
    if step_mm > 0 and abs(thick - step_mm) > 0.02:
        return f"{_mm(thick)} mm every {_mm(step_mm)} mm"
    return f"{_mm(thick)} mm"


def _mm(length_mm: float) -> str:
    return f"{length_mm:.2f}".rstrip("0").rstrip(".")


def _series_lines(picture: Picture, stack: Stack) -> Iterator[Words]:
    source = picture.volume.source
    acquisition = source.acquisition
    number = "" if source.number is None else f"Se {source.number}"
    image = f"Im {stack.place_of(picture.index) + 1}/{stack.count}" if stack.cuts is None else ""
    facts = (
        thickness_text(source, stack.geometry.spacing_mm[0]) if stack.geometry.in_patient else "",
        plain(acquisition.kernel),
        "" if acquisition.kvp is None else f"{acquisition.kvp:.0f} kVp",
    )
    if number or image:
        ways = (image, image.removeprefix("Im ")) if image else ()
        yield Words(" · ".join(filter(None, (number, image))), "", ways if number else ways[1:])
    yield from (Words(text, rank=3) for text in (plain(source.description), " · ".join(filter(None, facts))) if text)


def _remark_lines(volume: Volume, scale: Scale | None) -> tuple[Words, ...]:
    lossy = tuple(Words("lossy compression", "caution", rank=1) for r in volume.remarks if r.code == "lossy")[:1]
    settled = {"lossy"} if scale is None else {"lossy", "no_spacing"}
    others = [plain(remark.text) for remark in volume.remarks if remark.code not in settled]
    more = (Words(f"and {len(others) - _MOST_REMARKS} more remarks", "caution"),) if len(others) > _MOST_REMARKS else ()
    return (*lossy, *(words.ranked(2) for words in (*(Words(t, "caution") for t in others[:_MOST_REMARKS]), *more)))


def window_lines(volume: Volume, window: Window, inverted: bool, under_cursor: Probe | None) -> tuple[Words, ...]:
    """Return the lower left corner: what changes while a window is dragged or the mouse moves."""
    return (
        *((Words("inverted", "caution"),) if inverted else ()),
        Words("" if volume.is_colour else window_text(window), "", _shorter_window(window)),
        _probe_words(under_cursor),
    )


def _probe_words(under_cursor: Probe | None) -> Words:
    if under_cursor is None:
        return Words("", lines=(Words(""), Words("")), rank=1)
    value, exact, rounded = under_cursor.value_text, under_cursor.where_text(1), under_cursor.where_text(0)
    apart = Words(exact, "bright", (rounded,)), Words(value, "bright")
    return Words(under_cursor.text, "bright", (f"{value} at {rounded}",), apart, 1)


def _zoom_lines(picture: Picture, framing: Framing, scale: Scale | None) -> tuple[Words, ...]:
    volume = picture.volume
    note = LENGTH_NOTES.get(volume.length, "")
    zoom = Words(f"Zoom {framing.px_per_mm * picture.pixel_mm[1]:.1f}×", rank=3)
    if scale is not None:
        return Words(_BY_READER, rank=1), zoom
    warned = volume.length in (Length.DETECTOR, Length.FILM, Length.UNKNOWN, Length.NONE)
    lines = [Words(note, "caution" if warned else "", rank=0 if warned else 2)] if note else []
    return (*lines, zoom)
