import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mo_viewer.base.faults import Cancelled, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.phantom import demo
from mo_viewer.phantom.acquire import as_volume
from mo_viewer.phantom.demo import MARKER, demo_cases, read_demo, write_demo
from mo_viewer.phantom.pose import AXIAL, turn
from mo_viewer.phantom.render import render
from mo_viewer.phantom.scanner import SOFT, Protocol
from mo_viewer.phantom.thigh import thigh
from mo_viewer.phantom.truth import true_mask
from mo_viewer.phantom.write import Identity, write_ct

SMALL = {
    "plain": Protocol((4, 48, 40), (3.1, 4.2), 2.5, kernel=SOFT, centre_mm=(-10.0, 8.0, 31.25)),
    "tilted": Protocol((4, 48, 40), (3.1, 4.2), 2.5, kernel=SOFT, tilt_deg=-14.0),
    "oblique": Protocol((4, 48, 40), (3.1, 4.2), 2.5, kernel=SOFT, directions=turn(20.0, 10.0, 30.0) @ AXIAL),
    "uneven": Protocol((4, 48, 40), (3.1, 4.2), 2.5, steps_mm=(2.5, 4.0, 1.0), kvp=100.0),
}
DCIODVFY = Path(sys.executable).with_name("dciodvfy")


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    return write_demo(tmp_path_factory.mktemp("demo") / "patient")


@pytest.mark.parametrize("protocol", SMALL.values(), ids=SMALL.keys())
def test_files_read_back_as_the_values_and_places_that_were_rendered(tmp_path, protocol):
    identity = Identity("a")
    hu, geometry = render(thigh(1), protocol)
    paths = write_ct(tmp_path / "ct", hu, geometry, protocol, identity)
    assert len(paths) == 4
    for k, path in enumerate(paths):
        image = pydicom.dcmread(path)
        assert np.array_equal(image.pixel_array * image.RescaleSlope + image.RescaleIntercept, np.round(hu[k]))
        assert [float(v) for v in image.ImagePositionPatient] == pytest.approx(geometry.origins_mm[k], abs=1e-6)
        across, down = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
        assert across * image.PixelSpacing[1] == pytest.approx(geometry.column_step_mm, abs=1e-6)
        assert down * image.PixelSpacing[0] == pytest.approx(geometry.row_step_mm, abs=1e-6)
        assert (image.KVP, image.SliceThickness) == (protocol.kvp, 2.5)
        assert image.StudyInstanceUID == identity.study_uid


def test_uids_are_unique_and_of_a_lawful_form(tmp_path):
    protocol = SMALL["plain"]
    hu, geometry = render(thigh(1), protocol)
    images = [
        pydicom.dcmread(path)
        for key in ("a", "b")
        for path in write_ct(tmp_path / key, hu, geometry, protocol, Identity(key))
    ]
    uids = [i.SOPInstanceUID for i in images]
    assert len(set(uids)) == 8
    assert len({i.StudyInstanceUID for i in images}) == 2
    assert all(u.is_valid and u.startswith("2.25.") for u in uids)


@pytest.mark.parametrize("name", SMALL.keys())
def test_a_validator_finds_no_error(tmp_path, name):
    hu, geometry = render(thigh(1), SMALL[name])
    path = write_ct(tmp_path, hu, geometry, SMALL[name], Identity("v", contrast_agent="IODINE"))[0]
    said = subprocess.run([DCIODVFY, path], capture_output=True, text=True, check=False)
    assert "Error" not in said.stderr + said.stdout
    assert "CTImage" in said.stderr


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    hu, geometry = render(thigh(1), SMALL["plain"])
    with pytest.raises(Unwritable, match="could not be written"):
        write_ct(tmp_path / "file" / "ct", hu, geometry, SMALL["plain"], Identity("a"))


def test_the_demo_patient_has_three_studies_at_weeks_4_9_and_30(patient):
    assert [s.weeks for s in patient.studies] == [4, 9, 30]
    assert [(s.date - patient.injury).days for s in patient.studies] == [28, 63, 210]
    images = [pydicom.dcmread(next(s.folder.glob("*.dcm")), stop_before_pixels=True) for s in patient.studies]
    assert [i.StudyDate for i in images] == ["20240205", "20240311", "20240805"]
    assert [float(i.SliceThickness) for i in images] == [1.5, 1.0, 2.0]
    assert len({i.PatientID for i in images}) == 1
    assert len({i.StudyInstanceUID for i in images}) == 3
    assert len({i.ConvolutionKernel for i in images}) == 3


def test_the_demo_lesion_ripens_without_growing_much_and_keeps_its_cleft(patient):
    truths = [s.truth for s in patient.studies]
    volumes = [t.volume_mm3 for t in truths]
    assert 8000 < min(volumes) < max(volumes) < 25000
    assert max(volumes) / min(volumes) < 1.1
    assert truths[0].mean_hu < truths[1].mean_hu < truths[2].mean_hu
    assert all(1.0 <= t.gap_to_bone_mm <= 6.0 for t in truths)


