"""What the study list says about series and studies, in the fewest words that tell them apart."""

from collections.abc import Iterable, Sequence
from datetime import date
from weakref import WeakKeyDictionary

from mo_viewer.dicom.choose import sharpness
from mo_viewer.dicom.series import Series, Study
from mo_viewer.ui.plain_text import plain
from mo_viewer.volume.source import Patient

KINDS = {
    "SEG": "segmentation",
    "SR": "structured report",
    "RTSTRUCT": "contours (structure set)",
    "RTPLAN": "treatment plan",
    "RTDOSE": "dose",
    "PR": "presentation state",
    "KO": "key images",
    "RWV": "table of values",
    "REG": "registration",
    "DOC": "document",
    "ECG": "electrocardiogram",
}
REMARKS = {
    "missing_slices": "missing slices",
    "uneven_spacing": "uneven spacing",
    "gantry_tilt": "gantry tilt",
    "duplicate_position": "double position",
    "mixed_orientation": "mixed directions",
    "phases": "phases",
    "no_rescale": "no HU scale",
    "per_slice_rescale": "scale per slice",
    "no_spacing": "no mm",
    "no_frame_of_reference": "no frame",
    "second_decoder": "second decoder",
    "cone_beam": "cone beam",
    "over_budget": "too large",
    "duplicate_files": "copies",
}
HARMLESS = frozenset({"split", "per_slice_rescale", "colour", "localizer", "duplicate_files"})
"""Remarks that say what a series is; every other one limits what may be measured."""

_STEPS_MM: WeakKeyDictionary[Series, float] = WeakKeyDictionary()
"""Asked for at every change of the list, and half a millisecond each to find out anew."""


def remark_words(code: str) -> str:
    """Return two or three words for a remark code of the contract."""
    return REMARKS.get(code, code.replace("_", " "))


def millimetres(value_mm: float) -> str:
    """Return a distance with at most two decimals: ``3.27``, ``3``."""
    return f"{value_mm:.2f}".rstrip("0").rstrip(".")


def series_title(series: Series) -> str:
    """Return number and description, else what the series is."""
    source = series.source
    words = plain(source.description) or KINDS.get(source.modality, "").capitalize() or plain(source.modality)
    number = "" if source.number is None else str(source.number)
    return " · ".join(part for part in (number, words or "Series without a name") if part)


def series_size(series: Series) -> str:
    """Return how many images, how thick, which kernel; empty for what is no image."""
    if not series.is_image:
        return ""
    parts = [_count(series), _step(series), plain(series.source.acquisition.kernel)]
    return " · ".join(part for part in parts if part)


def kind(series: Series) -> str:
    """Return what an object that is no image is."""
    modality = plain(series.source.modality)
    return KINDS.get(modality, modality or "not an image")


def letters(modality: str) -> str:
    """Return the few letters that stand for a thumbnail that is not there."""
    return "RT" if modality.startswith("RT") else plain(modality)[:4]


def study_words(study: Study) -> str:
    """Return the description of a study, else its body part, else the description of its first series."""
    best = first_to_show(study.series) or study.series[0]
    body_part = plain(best.source.body_part).capitalize()
    return plain(study.description) or body_part or plain(best.source.description)


def study_size(study: Study) -> str:
    """Return count and slice distance of the series that stands for the study: ``74 × 3.27 mm``."""
    best = first_to_show(study.series)
    if best is None:
        return "no images"
    step = _step(best)
    frames = sum(series.frames for series in study.series if series.is_image)
    return f"{best.frames} × {step}" if step else f"{frames} image{'s' if frames > 1 else ''}"


def modalities(study: Study) -> str:
    """Return the modalities of its images, else of what else it holds: ``CT, MR``."""
    images = [series.source.modality for series in study.series if series.is_image]
    seen = images or [series.source.modality for series in study.series]
    return ", ".join(plain(name) for name in dict.fromkeys(sorted(seen)) if name)


def study_clock(study: Study, among: Iterable[Study]) -> str:
    """Return hours and minutes where another study of the patient has the same date, else nothing."""
    return study.time[:5] if sum(other.date == study.date for other in among) > 1 else ""


def first_to_show(series: Sequence[Series]) -> Series | None:
    """Return the series that is offered first: a volume before single images, CT before others, most images."""
    images = [one for one in series if one.is_image]
    return max(images, key=_rank, default=None)


def best_to_measure(series: Sequence[Series]) -> Series | None:
    """Return the CT in HU with the thinnest slices and, among equals, the softest kernel.

    None with fewer than two candidates: then there is nothing to choose, so nothing needs saying.
    """
    able = [one for one in series if one.is_volume and one.hounsfield and one.frames > 1 and not limits(one)]
    return min(able, key=_measuring_rank) if len(able) > 1 else None


def limits(series: Series) -> bool:
    """Whether a remark limits what may be measured in it."""
    return not series.codes() <= HARMLESS


def patient_line(patient: Patient, study_date: str) -> str:
    """Return sex, birth date with the age at the study, and ID; a dash stands where the images do not say."""
    born = plain(patient.birth_date)
    age = _age(born, study_date)
    birth = f"born {born or '—'}" + (f" ({age} y)" if age is not None else "")
    return " · ".join(part for part in (plain(patient.sex), birth, f"ID {plain(patient.id) or '—'}") if part)


def _age(born: str, study_date: str) -> int | None:
    try:
        day, then = date.fromisoformat(born), date.fromisoformat(study_date)
    except ValueError:
        return None
    years = then.year - day.year - ((then.month, then.day) < (day.month, day.day))
    return years if 0 <= years < 120 else None


def _rank(series: Series) -> tuple[bool, bool, bool, int]:
    localizer = "localizer" in series.codes()
    return series.is_volume and not localizer, not localizer, series.source.modality == "CT", series.frames


def _measuring_rank(series: Series) -> tuple[float, float, int]:
    return round(_step_mm(series), 2), sharpness(series.source.acquisition.kernel), -series.frames


def _count(series: Series) -> str:
    if series.frames == 1:
        return f"{series.shape[1]} × {series.shape[2]} pixels"
    return f"{series.frames} images"


def _step(series: Series) -> str:
    step = _step_mm(series)
    return f"{millimetres(step)} mm" if series.is_volume and step > 0 else ""


def _step_mm(series: Series) -> float:
    if series not in _STEPS_MM:
        _STEPS_MM[series] = series.geometry.spacing_mm[0] if series.geometry is not None else 0.0
    return _STEPS_MM[series]
