"""Whether a file can be shown, told from its header alone, before anything is allocated."""

from mo_viewer.dicom import tags
from mo_viewer.dicom.header import Header
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.walk import UNDEFINED

LARGEST_FRAME_BYTES = 1024**3
LEAST_FRAGMENT_BYTES = 8
_ROOT = "1.2.840.10008.5.1.4.1.1."
_IMAGES = frozenset({"1", "2", "3", "4", "5", "6", "7", "12", "13", "14", "20", "77", "128", "130", "501"})
_IMAGE_CLASSES = frozenset({_ROOT + "481.1", _ROOT + "481.2"})
_SPECTROSCOPY = _ROOT + "4.2"
_SEGMENTATIONS = (_ROOT + "66", _ROOT + "30")

Verdict = tuple[str, str] | None


def is_image_class(sop_class: str) -> bool:
    """Whether a SOP class is one of images, as far as its number tells."""
    if sop_class in _IMAGE_CLASSES:
        return True
    return (
        sop_class.startswith(_ROOT) and sop_class != _SPECTROSCOPY and sop_class[len(_ROOT) :].split(".")[0] in _IMAGES
    )


def is_object(header: Header, traits: Traits) -> bool:
    """Whether this is a DICOM object to list but not to show: SR, SEG, RTSTRUCT, PR, maps of real numbers."""
    if traits.sop_class.startswith(_SEGMENTATIONS):
        return True
    if header.pixels is not None:
        return header.pixels[0] != tags.PIXELS
    return bool(traits.sop_class) and not is_image_class(traits.sop_class)


def refusal(header: Header, traits: Traits) -> Verdict:
    """Return code and sentence when an image cannot be shown, else None."""
    if header.pixels is None:
        return "no_pixels", "The file holds no image."
    if traits.rows == 0 or traits.columns == 0:
        return "no_rows", "The file does not say how many rows and columns its image has."
    if header.syntax not in tags.READABLE:
        return "unsupported_syntax", f"The transfer syntax {header.syntax or '(none)'} cannot be decoded."
    if (
        traits.allocated not in (1, 8, 16, 32)
        or not 0 < traits.stored <= traits.allocated
        or traits.samples not in (1, 3)
    ):
        return "damaged", "The pixel description makes no sense (bits or samples)."
    if traits.shares_chroma and (traits.columns % 2 or traits.allocated != 8):
        return "damaged", "The pixel description makes no sense (shared chroma in an odd number of columns)."
    if traits.frames < 1:
        return "damaged", "The file counts fewer than one frame."
    if traits.frame_bytes > LARGEST_FRAME_BYTES:
        return "too_large", f"One frame would have {traits.rows} x {traits.columns} pixels, more than can be shown."
    return _length_verdict(header, traits)


def _length_verdict(header: Header, traits: Traits) -> Verdict:
    assert header.pixels is not None
    _, at, length = header.pixels
    if header.syntax not in tags.NATIVE:
        if length != UNDEFINED:
            return "damaged", "The compressed pixel data are not in fragments."
        if not header.whole:
            return "truncated", "The compressed image ends early."
        if header.size and traits.frames * LEAST_FRAGMENT_BYTES > header.size - at:
            return "truncated", f"The file claims {traits.frames} frames and holds {header.size - at} bytes of pixels."
        return None
    if length == UNDEFINED:
        return "damaged", "The pixel data have no length."
    expected = traits.frame_bytes * traits.frames
    held = length if header.syntax == tags.DEFLATED or not header.size else min(length, header.size - at)
    if held < expected:
        return "truncated", f"The image needs {expected} bytes of pixels and the file holds {held}."
    return None
