"""The marks of one study as a DICOM presentation state: contours and names, for viewers without SEG."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import Mark
from mo_viewer.measure.marks import scale_on
from mo_viewer.report.headers import CHARACTERS, Headers, Slice, give_back, put
from mo_viewer.report.maker import Maker
from mo_viewer.report.marked import lines_of, words_of
from mo_viewer.report.outlines import outlines
from mo_viewer.report.pictures import WINDOW
from mo_viewer.report.seg import short_label, tracking_id
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Length

SERIES_NUMBER = 9905


def build_gsps(
    lesions: Sequence[Lesion],
    headers: Headers,
    colours: Mapping[str, str],
    maker: Maker,
    grid: Geometry,
    marks: Sequence[tuple[int, Mark]] = (),
    length: Length = Length.PATIENT,
) -> Any:
    """Return the presentation state of the slices of `headers`, which must be all that a lesion or mark reaches.

    Each lesion has a layer in its colour; on every slice its contour, on its first one in order also its name. The
    reader's marks (slice and mark, on the images of `grid`) have a layer of their own; their values are in the
    millimetres that `length` says, or those of a calibration line among them.
    """
    import highdicom as hd
    from pydicom.uid import generate_uid

    images = [_displayed(one) for one in headers.slices]
    layers = [
        hd.pr.GraphicLayer(f"LESION{n}", n, display_color=hd.color.CIELabColor.from_string(colours[x.tracking_uid]))
        for n, x in enumerate(lesions, 1)
    ]
    annotations = _annotations(lesions, headers, layers)
    if marks:
        layers.append(hd.pr.GraphicLayer("MARKS", len(layers) + 1, description="Marks of the reader"))
        drawn = [mark for _, mark in marks]
        said = [words_of(mark, grid, scale_on(mark.image, grid, length, drawn)) for mark in drawn]
        annotations += [
            _marked(mark, words, headers.at(k), grid, layers[-1]) for (k, mark), words in zip(marks, said, strict=True)
        ]
    built = hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=images,
        series_instance_uid=generate_uid(prefix=None),
        series_number=SERIES_NUMBER,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer=maker.manufacturer,
        manufacturer_model_name=maker.model,
        software_versions=maker.version,
        device_serial_number=maker.serial,
        content_label="LESIONS",
        content_description="Contours of lesions" if lesions else "Marks of the reader",
        content_creator_name="",
        graphic_layers=layers,
        voi_lut_transformations=_window(headers),
        specific_character_set=CHARACTERS,
        series_description="MO Viewer: contours" if lesions else "MO Viewer: marks",
    )
    built.GraphicAnnotationSequence = annotations
    built.Laterality = headers.slices[0].header.get("Laterality") or ""
    _name_files(built, headers)
    give_back(built, headers)
    return built


def contour_lines(lesion: Lesion, one: Slice) -> list[FloatArray]:
    """Return closed lines, (n, 2) column and row, of a lesion in a slice; 0.5 is the centre of the first pixel.

    They are cut from the surface, as on the screen; round the voxels where the surface does not meet the slice.
    """
    mask = lesion.mask
    assert mask is not None
    inside = mask.slice_inside(one.index)
    if inside is None:
        return []
    if lesion.surface is not None:
        cut = lesion.surface.cut(Plane.of_slice(mask.geometry, one.index))
        found = [mask.geometry.index_of(line)[:, [2, 1]] + 0.5 for line in cut]
        kept = [np.clip(np.vstack([line, line[:1]]), 0, inside.shape[::-1]) for line in found if len(line) > 2]
        if kept:
            return kept
    return outlines(inside)


def _annotations(lesions: Sequence[Lesion], headers: Headers, layers: Sequence[Any]) -> list[Any]:
    made, named = [], set()
    for one in headers.slices:
        for lesion, layer in zip(lesions, layers, strict=True):
            lines = contour_lines(lesion, one)
            if not lines:
                continue
            new = lesion.tracking_uid not in named
            named.add(lesion.tracking_uid)
            graphics = [_drawn(line, lesion) for line in lines]
            made.append(_annotation(one, layer, graphics, [_name(lesion, lines[0])] if new else []))
    return made


def _annotation(one: Slice, layer: Any, graphics: Sequence[Any], texts: Sequence[Any]) -> Any:
    """Return an item of the annotation sequence; highdicom's own class looks up every image's IOD (10 ms each)."""
    from pydicom.dataset import Dataset

    image, made = Dataset(), Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = one.header.SOPClassUID, one.header.SOPInstanceUID
    made.ReferencedImageSequence = [image]
    made.GraphicLayer = layer.GraphicLayer
    made.GraphicObjectSequence = list(graphics)
    if texts:
        made.TextObjectSequence = list(texts)
    return made


def _marked(mark: Mark, words: str, one: Slice, grid: Geometry, layer: Any) -> Any:
    import highdicom as hd

    lines = lines_of(mark, grid, one.index)
    kinds = ["POLYLINE" if len(line) > 1 else "POINT" for line in lines]
    at = lines[0][0]
    said = hd.pr.TextObject(words, "PIXEL", anchor_point=(float(at[0]), float(at[1])), anchor_point_visible=False)
    graphics = [hd.pr.GraphicObject(kind, line, "PIXEL") for kind, line in zip(kinds, lines, strict=True)]
    return _annotation(one, layer, graphics, [said])


def _drawn(line: FloatArray, lesion: Lesion) -> Any:
    import highdicom as hd

    return hd.pr.GraphicObject(
        "POLYLINE", line, "PIXEL", tracking_id=short_label(lesion), tracking_uid=lesion.tracking_uid
    )


def _name(lesion: Lesion, line: FloatArray) -> Any:
    import highdicom as hd

    at = line[np.argmin(line[:, 1])]
    return hd.pr.TextObject(
        tracking_id(lesion), "PIXEL", anchor_point=(float(at[0]), float(at[1])), anchor_point_visible=False
    )


def _displayed(one: Slice) -> Any:
    """A header copy without its own windows and tables: they may differ from slice to slice."""
    from pydicom.dataset import Dataset

    copy = Dataset()
    copy.update(one.header)
    for key in ("WindowCenter", "WindowWidth", "VOILUTSequence", "VOILUTFunction", "WindowCenterWidthExplanation"):
        if key in copy:
            del copy[key]
    return copy


def _window(headers: Headers) -> list[Any] | None:
    """The window of soft-tissue calcification on CT; the image's own elsewhere."""
    import highdicom as hd

    header = headers.slices[0].header
    if header.get("Modality") == "CT":
        return [hd.pr.SoftcopyVOILUTTransformation(window_center=WINDOW.centre, window_width=WINDOW.width)]
    centre, width = header.get("WindowCenter"), header.get("WindowWidth")
    if centre is None or width is None or header.get("VOILUTSequence"):
        return None
    first = [float(v[0]) if hasattr(v, "__iter__") else float(v) for v in (centre, width)]
    return [hd.pr.SoftcopyVOILUTTransformation(window_center=first[0], window_width=max(first[1], 1.0))]


def _name_files(built: Any, headers: Headers) -> None:
    """Put file and frame in the place of the stand-in UIDs of multi-frame sources."""
    names = headers.names
    for item in [built, *_items(built)]:
        if "ReferencedImageSequence" not in item:
            continue
        frames: dict[str, list[int]] = {}
        kept: dict[str, Any] = {}
        for image in item.ReferencedImageSequence:
            instance = names[str(image.ReferencedSOPInstanceUID)]
            if instance.frame is not None:
                put(image, "ReferencedSOPInstanceUID", instance.sop_uid)
                put(image, "ReferencedSOPClassUID", instance.sop_class)
                frames.setdefault(instance.sop_uid, []).append(instance.frame)
            kept.setdefault(str(image.ReferencedSOPInstanceUID), image)
        for uid, numbers in frames.items():
            put(kept[uid], "ReferencedFrameNumber", sorted(numbers))
        item.ReferencedImageSequence = list(kept.values())


def _items(dataset: Any) -> list[Any]:
    found = []
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                found += [item, *_items(item)]
    return found
