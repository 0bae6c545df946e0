"""Draws a picture with all that stands on it, from a frozen description; on a widget or on an image alike."""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from math import ceil, floor
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion, QTransform

from mo_viewer.dicom.notes import NOTHING, Note
from mo_viewer.measure.marks import Scale
from mo_viewer.ui.blend import Laid
from mo_viewer.ui.colour_tables import colour_table
from mo_viewer.ui.corner_text import Corners, Words, corners, letters, scale_bar, true_px_per_mm, window_lines
from mo_viewer.ui.framing import UPRIGHT, Bounds, Framing
from mo_viewer.ui.grounds import Beneath, Layer
from mo_viewer.ui.marks.drawing import DrawnMark, draw_marks, finished_lines
from mo_viewer.ui.overlays import Flat, draw_flat
from mo_viewer.ui.picture_text import Placed, clear_of, placed_corners, placed_letters, put
from mo_viewer.ui.probe import Probe
from mo_viewer.ui.slice_image import Shades
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.window import Window

_SHRINK_BELOW = 0.7
"""Below this many screen pixels an image pixel, the image is averaged down first: bilinear would skip pixels."""
_LABEL_MARGIN_PX = 6
BLACK = QColor(0, 0, 0)


class Texts(IntEnum):
    """How much stands on a picture: all, the orientation letters only, nothing."""

    ALL = 0
    LETTERS = 1
    NONE = 2


@dataclass(frozen=True, eq=False)
class Look:
    """Everything that decides what a pane looks like."""

    picture: Picture
    stack: Stack
    window: Window
    framing: Framing
    is_inverted: bool = False
    texts: Texts = Texts.ALL
    names_hidden: bool = False
    under_cursor: Probe | None = None
    flat: tuple[Flat, ...] = ()
    linked: str = ""
    """What this pane does together with others; a chain stands before it."""
    doubt: str = ""
    """Why what it does together with others is to be checked."""
    brief: bool = False
    """Another pane beside this one says who the patient is."""
    smooth: bool = True
    marks: tuple[DrawnMark, ...] = ()
    colours: str = ""
    """Name of a colour table; empty: grey."""
    note: Note = NOTHING
    """What the image says about itself."""
    second: Laid | None = None
    """Another series over it."""
    second_value: str = ""
    in_motion: bool = False
    """Another frame follows at once: an enlarged image is then drawn without smoothing, which takes half the time."""
    scale: Scale | None = None
    """The reader's own calibration of the picture."""
    nameless: bool = False
    """Nothing says who the patient is, not even a code."""
    in_company: bool = False
    """Pictures of other patients are seen beside this one: whose it is always stands in it."""


