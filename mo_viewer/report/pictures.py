"""Key pictures of lesions as PNG, made without a window and without patient text."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from mo_viewer.base.faults import Unwritable
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.volume.arrays import ByteArray, FloatArray
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

WINDOW = Window(150, 900, "Soft-tissue calcification")
_MARGIN_MM = 35.0
_PIXELS_PER_MM = 5.0


def write_pictures(document: Document, volume: Volume, folder: Path) -> tuple[Path, ...]:
    """Write one picture a lesion of the volume's study: the acquired slice with most of it, with its contour.

    The picture shows the lesion and 35 mm round it at 5 pixels a millimetre. An existing file is not replaced:
    the new one stands beside it.

    Raises
    ------
    Unwritable
        When the folder does not take the files.
    """
    from imagecodecs import png_encode

    timepoint = document.timepoint(volume.source.study_uid)
    written = []
    for lesion in () if timepoint is None else timepoint.lesions:
        if lesion.mask is None or not lesion.mask.voxels:
            continue
        picture = lesion_picture(lesion, volume, lesion_colour(document, lesion.tracking_uid))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = _free(folder, f"{timepoint.date if timepoint else ''}_{lesion.label}".strip("_"))
            part = path.with_name(path.name + ".part")
            part.write_bytes(png_encode(picture))
            part.replace(path)
        except OSError as error:
            raise Unwritable("A picture cannot be written.", detail=repr(error)) from error
        written.append(path)
    return tuple(written)


def lesion_picture(lesion: Lesion, volume: Volume, colour: str) -> ByteArray:
    """Return (rows, columns, 3): the acquired slice with most of the lesion, its contour drawn in `colour`."""
    from scipy.ndimage import map_coordinates

    assert lesion.mask is not None
    k = lesion.mask.corner[0] + int(np.argmax(np.count_nonzero(lesion.mask.inside, axis=(1, 2))))
    plane = Plane.of_slice(volume.geometry, k)
    flat = plane.on_plane(lesion.mask.points_mm())
    low, high = flat.min(axis=0) - _MARGIN_MM, flat.max(axis=0) + _MARGIN_MM
    columns, rows = (np.arange(a, b, 1 / _PIXELS_PER_MM) for a, b in zip(low, high, strict=True))
    _, row_mm, column_mm = volume.geometry.spacing_mm
    at = np.meshgrid(rows / row_mm, columns / column_mm, indexing="ij")
    values = map_coordinates(volume.rescaled_slice(k), at, order=1, mode="constant", cval=-1000.0)
    picture = np.repeat(WINDOW.grey(values)[:, :, None], 3, axis=2)
    if lesion.surface is not None:
        for line in lesion.surface.cut(plane):
            _draw(picture, (plane.on_plane(line) - low) * _PIXELS_PER_MM, colour)
    return picture


def _draw(picture: ByteArray, line: FloatArray, colour: str) -> None:
    """Draw a closed line of (column, row) pixels, two pixels thick."""
    paint = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    closed = np.vstack([line, line[:1]])
    for start, end in pairwise(closed):
        share = np.linspace(0, 1, int(np.ceil(np.abs(end - start).max())) * 2 + 2)[:, None]
        for shift in (0.0, 1.0):
            at = np.rint(start * (1 - share) + end * share + shift).astype(int)
            kept = ((at >= 0) & (at < [picture.shape[1], picture.shape[0]])).all(axis=1)
            picture[at[kept, 1], at[kept, 0]] = paint


def _free(folder: Path, stem: str) -> Path:
    number, path = 1, folder / f"{stem}.png"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.png"
    return path
