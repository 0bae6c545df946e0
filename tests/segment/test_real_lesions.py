"""Three calcified masses of patients: no truth, so plausibility, self-consistency, and pictures that were looked at."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.mark import Marked, mark
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume

RING = (52.7, 0.0, 868.0)
CAP = (135.7, -74.2, 893.1)
STRING = ((50.8, 2.0, 478.5), (66.4, 2.9, 517.8), (39.1, -16.6, 478.5))


@cache
def images(folder: Path) -> tuple[Volume, NativeBone]:
    series = max(scan([folder]).series, key=lambda s: len(s.planes))
    volume = load(series)
    return volume, native_bone(volume)


def over_150(volume: Volume, marked: Marked) -> float:
    box = volume.rescaled(marked.mask.corner, marked.mask.inside.shape)
    return float((box[marked.mask.inside] > 150).sum() * volume.geometry.voxel_volumes_mm3[0] / 1000)


def test_the_thigh_ring_is_closed_and_of_plausible_size(shared: Path) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_a" / "ct")
    marked = mark(volume, [RING], bone=bone)
    assert 19_000 < marked.surface.volume_mm3 < 24_000
    assert over_150(volume, marked) >= 0.9 * 2.67
    assert not (marked.mask.full() & marked.bone.full()).any()
    k = round(float(volume.geometry.index_of(np.array([RING]))[0, 0]))
    lines = marked.surface.cut(Plane.of_slice(volume.geometry, k))
    assert len(max(lines, key=len)) > 0.8 * sum(len(line) for line in lines)


def test_the_femur_is_not_in_the_thigh_ring(shared: Path) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_a" / "ct")
    marked = mark(volume, [RING], bone=bone)
    values = volume.rescaled(marked.mask.corner, marked.mask.inside.shape)[marked.mask.inside]
    assert values.max() < 450


def test_jittered_clicks_in_the_ring_give_one_size(shared: Path) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_a" / "ct")
    rng = np.random.default_rng(0)
    sizes = [
        mark(volume, [tuple(np.array(RING) + rng.normal(0, 3.5, 3))], bone=bone).surface.volume_mm3 for _ in range(3)
    ]
    assert np.ptp(sizes) / np.mean(sizes) < 0.03


def test_the_hazy_mass_is_taken_with_its_calcification(shared: Path) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_b" / "ct")
    marked = mark(volume, [CAP], bone=bone)
    assert 3_500 < marked.surface.volume_mm3 < 6_500
    assert over_150(volume, marked) >= 0.9 * 1.48
    assert not (marked.mask.full() & marked.bone.full()).any()


def test_three_clicks_take_the_string_of_fragments_in_the_calf(shared: Path) -> None:
    volume, bone = images(shared / "ct_calf_calcified_mass" / "ct")
    marked = mark(volume, STRING, bone=bone)
    assert 1_200 < marked.surface.volume_mm3 < 2_400
    assert over_150(volume, marked) >= 0.9 * 0.78
    assert not (marked.mask.full() & marked.bone.full()).any()


def test_a_click_that_would_run_from_rib_to_rib_is_refused(shared: Path) -> None:
    volume, bone = images(shared / "ct_chest_zip")
    with pytest.raises(Refused, match="No reliable contour"):
        mark(volume, [(-83.48, -100.48, 289.6)], bone=bone)


@pytest.mark.parametrize("point", [(45.0, 25.0, 809.0), (101.0, -37.0, 780.0)])
def test_muscle_and_bone_of_a_plain_thigh_are_refused(shared: Path, point: tuple) -> None:
    volume, bone = images(shared / "ct_thigh_plain_mass" / "ct")
    with pytest.raises(Refused):
        mark(volume, [point], bone=bone)


def test_the_head_of_the_humerus_is_refused(shared: Path) -> None:
    volume, bone = images(shared / "ct_arm_plain_mass" / "ct")
    with pytest.raises(Refused):
        mark(volume, [(171.0, -41.0, -168.0)], bone=bone)


def copied(volume: Volume, spacing_mm: tuple, turn_deg: float = 0.0, averaged_mm: float = 0.0, noise_hu: float = 0.0):
    """The same image on another grid: turned about the slices' normal, slices averaged, noise added."""
    from scipy import ndimage

    fine = volume.geometry
    hu = volume.rescaled((0, 0, 0), fine.shape)
    size = (np.array(fine.shape) - 1) * fine.spacing_mm
    shape = tuple(int(n) for n in size / spacing_mm + 1)
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])

    def source(index):
        return ((index * np.array(spacing_mm) - size / 2) @ turn.T + size / 2) / fine.spacing_mm

    at = source(np.indices(shape).reshape(3, -1).T)
    offsets = np.linspace(-0.4, 0.4, 5) * averaged_mm / fine.spacing_mm[0] if averaged_mm else [0.0]
    order = 1 if averaged_mm else 3
    seen = np.mean(
        [ndimage.map_coordinates(hu, (at + np.array([o, 0.0, 0.0])).T, order=order, cval=-1000.0) for o in offsets],
        axis=0,
    ).reshape(shape)
    seen = seen + np.random.default_rng(3).normal(0, noise_hu, shape) if noise_hu else seen
    first, above, below, right = fine.points_mm(source(np.concatenate([np.zeros((1, 3)), np.eye(3)])))
    origins = first + np.arange(shape[0])[:, None] * (above - first)
    acquisition = replace(volume.source.acquisition, slice_mm=spacing_mm[0])
    source_of = replace(volume.source, acquisition=acquisition, instances=())
    return replace(
        volume,
        values=np.clip(np.round(seen), -1024, 3071).astype(np.int16),
        geometry=Geometry(shape, origins, below - first, right - first, fine.frame_uid),
        source=source_of,
        slope=np.ones(1),
        intercept=np.zeros(1),
    )


