"""What the reader measured by hand, as the findings JSON holds it and as a table of the report."""

from collections.abc import Iterator, Sequence

import numpy as np

from mo_viewer.base.faults import Refused, Unreadable
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import OUTLINES, Mark, MarkKind
from mo_viewer.measure.marks import ON_SLICE, Reading, index_of, read_mark
from mo_viewer.report.contract import Json
from mo_viewer.report.reading_lesion import Table
from mo_viewer.report.wording import Wording
from mo_viewer.volume.reading_order import image_number
from mo_viewer.volume.volume import UNITS, Length, Volume

BY_READER = "reader"
"""Stands for a contract's `length_calibration` where a calibration line of the reader decides."""
_MM2_PER_CM2 = 100.0
_CM2_FROM_MM2 = 1000.0
_COLOURS = ("red", "green", "blue")
_STATISTICS = (("mean", "mean"), ("sd", "sd"), ("minimum", "lowest"), ("maximum", "highest"), ("median", "median"))

Place = tuple[Series, int]
"""A series and one of its slices."""


class MarkReader:
    """Measures marks anew on the images at hand; each image is read once.

    Parameters
    ----------
    series
        All series at hand.
    """

    def __init__(self, series: Sequence[Series]) -> None:
        self._series = series
        self._read: dict[tuple[object, int | None], Volume] = {}

    def marks_json(self, timepoint: Timepoint) -> list[Json]:
        """Return the marks of a study with what they measure; `refused` says why there is no value."""
        return [self._mark(mark, timepoint) for mark in timepoint.marks]

    def _mark(self, mark: Mark, timepoint: Timepoint) -> Json:
        place = self._place(mark, timepoint)
        told: Json = {
            "uid": mark.uid,
            "label": mark.label,
            "kind": mark.kind.value,
            "series_uid": mark.image.series_uid,
            "series_number": None if place is None else place[0].source.number,
            "sop_uid": mark.image.sop_uid,
            "frame": mark.image.frame,
            "image": None if place is None else _image_number(*place),
            "length_calibration": None,
            "values": [],
            "notes": [],
            "refused": "",
        }
        if place is None:
            return told | {"refused": "Its images are not at hand."}
        try:
            reading = read_mark(mark, *self._volume(mark, *place), timepoint.marks)
        except (Refused, Unreadable) as fault:
            return told | {"refused": fault.sentence}
        scale = reading.scale
        told["length_calibration"] = BY_READER if scale.by_reader else scale.length.value
        unit = "px" if scale.length is Length.NONE else "mm"
        told["values"] = [
            {"name": n, "value": float(v), "unit": u} for n, v, u in _values(mark, reading, unit) if np.isfinite(v)
        ]
        told["notes"] = list(_notes(reading))
        return told | {"refused": reading.refused}

    def _place(self, mark: Mark, timepoint: Timepoint) -> Place | None:
        image = mark.image.sop_uid, mark.image.frame or 1
        for one in self._series:
            if one.source.study_uid == timepoint.study_uid and one.source.series_uid == mark.image.series_uid:
                for k, instance in enumerate(one.source.instances):
                    if one.geometry is not None and (instance.sop_uid, instance.frame or 1) == image:
                        return one, k
        return None

    def _volume(self, mark: Mark, series: Series, k: int) -> tuple[Volume, int]:
        """The slice that a mark lies on, or the whole stack where it lies across slices; and its slice in that."""
        from mo_viewer.dicom.load import load, load_slice

        assert series.geometry is not None
        across = np.abs(index_of(mark, series.geometry, k)[:, 0] - k).max() > ON_SLICE
        needs_all = across and (mark.kind in OUTLINES or mark.kind is MarkKind.PROBE)
        key = (series.key, None if needs_all else k)
        if key not in self._read:
            self._read[key] = load(series) if needs_all else load_slice(series, k)
        return self._read[key], k if needs_all else 0


def _image_number(series: Series, k: int) -> int:
    assert series.geometry is not None
    return image_number(series.geometry, k)


