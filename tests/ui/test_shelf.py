import numpy as np
from phantoms import grid

from mo_viewer.dicom.series import BUDGET_BYTES
from mo_viewer.ui.shelf import Shelf, default_budget, physical_memory
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Volume

BYTES = 4 * 5 * 6 * 2


def test_the_least_recently_used_volume_goes_first():
    shelf = Shelf(2 * BYTES)
    shelf.put(key("a"), volume())
    shelf.put(key("b"), volume())
    shelf.get(key("a"))
    shelf.put(key("c"), volume())
    assert [name for name in "abc" if shelf.get(key(name))] == ["a", "c"]
    assert shelf.used_bytes == 2 * BYTES


def test_a_held_volume_never_goes_even_beyond_the_budget():
    shelf = Shelf(BYTES)
    shelf.put(key("shown"), volume())
    shelf.hold([key("shown")])
    shelf.put(key("b"), volume())
    shelf.put(key("c"), volume())
    assert [name for name in ("shown", "b", "c") if shelf.get(key(name))] == ["shown", "c"]


def test_what_is_no_longer_held_makes_room_at_once():
    shelf = Shelf(BYTES)
    shelf.put(key("a"), volume())
    shelf.hold([key("a"), key("b")])
    shelf.put(key("b"), volume())
    assert shelf.used_bytes == 2 * BYTES
    shelf.hold([key("b")])
    assert shelf.get(key("a")) is None


def test_the_default_budget_is_what_a_series_may_have_or_half_of_the_memory():
    assert 0 < default_budget() <= BUDGET_BYTES
    assert physical_memory() == 0 or default_budget() <= physical_memory() // 2


def key(name):
    return ("patient", "study", name, "")


def volume():
    return Volume(np.zeros((4, 5, 6), np.int16), grid((4, 5, 6)), Source(Patient("k"), "1", "2", "CT"))