@pytest.mark.long
@pytest.mark.parametrize("change", [{"spacing_mm": (1.0, 0.7, 0.7)}, {"turn_deg": 20.0}, {"noise_hu": 10.0}])
def test_copies_of_the_thigh_ring_keep_its_size(shared: Path, change: dict) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_a" / "ct")
    known = mark(volume, [RING], bone=bone).surface.volume_mm3
    again = copied(volume, **({"spacing_mm": volume.geometry.spacing_mm} | change))
    assert mark(again, [RING]).surface.volume_mm3 == pytest.approx(known, rel=0.1)


def test_the_thigh_ring_in_thick_slices_is_warned_about_and_its_spread_holds_the_difference(shared: Path) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_a" / "ct")
    known = mark(volume, [RING], bone=bone).surface.volume_mm3
    thick = copied(volume, (5.0, *volume.geometry.spacing_mm[1:]), averaged_mm=5.0)
    found = next(m for m in measure(thick, mark(thick, [RING])).measurements if m.concept == "volume")
    assert any("too thick" in warning for warning in found.warnings)
    assert abs(found.value - known) <= found.spread


def test_the_string_in_the_calf_in_thick_slices_is_warned_about_and_its_spread_holds_the_difference(
    shared: Path,
) -> None:
    volume, bone = images(shared / "ct_calf_calcified_mass" / "ct")
    known = mark(volume, STRING, bone=bone).surface.volume_mm3
    thick = copied(volume, (5.0, *volume.geometry.spacing_mm[1:]), averaged_mm=5.0)
    found = {m.concept: m for m in measure(thick, mark(thick, STRING)).measurements}
    assert found["volume"].warnings
    assert abs(found["volume"].value - known) <= found["volume"].spread < found["volume"].value


@pytest.mark.long
def test_twenty_jittered_clicks_in_the_ring_give_one_size(shared: Path) -> None:
    volume, bone = images(shared / "ct_thigh_calcified_mass_a" / "ct")
    rng = np.random.default_rng(20)
    known = mark(volume, [RING], bone=bone).surface.volume_mm3
    for _ in range(20):
        moved = tuple(np.array(RING) + rng.normal(0, 3.5, 3))
        assert mark(volume, [moved], bone=bone).surface.volume_mm3 == pytest.approx(known, rel=0.03)
