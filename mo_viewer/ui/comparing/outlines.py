"""The contours of another study on the picture: carried over by the registration, dashed."""

import numpy as np
from PySide6.QtGui import QColor

from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Registration, Verdict, inverse_of
from mo_viewer.ui.overlays import Flat, FlatLine, FlatSpot
from mo_viewer.ui.plain_text import plain
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.shading import Solid
from mo_viewer.volume.surface import Surface

WIDTH_PX = 1.6
THEN_OPACITY = 0.4


def surface_here(surface: Surface, way: Registration) -> Surface:
    """Carry a surface of the other study into the picture's; `way` takes points of the picture's study to the other."""
    return Surface(inverse_of(way).carried(surface.vertices_mm), surface.triangles)


def solids_of(document: Document, study_uid: str, way: Registration) -> tuple[Solid, ...]:
    """Return the surfaces of a study's lesions in the picture's study, half transparent, named with their date."""
    timepoint = document.timepoint(study_uid)
    made = []
    for lesion in _placed(timepoint):
        if lesion.surface is not None and timepoint is not None:
            colour = QColor(lesion_colour(document, lesion.tracking_uid)).lighter(150)
            shade = colour.redF(), colour.greenF(), colour.blueF()
            doubt = " (to be checked)" if way.verdict is Verdict.CHECK else ""
            name = f"{plain(lesion.label)} {timepoint.date}{doubt}"
            made.append(Solid(name, surface_here(lesion.surface, way), shade, THEN_OPACITY))
    return tuple(made)


def outlines_then(document: Document, study_uid: str, way: Registration, plane: Plane) -> tuple[Flat, ...]:
    """Return the dashed contours of a study's lesions on a plane of the picture's study, each with its date."""
    timepoint = document.timepoint(study_uid)
    drawn: list[Flat] = []
    for lesion in _placed(timepoint):
        if lesion.surface is None:
            continue
        cuts = surface_here(lesion.surface, way).cut(plane)
        colour = QColor(lesion_colour(document, lesion.tracking_uid))
        if cuts:
            assert timepoint is not None
            flat = tuple(plane.on_plane(cut) for cut in cuts)
            drawn.append(FlatLine(flat, colour, WIDTH_PX, True, True))
            points = np.concatenate(flat)
            leftmost = points[int(np.argmin(points[:, 0]))]
            drawn.append(FlatSpot(leftmost, colour, f"{lesion.label} {timepoint.date}".strip()))
    return tuple(drawn)


def _placed(timepoint: Timepoint | None) -> tuple[Lesion, ...]:
    """A study's lesions but for those on images that its registration says nothing about."""
    return () if timepoint is None else tuple(one for one in timepoint.lesions if not timepoint.is_apart(one))
