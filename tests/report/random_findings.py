"""Random documents about images on disk: every field of every finding, by hypothesis."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mo_viewer.findings.codes import Code
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Fate, LesionEvent, Occasion, PatientEvent
from mo_viewer.findings.lesion import Grade, Laterality, Lesion, Quality, Rule
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.findings.measurement import ClassVolume, Measurement, Refusal
from mo_viewer.findings.registration import Registration, Rows, Verdict
from mo_viewer.report.codes import concepts
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Source
from mo_viewer.volume.surface import Surface

UNITS = {name: concept.unit for name, concept in concepts().items()}
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=24)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=64, min_value=-1e9, max_value=1e9)
spreads = st.none() | st.floats(0, 1e6)
points = st.tuples(*[st.floats(-1e3, 1e3)] * 3)
uids = st.integers(1, 2**120).map(lambda n: f"2.25.{n}")
few_words = st.lists(words, max_size=2).map(tuple)
days = st.dates().map(lambda day: day.isoformat())


@st.composite
def masks(draw: Any, geometry: Geometry) -> Mask:
    """At least one voxel, anywhere on the grid."""
    inside = draw(st.binary(min_size=4, max_size=60))
    low = [draw(st.integers(0, n - 1)) for n in geometry.shape]
    size = [draw(st.integers(1, min(5, n - at))) for n, at in zip(geometry.shape, low, strict=True)]
    bits = np.resize(np.unpackbits(np.frombuffer(inside, np.uint8)), size).astype(bool)
    bits[tuple(np.array(size) // 2)] = True
    return Mask.trimmed(bits, (low[0], low[1], low[2]), geometry)


@st.composite
def surfaces(draw: Any) -> Surface:
    """Some triangles."""
    vertices = draw(st.lists(points, min_size=3, max_size=6))
    faces = draw(st.lists(st.tuples(*[st.integers(0, len(vertices) - 1)] * 3), min_size=1, max_size=5))
    return Surface(np.array(vertices), np.array(faces, dtype=np.int64))


rules = st.builds(Rule, words, st.none() | numbers, words, st.none() | st.booleans(), words, st.booleans(), words)
grades = st.none() | st.builds(
    Grade,
    st.sampled_from(["1", "2", "3", "4", "2-3", "3-4", "indeterminate"]),
    st.just("maturity 1-4"),
    st.lists(rules, max_size=3).map(tuple),
)
qualities = st.builds(
    Quality,
    st.floats(0, 1),
    st.booleans(),
    st.booleans(),
    spreads,
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1),
    few_words,
)
classes = st.builds(ClassVolume, words, st.floats(-1e3, 3e3), st.none() | st.floats(-1e3, 3e3), st.floats(0, 1e6))
sites = st.none() | st.just(Code("68367000", "SCT", "Thigh")) | st.just(Code("40983000", "SCT", "Upper arm"))


@st.composite
def measured(draw: Any) -> dict[str, tuple[Any, ...]]:
    """Each name of the contract at most once: measured, or refused, or not tried."""
    names = draw(st.permutations(sorted(UNITS)))
    cut, end = sorted(draw(st.tuples(*[st.integers(0, len(names))] * 2)))
    found = [
        Measurement(name, draw(numbers), UNITS[name], draw(spreads), draw(words), draw(few_words), draw(few_words))
        for name in names[:cut]
    ]
    return {"measurements": tuple(found), "refused": tuple(Refusal(name, draw(words)) for name in names[cut:end])}


@st.composite
def lesions(draw: Any, geometry: Geometry) -> Lesion:
    """One lesion with voxels."""
    plain = Lesion(
        tracking_uid=draw(uids),
        label=draw(words),
        clicks_mm=draw(st.lists(points, max_size=2).map(tuple)),
        mask=draw(masks(geometry)),
        surface=draw(st.none() | surfaces()),
        site=draw(sites),
        laterality=draw(st.sampled_from(Laterality)),
        class_volumes=draw(st.lists(classes, max_size=2).map(tuple)),
        quality=draw(qualities),
        grade=draw(grades),
        pattern=draw(st.sampled_from(["outside_in", "inside_out", "none", "not_assessable", ""])),
    )
    return replace(plain, **draw(measured()))


images = st.builds(ImageRef, uids, uids, st.none() | st.integers(1, 99))
marks = st.builds(
    Mark,
    uids,
    st.sampled_from(MarkKind),
    st.lists(points, min_size=1, max_size=4).map(tuple),
    images,
    st.booleans(),
    points,
    words,
    st.sampled_from(["", "#ffcc00"]),
    st.booleans(),
    spreads,
)


happened = st.builds(PatientEvent, days, st.sampled_from(Occasion), words)


@st.composite
def rigid(draw: Any) -> Rows:
    """A turn about the long axis and a shift: what a registration may be."""
    angle, (x, y, z) = draw(st.floats(-3.2, 3.2)), draw(points)
    c, s = math.cos(angle), math.sin(angle)
    return (c, -s, 0.0, x), (s, c, 0.0, y), (0.0, 0.0, 1.0, z), (0.0, 0.0, 0.0, 1.0)


@st.composite
def registrations(draw: Any, studies: list[str]) -> tuple[Registration, ...]:
    """One between each pair of neighbours, found or not."""
    made = []
    for before, after in itertools.pairwise(studies):
        matrix = draw(st.none() | rigid())
        verdict = Verdict.FAILED if matrix is None else draw(st.sampled_from((Verdict.GOOD, Verdict.CHECK)))
        more = {"near_mm": draw(st.none() | points), "residual_mm": draw(spreads), "error_mm": draw(spreads)}
        made.append(Registration(before, after, verdict, draw(words), matrix, draw(words), **more))
    return tuple(made)


@st.composite
def documents(draw: Any, sources: list[tuple[Source, Geometry]]) -> Document:
    """Findings of one patient in some of the studies, one to three lesions in each."""
    chosen = draw(st.lists(st.sampled_from(sources), min_size=1, unique_by=lambda one: one[0].study_uid))
    found = Document(chosen[0][0].patient, (), draw(st.just("") | days))
    for source, geometry in chosen:
        several = draw(st.lists(lesions(geometry), min_size=1, max_size=3, unique_by=lambda x: x.tracking_uid))
        whole = replace(
            Timepoint.of(source),
            lesions=tuple(several),
            marks=draw(st.lists(marks, max_size=2, unique_by=lambda x: x.uid).map(tuple)),
            key_images=draw(st.lists(images, max_size=2, unique=True).map(tuple)),
        )
        found = found.with_timepoint(whole)
    events = draw(st.lists(happened, max_size=2).map(tuple))
    ways = draw(registrations([one.study_uid for one in found.timepoints]))
    said = tuple(
        LesionEvent(lesion.tracking_uid, draw(st.sampled_from(Fate)), after.study_uid, after.date)
        for after in found.timepoints[1:]
        for lesion in after.lesions
        if draw(st.booleans())
    )
    return replace(found, events=events, registrations=ways, judged=said)
