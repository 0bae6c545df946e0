"""Frames of one series UID become series: sorted along the normal, judged, and described."""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import replace
from pathlib import Path

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.remarks import Remark
from mo_viewer.dicom import tags
from mo_viewer.dicom.files import split_address
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.series import BUDGET_BYTES, Series, kinds_of
from mo_viewer.dicom.spacing import spacing_remarks, stack
from mo_viewer.dicom.split import Part, kind, split, together
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.voi import windows_of
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Instance, Source
from mo_viewer.volume.volume import Length

SLICED = frozenset({"CT", "MR", "PT"})
"""Modalities whose images are slices, so that one without a position lacks something."""

Digest = Callable[[Frame], bytes]


def group_key(frame: Frame) -> tuple[str, ...]:
    """Return what the frames of one series have in common.

    Patients are kept apart even under one UID. Without a series UID, folder, description and matrix stand for it.
    """
    traits = frame.traits
    named = (traits.patient.key, traits.study_uid, traits.series_uid)
    if traits.series_uid:
        return named
    archive, member = split_address(frame.file)
    folder = f"{archive}{Path(member).parent}" if member else str(Path(archive).parent)
    return (*named, folder, traits.modality, traits.description, str(traits.number), f"{traits.rows}x{traits.columns}")


def arrange(frames: list[Frame], digest: Digest | None = None) -> tuple[Series, ...]:
    """Return the series that frames of one group make up.

    With `digest`, which returns a fingerprint of a frame's pixels, images that stand there twice are taken once.
    """
    objects = [frame for frame in frames if frame.pixels is None]
    images = [frame for frame in frames if frame.pixels is not None]
    made = [_object_series(objects)] if objects else []
    if not images:
        return tuple(made)
    doubles: Counter[tuple[Hashable, ...]] = Counter()
    if digest is not None:
        images, doubles = without_duplicates(images, digest)
    return (*(_image_series(part, doubles[kind(part.frames[0])]) for part in split(images)), *made)


def merged(several: Sequence[Series]) -> Series:
    """Return several image series as one, as a user may ask after a split.

    Where they fit one stack it is placed by position, else the images are shown one by one in the order of their
    numbers (`Series.is_volume` False).

    Raises
    ------
    Refused
        When their pixels cannot stand in one array.
    """
    frames = [frame for one in several for frame in one.planes if one.is_image]
    if len({(f.traits.rows, f.traits.columns, f.traits.is_colour) for f in frames}) != 1:
        raise Refused("Images of different size or colour cannot be one series.")
    return _image_series(together(frames), 0)


def without_duplicates(frames: list[Frame], digest: Digest) -> tuple[list[Frame], Counter[tuple[Hashable, ...]]]:
    """Leave out images that stand there twice: same place, same pixels. The UID alone decides nothing.

    Returns
    -------
    The images kept, and how many of each `split.kind` were left out.
    """
    if len({(frame.position, frame.number) for frame in frames}) == len(frames):
        return frames, Counter()
    places = Counter(map(_place, frames))
    kept: list[Frame] = []
    doubles: Counter[tuple[Hashable, ...]] = Counter()
    seen: set[tuple[Hashable, bytes]] = set()
    for frame in sorted(frames, key=lambda frame: (frame.file, frame.number or 0)):
        place = _place(frame)
        if places[place] > 1:
            mark = (place, digest(frame))
            if mark in seen:
                doubles[kind(frame)] += 1
                continue
            seen.add(mark)
        kept.append(frame)
    return kept, doubles


def _place(frame: Frame) -> tuple[Hashable, ...]:
    """Where an image lies. Views with lines drawn on them may share their pixels, so there the UID counts too."""
    traits = frame.traits
    if frame.position is None or traits.is_localizer or traits.image_type[:1] == ("DERIVED",):
        return (frame.sop_uid, frame.position, frame.number)
    return (frame.position, frame.orientation, traits.rows, traits.columns, frame.phase, frame.number)


def _object_series(frames: list[Frame]) -> Series:
    ordered = sorted(frames, key=lambda frame: (frame.instance or 0, frame.file))
    first = ordered[0].traits
    return Series(
        source=source_of(ordered),
        geometry=None,
        shape=(0, 0, 0),
        frames=0,
        files=len({frame.file for frame in ordered}),
        transfer_syntax=first.syntax,
        is_volume=False,
        is_image=False,
        hounsfield=False,
        length=Length.NONE,
        planes=tuple(ordered),
    )


