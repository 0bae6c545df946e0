from dataclasses import replace

import numpy as np
import pytest
from phantoms import AXIAL, OBLIQUE, SAGITTAL, sphere_volume
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from mo_viewer.base.remarks import Remark
from mo_viewer.dicom.notes import Note
from mo_viewer.ui.corner_text import _who_lines, corners, letters, patient_lines, scale_bar, thickness_text
from mo_viewer.ui.framing import Bounds, Framing
from mo_viewer.ui.picture_painter import PicturePainter
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Patient
from mo_viewer.volume.volume import Length, Volume
from mo_viewer.volume.window import Window

PATIENT = Patient("9f3c2a77", "12345", "Muster^Erika^M", "F", "1980-02-01")


def known(**changes) -> Volume:
    volume = sphere_volume()
    acquisition = Acquisition(kvp=120.0, kernel="B30", slice_mm=1.25)
    source = replace(
        volume.source, patient=PATIENT, number=2, description="Thigh", time="10:14:22", acquisition=acquisition
    )
    return replace(volume, source=source, **changes)


def words(volume: Volume, k: int = 10, **options) -> dict[str, list[str]]:
    framing = Framing.fit(Bounds.of(volume.geometry), (600, 600))
    found = corners(Picture(volume, k, k), Stack(volume.geometry), Window(300, 1500, "Wide"), framing, **options)
    return {name: [line.text for line in getattr(found, name)] for name in vars(found)}


def test_the_corners_say_who_when_what_and_how():
    found = words(known())
    assert "Muster, Erika M" in found["top_left"][0]
    assert found["top_left"][0].endswith("· F")
    assert found["top_left"][-1] == "2024-03-04 10:14"
    assert found["top_right"] == ["Se 2 · Im 30/40", "Thigh", "1.25 mm · B30 · 120 kVp"]
    assert found["bottom_left"][0] == "Wide  W 1500 L 300"
    assert found["bottom_right"][-1].startswith("Zoom ")


def test_where_the_study_bears_another_date_both_say_which_they_are():
    volume = known()
    same = replace(volume, source=replace(volume.source, study_date="2024-03-04"))
    other = replace(volume, source=replace(volume.source, study_date="2024-05-30", time=""))
    assert words(same)["top_left"][-1] == "2024-03-04 10:14"
    assert words(other)["top_left"][-2:] == ["images 2024-03-04", "study 2024-05-30"]


@pytest.mark.parametrize(("time", "images"), [("", "images 2024-03-04"), ("10:14", "images 2024-03-04 10:14")])
def test_a_day_is_said_shorter_before_it_is_cut(time, images):
    source = replace(known().source, study_date="2024-05-30", time=time)
    shorter = {words.text: words.shorter for words in _who_lines(source, names_hidden=False)}
    assert shorter[images] == ("2024-03-04",)
    assert shorter["study 2024-05-30"] == ("st. 2024-05-30",)
    assert next(iter(shorter.values())) == ("Muster, Erika M",), "a name is said without the sex before it goes"
    alone = replace(source, study_date="2024-03-04")
    assert [words.shorter for words in _who_lines(alone, names_hidden=False)][-1] == (("2024-03-04",) if time else ())


def test_hidden_names_leave_a_short_code_and_nothing_of_the_patient():
    text = " ".join(patient_lines(known().source, names_hidden=True))
    assert text.startswith("Patient 9f3c2a")
    for word in ("Muster", "Erika", "12345", "1980"):
        assert word not in text


@pytest.mark.parametrize("hides", ["names_hidden", "nameless"])
def test_a_description_that_holds_id_or_name_goes_with_the_name(hides):
    volume = known()
    typed = replace(volume.source, study_description="CT_12345_thigh", description="MUSTER axial")
    telling = replace(volume, source=typed)
    shown, hidden = words(telling), words(telling, **{hides: True})
    assert "CT_12345_thigh" in shown["top_left"]
    assert "MUSTER axial" in shown["top_right"]
    for word in ("12345", "muster"):
        assert word not in " ".join(hidden["top_left"] + hidden["top_right"]).casefold()
    assert "2024-03-04 10:14" in hidden["top_left"]
    assert hidden["top_right"] == ["Se 2 · Im 30/40", "1.25 mm · B30 · 120 kVp"]
    assert "Thigh" in words(volume, **{hides: True})["top_right"]


def test_remarks_stand_in_caution_and_the_lossy_one_first():
    remarks = (*(Remark(f"code{i}", f"Odd thing {i}.") for i in range(5)), Remark("lossy", "Compressed."))
    volume = known(remarks=remarks)
    found = corners(
        Picture(volume, 3, 3), Stack(volume.geometry), Window(40, 400), Framing(1.0, (0.0, 0.0), (300, 300))
    )
    cautions = [line.text for line in found.top_right if line.tone == "caution"]
    assert cautions == ["lossy compression", "Odd thing 0.", "Odd thing 1.", "Odd thing 2.", "and 2 more remarks"]


def test_thickness_is_told_from_the_distance_of_slices():
    source = known().source
    assert thickness_text(source, 1.25) == "1.25 mm"
    assert thickness_text(source, 0.6) == "1.25 mm every 0.6 mm"
    assert thickness_text(replace(source, acquisition=Acquisition()), 3.27) == "every 3.27 mm"


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (AXIAL, ("R", "L", "A", "P")),
        (SAGITTAL, ("A", "P", "S", "I")),
        (OBLIQUE, ("RAI", "LPS", "ARI", "PLS")),
    ],
)
def test_letters_follow_the_directions_of_the_pixels(direction, expected):
    volume = sphere_volume(direction=direction)
    found = letters(Picture(volume, 0, 0))
    plane = Picture(volume, 0, 0).plane
    if direction is OBLIQUE:
        expected = tuple(spelled(way) for way in (-plane.right, plane.right, -plane.down, plane.down))
    assert (found.left, found.right, found.top, found.bottom) == expected


