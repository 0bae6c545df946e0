"""What a millimetre means in an image: the decision table of DICOM PS3.3 10.7 and C.8.11.4.

PixelSpacing is in the patient on CT, MR, PET. On a projection it is calibrated only where it differs from the
spacing at the detector (or film), or where a calibration type says so; alone it cannot be known.
"""

from mo_viewer.dicom import tags, values
from mo_viewer.volume.volume import Length

IN_PATIENT = frozenset({"CT", "MR", "PT", "NM"})
PROJECTIONS = frozenset({"CR", "DX", "RG", "RF", "XA", "MG", "IO", "PX", "DR"})
SAME = 1e-4
"""Two spacings are one when they differ by less than this share."""
FACTOR_AGREES = 0.02
FINEST_MM, COARSEST_MM = 1e-6, 1e4
"""Pixels smaller or larger than these are mistakes, which would run through every number that is measured."""

Spacing = tuple[float, float]
_UNIT = (1.0, 1.0)


def millimetres(raw: dict[int, bytes], modality: str) -> tuple[Spacing, Length]:
    """Return the spacing of rows and columns in mm and what it means.

    Without any usable spacing the step is one pixel (or the pixel aspect ratio) and the length is `Length.NONE`.
    """
    own = usable(values.numbers(raw.get(tags.SPACING)))
    placed = tags.POSITION in raw and tags.ORIENTATION in raw
    if modality in IN_PATIENT or (placed and modality not in PROJECTIONS):
        return (own, Length.PATIENT) if own else (_aspect(raw), Length.NONE)
    return _projected(raw, own)


def usable(found: tuple[float, ...]) -> Spacing | None:
    """Return row and column spacing, or None when absent, zero, negative, or like no pixel's."""
    if len(found) != 2 or not FINEST_MM <= min(found) <= max(found) <= COARSEST_MM:
        return None
    return found[0], found[1]


def _projected(raw: dict[int, bytes], own: Spacing | None) -> tuple[Spacing, Length]:
    detector = usable(values.numbers(raw.get(tags.IMAGER_SPACING)))
    film = usable(values.numbers(raw.get(tags.SCANNED_SPACING)))
    raw_spacing = detector or film
    if own and values.text(raw.get(tags.CALIBRATION)):
        return own, Length.CALIBRATED
    if own and raw_spacing and not _same(own, raw_spacing):
        return own, Length.CALIBRATED
    if detector:
        factor = magnification(raw)
        if factor is not None:
            return (detector[0] / factor, detector[1] / factor), Length.MAGNIFICATION_CORRECTED
        return detector, Length.DETECTOR
    if film:
        return film, Length.FILM
    return (own, Length.UNKNOWN) if own else (_aspect(raw), Length.NONE)


def magnification(raw: dict[int, bytes]) -> float | None:
    """Return the estimated radiographic magnification factor, or None where it is absent or contradicts itself.

    It is source-to-detector over source-to-patient distance, so never below 1; some makers write its inverse.
    """
    factor = values.number(raw.get(tags.MAGNIFICATION))
    if factor is None or factor < 1:
        return None
    detector, patient = values.number(raw.get(tags.SOURCE_TO_DETECTOR)), values.number(raw.get(tags.SOURCE_TO_PATIENT))
    if detector and patient and abs(detector / patient / factor - 1) > FACTOR_AGREES:
        return None
    return factor


def _same(one: Spacing, other: Spacing) -> bool:
    return all(abs(a / b - 1) < SAME for a, b in zip(one, other, strict=True))


def _aspect(raw: dict[int, bytes]) -> Spacing:
    ratio = usable(values.numbers(raw.get(tags.ASPECT)))
    return (ratio[0] / ratio[1], 1.0) if ratio else _UNIT
