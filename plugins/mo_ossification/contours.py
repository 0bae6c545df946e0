"""Draws the lesions' contours: where each surface meets the plane that is shown."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.base.units import shown
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Label, Line, Marker, Primitive, Scene
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import UNITS, Length, Volume

UNKNOWN_IMAGE = "drawn on this image or another of the study"


def draw_contours(scene: Scene, found: tuple[Volume, Surface] | None = None) -> Sequence[Primitive]:
    """Return contour lines and labels of the lesions whose positions hold on the shown series.

    `found` is a contour whose numbers are not there yet, with the image that it was found in: it is dashed.
    """
    drawn: list[Primitive] = []
    if found is not None and _is_same_place(found[0], scene.volume):
        drawn += [Line(cut, "#ffffff", dashed=True) for cut in found[1].cut(scene.plane)]
    timepoint = None if scene.document is None else scene.document.timepoint(scene.volume.source.study_uid)
    if scene.document is None or timepoint is None:
        return drawn
    for lesion in timepoint.lesions:
        if timepoint.is_on(lesion, scene.volume.source, scene.volume.geometry):
            drawn += _lesion(scene, scene.document, lesion, _elsewhere(scene.volume, timepoint, lesion))
    return drawn


def _is_same_place(one: Volume, other: Volume) -> bool:
    """Whether positions in one image hold in another: the same one, or one of its frame of reference."""
    here, there = one.geometry, other.geometry
    placed = here.in_patient and there.in_patient and here.frame_uid == there.frame_uid
    return one is other or bool(placed and here.frame_uid)


def _elsewhere(volume: Volume, timepoint: Timepoint, lesion: Lesion) -> str:
    """Say of which images a contour is, where they are of another kind or date than those that are shown."""
    source, mask = volume.source, lesion.mask
    if not (volume.geometry.in_patient and volume.geometry.frame_uid) and timepoint.drawn_on(lesion) is None:
        return UNKNOWN_IMAGE
    is_own = volume.source.series_uid == timepoint.series_uid or mask is None or mask.geometry == volume.geometry
    if is_own or (source.modality, source.date) == (timepoint.modality, timepoint.date):
        return ""
    return f"from {timepoint.modality} {timepoint.date}".rstrip()


def _lesion(scene: Scene, document: Document, lesion: Lesion, elsewhere: str) -> list[Primitive]:
    colour = lesion_colour(document, lesion.tracking_uid)
    chosen = lesion.tracking_uid == scene.selected
    drawn: list[Primitive] = []
    if lesion.surface is not None:
        cuts = lesion.surface.cut(scene.plane)
        drawn += [Line(cut, colour, width=2.0 if chosen else 1.3) for cut in cuts]
        if cuts:
            points = np.concatenate(cuts)
            rightmost = points[np.argmax(scene.plane.on_plane(points)[:, 0])]
            drawn.append(Label(rightmost, _words(lesion, scene.volume.length, elsewhere), colour))
    if chosen:
        for click in lesion.clicks_mm:
            at = np.array(click)
            if abs(float(scene.plane.distance_mm(at)[0])) <= max(scene.half_thickness_mm, 0.5):
                drawn.append(Marker(at, colour))
    return drawn


def _words(lesion: Lesion, length: Length, elsewhere: str) -> str:
    long_axis = lesion.measured("long_axis_mm")
    if elsewhere or long_axis is None:
        return f"{lesion.label} {elsewhere}".rstrip()
    return f"{lesion.label} · max {shown(long_axis.value, long_axis.unit, long_axis.spread)} {UNITS[length]}"
