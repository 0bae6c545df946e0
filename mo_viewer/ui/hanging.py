"""Which studies are hung where: the latest beside the one before it, or as the reader has arranged and named it."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mo_viewer.base.faults import Unwritable
from mo_viewer.dicom.series import Series, Study
from mo_viewer.paths import user_settings
from mo_viewer.ui.linking import Linked
from mo_viewer.ui.series_words import best_to_measure, first_to_show
from mo_viewer.volume.cuts import Orientation


@dataclass(frozen=True)
class Pick:
    """What one pane shows: the study so many places before the latest comparable one, and which way it looks."""

    before: int
    looks: Orientation = Orientation.ACQUIRED
    description: str = ""
    """The series of this description is taken where there is one, else the best to measure."""


@dataclass(frozen=True)
class Hanging:
    """A named arrangement."""

    name: str
    layout: str
    picks: tuple[Pick, ...]
    linked: Linked


CURRENT_AND_PRIOR = Hanging("Compare with prior", "1x2", (Pick(1), Pick(0)), Linked(True, True, True))
"""The older one at the left, as time runs."""


def best_of(study: Study) -> Series | None:
    """Return the series that stands for a study: the best to measure, else the first that would be shown."""
    return best_to_measure(study.series) or first_to_show(study.series)


def latest_best(studies: Iterable[Study], patient_key: str) -> Series | None:
    """Return the best series of a patient's latest study that holds pictures."""
    for study in studies:
        best = best_of(study) if study.patient.key == patient_key else None
        if best is not None:
            return best
    return None


def comparable(studies: Iterable[Study], like: Series) -> tuple[Study, ...]:
    """Return the patient's studies, newest first, that hold a series of the same modality and body part.

    A body part that one of the two does not name is no reason against.
    """
    return tuple(
        study
        for study in studies
        if study.patient.key == like.source.patient.key and any(_is_like(one, like) for one in study.series)
    )


def picked(studies: Iterable[Study], like: Series, hanging: Hanging) -> tuple[Series | None, ...]:
    """Return the series of each pane; None where the patient has not so many comparable studies."""
    listed = comparable(studies, like)
    return tuple(
        _series_of(listed[pick.before], like, pick) if pick.before < len(listed) else None for pick in hanging.picks
    )


def described(
    name: str, layout: str, shown: Sequence[tuple[Series | None, Orientation]], studies: Sequence[Study], linked: Linked
) -> Hanging:
    """Return what is shown now as an arrangement that fits other patients too."""
    first = next((series for series, _ in shown if series is not None), None)
    listed = comparable(studies, first) if first is not None else ()
    ranks = {study.study_uid: place for place, study in enumerate(listed)}
    picks = tuple(
        Pick(0 if series is None else ranks.get(series.source.study_uid, 0), looks, _description(series))
        for series, looks in shown
    )
    return Hanging(name, layout, picks, linked)


def saved_hangings() -> tuple[Hanging, ...]:
    """Return the arrangements that were saved; those that cannot be read are left out."""
    try:
        listed = json.loads(_file().read_text("utf-8"))["hangings"]
        return tuple(_read(entry) for entry in listed)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def save_hanging(hanging: Hanging) -> None:
    """Keep an arrangement; one of the same name is replaced.

    Raises
    ------
    Unwritable
        When the settings folder cannot be written.
    """
    kept = [one for one in saved_hangings() if one.name != hanging.name]
    _write([*kept, hanging])


def forget_hanging(name: str) -> None:
    """Keep an arrangement no longer; raises `Unwritable` as `save_hanging` does."""
    _write([one for one in saved_hangings() if one.name != name])


def _series_of(study: Study, like: Series, pick: Pick) -> Series | None:
    alike = [one for one in study.series if _is_like(one, like)]
    wanted = pick.description or like.source.description
    named = [one for one in alike if wanted and one.source.description == wanted]
    return best_to_measure(named or alike) or first_to_show(named or alike)


def _is_like(one: Series, like: Series) -> bool:
    parts = {one.source.body_part.upper(), like.source.body_part.upper()} - {""}
    return one.is_image and one.is_volume and one.source.modality == like.source.modality and len(parts) < 2


def _description(series: Series | None) -> str:
    return "" if series is None else series.source.description


def _read(entry: dict[str, object]) -> Hanging:
    picks, linked = entry["picks"], entry["linked"]
    if not isinstance(picks, list) or not isinstance(linked, dict):
        raise TypeError("an arrangement that is not one of ours")
    made = tuple(
        Pick(int(pick["before"]), Orientation(pick["looks"]), str(pick.get("description", ""))) for pick in picks
    )
    return Hanging(str(entry["name"]), str(entry["layout"]), made, Linked(**linked))


def _write(hangings: Sequence[Hanging]) -> None:
    file = _file()
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps({"hangings": [asdict(one) for one in hangings]}, indent=1), "utf-8")
        beside.replace(file)
    except OSError as error:
        raise Unwritable("The arrangement could not be saved.", "Check the settings folder.", repr(error)) from error


def _file() -> Path:
    return user_settings() / "hangings.json"