def spelled(way: np.ndarray) -> str:
    """Letters of a direction, worked out by hand: strongest first, shares below 0.2 left out."""
    names = [("L", "R"), ("P", "A"), ("S", "I")]
    strong = sorted((i for i in range(3) if abs(way[i]) >= 0.2), key=lambda i: -abs(way[i]))
    return "".join(names[i][0] if way[i] > 0 else names[i][1] for i in strong)


def flat(volume: Volume, length: Length) -> Volume:
    """The same pixels as a radiograph: one image, no place in the patient."""
    old = volume.geometry
    geometry = Geometry((1, *old.shape[1:]), old.origins_mm[:1], old.row_step_mm, old.column_step_mm, "", False)
    return replace(
        volume,
        values=volume.values[:1].copy(),
        geometry=geometry,
        length=length,
        unit="",
        slope=np.ones(1),
        intercept=np.zeros(1),
    )


def test_a_projection_has_no_orientation_letters():
    found = letters(Picture(flat(known(), Length.DETECTOR), 0, 0))
    assert (found.left, found.right, found.top, found.bottom) == ("", "", "", "")


@pytest.mark.parametrize(
    ("length", "note", "has_bar"),
    [
        (Length.CALIBRATED, "mm calibrated", True),
        (Length.MAGNIFICATION_CORRECTED, "mm corrected for magnification", True),
        (Length.DETECTOR, "mm at detector, magnified", True),
        (Length.UNKNOWN, "mm, calibration unknown", False),
        (Length.NONE, "not calibrated: no mm", False),
    ],
)
def test_a_radiograph_says_what_its_millimetres_are_worth(length, note, has_bar):
    volume = flat(known(), length)
    assert note in words(volume, 0)["bottom_right"]
    assert (scale_bar(volume, Framing(3.0, (0.0, 0.0), (900, 900))) is not None) == has_bar


def test_the_scale_bar_is_a_round_length_that_fits():
    for px_per_mm in (0.3, 1.0, 3.7, 11.0, 80.0):
        bar = scale_bar(known(), Framing(px_per_mm, (0.0, 0.0), (900, 600)))
        assert bar is not None
        assert bar.length_mm * px_per_mm <= 110
        assert bar.length_mm in (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
    assert scale_bar(known(), Framing(3.0, (0.0, 0.0), (900, 600))).text == "2 cm"
    assert scale_bar(known(), Framing(3.0, (0.0, 0.0), (300, 300))).text == "1 cm"


def test_words_that_are_remembered_follow_whatever_they_say(qtbot):
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    volume = known()
    view.begin(Stack(volume.geometry))
    view.show_volume(volume)

    def seen(painter=None):
        image = QImage(500, 400, QImage.Format.Format_RGB32)
        with QPainter(image) as brush:
            (painter or PicturePainter()).draw(brush, view.look(view.shown))
        return image

    kept = PicturePainter()
    changes = (
        lambda: view.set_window(Window(50, 300)),
        lambda: view.point_mouse_at(QPointF(250, 200)),
        lambda: setattr(view, "names_hidden", True),
        lambda: setattr(view, "linked", lambda: "linked"),
        lambda: setattr(view, "brief", True),
        lambda: view.zoom_to(2.5),
        lambda: setattr(view, "brief", False),
        lambda: setattr(view, "note", lambda picture: Note(side="left")),
        lambda: view.go_to(0),
        lambda: view.go_to(1),
        lambda: view.set_inverted(True),
    )
    before = seen(kept)
    for change in changes:
        change()
        now = seen(kept)
        assert now == seen()
        assert now != before
        before = now


def test_image_number_window_and_side_are_what_a_small_pane_keeps():
    volume = known()
    framing = Framing.fit(Bounds.of(volume.geometry), (600, 600))
    note, window = Note(side="left"), Window(300, 1500, "Wide")
    found = corners(Picture(volume, 10, 10), Stack(volume.geometry), window, framing, note=note, linked="linked")
    ranks = {line.text: line.rank for lines in vars(found).values() for line in lines if line.text}
    assert [text.split()[0] for text, rank in ranks.items() if rank == 0] == ["Side:", "Se", "Wide"]
    assert [text for text, rank in ranks.items() if rank == 3] == ["Thigh", "1.25 mm · B30 · 120 kVp", "Zoom 10.7×"]


def test_beside_pictures_of_other_patients_the_name_always_stands():
    volume = known()
    framing = Framing.fit(Bounds.of(volume.geometry), (600, 600))
    scene = (Picture(volume, 10, 10), Stack(volume.geometry), Window(300, 1500), framing)
    assert [corners(*scene, in_company=beside).top_left[0].rank for beside in (False, True)] == [2, 0]


def test_a_comment_that_is_the_name_of_the_series_stands_once():
    said = words(known(), note=Note(comment="Thigh"))
    assert [text for lines in said.values() for text in lines].count("Thigh") == 1
    assert "Cast on" in words(known(), note=Note(comment="Cast on"))["top_left"]


def test_a_date_is_cut_to_the_day_where_the_time_has_no_room():
    volume = known()
    framing = Framing.fit(Bounds.of(volume.geometry), (600, 600))
    found = corners(Picture(volume, 10, 10), Stack(volume.geometry), Window(40, 400), framing)
    assert [line.shorter for line in found.top_left if line.text == "2024-03-04 10:14"] == [("2024-03-04",)]