class PicturePainter:
    """Draws `Look`s; keeps the image of the last one."""

    def __init__(self) -> None:
        self._shades = Shades()
        self._key: tuple[object, ...] = ()
        self._image = QImage()
        self._words: tuple[Placed, ...] = ()
        self._labels: list[QRectF] = []
        self._said: WeakKeyDictionary[Picture, tuple[tuple[object, ...], Corners]] = WeakKeyDictionary()

    def forget(self) -> None:
        """Let go of the last picture, and of the memory it was made in."""
        self._key, self._image, self._shades, self._words = (), QImage(), Shades(), ()
        self._labels = []
        self._said.clear()

    def draw(self, painter: QPainter, look: Look, beside: tuple[Placed, ...] = ()) -> None:
        """Draw on a device whose logical size is the framing's; words `beside` are those of the screen only."""
        width, height = look.framing.size_px
        inside = QRectF(0, 0, width, height)
        self._labels = []
        self._words = (*self._placed_words(look, inside, painter.device().devicePixelRatioF()), *beside)
        layers: list[Layer] = [(self._draw_image(painter, look), look.picture.bounds)]
        if look.second is not None:
            _draw_second(painter, look, look.second)
            layers.append((look.second.image, look.second.bounds))
        beneath = Beneath(look.framing, layers)
        margins = (_LABEL_MARGIN_PX, _LABEL_MARGIN_PX, -_LABEL_MARGIN_PX, -_LABEL_MARGIN_PX)
        frame = inside.adjusted(*margins)
        lines = finished_lines(look.framing, look.marks)
        self._labels = draw_flat(painter, frame, look.framing, look.flat, self.clear_of_words, beneath, lines)
        words = [*self._labels, *(QRectF(*placed.box) for placed in self._words)]
        draw_marks(painter, frame, look.framing, look.marks, look.flat, beneath, words)
        beneath.darken(painter, tuple(placed.box for placed in self._words))
        put(painter, self._words)

    def clear_of_words(self, whole: QRect) -> QRegion:
        """Return what is left of the last picture beside the words that stand on it, labels of lesions too."""
        region = clear_of(self._words, whole)
        for label in self._labels:
            region -= label.toAlignedRect()
        return region

    def _placed_words(self, look: Look, inside: QRectF, ratio: float) -> tuple[Placed, ...]:
        if look.texts is Texts.NONE:
            return ()
        ways = letters(look.picture, look.framing.turn, look.note)
        around = placed_letters(inside, ways, ratio)
        if look.texts is Texts.LETTERS:
            return around
        said = self._corners_of(look)
        lower_left = window_lines(look.picture.volume, look.window, look.is_inverted, look.under_cursor)
        words = Corners(said.top_left, said.top_right, lower_left, said.bottom_right)
        bar = scale_bar(look.picture.volume, look.framing, look.scale)
        px_per_mm = true_px_per_mm(look.framing, look.scale)
        return (*around, *placed_corners(inside, words, bar, px_per_mm, ratio, bool(ways.top)))

    def _corners_of(self, look: Look) -> Corners:
        """What stands in the corners, remembered for each picture but for the lower left one."""
        shown = look.stack, look.framing, look.names_hidden, look.nameless, look.brief, look.note, look.scale
        key = (*shown, look.linked, look.doubt, look.in_company, _words_of(look))
        known = self._said.get(look.picture)
        if known is None or known[0] != key:
            words = corners(
                look.picture,
                look.stack,
                look.window,
                look.framing,
                names_hidden=look.names_hidden,
                nameless=look.nameless,
                in_company=look.in_company,
                linked=look.linked,
                doubt=look.doubt,
                brief=look.brief,
                note=look.note,
                second=_words_of(look),
                scale=look.scale,
            )
            known = self._said[look.picture] = (key, words)
        return known[1]

    def _draw_image(self, painter: QPainter, look: Look) -> QImage:
        """Draw the picture, and return it."""
        framing, bounds = look.framing, look.picture.bounds
        width, height = bounds.width * framing.px_per_mm, bounds.height * framing.px_per_mm
        ratio = painter.device().devicePixelRatioF()
        image, smooth = self._image_for(look, width * ratio, height * ratio)
        whole = QRect(0, 0, *framing.size_px)
        if framing.turn != UPRIGHT:
            painter.fillRect(whole, BLACK)
            _draw_placed(painter, framing, bounds, image, smooth)
            return image
        target = QRectF(*framing.screen_place(bounds.left, bounds.top), width, height)
        _fill_around(painter, whole, target)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, image)
        return image

    def _image_for(self, look: Look, device_width: float, device_height: float) -> tuple[QImage, bool]:
        """Return the image, and whether it is drawn smooth: in motion only where it has more pixels than the screen."""
        rows, columns = look.picture.shape
        scale = min(device_width / columns, device_height / rows)
        shrink = scale < _SHRINK_BELOW
        size = QSize(max(1, round(device_width)), max(1, round(device_height))) if shrink else QSize()
        key = (look.picture, look.window, look.is_inverted, look.colours, size.width(), size.height())
        if key != self._key:
            self._key, self._image = (), QImage()
            image = self._shaded(look)
            if shrink:
                mode = Qt.TransformationMode.SmoothTransformation
                image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
            self._key, self._image = key, image
        return self._image, look.smooth and not (look.in_motion and scale >= 1)

    def _shaded(self, look: Look) -> QImage:
        picture, colours = look.picture, colour_table(look.colours)
        if picture.section is not None:
            return self._shades.section_image(picture.volume, picture.section, look.window, look.is_inverted, colours)
        return self._shades.image(picture.volume, picture.k, look.window, look.is_inverted, colours)


def _draw_second(painter: QPainter, look: Look, second: Laid) -> None:
    """Draw the other series, where it is wanted."""
    painter.save()
    if second.region is not None:
        painter.setClipRegion(second.region(*look.framing.size_px), Qt.ClipOperation.IntersectClip)
    _draw_placed(painter, look.framing, second.bounds, second.image, look.smooth)
    painter.restore()


def _draw_placed(painter: QPainter, framing: Framing, bounds: Bounds, image: QImage, smooth: bool) -> None:
    """Draw an image on a rectangle of the plane, wherever turns and flips put it."""
    corner, right, down = framing.to_screen(
        np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]) + np.array([bounds.left, bounds.top])
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    (a, b), (c, d) = right - corner, down - corner
    painter.setTransform(QTransform(a, b, c, d, *corner), True)
    painter.drawImage(QRectF(0, 0, bounds.width, bounds.height), image)
    painter.restore()


def _words_of(look: Look) -> tuple[Words, ...]:
    """What the corners say about the series that lies over the picture: which it is, and what its colours mean."""
    if look.second is None:
        return ()
    said = (Words(line, "accent") for line in look.second.text.split("\n"))
    lines = (*said, Words(look.second.badge, "caution"), Words(look.second_value, "bright", rank=2))
    return tuple(words for words in lines if words.text)


def _fill_around(painter: QPainter, whole: QRect, image: QRectF) -> None:
    """Blacken what an image will not cover; filling everything would take as long as drawing it."""
    for strip in _strips_around(whole.getRect(), image.getRect()):
        painter.fillRect(strip, BLACK)


@lru_cache(16)
def _strips_around(all_px: tuple[int, ...], image_px: tuple[float, ...]) -> tuple[QRect, ...]:
    whole, image = QRect(*all_px), QRectF(*image_px)
    inner = QRect(
        QPoint(ceil(image.left()), ceil(image.top())), QPoint(floor(image.right()) - 1, floor(image.bottom()) - 1)
    )
    covered = whole.intersected(inner)
    if covered.isEmpty():
        return (whole,)
    width, below = whole.width(), covered.bottom() + 1
    strips = (
        QRect(0, 0, width, covered.top()),
        QRect(0, below, width, whole.height() - below),
        QRect(0, covered.top(), covered.left(), covered.height()),
        QRect(covered.right() + 1, covered.top(), width - covered.right() - 1, covered.height()),
    )
    return tuple(strip for strip in strips if not strip.isEmpty())
