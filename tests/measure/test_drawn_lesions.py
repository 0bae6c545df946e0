"""Lesions whose contour a reader drew or edited: numbers, methods, spreads, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from phantoms import ellipsoid, grid, sphere

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import BY_HAND, Laterality, Lesion
from mo_viewer.measure.drawn import measure_drawn
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_again, read_drawn, read_lesion
from mo_viewer.segment.sculpt import polygon, pushed, stroke, surface_of, united, without
from mo_viewer.segment.voxels import inside_of
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Length, Volume

WIDE = {"shape": (56, 96, 90), "noise_hu": 12.0, "psf_mm": 1.1}
SAME = ("mean_hu", "median_hu", "p95_hu", "mineral_content", "background_hu")


def numbers(found) -> dict:
    return {m.concept: m for m in found.measurements}


def clicked(phantom) -> Lesion:
    return read_lesion(Host(), phantom.volume, [phantom.centre_mm], Ticket(), "2.25.1", "L1")


def test_the_same_contour_by_hand_gives_the_same_numbers_with_wider_spreads() -> None:
    phantom = ellipsoid((11.0, 9.0, 8.0), rim_mm=2.5, rim_hu=600.0, **WIDE)
    lesion = clicked(phantom)
    again = read_drawn(Host(), phantom.volume, lesion, lesion.mask, Ticket())
    for concept in ("volume", "long_axis_mm", "max_diameter_mm"):
        assert again.measured(concept).value == pytest.approx(lesion.measured(concept).value, rel=0.01)
        assert again.measured(concept).spread > lesion.measured(concept).spread
        assert again.measured(concept).method.startswith(BY_HAND)
    for concept in SAME:
        assert again.measured(concept).value == pytest.approx(lesion.measured(concept).value, rel=0.02, abs=3)
    assert again.is_by_hand
    assert not lesion.is_by_hand


@pytest.mark.parametrize("gap", [0.0, 2.0])
def test_what_is_painted_on_and_rubbed_out_is_what_the_size_changes_by(gap: float) -> None:
    phantom = ellipsoid((11.0, 9.0, 8.0), rim_mm=2.5, rim_hu=600.0, bone_gap_mm=gap, **WIDE)
    lesion = clicked(phantom)
    assert lesion.mask is not None
    x, y, z = phantom.centre_mm
    ball = stroke(lesion.mask.geometry, [(x, y - 9.0, z)], 4.0)
    for shape in (united(lesion.mask, ball), without(lesion.mask, ball)):
        drawn = read_drawn(Host(), phantom.volume, lesion, shape, Ticket())
        counted = shape.volume_mm3 - lesion.mask.volume_mm3
        changed = drawn.measured("volume").value - lesion.measured("volume").value
        assert changed == pytest.approx(counted, rel=0.2)
        assert drawn.mask == shape


def test_the_spread_by_hand_covers_the_truth_of_a_ball_painted_over_a_lesion() -> None:
    phantom = sphere(20.0, rim_hu=500.0, **WIDE)
    mask = stroke(phantom.volume.geometry, [phantom.centre_mm], 10.0)
    found = numbers(measure_drawn(phantom.volume, mask, surface_of(mask)))
    assert abs(found["volume"].value - phantom.volume_mm3) < found["volume"].spread
    assert found["max_diameter_mm"].value == pytest.approx(20.0, abs=found["max_diameter_mm"].spread)


def test_a_push_moves_surface_and_voxels_together() -> None:
    phantom = sphere(20.0, rim_hu=500.0, **WIDE)
    lesion = clicked(phantom)
    top = lesion.surface.vertices_mm[np.argmax(lesion.surface.vertices_mm[:, 0])]
    drawn = read_drawn(
        Host(), phantom.volume, lesion, pushed(lesion.surface, tuple(top), np.array([4.0, 0, 0]), 5.0), Ticket()
    )
    assert drawn.measured("volume").value > 1.05 * lesion.measured("volume").value
    assert drawn.mask == inside_of(drawn.surface, phantom.volume.geometry)


def test_a_lesion_without_calcification_is_measured_as_drawn() -> None:
    phantom = sphere(16.0, rim_hu=60.0, **WIDE)
    mask = stroke(phantom.volume.geometry, [phantom.centre_mm], 8.0)
    drawn = read_drawn(Host(), phantom.volume, Lesion("2.25.2", "L1", ()), mask, Ticket())
    assert drawn.measured("volume").value == pytest.approx(phantom.volume_mm3, rel=0.05)
    assert drawn.measured("mean_hu").value == pytest.approx(58.0, abs=5)


def test_marking_anew_keeps_what_the_reader_said_and_uses_the_threshold() -> None:
    phantom = ellipsoid((11.0, 9.0, 8.0), rim_mm=2.5, rim_hu=600.0, **WIDE)
    named = replace(clicked(phantom), laterality=Laterality.LEFT, label="adductor", threshold_hu=400.0)
    again = read_again(Host(), phantom.volume, named, Ticket())
    assert (again.laterality, again.label, again.threshold_hu) == (Laterality.LEFT, "adductor", 400.0)
    assert again.measured("volume").value < named.measured("volume").value
    assert "threshold 400 HU" in again.measured("volume").method


def mr(length: Length = Length.PATIENT, slices: int = 12, in_patient: bool = True) -> Volume:
    rng = np.random.default_rng(1)
    flat = grid((slices, 96, 90)) if slices > 1 else Geometry.even((1, 96, 90), np.diag([1.0, 0.7, 0.85, 1]), "", False)
    values = rng.integers(0, 300, flat.shape).astype(np.int16)
    modality = "MR" if in_patient else "DX"
    return Volume(values, flat, Source(Patient("k"), "1", "1.1", modality), "", length=length)


def circle(volume: Volume, k: int, radius: float):
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    pixels = np.array(volume.geometry.spacing_mm[1:])
    flat = np.column_stack([np.sin(turn), np.cos(turn)]) * radius / pixels + (48, 45)
    return polygon(volume.geometry, volume.geometry.points_mm(np.column_stack([np.full(90, k), flat])), k)


def test_a_region_on_one_slice_of_an_mr_has_area_and_axes_but_no_volume() -> None:
    volume = mr()
    mask = circle(volume, 5, 14.0)
    found = measure_drawn(volume, mask, surface_of(mask))
    area = np.pi * 14.0**2
    assert numbers(found)["area_mm2"].value == pytest.approx(area, rel=0.02)
    assert numbers(found)["long_axis_mm"].value == pytest.approx(28.0, abs=0.8)
    assert numbers(found)["short_axis_mm"].value == pytest.approx(28.0, abs=0.8)
    assert {r.concept: r.reason for r in found.refused}["volume"] == "drawn on one slice only"
    assert {r.concept: r.reason for r in found.refused}["mean_hu"] == "the images are not in Hounsfield units"


@pytest.mark.parametrize("pixel_mm", [0.1, 0.139, 0.2, 1.0])
@pytest.mark.parametrize("radius", [4, 30, 150, 320])
def test_a_region_on_a_radiograph_is_as_long_as_it_is_whatever_the_size_of_a_pixel(pixel_mm, radius) -> None:
    flat = Geometry.even((1, 700, 680), np.diag([pixel_mm, pixel_mm, pixel_mm, 1]), "", False)
    values = np.zeros(flat.shape, np.uint16)
    volume = Volume(values, flat, Source(Patient("k"), "1", "1.1", "DX"), "", length=Length.DETECTOR)
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)

    def drawn(across: float) -> Mask:
        index = np.column_stack([np.zeros(180), 340 + radius * np.sin(turn), 335 + across * radius * np.cos(turn)])
        return polygon(flat, flat.points_mm(index), 0)

    first = drawn(0.5)
    mask = united(first, drawn(1.0))
    for surface in (surface_of(mask), surface_of(mask, first, surface_of(first))):
        found = numbers(measure_drawn(volume, mask, surface))
        assert found["long_axis_mm"].value == pytest.approx(2 * radius * pixel_mm, abs=1.2 * pixel_mm)
        assert found["short_axis_mm"].value == pytest.approx(2 * radius * pixel_mm, abs=1.2 * pixel_mm)
        area = np.pi * (radius * pixel_mm) ** 2
        assert found["area_mm2"].value == pytest.approx(area, rel=0.03 + 0.3 / radius)


def test_a_region_on_several_slices_of_an_mr_has_a_volume() -> None:
    volume = mr()
    mask = circle(volume, 4, 14.0)
    for k in (5, 6, 7):
        mask = united(mask, circle(volume, k, 14.0))
    found = numbers(measure_drawn(volume, mask, surface_of(mask)))
    assert found["volume"].value == pytest.approx(np.pi * 14.0**2 * 4 * 1.25, rel=0.02)
    assert found["volume"].spread > 0.1 * found["volume"].value


@pytest.mark.parametrize("length", [Length.CALIBRATED, Length.DETECTOR, Length.UNKNOWN])
def test_a_radiograph_says_what_its_millimetres_are(length: Length) -> None:
    volume = mr(length, 1, in_patient=False)
    mask = circle(volume, 0, 14.0)
    found = numbers(measure_drawn(volume, mask, surface_of(mask)))
    assert found["area_mm2"].value == pytest.approx(np.pi * 14.0**2, rel=0.02)
    assert found["area_mm2"].notes == (f"millimetres: {length}",)
    assert found["long_axis_mm"].value == pytest.approx(28.0, abs=0.8)
    assert "volume" not in found


@pytest.mark.parametrize(("pixel_mm", "off_mm"), [(0.1, 1.0), (0.4, 1.0), (1.6, 1.6)])
def test_a_contour_by_eye_may_be_a_millimetre_off_all_along_however_small_the_pixels(pixel_mm, off_mm) -> None:
    flat = Geometry.even((1, 500, 480), np.diag([1.0, pixel_mm, pixel_mm, 1]), "", False)
    film = Volume(np.zeros(flat.shape, np.uint16), flat, Source(Patient("k"), "1", "1.1", "DX"), length=Length.DETECTOR)

    def round_mask(radius_mm: float) -> Mask:
        turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
        index = np.column_stack(
            [0 * turn, 240 + radius_mm / pixel_mm * np.sin(turn), 230 + radius_mm / pixel_mm * np.cos(turn)]
        )
        return polygon(flat, flat.points_mm(index), 0)

    mask, wider = round_mask(14.0), round_mask(14.0 + off_mm)
    found = numbers(measure_drawn(film, mask, surface_of(mask)))
    area = found["area_mm2"]
    assert area.value + area.spread == pytest.approx(np.pi * (14.0 + off_mm) ** 2, rel=0.03)
    assert abs(wider.voxels * pixel_mm**2 - area.value) < 1.15 * area.spread
    assert found["long_axis_mm"].spread == found["short_axis_mm"].spread == pytest.approx(2 * off_mm)


def test_the_spreads_of_a_body_drawn_on_an_mr_go_together() -> None:
    volume = mr()
    mask = circle(volume, 4, 14.0)
    for k in (5, 6, 7):
        mask = united(mask, circle(volume, k, 14.0))
    found = numbers(measure_drawn(volume, mask, surface_of(mask)))
    surface, volume_ = found["surface_mm2"], found["volume"]
    assert volume_.spread > surface.value * 1.0
    assert 0.1 < surface.spread / surface.value < volume_.spread / volume_.value


def test_without_a_pixel_size_nothing_in_millimetres_is_given() -> None:
    volume = mr(Length.NONE, 1, in_patient=False)
    mask = circle(volume, 0, 14.0)
    found = measure_drawn(volume, mask, surface_of(mask))
    assert found.measurements == ()
    assert "area_mm2" in {r.concept for r in found.refused}


def test_a_shape_without_voxels_is_refused() -> None:
    phantom = sphere(20.0, **WIDE)
    empty = stroke(phantom.volume.geometry, [(900.0, 0.0, 0.0)], 2.0)
    with pytest.raises(Refused, match="Nothing would be left"):
        read_drawn(Host(), phantom.volume, Lesion("2.25.2", "L1", ()), empty, Ticket())


@pytest.mark.parametrize("noise_hu", [3.0, 12.0, 30.0])
def test_a_region_of_soft_tissue_has_a_size_and_a_mean_and_nothing_of_calcification(noise_hu: float) -> None:
    shape = (56, 140, 90)
    phantom = ellipsoid((11.0, 9.0, 8.0), rim_mm=2.5, rim_hu=600.0, shape=shape, noise_hu=noise_hu, psf_mm=1.1)
    x, y, z = phantom.centre_mm
    mask = stroke(phantom.volume.geometry, [(x, y + 26.0, z)], 8.0)
    drawn = read_drawn(Host(), phantom.volume, Lesion("2.25.2", "Oedema", ()), mask, Ticket())
    size, mean = drawn.measured("volume"), drawn.measured("mean_hu")
    assert size.value == pytest.approx(4 / 3 * np.pi * 8.0**3, rel=0.05)
    assert abs(size.value - 4 / 3 * np.pi * 8.0**3) < size.spread < 0.25 * size.value
    assert "half" not in size.method
    truth = phantom.volume.rescaled((0, 0, 0), phantom.volume.geometry.shape)[mask.full()].mean()
    assert mean.value == drawn.measured("voxel_mean_hu").value == pytest.approx(truth, abs=0.1)
    refused = {r.concept for r in drawn.refused}
    assert {"mineral_content", "rim_coverage", "margin_width_mm", "zonal_index"} <= refused
    assert not refused & {m.concept for m in drawn.measurements}
    assert drawn.measured("dense_volume").value < 10.0
    assert drawn.measured("mineralised_fraction").value < 0.01
    assert not any("gaps" in warning for warning in drawn.quality.warnings)
