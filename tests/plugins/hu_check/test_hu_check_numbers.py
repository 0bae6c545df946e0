import time

import numpy as np
import pytest
from phantoms import sphere_volume
from synthetic_catphan import INSERTS, STEP_MM, UNIFORM_SLICE, Scanned

from mo_viewer.base.faults import Cancelled, Refused
from mo_viewer.base.ticket import Ticket


def checked(scanned: Scanned):
    from hu_check.check import check_volume
    from hu_check.table import read_table

    return check_volume(scanned.volume(), read_table(), Ticket())


@pytest.mark.parametrize(
    "scanned",
    [
        Scanned(),
        Scanned(degrees=37.0),
        Scanned(degrees=-171.3),
        Scanned(shift_mm=(17.0, -21.0)),
        Scanned(is_mirrored=True, degrees=12.0),
        Scanned(noise_hu=60.0),
        Scanned(row_mm=0.5, column_mm=0.9, degrees=3.0),
        Scanned(shift_mm=(40.0, 6.0), has_table=False),
    ],
    ids=["plain", "turned", "upside down", "shifted", "from behind", "noisy", "not square", "cut off"],
)
def test_a_known_phantom_is_found_and_measured_however_it_lies(scanned: Scanned) -> None:
    found = checked(scanned)
    assert found is not None
    pixels = np.pi * 4.0**2 / (scanned.row_mm * scanned.column_mm)
    for one in found.inserts:
        error = 3.5 * scanned.noise_hu / np.sqrt(pixels)
        assert one.hu == pytest.approx(INSERTS[one.insert.material][1], abs=error)
        assert one.sd_hu == pytest.approx(scanned.noise_hu, rel=0.3)
    assert found.hole_distances_mm == pytest.approx([50.0] * 4, abs=0.5)
    assert found.slice_step_mm == pytest.approx(STEP_MM)
    assert found.step_by_ramps_mm == pytest.approx(STEP_MM, rel=0.06)
    assert found.uniform_slice is not None
    assert abs(found.uniform_slice - UNIFORM_SLICE) <= 1
    assert found.noise_hu == pytest.approx(scanned.noise_hu, rel=0.1)
    assert found.uniformity_hu == pytest.approx(0.0, abs=0.15 * scanned.noise_hu)
    assert found.is_mirrored == scanned.is_mirrored
    turn = (found.rotation_degrees - scanned.degrees + 180) % 360 - 180
    assert turn == pytest.approx(0.0, abs=0.3)


def test_cupping_is_seen_as_lack_of_uniformity() -> None:
    found = checked(Scanned(cupping_hu=40.0))
    assert found is not None
    assert found.uniformity_hu == pytest.approx(40.0 * (53.0 / 100.0) ** 2, abs=2.0)


def test_an_insert_that_drifted_fails_and_the_line_says_how_much() -> None:
    found = checked(Scanned(drift_hu=60.0, noise_hu=5.0))
    assert found is not None
    assert not found.passed
    assert [one.insert.material for one in found.inserts if not one.passed] == [
        "PMP", "LDPE", "Polystyrene", "Acrylic", "Delrin"
    ]  # fmt: skip
    measured = np.array([one.hu for one in found.inserts])
    nominal = np.array([one.insert.nominal_hu for one in found.inserts])
    rest = nominal - (found.slope * measured + found.intercept)
    assert abs(rest.mean()) < 1e-6
    assert abs((rest * measured).mean()) < 1e-3


@pytest.mark.parametrize("unit", ["HU", ""])
def test_a_lesion_in_muscle_is_no_phantom(unit: str) -> None:
    from dataclasses import replace

    from hu_check.check import check_volume
    from hu_check.table import read_table

    assert check_volume(replace(sphere_volume(), unit=unit), read_table(), Ticket()) is None


def test_a_round_body_without_inserts_is_no_phantom() -> None:
    from dataclasses import replace

    from hu_check.check import check_volume
    from hu_check.table import read_table

    volume = Scanned(noise_hu=10.0).volume()
    plain = np.repeat(volume.values[:1], volume.values.shape[0], axis=0)
    assert check_volume(replace(volume, values=plain), read_table(), Ticket()) is None


def test_without_the_uniform_module_noise_is_refused_with_the_reason() -> None:
    from hu_check.check import check_volume
    from hu_check.table import read_table

    from mo_viewer.volume.volume import Volume

    whole = Scanned().volume()
    geometry = whole.geometry.crop((20, 0, 0), (16, *whole.geometry.shape[1:]))
    found = check_volume(Volume(whole.values[20:], geometry, whole.source, "HU"), read_table(), Ticket())
    assert found is not None
    assert found.noise_hu is found.uniformity_hu is None
    assert ("noise_hu", "the uniform module is not in these images") in found.refused


class Noting(Ticket):
    """Notes the longest time of the processor between two looks, and stops the work at one of them."""

    def __init__(self, stop_at: int = 0) -> None:
        super().__init__()
        self.gap_s, self.looks, self._stop_at, self._last = 0.0, 0, stop_at, time.thread_time()

    def check(self) -> None:
        now = time.thread_time()
        self.gap_s, self._last, self.looks = max(self.gap_s, now - self._last), now, self.looks + 1
        if self.looks == self._stop_at:
            self.cancel()
        super().check()


def test_the_search_stops_within_200_ms() -> None:
    from hu_check.check import check_volume
    from hu_check.table import read_table

    volume, table = Scanned().volume(), read_table()
    check_volume(volume, table, Ticket())
    whole = Noting()
    check_volume(volume, table, whole)
    assert whole.gap_s < 0.2
    for stop_at in range(1, whole.looks, max(1, whole.looks // 5)):
        stopped = Noting(stop_at)
        with pytest.raises(Cancelled):
            check_volume(volume, table, stopped)
        assert stopped.looks == stop_at


def test_an_edited_table_is_used_and_a_broken_one_is_named(tmp_path) -> None:
    from hu_check.table import NAME, editable_table, read_table

    assert not read_table(tmp_path).is_edited
    path = editable_table(tmp_path)
    path.write_text(path.read_text("utf-8").replace("tolerance_hu = 40.0", "tolerance_hu = 2.5"), "utf-8")
    edited = read_table(tmp_path)
    assert edited.is_edited
    assert {one.tolerance_hu for one in edited.inserts} == {2.5}
    assert editable_table(tmp_path) == path
    assert read_table(tmp_path) == edited
    for text, words in (
        ("not toml [", "cannot be read"),
        ('phantom = "x"', "fewer than four"),
        (path.read_text("utf-8").replace("nominal_hu = 990.0", 'nominal_hu = "high"'), "nominal_hu"),
    ):
        (tmp_path / NAME).write_text(text, "utf-8")
        with pytest.raises(Refused, match=words):
            read_table(tmp_path)
