"""Exports held against other people's programs, against their images, and against the masks they were made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from phantoms import AXIAL, OBLIQUE, SAGITTAL, grid
from written_ct import blob, document, export_core, lesion, without, write_ct

from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.export import Exported
from mo_viewer.report.verify import Verdict, verify
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Source

STEP_ROW_COLUMN_MM = (1.3, 0.7, 0.85)
SHAPE = (12, 30, 27)
STRAIGHT = {
    "axial, upwards": grid(SHAPE, STEP_ROW_COLUMN_MM),
    "axial, downwards": grid(SHAPE, STEP_ROW_COLUMN_MM, direction=AXIAL * np.array([-1.0, 1.0, 1.0])),
    "sagittal": grid(SHAPE, STEP_ROW_COLUMN_MM, direction=SAGITTAL),
    "oblique": grid(SHAPE, STEP_ROW_COLUMN_MM, direction=OBLIQUE),
    "one slice": grid((1, 30, 27), STEP_ROW_COLUMN_MM),
}
SKEWED = {
    "tilted": grid(SHAPE, STEP_ROW_COLUMN_MM, tilt_deg=14.0),
    "uneven": grid(SHAPE, STEP_ROW_COLUMN_MM, steps_mm=(1.0, 1.0, 1.6)),
}


def stored_values(geometry: Geometry) -> np.ndarray:
    return np.random.default_rng(11).integers(900, 2300, geometry.shape).astype(np.int16)


def two_lesions(geometry: Geometry, stored: np.ndarray) -> tuple[Lesion, Lesion]:
    """Two that share voxels; the second lacks a measurement and has letters of two alphabets."""
    middle = geometry.shape[0] // 2
    first = lesion(blob(geometry, (middle, 12, 11), (3.4, 5, 6)), stored)
    second = lesion(blob(geometry, (middle, 16, 14), (2.4, 5, 4)), stored, label="Βλάβη 骨化")
    return first, without(second, "rim_minus_core_hu")


@dataclass(frozen=True)
class Made:
    """An export that several tests look at: ``folder / "ct"``, ``folder / "out"``, and what is in them."""

    folder: Path
    exported: Exported
    source: Source
    lesions: tuple[Lesion, Lesion]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    @cache
    def make(name: str) -> Made:
        geometry, folder = (STRAIGHT | SKEWED)[name], tmp_path_factory.mktemp("made")
        stored = stored_values(geometry)
        source = write_ct(folder / "ct", geometry, stored)
        lesions = two_lesions(geometry, stored)
        exported = export_core(document(source, *lesions), {source.series_uid: source}, folder / "out")
        return Made(folder, exported, source, lesions)

    return make


def segs_of(one: Made) -> list[Path]:
    return [path for path in one.exported.files if "_seg" in path.name]


def voxels_by_highdicom(path: Path, source: Source) -> dict[str, np.ndarray]:
    """(slices, rows, columns) of each segment as highdicom reads it, by tracking UID."""
    import highdicom as hd

    seg = hd.seg.segread(path)
    uids = [instance.sop_uid for instance in source.instances]
    pixels: np.ndarray = seg.get_pixels_by_source_instance(uids, assert_missing_frames_are_empty=True)
    return {one.TrackingUID: pixels[..., n].astype(bool) for n, one in enumerate(seg.SegmentSequence)}


@pytest.mark.parametrize("name", [*STRAIGHT, *SKEWED])
def test_other_programs_read_an_export_as_it_was_meant(
    made: Callable[[str], Made], failures: Callable[[Path, Path], list[str]], name: str
) -> None:
    one = made(name)
    assert failures(one.folder / "out", one.folder / "ct") == []
    assert len(one.exported.remarks) == (name in SKEWED)


def test_a_skewed_stack_is_a_series_of_straight_segmentations_and_that_is_said(made: Callable[[str], Made]) -> None:
    import pydicom

    reached = {mask.corner[0] + k for mask in masks(made("tilted")) for k in range(mask.inside.shape[0])}
    for name, parts in (("tilted", len(reached)), ("uneven", 3)):
        one = made(name)
        segs = [pydicom.dcmread(path) for path in segs_of(one)]
        assert len(segs) == parts
        assert f"a series of {parts} SEGs" in one.exported.remarks[0]
        assert len({seg.SeriesInstanceUID for seg in segs}) == 1
        assert [seg.InstanceNumber for seg in segs] == list(range(1, parts + 1))


@pytest.mark.parametrize("name", [*STRAIGHT, *SKEWED])
def test_voxels_come_back_identical_and_verify_agrees(made: Callable[[str], Made], name: str) -> None:
    one = made(name)
    read = [voxels_by_highdicom(path, one.source) for path in segs_of(one)]
    whole = [sum(part[lesion.tracking_uid] for part in read if lesion.tracking_uid in part) for lesion in one.lesions]
    for marked, mask in zip(whole, masks(one), strict=True):
        assert np.array_equal(marked, mask.full())
    assert (whole[0] & whole[1]).any()
    assert verify(one.folder / "out", [one.folder / "ct"]) == Verdict((), len(one.exported.files))


def masks(one: Made) -> list[Mask]:
    return [lesion.mask for lesion in one.lesions if lesion.mask is not None]


def test_one_lesion_alone_passes(tmp_path: Path, failures: Callable[[Path, Path], list[str]]) -> None:
    geometry = STRAIGHT["axial, upwards"]
    stored = stored_values(geometry)
    source = write_ct(tmp_path / "ct", geometry, stored)
    one = lesion(blob(geometry, (4, 12, 11), (0.5, 4, 5)), stored)
    export_core(document(source, one), {source.series_uid: source}, tmp_path / "out")
    assert failures(tmp_path / "out", tmp_path / "ct") == []
    assert verify(tmp_path / "out", [tmp_path / "ct"]).differences == ()


def test_one_lesion_in_two_studies_keeps_its_identity_and_each_study_its_own_objects(
    tmp_path: Path, failures: Callable[[Path, Path], list[str]]
) -> None:
    import pydicom

    early, late = grid(SHAPE, STEP_ROW_COLUMN_MM), grid((9, 26, 33), (2.0, 0.6, 0.7), direction=OBLIQUE)
    stored = [stored_values(geometry) for geometry in (early, late)]
    sources = [write_ct(tmp_path / "ct" / str(n), g, stored[n]) for n, g in enumerate((early, late))]
    first = lesion(blob(early, (6, 12, 11), (3.4, 5, 6)), stored[0])
    second = lesion(blob(late, (4, 12, 15), (2.4, 6, 7)), stored[1], tracking_uid=first.tracking_uid)
    both = document(replace(sources[0], date="2024-01-20"), first)
    both = both.with_timepoint(document(sources[1], second).timepoints[0])
    result = export_core(both, {source.series_uid: source for source in sources}, tmp_path / "out")
    assert len(result.files) == 6
    assert failures(tmp_path / "out", tmp_path / "ct") == []
    assert verify(tmp_path / "out", [tmp_path / "ct"]).differences == ()
    segs = [pydicom.dcmread(path) for path in result.files if path.name.endswith("_seg.dcm")]
    assert [seg.StudyInstanceUID for seg in segs] == [source.study_uid for source in sources]
    assert {seg.SegmentSequence[0].TrackingUID for seg in segs} == {first.tracking_uid}
    assert len({tuple(seg.SegmentSequence[0].RecommendedDisplayCIELabValue) for seg in segs}) == 1


def test_a_lesion_through_450_slices_comes_back_identical(tmp_path: Path) -> None:
    geometry = grid((450, 8, 9), STEP_ROW_COLUMN_MM)
    source = write_ct(tmp_path / "ct", geometry)
    long = lesion(blob(geometry, (224.5, 4, 4), (400, 3, 4)))
    result = export_core(document(source, long), {source.series_uid: source}, tmp_path / "out", formats=("seg",))
    assert long.mask is not None
    assert np.array_equal(voxels_by_highdicom(result.files[0], source)[long.tracking_uid], long.mask.full())


def test_no_frame_is_written_where_there_is_no_lesion(made: Callable[[str], Made]) -> None:
    import pydicom

    one = made("oblique")
    reached = sum(int(lesion.mask.inside.any(axis=(1, 2)).sum()) for lesion in one.lesions if lesion.mask is not None)
    assert pydicom.dcmread(segs_of(one)[0]).NumberOfFrames == reached


def test_a_real_thigh_passes(tmp_path: Path, shared: Path, failures: Callable[[Path, Path], list[str]]) -> None:
    from mo_viewer.dicom.load import load
    from mo_viewer.dicom.scan import scan

    images = shared / "ct_thigh_calcified_mass_a" / "ct"
    series = next(one for one in scan([images]).series if one.is_volume)
    volume = load(series)
    centre = volume.geometry.index_of(np.array([[52.7, 0.0, 868.0]]))[0]
    axes = np.ogrid[tuple(slice(0, n) for n in volume.geometry.shape)]
    inside = sum(((a - c) / r) ** 2 for a, c, r in zip(axes, centre, (6.2, 14.0, 17.0), strict=True)) <= 1
    mask = Mask.trimmed(inside, (0, 0, 0), volume.geometry)
    values = volume.rescaled((0, 0, 0), volume.geometry.shape)
    marked = lesion(mask, np.asarray(values, dtype=np.float64) + 1024)
    result = export_core(document(volume.source, marked), {volume.source.series_uid: volume.source}, tmp_path)
    assert failures(tmp_path, images) == []
    assert verify(tmp_path, [images]).differences == ()
    assert result.remarks == ()
