from dataclasses import replace

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.ui.slice_image import Shades, reference_grey
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Shape, Table, Window

WINDOWS = (
    Window(40, 400),
    Window(40.5, 399.7),
    Window(0, 1),
    Window(100, 300, shape=Shape.LINEAR_EXACT),
    Window(100, 300, shape=Shape.SIGMOID),
    Window(0, 0, table=Table(-50, 8, np.arange(0, 200, dtype="<u2").tobytes())),
)


def volume_of(values: np.ndarray, **changes) -> Volume:
    base = as_volume(np.zeros((values.shape[0], 8, 8)), grid((values.shape[0], 8, 8)))
    geometry = grid(values.shape[:3])
    return replace(base, values=values, geometry=geometry, **{"intercept": np.array([-1024.0]), **changes})


def random_values(dtype, shape=(3, 24, 31)) -> np.ndarray:
    limits = np.iinfo(dtype)
    return np.random.default_rng(5).integers(max(limits.min, -3000), min(limits.max, 5000), shape, dtype=dtype)


def shown(volume: Volume, k: int, window: Window, inverted: bool = False, shades: Shades | None = None) -> np.ndarray:
    image = (shades or Shades()).image(volume, k, window, inverted)
    assert (image.width(), image.height()) == (volume.values.shape[2], volume.values.shape[1])
    bits = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4).copy()
    assert (bits[..., 3] == 255).all()
    return bits[..., 2::-1]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int8, np.uint8, np.int32])
def test_every_stored_type_is_shown_as_the_reference_says(dtype, window):
    volume = volume_of(random_values(dtype), slope=np.array([1.0, 0.37, -2.0]))
    for k in range(3):
        for inverted in (False, True):
            expected = reference_grey(volume, k, window, inverted)
            assert (shown(volume, k, window, inverted) == expected[..., None]).all()


def test_the_reference_is_the_window_applied_to_rescaled_values():
    volume = volume_of(random_values(np.int16))
    assert np.array_equal(reference_grey(volume, 1, WINDOWS[0]), WINDOWS[0].grey(volume.rescaled_slice(1)))


def test_floating_point_values_are_shown_too():
    volume = volume_of(np.random.default_rng(1).normal(0, 500, (2, 9, 7)).astype(np.float32), intercept=np.zeros(1))
    assert (shown(volume, 1, WINDOWS[0]) == reference_grey(volume, 1, WINDOWS[0])[..., None]).all()


def test_monochrome1_shows_low_values_bright_and_the_reader_can_turn_it_over():
    volume = volume_of(np.full((1, 4, 4), 1064, np.int16), inverted=True)
    low = volume_of(np.full((1, 4, 4), 0, np.int16), inverted=True)
    assert shown(low, 0, Window(40, 400)).min() == 255
    assert shown(low, 0, Window(40, 400), inverted=True).max() == 0
    assert 120 <= int(shown(volume, 0, Window(40, 400)).mean()) <= 135


@pytest.mark.parametrize("inverted", [False, True])
def test_padding_is_black_whatever_the_polarity(inverted):
    values = random_values(np.int16)
    values[0, :5] = -2000
    volume = volume_of(values, padding=(-2000, -1990), inverted=True)
    assert shown(volume, 0, Window(40, 400), inverted)[:5].max() == 0


def test_a_modality_table_is_applied_before_the_window():
    table = np.linspace(-200, 300, 256)
    volume = volume_of(np.arange(256, dtype=np.uint8).reshape(1, 16, 16), lut=(0, table))
    assert (shown(volume, 0, Window(40, 400)) == reference_grey(volume, 0, Window(40, 400))[..., None]).all()
    other = replace(volume, lut=(0, table[::-1].copy()))
    shades = Shades()
    first = shades.image(volume, 0, Window(40, 400))
    assert shades.image(other, 0, Window(40, 400)) != first


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colour_is_shown_as_it_is(dtype):
    values = np.random.default_rng(2).integers(0, 256, (2, 5, 6, 3)).astype(dtype) << (8 * np.dtype(dtype).itemsize - 8)
    volume = volume_of(values, intercept=np.zeros(1))
    expected = (values[1] >> (8 * np.dtype(dtype).itemsize - 8)).astype(np.uint8)
    assert np.array_equal(shown(volume, 1, Window(40, 400)), expected)
    assert np.array_equal(shown(volume, 1, Window(40, 400), inverted=True), 255 - expected)


def test_another_slice_with_another_slope_does_not_reuse_the_table():
    volume = volume_of(np.full((2, 4, 4), 1000, np.int16), slope=np.array([1.0, 1.1]))
    shades = Shades()
    first, second = (shades.image(volume, k, Window(40, 400)).pixelColor(0, 0).red() for k in (0, 1))
    assert second - first == pytest.approx(100 / 399 * 255, abs=1)


@pytest.mark.parametrize("slope", [1.0, 0.37, -2.0, 1e-6, -1e-5])
@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int8, np.uint8])
def test_every_value_that_can_be_stored_is_shown_as_the_reference_says(dtype, slope):
    """The table is worked out only between black and white: no value may be on the wrong side of its ends."""
    limits = np.iinfo(dtype)
    values = np.arange(limits.min, limits.max + 1).astype(dtype).reshape(1, 16, -1)
    volume = volume_of(values, slope=np.array([slope]), padding=(limits.max - 3, limits.max - 1))
    for window in (*WINDOWS, Window(-1024, 1e-3, shape=Shape.LINEAR_EXACT), Window(-1023.5, 1), Window(1e5, 50)):
        for inverted in (False, True):
            expected = reference_grey(volume, 0, window, inverted)
            assert (shown(volume, 0, window, inverted) == expected[..., None]).all(), (window, inverted)


@pytest.mark.parametrize("dtype", [np.int16, np.uint8])
def test_window_after_window_is_shown_as_the_reference_says(dtype):
    """What the last window left black or white is kept, whatever came before: polarity, colours, another volume."""
    limits = np.iinfo(dtype)
    values = np.arange(limits.min, limits.max + 1).astype(dtype).reshape(1, 16, -1)
    plain = volume_of(values, slope=np.array([1.0]), intercept=np.zeros(1))
    others = (plain, replace(plain, padding=(3, 7)), replace(plain, slope=np.array([-1.0])))
    choose, shades = np.random.default_rng(7), Shades()
    for _ in range(60):
        volume, inverted = others[choose.integers(3)], bool(choose.integers(2))
        window = (
            WINDOWS[choose.integers(len(WINDOWS))] if choose.integers(3) == 0 else Window(*choose.normal(90, 60, 2))
        )
        expected = reference_grey(volume, 0, window, inverted)
        assert (shown(volume, 0, window, inverted, shades) == expected[..., None]).all(), (window, inverted)


def test_a_slice_that_is_looked_up_again_and_again_is_followed_by_any_other():
    values = np.random.default_rng(3).integers(-200, 300, (2, 9, 7)).astype(np.int16)
    first = volume_of(values, slope=np.ones(2), intercept=np.zeros(2))
    second = volume_of(values[::-1].copy(), slope=np.ones(2), intercept=np.zeros(2))
    shades = Shades()
    for volume, k in ((first, 0), (first, 0), (first, 0), (first, 1), (second, 1), (second, 1), (first, 1), (first, 1)):
        for centre in (20, 60, 90):
            window = Window(centre, 150)
            expected = reference_grey(volume, k, window)
            assert (shown(volume, k, window, False, shades) == expected[..., None]).all(), (k, centre)
