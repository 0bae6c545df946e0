"""What the images of one series have in common, decoded once."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from mo_viewer.dicom import tags, values
from mo_viewer.dicom.calibration import millimetres
from mo_viewer.volume.source import Acquisition, Patient
from mo_viewer.volume.volume import Length

CT_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})
CONE_BEAM_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.13.1.1", "1.2.840.10008.5.1.4.1.1.13.1.2"})
_CONE_BEAM = re.compile(
    r"cone.?beam|\bcbct\b|\bobi\b|on-board imager|\bxvi\b|newtom|i-?cat\b|planmeca|promax|accuitomo|veraview|"
    r"galileos|orthophos|dynact|curvebeam|halcyon|verity|\bcs ?9[0-9]00\b",
    re.IGNORECASE,
)
Words = Callable[[int], str]
_PARTS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Traits:
    """The shared part of a header. Lengths are mm; `spacing_mm` is rows, columns."""

    patient: Patient
    study_uid: str
    series_uid: str
    sop_class: str
    modality: str
    date: str
    study_date: str
    time: str
    study_description: str
    description: str
    number: int | None
    body_part: str
    accession: str
    acquisition: Acquisition
    image_type: tuple[str, ...]
    frame_uid: str
    syntax: str
    rows: int
    columns: int
    samples: int
    photometric: str
    planar: bool
    frames: int
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    big: bool
    padding: tuple[int, int] | None
    spacing_mm: tuple[float, float]
    length: Length
    rescale_type: str
    inverted: bool
    lossy: bool
    modality_lut: bool
    voi_lut: bool
    grouped: bool
    charset: bytes

    @property
    def dtype(self) -> "np.dtype[np.generic]":
        """Type of the stored pixels."""
        size = 1 if self.allocated <= 8 else self.allocated // 8
        kind: DTypeLike = f"{'i' if self.signed else 'u'}{size}"
        return np.dtype(kind)

    @property
    def is_colour(self) -> bool:
        """Whether the decoded pixels are red, green, blue."""
        return self.samples == 3 or self.photometric == "PALETTE COLOR"

    @property
    def shares_chroma(self) -> bool:
        """Whether two neighbours share their chroma samples in uncompressed pixels (PS3.3 C.7.6.3.1.2)."""
        return self.samples == 3 and self.photometric.startswith("YBR_FULL_422") and self.syntax in tags.NATIVE

    @property
    def frame_bytes(self) -> int:
        """Size of one frame as it is stored without compression."""
        samples = 2 if self.shares_chroma else self.samples
        return (self.rows * self.columns * samples * self.allocated + 7) // 8

    @property
    def is_localizer(self) -> bool:
        """Whether this is a planning view, not a slice."""
        return "LOCALIZER" in self.image_type

    @property
    def is_cone_beam(self) -> bool:
        """Whether the images come from a cone-beam CT, as far as class, maker and model tell."""
        who = f"{self.acquisition.manufacturer} {self.acquisition.model} {self.description}"
        return self.sop_class in CONE_BEAM_CLASSES or (self.modality == "CT" and bool(_CONE_BEAM.search(who)))

    @property
    def hounsfield(self) -> bool:
        """Whether rescaled values may be called HU (DICOM PS3.3 C.11.1.1.2; RescaleType absent means HU on CT).

        Not on localizers, secondary captures and spectral images; a derived CT only where it says HU itself.
        """
        by_class = self.sop_class in CT_CLASSES | CONE_BEAM_CLASSES or (not self.sop_class and self.modality == "CT")
        if not by_class or self.is_localizer or self.samples != 1:
            return False
        if self.rescale_type:
            return self.rescale_type.upper() == "HU" or bool(re.match(r"hou?n[sd]", self.rescale_type, re.IGNORECASE))
        return self.modality == "CT" and self.image_type[:1] != ("DERIVED",) and "MPR" not in self.image_type


def patient_key(patient_id: str, issuer: str, name: str, birth_date: str, study_uid: str) -> str:
    """Return ten hex digits that stand for a patient.

    Two patients with one ID differ in name or birth date and get two keys. Spelling of the name (case, ``^``,
    spaces) does not count. Without ID and name nothing tells patients apart, so each study stands for itself.
    """
    plain = _PARTS.sub(" ", name).casefold().strip()
    alone = "" if patient_id or plain else study_uid
    parts = "\x1f".join((patient_id.strip(), issuer.strip(), plain, birth_date, alone))
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:10]


def traits_of(raw: dict[int, bytes], syntax: str, big: bool) -> Traits:
    """Decode the shared part of a header from raw elements."""
    get = raw.get
    charset = raw.get(tags.CHARSET, b"")
    signed = values.short(get(tags.SIGNED)) == 1
    allocated = values.short(get(tags.ALLOCATED)) or 0
    stored = values.short(get(tags.STORED)) or allocated
    high_bit = values.short(get(tags.HIGH_BIT))
    modality = values.text(get(tags.MODALITY))
    spacing_mm, length = millimetres(raw, modality)
    lossy = values.text(get(tags.LOSSY))

    def words(tag: int) -> str:
        value = raw.get(tag)
        return values.words(value, charset) if value else ""

    date = _first_date(raw, tags.ACQUISITION_DATE, tags.SERIES_DATE, tags.STUDY_DATE)
    study_date = _first_date(raw, tags.STUDY_DATE, tags.SERIES_DATE, tags.ACQUISITION_DATE)
    return Traits(
        patient=_patient(raw, words),
        study_uid=values.text(get(tags.STUDY_UID)),
        series_uid=values.text(get(tags.SERIES_UID)),
        sop_class=values.text(get(tags.SOP_CLASS)),
        modality=modality,
        date=date,
        study_date=study_date,
        time=values.iso_time(get(tags.STUDY_TIME)) if date == study_date else "",
        study_description=words(tags.STUDY_DESCRIPTION),
        description=words(tags.SERIES_DESCRIPTION),
        number=values.whole(get(tags.SERIES_NUMBER)),
        body_part=values.text(get(tags.BODY_PART)),
        accession=words(tags.ACCESSION),
        acquisition=_acquisition(raw, words),
        image_type=values.texts(get(tags.IMAGE_TYPE)),
        frame_uid=values.text(get(tags.FRAME_UID)),
        syntax=syntax,
        rows=values.short(get(tags.ROWS)) or 0,
        columns=values.short(get(tags.COLUMNS)) or 0,
        samples=values.short(get(tags.SAMPLES)) or 1,
        photometric=values.text(get(tags.PHOTOMETRIC)),
        planar=values.short(get(tags.PLANAR)) == 1,
        frames=values.whole(get(tags.FRAMES)) or 1,
        allocated=allocated,
        stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        signed=signed,
        big=big,
        padding=_padding(raw, signed),
        spacing_mm=spacing_mm,
        length=length,
        rescale_type=values.text(get(tags.RESCALE_TYPE)),
        inverted=_inverted(raw),
        lossy=lossy == "01" or (lossy != "00" and syntax in tags.ALWAYS_LOSSY),
        modality_lut=tags.MODALITY_LUT in raw,
        voi_lut=tags.VOI_LUT in raw,
        grouped=tags.FRAME_GROUPS in raw or tags.SHARED_GROUPS in raw,
        charset=charset,
    )


def _patient(raw: dict[int, bytes], words: Words) -> Patient:
    identifier, issuer, name = words(tags.PATIENT_ID), words(tags.ISSUER), words(tags.PATIENT_NAME)
    birth = values.iso_date(raw.get(tags.BIRTH_DATE))
    key = patient_key(identifier, issuer, name, birth, values.text(raw.get(tags.STUDY_UID)))
    return Patient(key, identifier, name, values.text(raw.get(tags.SEX)), birth, issuer)


def _acquisition(raw: dict[int, bytes], words: Words) -> Acquisition:
    agent = raw.get(tags.CONTRAST)
    return Acquisition(
        kvp=values.number(raw.get(tags.KVP)) or None,
        kernel="/".join(part for part in values.texts(raw.get(tags.KERNEL)) if part),
        slice_mm=values.number(raw.get(tags.THICKNESS)) or None,
        contrast=None if agent is None else bool(values.text(agent)),
        manufacturer=words(tags.MANUFACTURER),
        model=words(tags.MODEL),
        station=words(tags.STATION),
        software=words(tags.SOFTWARE),
        field_of_view_mm=values.number(raw.get(tags.DIAMETER)) or None,
    )


def _first_date(raw: dict[int, bytes], *names: int) -> str:
    return next((found for name in names if (found := values.iso_date(raw.get(name)))), "")


def _padding(raw: dict[int, bytes], signed: bool) -> tuple[int, int] | None:
    value = values.short(raw.get(tags.PADDING), signed)
    if value is None:
        return None
    limit = values.short(raw.get(tags.PADDING_LIMIT), signed)
    return (value, value) if limit is None else (min(value, limit), max(value, limit))


def _inverted(raw: dict[int, bytes]) -> bool:
    """A presentation LUT shape, where given, says more than the photometric interpretation (PS3.3 C.11.6)."""
    shape = values.text(raw.get(tags.LUT_SHAPE))
    return shape == "INVERSE" or (not shape and values.text(raw.get(tags.PHOTOMETRIC)) == "MONOCHROME1")
