import numpy as np
import pytest
from phantoms import OBLIQUE, sphere_volume
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from mo_viewer.base.faults import Refused
from mo_viewer.findings.colours import LESION_COLOURS
from mo_viewer.plugin_host.api import Label, Line, Marker, Scene
from mo_viewer.plugin_host.host import Contribution, Host, Plugin
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.overlays import FlatLine, FlatSpot, Overlays, _label_place, draw_flat, legible
from mo_viewer.volume.plane import Plane
from tests.pictures.pictures_compare import pixels

COLOUR = "#e69f00"


def host_with(tmp_path, *draws):
    host = Host()
    plugin = Plugin("mo_x", tmp_path, "test", state="running")
    plugin.contributions = [Contribution("mo_x", "overlay", f"o{i}", f"o{i}", draw) for i, draw in enumerate(draws)]
    host.plugins.append(plugin)
    return host


def scene(volume, k=20, **changes):
    plane = Plane.of_slice(volume.geometry, k)
    return Scene(
        **{"volume": volume, "plane": plane, "half_thickness_mm": 0.6, "document": None, "selected": ""} | changes
    )


def flat(tmp_path, primitive, where):
    return Overlays(host_with(tmp_path, lambda _: [primitive]), lambda fault: None).flat(where)


@pytest.mark.parametrize("direction", [None, OBLIQUE], ids=["axial", "oblique"])
def test_a_closed_line_on_the_plane_is_projected_onto_it(tmp_path, direction):
    volume = sphere_volume(**({} if direction is None else {"direction": direction}))
    where = scene(volume)
    expected = np.array([[3.0, 4.0], [9.0, 4.0], [6.0, 10.0]])
    (line,) = flat(tmp_path, Line(where.plane.to_patient(expected), COLOUR), where)
    assert isinstance(line, FlatLine)
    assert line.closed
    assert line.pieces[0] == pytest.approx(expected)


def test_a_line_beside_the_plane_is_not_drawn_and_one_through_it_only_near_it(tmp_path):
    where = scene(sphere_volume())
    start = where.plane.to_patient(np.array([[5.0, 5.0]]))[0]
    beside = np.array([start + 2 * where.plane.normal, start + 5 * where.plane.normal])
    assert flat(tmp_path, Line(beside, COLOUR, closed=False), where) == ()
    through = np.array([start - 3 * where.plane.normal, start + 3 * where.plane.normal + 6 * where.plane.right])
    (line,) = flat(tmp_path, Line(through, COLOUR, closed=False), where)
    assert line.pieces[0] == pytest.approx(np.array([[8 - 0.6, 5.0], [8 + 0.6, 5.0]]), abs=0.01)


def test_markers_and_labels_are_drawn_only_on_their_slice(tmp_path):
    where = scene(sphere_volume())
    on = where.plane.to_patient(np.array([[7.0, 8.0]]))[0]
    (spot,) = flat(tmp_path, Marker(on, COLOUR), where)
    assert isinstance(spot, FlatSpot)
    assert spot.at == pytest.approx([7, 8])
    assert flat(tmp_path, Label(on + 0.7 * where.plane.normal, "L1", COLOUR), where) == ()
    (label,) = flat(tmp_path, Label(on, "L1\n<b>bold</b>", COLOUR), where)
    assert label.text == "L1 <b>bold</b>"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda _: 1 / 0,
        lambda _: ["not a primitive"],
        lambda _: [Marker(np.zeros(2), COLOUR)],
        lambda _: [Marker(np.zeros(3), "no colour at all")],
        lambda _: 3,
    ],
)
def test_whatever_an_overlay_does_wrong_switches_only_it_off(tmp_path, wrong):
    told = []
    volume = sphere_volume()
    where = scene(volume, half_thickness_mm=1e6)
    host = host_with(tmp_path, wrong, lambda _: [Marker(np.zeros(3), COLOUR)])
    host.told = told.append
    overlays = Overlays(host, lambda fault: None)
    assert len(overlays.flat(where)) == 1
    assert len(overlays.flat(where)) == 1
    assert [fault.plugin for fault in told] == ["mo_x"]
    assert "Traceback" in told[0].traceback
    assert [c.name for c in host.contributions("overlay")] == ["o1"]


def test_a_sentence_for_the_reader_is_told_and_the_overlay_stays(tmp_path):
    told = []

    def refuse(_):
        raise Refused("Contours need a frame of reference.")

    host = host_with(tmp_path, refuse)
    overlays = Overlays(host, told.append)
    assert overlays.flat(scene(sphere_volume())) == ()
    assert [fault.sentence for fault in told] == ["Contours need a frame of reference."]
    assert len(host.contributions("overlay")) == 1


