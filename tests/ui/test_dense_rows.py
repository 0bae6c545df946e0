"""Rows of the study list take two lines, and nothing that is needed is cut for that."""

from dataclasses import replace

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from mo_viewer.ui.faces import faces_of
from mo_viewer.ui.pills import pill_boxes, pills_width
from mo_viewer.ui.row_delegate import LEAST_GAP_PX, RowDelegate, _write, badges_box, words_box
from mo_viewer.ui.rows import Badge, Row


def test_what_is_marked_stands_beside_the_date_so_that_more_studies_are_seen_at_once(qapp):
    """Two lines a study, whatever is said of it; the date is never cut for it."""
    font = qapp.font()
    delegate, faces = RowDelegate(lambda _: None), faces_of(font)
    bare = Row("k", "2024-03-04", " CT/SR", "Thigh left", "150 × 1 mm", beside=True)
    said = replace(bare, badges=(Badge("2 lesions", "good"), Badge("other ID"), Badge("to be checked", "caution")))
    assert delegate.row_height(font, said) == delegate.row_height(font, bare) <= 52
    for width in (200, 253, 400):
        rect = QRect(0, 0, width, delegate.row_height(font, said))
        boxes = pill_boxes(said.badges, faces, badges_box(rect, said, faces))
        assert boxes
        assert boxes[0][0].left() >= words_box(rect, said).left() + faces.strong.width(said.strong)
        assert boxes[-1][0].right() <= words_box(rect, said).right() + 1


def test_a_long_name_is_cut_inside_where_series_are_alike():
    face = faces_of(QFont()).plain
    cut = face.elided("Thigh with a long name 1.5 B70f", face.width("Thigh with a 1.5 B70f"), inside=True)
    assert cut.startswith("Thigh")
    assert cut.endswith("B70f")


def test_words_of_which_only_an_ellipsis_would_fit_are_left_out(qapp):
    face = faces_of(qapp.font()).plain
    image = QImage(60, 24, QImage.Format.Format_RGB32)
    image.fill(0)
    bare = image.copy()
    with QPainter(image) as painter:
        assert _write(painter, QRect(0, 0, face.width("…") + 1, 24), " CT/SR", face, QColor("white")) == 0
    assert image == bare


def test_beside_a_date_in_a_narrow_list_a_pill_is_whole_as_long_as_it_has_room_at_all(qapp):
    faces = faces_of(qapp.font())
    row = Row("k", "2024-08-08", " DX", badges=(Badge("unmarked"),), beside=True)
    least = faces.strong.width(row.strong) + pills_width(row.badges, faces)
    edges = words_box(QRect(0, 0, 1000, 50), row)
    rect = QRect(0, 0, 1000 - edges.width() + least + LEAST_GAP_PX, 50)
    ((box, badge),) = pill_boxes(row.badges, faces, badges_box(rect, row, faces))
    assert badge.text == "unmarked"
    assert box.width() + 1 >= pills_width(row.badges, faces)
    assert box.left() > words_box(rect, row).left() + faces.strong.width(row.strong)