def _image_series(part: Part, doubles: int) -> Series:
    frames = part.frames
    first = frames[0].traits
    geometry, placed = geometry_of(part)
    length = first.length
    kinds = kinds_of(frames)
    rescales = {(frame.slope, frame.intercept) for frame in frames}
    rescaled = (None, None) not in rescales or first.modality_lut
    remarks = [*part.remarks, *_image_remarks(frames, kinds, rescales)]
    if doubles:
        text = f"{doubles} further files hold images that are here already; each is taken once."
        remarks.append(Remark("duplicate_files", text))
    if placed:
        remarks += spacing_remarks(geometry, frames)
    elif first.modality in SLICED and length is not Length.NONE and not part.remarks:
        remarks.append(Remark("no_spacing", _unplaced_words(frames)))
    return Series(
        source=source_of(frames),
        geometry=geometry,
        shape=geometry.shape,
        frames=len(frames),
        files=len({frame.file for frame in frames}),
        transfer_syntax=first.syntax,
        is_volume=placed or len(frames) == 1 or _is_projection(frames),
        is_image=True,
        hounsfield=rescaled and all(traits.hounsfield for traits in kinds),
        length=length,
        remarks=tuple(remarks),
        windows=windows_of(frames[len(frames) // 2]),
        planes=tuple(frames),
    )


def _unplaced_words(frames: list[Frame]) -> str:
    if frames[0].position is not None and frames[0].orientation is None:
        return "The images do not say which way they face, so slices have no distances."
    return "The images do not say where they lie, so slices have no distances."


def geometry_of(part: Part) -> tuple[Geometry, bool]:
    """Return the grid of a part, and whether it lies in the patient.

    Images that nothing places lie in a stack with steps of 1 that mean nothing (`Geometry.in_patient` False).
    """
    if part.placed and part.frames[0].traits.length is not Length.NONE:
        try:
            return stack(part.frames), True
        except Refused:
            pass
    return unplaced(part.frames), False


def unplaced(frames: list[Frame]) -> Geometry:
    """Return a grid for images that nothing places: columns to x, rows to y, one slice behind the other."""
    traits = frames[0].traits
    rows_mm, columns_mm = frames[0].spacing_mm
    origins = np.outer(np.arange(len(frames)), (0.0, 0.0, 1.0))
    shape = (len(frames), traits.rows, traits.columns)
    return Geometry(
        shape, origins, np.array((0, rows_mm, 0)), np.array((columns_mm, 0, 0)), traits.frame_uid, in_patient=False
    )


def _is_projection(frames: list[Frame]) -> bool:
    return frames[0].position is None and frames[0].traits.modality not in SLICED


def _image_remarks(frames: list[Frame], kinds: Sequence[Traits], rescales: Set[object]) -> list[Remark]:
    first = frames[0].traits
    found = []
    unscaled = (None, None) in rescales and not first.modality_lut
    if first.modality == "CT" and unscaled and not first.is_colour:
        found.append(
            Remark("no_rescale", "The images do not say how stored values become HU; they are shown as stored.")
        )
    if len(rescales) > 1:
        found.append(
            Remark("per_slice_rescale", "Slope or intercept differ from slice to slice; each slice keeps its own.")
        )
    if first.length is Length.NONE:
        found.append(Remark("no_spacing", "The pixel spacing is absent or zero, so there are no lengths in mm."))
    if not first.frame_uid and frames[0].position is not None:
        found.append(Remark("no_frame_of_reference", "The images name no frame of reference."))
    if any(traits.lossy for traits in kinds):
        found.append(Remark("lossy", "The images were compressed with loss; fine detail and values may be altered."))
    if first.is_cone_beam:
        found.append(Remark("cone_beam", "This is a cone-beam CT; its density is not compared across studies."))
    if first.is_colour:
        found.append(Remark("colour", "The images are in colour; they carry no density."))
    if first.frame_bytes * len(frames) > BUDGET_BYTES:
        text = "The series is too large for the memory allowed; it is shown slice by slice, without other planes."
        found.append(Remark("over_budget", text))
    if first.is_localizer:
        found.append(Remark("localizer", "This is a planning view, not a slice image."))
    if any(traits.syntax in tags.RETIRED for traits in kinds):
        found.append(
            Remark("second_decoder", "The images are in a retired compression that the standard decoders refuse.")
        )
    return found


def source_of(frames: list[Frame]) -> Source:
    """Return identity and acquisition of a series, with one instance per frame."""
    traits = frames[0].traits
    dates = sorted({frame.traits.date for frame in frames if frame.traits.date})
    return Source(
        patient=traits.patient,
        study_uid=traits.study_uid,
        series_uid=traits.series_uid,
        modality=traits.modality,
        date=dates[0] if dates else "",
        time=traits.time,
        study_date=traits.study_date,
        study_description=traits.study_description,
        description=traits.description,
        number=traits.number,
        body_part=traits.body_part,
        accession=traits.accession,
        acquisition=replace(traits.acquisition, cone_beam=traits.is_cone_beam),
        instances=tuple(Instance(f.file, f.sop_uid, f.traits.sop_class, f.number) for f in frames),
    )


def fingerprint(data: bytes) -> bytes:
    """Return a short digest of pixel bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()
