from dataclasses import replace

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.volume.source import Patient

STUDY = Timepoint("study", "series")
LINE = Mark("1", MarkKind.LENGTH, ((0.0, 0.0, 0.0), (3.0, 4.0, 0.0)), ImageRef("series", "sop"))
EMPTY = Document(Patient("k"))


def test_a_mark_is_put_in_its_study_and_replaced_by_its_uid() -> None:
    once = EMPTY.with_mark(STUDY, LINE)
    longer = replace(LINE, label="long")
    assert once.with_mark(STUDY, longer).timepoint("study").marks == (longer,)


def test_the_last_mark_that_goes_takes_its_empty_timepoint_with_it() -> None:
    assert EMPTY.with_mark(STUDY, LINE).without_mark("study", "1") == EMPTY


def test_a_lesion_put_in_later_keeps_marks_and_key_images() -> None:
    image = ImageRef("series", "sop")
    drawn = EMPTY.with_mark(STUDY, LINE).with_key_image(STUDY, image)
    both = drawn.with_lesion(STUDY, Lesion("u", "L1", ()))
    assert both.timepoint("study").marks == (LINE,)
    assert both.timepoint("study").key_images == (image,)
    assert both.without_lesion("study", "u").timepoint("study").marks == (LINE,)
    assert both.without_mark("study", "1").timepoint("study").lesions == (Lesion("u", "L1", ()),)


def test_a_key_image_is_marked_once_and_unmarked() -> None:
    image = ImageRef("series", "sop", 3)
    once = EMPTY.with_key_image(STUDY, image)
    assert once.with_key_image(STUDY, image) == once
    assert once.with_key_image(STUDY, image, is_key=False) == EMPTY
