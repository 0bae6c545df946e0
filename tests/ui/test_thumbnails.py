from dataclasses import replace

import numpy as np
import pytest
from phantoms import grid
from small_studies import write_object, write_series

from mo_viewer.dicom.scan import scan
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.thumbnails import SIDE_PX, Thumbnails, picture
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window


@pytest.fixture
def thumbnails(qtbot):
    jobs = Jobs()
    yield Thumbnails(jobs)
    jobs.close()


def test_pixels_that_are_not_square_come_out_in_their_true_proportion():
    image = picture(one_slice(np.zeros((50, 40), np.int16), (1.0, 2.0, 1.0)))
    assert (image.width(), image.height()) == (round(SIDE_PX * 0.4), SIDE_PX)


def test_the_window_of_the_file_comes_before_soft_tissue():
    half = np.zeros((40, 40), np.int16)
    half[:, 20:] = 1000
    volume = one_slice(half)
    assert greys(picture(replace(volume, windows=(Window(0, 10000),)))) == pytest.approx((128, 153), abs=2)
    assert greys(picture(replace(volume, unit="HU"))) == pytest.approx((102, 255), abs=2)


def test_low_values_are_bright_where_the_image_says_so():
    half = np.zeros((40, 40), np.int16)
    half[:, 20:] = 1000
    left, right = greys(picture(replace(one_slice(half), inverted=True)))
    assert (left, right) == (255, 0)


def test_a_large_picture_is_averaged_not_picked_apart():
    checks = np.indices((2048, 2048)).sum(axis=0) % 2 * 1000
    image = picture(replace(one_slice(checks.astype(np.int16)), windows=(Window(500, 1001),)))
    assert greys(image) == pytest.approx((128, 128), abs=2)


def test_colour_stays_colour():
    pixels = np.zeros((30, 30, 3), np.uint8)
    pixels[..., 0] = 200
    image = picture(one_slice(pixels))
    assert image.pixelColor(60, 60).getRgb()[:3] == (200, 0, 0)


def test_one_row_or_column_of_pixels_is_still_a_picture():
    assert not picture(one_slice(np.ones((1, 3000), np.int16))).isNull()
    assert not picture(one_slice(np.ones((3000, 2), np.int16))).isNull()


def test_a_picture_is_made_once_and_again_only_when_its_image_left_the_series(tmp_path, qtbot, thumbnails):
    write_series(tmp_path, slices=6)
    (whole,) = scan([tmp_path]).series
    made = []
    thumbnails.ready.connect(made.append)
    thumbnails.want("a", whole)
    thumbnails.want("a", whole)
    qtbot.waitUntil(lambda: made == ["a"])
    thumbnails.want("a", whole)
    kept = with_instances(whole, slice(2, 6))
    thumbnails.want("a", kept)
    assert made == ["a"]
    thumbnails.want("a", with_instances(whole, slice(0, 2)))
    qtbot.waitUntil(lambda: made == ["a", "a"])


def test_the_series_that_is_looked_at_comes_before_those_that_wait(tmp_path, qtbot, thumbnails):
    for number in range(1, 5):
        write_series(tmp_path, uid=f"1.2.3.1.{number}", slices=1)
    made = []
    thumbnails.ready.connect(made.append)
    for series in scan([tmp_path]).series:
        thumbnails.want(series.source.series_uid[-1], series, soon=series.source.series_uid[-1] == "4")
    qtbot.waitUntil(lambda: len(made) == 4)
    assert made == ["1", "4", "2", "3"]


def test_what_cannot_be_read_or_is_no_image_has_no_picture_and_stops_nothing(tmp_path, qtbot, thumbnails):
    (gone,) = write_series(tmp_path, uid="1.2.3.1.1", slices=1)
    write_series(tmp_path, uid="1.2.3.1.2", slices=1)
    write_object(tmp_path, uid="1.2.3.1.3")
    series = scan([tmp_path]).series
    gone.unlink()
    made = []
    thumbnails.ready.connect(made.append)
    for one in series:
        thumbnails.want(one.source.series_uid[-1], one)
    qtbot.waitUntil(lambda: len(made) == 2)
    assert thumbnails.image("1") is None
    assert thumbnails.image("2") is not None
    assert made == ["1", "2"]


def greys(image):
    return image.pixelColor(20, 60).value(), image.pixelColor(110, 60).value()


def with_instances(series, which):
    kept = series.source.instances[which]
    source = replace(series.source, instances=kept)
    return replace(series, source=source, frames=len(kept), planes=series.planes[which])


def one_slice(pixels, spacing_mm=(1.0, 1.0, 1.0)):
    geometry = grid((1, *pixels.shape[:2]), spacing_mm)
    return Volume(pixels[np.newaxis], geometry, Source(Patient("k"), "1", "2", "CT"))
