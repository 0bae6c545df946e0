"""How two studies share one picture: the other one whole, in part or half transparent, or what differs in colours."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QRegion

from mo_viewer.findings.registration import Registration
from mo_viewer.ui.blend import layer_image, pixels_of
from mo_viewer.ui.slice_image import reference_grey_of
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import AnyArray, BoolArray, Point
from mo_viewer.volume.reslice import Section, value_at
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

SQUARE_PX = 72
SPAN_HU = 500.0
"""A difference of so much has the full colour."""
NOISE_TIMES = 3.0
_MORE, _LESS = 0xE6731E, 0x56B4E9
_FAINT, _FULL = 90.0, 225.0
_HALF = 0.5
_SAMPLE = 7


class Manner(StrEnum):
    """How the other study is laid over."""

    BLINK = "blink"
    SWIPE = "split line"
    CHECKER = "checkerboard"
    BLEND = "blend"
    DIFFERENCE = "difference"


@dataclass(frozen=True, eq=False)
class Mixed:
    """An image for a grid, and what it says about itself."""

    image: QImage
    text: str = ""


def mixed(manner: Manner, then: Volume, section: Section, look: tuple[Window, bool, str]) -> Mixed:
    """Return the other study as it is laid over; `look`: window, inverted, name of the colour table.

    Where it has no voxel it is black, and blended it leaves the picture as it is.
    """
    window, inverted, colours = look
    grey = reference_grey_of(then, section, window, inverted)
    alpha = np.full(grey.shape, round(255 * (_HALF if manner is Manner.BLEND else 1.0)), dtype=np.uint32)
    if manner is Manner.BLEND and section.outside is not None:
        alpha[section.outside] = 0
    return Mixed(layer_image(pixels_of(grey, colours), alpha))


def difference(picture: Picture, then: Volume, section: Section, least_hu: float) -> Mixed:
    """Return what is denser (orange) and less dense (blue) in the picture than in the other study.

    Nothing is coloured below `least_hu`, nor below three times the noise of the difference (from its median absolute
    deviation), which the text says.
    """
    here = values_of(picture)
    there = _rescaled(then, section)
    found = here - there
    known = np.isfinite(found)
    if section.outside is not None:
        known &= ~section.outside
    least = max(least_hu, NOISE_TIMES * noise_of(found, known))
    share = np.clip((np.abs(np.where(known, found, 0.0)) - least) / (SPAN_HU - min(least, SPAN_HU - 1)), 0.0, 1.0)
    alpha = np.where(known & (np.abs(found) >= least), _FAINT + share * (_FULL - _FAINT), 0.0)
    pixels = np.where(found > 0, np.uint32(_MORE), np.uint32(_LESS))
    text = f"orange denser, blue less dense\nby {least:.0f} HU or more"
    return Mixed(layer_image(pixels, np.rint(alpha).astype(np.uint32)), text)


def values_of(picture: Picture) -> AnyArray:
    """(rows, columns) of the picture in the unit of its volume; NaN where there is no voxel."""
    section, volume = picture.section, picture.volume
    if section is not None:
        values = _rescaled(volume, section)
        return values if section.outside is None else np.where(section.outside, np.nan, values)
    return _without_padding(volume, volume.rescaled_slice(picture.k), volume.values[picture.k])


def values_at(now: Volume, then: Volume, way: Registration, at_mm: Point, subtracted: bool) -> str:
    """What lies at a point of the picture in the other study, or by how much the two differ there."""
    there = value_at(then, way.carried(np.array(at_mm))[0])
    here = value_at(now, np.array(at_mm)) if subtracted else None
    if there is None or (subtracted and here is None):
        return ""
    if here is not None:
        return f"difference {here - there:+.0f} {now.unit}".rstrip()
    return f"{then.source.date or 'other study'}: {there:.0f} {then.unit}".rstrip()


def noise_of(found: AnyArray, known: BoolArray) -> float:
    """Standard deviation of a difference where nothing differs, from its median absolute deviation (normal noise)."""
    some = found[::_SAMPLE, ::_SAMPLE][known[::_SAMPLE, ::_SAMPLE]]
    return 1.4826 * float(np.median(np.abs(some - np.median(some)))) if some.size else 0.0


def region_of(manner: Manner, swiped: float) -> Callable[[int, int], QRegion] | None:
    """Where the other study is drawn: left of the swipe, on every other square, or (None) everywhere."""
    if manner is Manner.SWIPE:
        return lambda width, height: QRegion(0, 0, round(swiped * width), height)
    return _squares if manner is Manner.CHECKER else None


@lru_cache(8)
def _squares(width: int, height: int) -> QRegion:
    region = QRegion()
    for row, y in enumerate(range(0, height, SQUARE_PX)):
        for x in range(row % 2 * SQUARE_PX, width, 2 * SQUARE_PX):
            region += QRect(x, y, SQUARE_PX, SQUARE_PX)
    return region


def _rescaled(volume: Volume, section: Section) -> AnyArray:
    values = section.values.astype(np.float32)
    if not section.is_stored:
        return values
    scaled = values * np.float32(volume.slope[0]) + np.float32(volume.intercept[0])
    return _without_padding(volume, scaled, section.values)


def _without_padding(volume: Volume, values: AnyArray, stored: AnyArray) -> AnyArray:
    if volume.padding is None:
        return values
    padded = (stored >= volume.padding[0]) & (stored <= volume.padding[1])
    return np.where(padded, np.nan, values)
