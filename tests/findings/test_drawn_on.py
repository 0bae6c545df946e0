"""On which images a lesion lies, also in findings that were kept before that was."""

from dataclasses import replace

import numpy as np
import pytest

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import ImageRef
from mo_viewer.findings.plain import from_plain, to_plain
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Instance, Patient, Source

STUDY, FIRST, OTHER = "1.1", "1.1.1", "1.1.2"
STEPS = np.diag([3.0, 0.8, 0.7, 1.0])
FILM = Geometry.even((1, 20, 30), STEPS, in_patient=False)
UNPLACED = {"film": FILM, "slices": Geometry.even((5, 20, 30), STEPS)}
SHARED = Geometry.even((5, 20, 30), STEPS, "1.1.99")


def source(uid, sops=("a",), study=STUDY):
    return Source(Patient("k"), study, uid, "DX", instances=tuple(Instance("", f"{uid}.{sop}", "") for sop in sops))


def lesion(geometry, image=None, uid="u1"):
    return Lesion(uid, uid, (), Mask(np.ones((1, 2, 2), bool), (0, 4, 4), geometry), image=image)


def on_first(geometry):
    return lesion(geometry, ImageRef.of(source(FIRST), 0))


@pytest.mark.parametrize("geometry", UNPLACED.values(), ids=UNPLACED)
def test_without_a_frame_of_reference_it_lies_on_its_own_series_only(geometry) -> None:
    timepoint = Timepoint(STUDY, OTHER, lesions=(on_first(geometry),))
    assert timepoint.is_on(timepoint.lesions[0], source(FIRST), geometry)
    assert not timepoint.is_on(timepoint.lesions[0], source(OTHER), geometry)
    assert timepoint.is_apart(timepoint.lesions[0])


def test_in_one_frame_of_reference_it_lies_on_every_series_whatever_its_grid() -> None:
    timepoint = Timepoint(STUDY, OTHER, lesions=(on_first(SHARED),))
    finer = Geometry.even((9, 40, 60), STEPS / 2, "1.1.99")
    assert timepoint.is_on(timepoint.lesions[0], source(OTHER), finer)
    assert not timepoint.is_apart(timepoint.lesions[0])
    assert not timepoint.is_on(timepoint.lesions[0], source(FIRST, study="1.2"), finer)


def test_two_films_in_a_series_that_was_split_are_two_images() -> None:
    timepoint = Timepoint(STUDY, FIRST, lesions=(on_first(FILM),))
    assert timepoint.is_on(timepoint.lesions[0], source(FIRST), FILM)
    assert not timepoint.is_on(timepoint.lesions[0], source(FIRST, ("b",)), FILM)


def test_a_series_without_frame_of_reference_that_lacks_a_slice_now_still_bears_it() -> None:
    whole, fewer = UNPLACED["slices"], Geometry.even((4, 20, 30), STEPS)
    timepoint = Timepoint(STUDY, FIRST, lesions=(on_first(whole),))
    assert timepoint.is_on(timepoint.lesions[0], source(FIRST), fewer)


def kept_before(timepoint):
    """A document as earlier versions wrote it, read again."""
    blobs = {}
    plain = to_plain(Document(Patient("k"), (timepoint,)), blobs)
    for told in plain["timepoints"]:
        for one in told["lesions"]:
            del one["image"]
    return from_plain(Document, plain, blobs)


def test_in_older_findings_the_only_lesion_lies_on_the_series_that_was_measured() -> None:
    document = kept_before(Timepoint(STUDY, FIRST, lesions=(lesion(FILM),)))
    (timepoint,) = document.timepoints
    assert timepoint.drawn_on(timepoint.lesions[0]) == ImageRef(FIRST)
    assert timepoint.is_on(timepoint.lesions[0], source(FIRST), FILM)
    assert not timepoint.is_on(timepoint.lesions[0], source(OTHER), FILM)


def test_that_stays_so_when_another_is_drawn_on_the_other_image() -> None:
    document = kept_before(Timepoint(STUDY, FIRST, lesions=(lesion(FILM),)))
    fresh = replace(lesion(FILM, uid="u2"), image=ImageRef.of(source(OTHER), 0))
    (timepoint,) = document.with_lesion(Timepoint(STUDY, OTHER), fresh).timepoints
    first, second = timepoint.lesions
    assert timepoint.series_uid == OTHER
    assert timepoint.drawn_on(first) == ImageRef(FIRST)
    assert timepoint.drawn_on(second) == ImageRef(OTHER, f"{OTHER}.a")


def test_of_several_in_older_findings_nothing_is_claimed_until_they_are_measured_anew() -> None:
    document = kept_before(Timepoint(STUDY, FIRST, lesions=(lesion(FILM), lesion(FILM, uid="u2"))))
    (timepoint,) = document.timepoints
    for one in timepoint.lesions:
        assert timepoint.drawn_on(one) is None
        assert timepoint.is_on(one, source(FIRST), FILM)
        assert timepoint.is_on(one, source(OTHER), FILM)
    (left,) = document.without_lesion(STUDY, "u2").timepoints
    assert left.drawn_on(left.lesions[0]) is None, "the one that is left was not made known by taking the other away"