def test_overlays_are_asked_once_for_a_scene_and_again_when_it_changes(tmp_path):
    asked = []
    overlays = Overlays(host_with(tmp_path, lambda s: asked.append(s) or []), lambda fault: None)
    volume = sphere_volume()
    for k in (3, 3, 4, 4):
        overlays.flat(scene(volume, k))
    overlays.flat(scene(volume, 4, selected="1.2.3"))
    overlays.forget()
    overlays.flat(scene(volume, 4, selected="1.2.3"))
    assert len(asked) == 4


def test_a_label_stands_beside_its_outline_and_inside_the_pane():
    inside, size = QRectF(0, 0, 400, 300), QRectF(0, 0, 60, 14)
    outline = QRectF(150, 100, 80, 60)
    right = _label_place(inside, QPointF(230, 130), size, [outline], [], QRegion())
    assert right.left() >= outline.right()
    near_edge = QRectF(330, 100, 60, 60)
    left = _label_place(inside, QPointF(390, 130), size, [near_edge], [], QRegion())
    assert left.right() <= near_edge.left()
    other = _label_place(inside, QPointF(230, 130), size, [outline], [right], QRegion())
    assert not other.intersects(right)
    assert not other.intersects(outline)


def test_a_label_is_whole_above_or_below_its_outline_in_a_narrow_pane():
    inside, size = QRectF(0, 0, 180, 300), QRectF(0, 0, 130, 14)
    for left in (20, 120):
        outline = QRectF(left, 60, 30, 40)
        place = _label_place(inside, QPointF(left + 15, 80), size, [outline], [], QRegion())
        assert inside.contains(place)
        assert not place.intersects(outline)


def test_a_label_says_its_name_alone_where_a_pane_is_too_narrow_for_its_size(qapp):
    image = QImage(130, 200, QImage.Format.Format_RGB32)
    image.fill(0)
    outline = FlatLine((np.array([[50.0, 90.0], [70.0, 90.0], [60.0, 110.0]]),), QColor(COLOUR), 1.0, True, False)
    label = FlatSpot(np.array([70.0, 90.0]), QColor(COLOUR), "Lesion 1 · max 26.5 mm")
    inside = QRectF(image.rect()).adjusted(4, 4, -4, -4)
    with QPainter(image) as painter:
        (place,) = draw_flat(painter, inside, Framing(1.0, (65.0, 100.0), (130, 200)), (outline, label))
    assert inside.contains(place)
    assert 0 < place.width() < 70


def test_a_label_stands_beside_the_words_on_the_picture_where_it_can():
    inside, size, outline = QRectF(0, 0, 400, 400), QRectF(0, 0, 90, 14), QRectF(200, 100, 60, 60)
    letter = QRegion(330, 120, 20, 20)
    place = _label_place(inside, QPointF(230, 130), size, [outline], [], letter)
    assert inside.contains(place)
    assert not letter.intersects(place.toAlignedRect())
    everywhere = _label_place(inside, QPointF(230, 130), size, [outline], [], QRegion(0, 0, 400, 400))
    assert inside.contains(everywhere)


def test_a_label_covers_no_measurement_where_another_side_is_free():
    inside, size, outline = QRectF(0, 0, 400, 400), QRectF(0, 0, 90, 14), QRectF(200, 100, 60, 60)
    length = np.array([[270.0, 110.0], [360.0, 150.0]])
    right = _label_place(inside, QPointF(230, 130), size, [outline], [], QRegion())
    place = _label_place(inside, QPointF(230, 130), size, [outline], [], QRegion(), [length])
    assert right.left() > outline.right()
    assert place.right() < outline.left()


@pytest.mark.parametrize("colour", LESION_COLOURS)
def test_a_label_is_lighter_than_mid_grey_whatever_the_colour_of_its_lesion(colour):
    shown = legible(QColor(colour))
    assert 0.2126 * shown.red() + 0.7152 * shown.green() + 0.0722 * shown.blue() >= 165
    hues = QColor(colour).hueF(), shown.hueF()
    assert abs(hues[0] - hues[1]) < 0.03


def test_a_line_through_the_whole_pane_leaves_out_where_words_stand(qapp):
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(0)
    line = FlatLine((np.array([[0.0, 50.0], [100.0, 50.0]]),), QColor("white"), 1.0, False, False, yields=True)
    label = FlatSpot(np.array([60.0, 50.0]), QColor("white"), "I")
    with QPainter(image) as painter:
        draw_flat(
            painter,
            QRectF(image.rect()),
            Framing(1.0, (50.0, 50.0), (100, 100)),
            (line, label),
            lambda whole: QRegion(whole) - QRect(20, 40, 20, 20),
        )
    row = pixels(image)[49:51, :, 1].max(axis=0)
    assert row[5:18].min() > 100
    assert row[20:40].max() == 0
    assert row[45:58].min() > 100
    assert row[78:95].min() > 100
