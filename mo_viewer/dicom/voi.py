"""Windows that the images bring along: centre and width, their shape and name, and look-up tables."""

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import values
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.header import read_dataset
from mo_viewer.dicom.lut import voi_tables
from mo_viewer.volume.source import Instance
from mo_viewer.volume.window import Shape, Window

_SHAPES = {shape.value: shape for shape in Shape}


def windows_of(frame: Frame) -> tuple[Window, ...]:
    """Return the windows of one frame in the order of the file, look-up tables first (as PS3.3 C.11.2 prefers).

    A window whose width is not positive, or below 1 where the shape is LINEAR, is left out.
    """
    centre, width, name, shape = frame.window
    kind = _SHAPES.get(values.text(shape), Shape.LINEAR)
    names = [part.strip() for part in values.words(name or b"", frame.traits.charset).split("\\")]
    pairs = list(zip(values.numbers(centre), values.numbers(width), strict=False))
    names += [""] * (len(pairs) - len(names))
    found = (Window(c, w, label, kind) for (c, w), label in zip(pairs, names, strict=False) if _fits(w, kind))
    return (*tables_of(frame), *dict.fromkeys(found))


def tables_of(frame: Frame) -> tuple[Window, ...]:
    """Return the windows that are look-up tables; none when they cannot be read."""
    if not frame.traits.voi_lut:
        return ()
    try:
        return voi_tables(read_dataset(Instance(frame.file, frame.sop_uid, frame.traits.sop_class)))
    except Unreadable:
        return ()


def _fits(width: float, shape: Shape) -> bool:
    return width >= 1 if shape is Shape.LINEAR else width > 0
