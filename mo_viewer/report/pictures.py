"""Key pictures of lesions as PNG, made without a window and without patient text."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from mo_viewer.base.faults import Unwritable
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.volume.arrays import ByteArray, FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

WINDOW = Window(150, 900, "Soft-tissue calcification")
_MARGIN_MM = 35.0
_PIXELS_PER_MM = 5.0
_MOST_PIXELS = 900.0


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
    assert lesion.mask is not None
    k = lesion.mask.corner[0] + int(np.argmax(np.count_nonzero(lesion.mask.inside, axis=(1, 2))))
    return picture_of(lesion, volume.geometry, k, volume, colour, k)


def picture_of(lesion: Lesion, geometry: Geometry, k: int, volume: Volume, colour: str, at_slice: int = 0) -> ByteArray:
    """Return (rows, columns, 3) of slice k of `geometry`, which is slice `at_slice` of `volume`."""
    from scipy.ndimage import map_coordinates

    assert lesion.mask is not None
    plane = Plane.of_slice(geometry, k)
    flat = plane.on_plane(lesion.mask.points_mm())
    centre, half = (flat.min(axis=0) + flat.max(axis=0)) / 2, float(np.ptp(flat, axis=0).max()) / 2 + _MARGIN_MM
    low, high = centre - half, centre + half
    scale = min(_PIXELS_PER_MM, _MOST_PIXELS / (2 * half))
    columns, rows = (np.arange(a, b, 1 / scale) for a, b in zip(low, high, strict=True))
    _, row_mm, column_mm = geometry.spacing_mm
    at = np.meshgrid(rows / row_mm, columns / column_mm, indexing="ij")
    stored = volume.rescaled_slice(at_slice)
    values = map_coordinates(stored, at, order=1, mode="constant", cval=float(stored.min()))
    grey = _window(volume, values).grey(values)
    picture = np.repeat((255 - grey if volume.inverted else grey)[:, :, None], 3, axis=2)
    for line in _contours(lesion, k, plane):
        _draw(picture, (line - low) * scale, colour)
    return picture


def _window(volume: Volume, values: FloatArray) -> Window:
    """The window of soft-tissue calcification for HU; else what the middle 98 % of the values fill."""
    if volume.unit == "HU":
        return WINDOW
    low, high = np.percentile(values, (1, 99))
    return Window(float(low + high) / 2, max(float(high - low), 1.0))


def _contours(lesion: Lesion, k: int, plane: Plane) -> list[FloatArray]:
    """Closed lines in mm to the right and down: of the surface, or round the voxels where there is none."""
    from mo_viewer.report.outlines import outlines

    assert lesion.mask is not None
    if lesion.surface is not None:
        lines = [plane.on_plane(line) for line in lesion.surface.cut(plane)]
        if lines:
            return lines
    inside = lesion.mask.slice_inside(k)
    _, row_mm, column_mm = lesion.mask.geometry.spacing_mm
    found = [] if inside is None else outlines(inside)
    return [(line[:-1] - 0.5) * (column_mm, row_mm) for line in found]


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
