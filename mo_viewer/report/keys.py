"""The key slice of a lesion, and its picture, read from the source's own file."""

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.pictures import picture_of
from mo_viewer.volume.arrays import ByteArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source
from mo_viewer.volume.volume import Volume


def key_slice(lesion: Lesion) -> int:
    """Return the index of the acquired slice with most of the lesion, which must have voxels."""
    assert lesion.mask is not None
    return int(np.argmax(np.count_nonzero(lesion.mask.inside, axis=(1, 2)))) + lesion.mask.corner[0]


def key_picture(lesion: Lesion, source: Source, colour: str) -> ByteArray:
    """Return (rows, columns, 3): the key slice with the lesion's contour; no patient text.

    Raises
    ------
    Unreadable
        When the file is gone or damaged.
    """
    assert lesion.mask is not None
    k = key_slice(lesion)
    return picture_of(lesion, lesion.mask.geometry, k, read_slice(source, lesion.mask.geometry, k), colour)


def read_slice(source: Source, geometry: Geometry, k: int) -> Volume:
    """Return slice k of a series as a volume of one slice.

    Raises
    ------
    Unreadable
        When the file is gone or damaged.
    """
    from mo_viewer.dicom.frame import Reader
    from mo_viewer.dicom.header import read_dataset, read_header
    from mo_viewer.dicom.lut import modality_table
    from mo_viewer.dicom.pixels import read_frame

    instance = source.instances[k]
    header, reader = read_header(instance.path), Reader()
    traits = reader.traits(header)
    frame = next(f for f in reader.frames(header, traits) if f.number == instance.frame)
    lut = modality_table(read_dataset(instance), traits.signed) if traits.modality_lut else None
    return Volume(
        values=read_frame(frame)[None],
        geometry=geometry.crop((k, 0, 0), (1, *geometry.shape[1:])),
        source=source,
        unit="HU" if traits.hounsfield else "",
        slope=np.array([1.0 if frame.slope is None else frame.slope]),
        intercept=np.array([0.0 if frame.intercept is None else frame.intercept]),
        lut=lut,
        inverted=traits.inverted,
        length=traits.length,
    )


def length_of(source: Source) -> str:
    """Return what a millimetre means in the images of a series, a word of the contract.

    Raises
    ------
    Unreadable
        When the first file is gone or damaged.
    """
    from mo_viewer.dicom.frame import Reader
    from mo_viewer.dicom.header import read_header

    return Reader().traits(read_header(source.instances[0].path)).length.value