def test_the_demo_images_hold_the_truth_that_is_stated(patient):
    for case, study in zip(demo_cases(), patient.studies, strict=True):
        geometry = case.protocol.geometry()
        mask = true_mask(case.lesion, case.pose, geometry)
        assert mask.volume_mm3 == pytest.approx(study.truth.volume_mm3, rel=0.005)
        first, count = mask.corner[0], mask.inside.shape[0]
        files = sorted(study.folder.glob("*.dcm"))[first : first + count]
        hu = np.array([pydicom.dcmread(f).pixel_array for f in files]).astype(float) - 1024
        inside = hu[:, mask.corner[1] :, mask.corner[2] :][:, : mask.inside.shape[1], : mask.inside.shape[2]][
            mask.inside
        ]
        assert np.percentile(inside, 95) == pytest.approx(study.truth.p95_hu, abs=25)
        assert inside.mean() == pytest.approx(study.truth.mean_hu, rel=0.07)
        click = geometry.index_of(np.array([study.click_mm]))[0].round().astype(int) - np.array(mask.corner)
        assert mask.inside[tuple(click)]


def test_a_whole_demo_patient_is_used_again_and_not_rewritten(patient):
    before = {p: p.stat().st_mtime_ns for p in patient.folder.rglob("*")}
    assert write_demo(patient.folder) == patient
    assert {p: p.stat().st_mtime_ns for p in patient.folder.rglob("*")} == before


def test_a_demo_patient_that_lacks_a_file_is_not_taken_for_whole(patient, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(patient.folder, copy)
    next(copy.rglob("*.dcm")).unlink()
    assert read_demo(copy) is None


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "holiday.txt").write_text("mine")
    with pytest.raises(Unwritable, match="holds something else"):
        write_demo(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.txt"]


def test_a_stopped_demo_leaves_nothing_behind(tmp_path):
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Cancelled):
        write_demo(tmp_path / "patient", ticket)
    assert not list(tmp_path.iterdir())


def test_a_demo_that_is_being_made_tells_how_far_it_is_and_stops_in_the_middle_of_a_study(tmp_path):
    seen = []

    def hear(done, total, text):
        seen.append(done / total)
        if done / total > 0.2:
            ticket.cancel()

    ticket = Ticket(hear)
    with pytest.raises(Cancelled):
        write_demo(tmp_path / "patient", ticket)
    assert seen == sorted(seen)
    assert 0.2 < seen[-1] < 0.25
    assert not list(tmp_path.iterdir())


def test_the_demo_is_the_same_bytes_every_time(patient, tmp_path, monkeypatch):
    only_last = demo_cases()[2:]
    monkeypatch.setattr(demo, "demo_cases", lambda: only_last)
    again = write_demo(tmp_path / "patient")
    assert (again.folder / MARKER).is_file()
    assert _digest(again.studies[0].folder) == _digest(patient.studies[2].folder)


def _digest(folder):
    return hashlib.sha256(b"".join(p.read_bytes() for p in sorted(folder.glob("*.dcm")))).hexdigest()


@pytest.mark.parametrize("name", ["plain", "tilted", "oblique", "uneven"])
def test_the_loader_gives_the_same_volume_as_acquiring_in_memory(tmp_path, name):
    from mo_viewer.dicom.load import load
    from mo_viewer.dicom.scan import scan

    identity = Identity("same", study_time="081500")
    hu, geometry = render(thigh(1), SMALL[name], frame_uid=identity.frame_uid)
    write_ct(tmp_path, hu, geometry, SMALL[name], identity)
    loaded = load(next(s for s in scan([tmp_path]).series if s.is_volume))
    acquired = as_volume(hu, geometry, SMALL[name], identity)
    assert np.array_equal(loaded.values, acquired.values)
    assert loaded.geometry.origins_mm == pytest.approx(acquired.geometry.origins_mm, abs=1e-6)
    assert loaded.geometry.frame_uid == acquired.geometry.frame_uid
    assert loaded.unit == acquired.unit == "HU"
    assert (loaded.slope[0], loaded.intercept[0]) == (acquired.slope[0], acquired.intercept[0])
    ours, theirs = acquired.source, loaded.source
    assert [i.sop_uid for i in ours.instances] == [i.sop_uid for i in theirs.instances]
    assert ours.acquisition == theirs.acquisition
    for field in (
        "study_uid",
        "series_uid",
        "modality",
        "date",
        "study_description",
        "description",
        "number",
        "body_part",
    ):
        assert getattr(ours, field) == getattr(theirs, field)
    assert replace(ours.patient, key="") == replace(theirs.patient, key="")