def marks_table(findings: Json, words: Wording) -> Table | None:
    """Return the table of all that the reader measured by hand; None where there is nothing."""
    rows = [
        (
            mark["label"] or "–",
            words.say(f"mark_{mark['kind']}"),
            _value_text(mark, words),
            _region_text(mark, words),
            _image_text(mark, words),
            timepoint["date"] or words.say("no_date"),
        )
        for timepoint in findings["timepoints"]
        for mark in timepoint.get("marks", ())
    ]
    keys = ("mark_name", "mark_kind", "mark_value", "mark_region", "mark_image", "study_date")
    return Table(words.say("marks"), tuple(words.say(key) for key in keys), tuple(rows)) if rows else None


def _values(mark: Mark, reading: Reading, unit: str) -> Iterator[tuple[str, float, str]]:
    if mark.kind is MarkKind.CALIBRATION:
        if mark.known_mm is not None:
            yield "true_length", mark.known_mm, "mm"
    elif reading.length is not None:
        yield "length" if reading.short is None else "long_axis", reading.length, unit
    if reading.short is not None:
        yield "short_axis", reading.short, unit
    if reading.angle_deg is not None:
        yield "angle", reading.angle_deg, "deg"
    if reading.area is not None:
        yield "area", reading.area, f"{unit}2"
    of_values = reading.unit or "1"
    if reading.inside is not None:
        for name, field in _STATISTICS:
            yield name, getattr(reading.inside, field), of_values
        yield "count", reading.inside.count, "1"
    names = _COLOURS if len(reading.values) == len(_COLOURS) else ("value",)
    for name, value in zip(names, reading.values, strict=False):
        yield name, value, of_values


def _notes(reading: Reading) -> Iterator[str]:
    inside = reading.inside
    if inside is not None and inside.interpolated:
        yield "values interpolated between slices"
    if inside is not None and inside.left_out:
        yield f"{inside.left_out} places of the region hold no image"


def _value_text(mark: Json, words: Wording) -> str:
    got = {one["name"]: one for one in mark["values"]}
    state = mark["length_calibration"]
    of_lengths = words.say("mark_by_reader") if state == BY_READER else UNITS[Length(state)] if state else ""
    if "true_length" in got:
        return words.say("mark_true", length=_figure(got["true_length"]["value"]))
    if "long_axis" in got:
        return f"{_figure(got['long_axis']['value'])} × {_figure(got['short_axis']['value'])} {of_lengths}"
    if "length" in got:
        return f"{_figure(got['length']['value'])} {of_lengths}"
    if "angle" in got:
        return f"{got['angle']['value']:.1f}°"
    if "area" in got:
        return _area(got["area"]["value"], of_lengths)
    found = [one for one in mark["values"] if one["name"] in ("value", *_COLOURS)]
    if found:
        return f"{', '.join(_stored(one['value']) for one in found)} {_unit(found[0])}".rstrip()
    return mark["refused"] or "–"


def _region_text(mark: Json, words: Wording) -> str:
    got = {one["name"]: one for one in mark["values"]}
    if "mean" not in got:
        return mark["refused"] if "area" in got else ""
    span = got["maximum"]["value"] - got["minimum"]["value"]
    decimals = 0 if span >= 20 or got["mean"]["unit"] == "HU" else 2
    told = {name: f"{got[name]['value']:.{decimals}f}" for name, _ in _STATISTICS}
    text = words.say("mark_statistics", **told, unit=_unit(got["mean"]), count=int(got["count"]["value"]))
    return "; ".join((text, *mark["notes"]))


def _image_text(mark: Json, words: Wording) -> str:
    if mark["image"] is None:
        return "–"
    number = mark["series_number"]
    return words.say("mark_place", series="–" if number is None else number, image=mark["image"])


def _area(area: float, of_lengths: str) -> str:
    unit, after = of_lengths[:2], of_lengths[2:]
    if unit == "mm" and area >= _CM2_FROM_MM2:
        return f"{area / _MM2_PER_CM2:.1f} cm²{after}"
    return f"{area:.1f} {unit}²{after}" if area < 100 else f"{area:.0f} {unit}²{after}"


def _unit(one: Json) -> str:
    return "" if one["unit"] == "1" else str(one["unit"])


def _stored(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"


def _figure(length: float) -> str:
    return f"{length:.1f}" if length >= 1 else f"{length:.2f}"
