"""Exports with all that can be written, of patients as they come, held against other people's programs."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from phantoms import OBLIQUE, grid
from pydicom import dcmread
from written_ct import blob, document, lesion, without, write_ct

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.phantom.demo import DemoPatient
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.plugin_host.reading import new_tracking_uid, read_lesion
from mo_viewer.report.export import FORMATS, MORE_FORMATS, export
from mo_viewer.report.history import history_in
from mo_viewer.report.sources import sources_of
from mo_viewer.report.verify import verify

Check = Callable[[Path, Path], list[str]]
STEPS_MM = (1.3, 0.7, 0.85)
GEOMETRY = grid((9, 30, 27), STEPS_MM)
WHO = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")


def later(names: Sequence[str]) -> list[object]:
    """Cases of the long tests."""
    return [pytest.param(name, marks=pytest.mark.long) for name in names]


@pytest.fixture(scope="module")
def read_demo(demo_patient: DemoPatient) -> tuple[Document, tuple]:
    """The demo patient's lesion, marked with one click in each study."""
    host = Host()
    host.load(plugin_places())
    known = scan([study.folder for study in demo_patient.studies]).series
    uid, findings = new_tracking_uid(), None
    for study in demo_patient.studies:
        volume = load(next(s for s in known if s.source.study_uid == study.study_uid and s.is_volume))
        found = read_lesion(host, volume, [study.click_mm], Ticket(), tracking_uid=uid)
        findings = findings or Document(volume.source.patient, (), demo_patient.injury.isoformat())
        findings = findings.with_lesion(Timepoint.of(volume.source), found)
    assert findings is not None
    return findings, known


@pytest.mark.long
def test_the_demo_patient_with_three_studies_passes(
    tmp_path: Path, read_demo: tuple[Document, tuple], demo_patient: DemoPatient, failures: Check
) -> None:
    findings, known = read_demo
    history = history_in(findings)
    everything = FORMATS + MORE_FORMATS
    done = export(findings, sources_of(findings, known), tmp_path / "out", everything, history=history)
    assert done.remarks == ()
    assert len(done.files) == 3 * 6 + 2 + 7
    assert failures(tmp_path / "out", demo_patient.folder) == []
    assert verify(tmp_path / "out", [demo_patient.folder]).differences == ()


@pytest.mark.parametrize("name", ["two lesions", "tilted", *later(("one lesion in one slice", "oblique"))])
def test_everything_about_a_phantom_passes(tmp_path: Path, failures: Check, name: str) -> None:
    lie = {"oblique": {"direction": OBLIQUE}, "tilted": {"tilt_deg": 14.0}}.get(name, {})
    geometry = grid((9, 30, 27), STEPS_MM, **lie)
    stored = np.random.default_rng(5).integers(900, 2300, geometry.shape).astype(np.int16)
    source = write_ct(tmp_path / "ct", geometry, stored)
    first = lesion(blob(geometry, (4, 12, 11), (0.5 if "slice" in name else 3.4, 5, 6)), stored, label="Μηρός")
    second = without(lesion(blob(geometry, (5, 20, 16), (2.4, 4, 5)), stored, label="大腿"), "rim_minus_core_hu")
    marked = (first, second) if name in ("two lesions", "tilted") else (first,)
    done = export(document(source, *marked), {source.series_uid: source}, tmp_path / "out", FORMATS + MORE_FORMATS)
    assert len(done.remarks) == (name == "tilted")
    assert failures(tmp_path / "out", tmp_path / "ct") == []
    assert verify(tmp_path / "out", [tmp_path / "ct"]).differences == ()


def test_anonymised_images_pass_and_have_no_bundle_because_nobody_could_tell_whose(
    tmp_path: Path, failures: Check
) -> None:
    geometry = grid((9, 30, 27), STEPS_MM)
    stored = np.random.default_rng(5).integers(900, 2300, geometry.shape).astype(np.int16)
    absent = ("StudyID", "AccessionNumber", "StudyDate", "StudyTime", "PatientBirthDate", "PatientSex", "PatientID")
    write_ct(tmp_path / "ct", geometry, stored, absent=(*absent, "ReferringPhysicianName", "PatientName"))
    (series,) = scan([tmp_path / "ct"]).series
    marked = lesion(blob(geometry, (4, 12, 11), (3.4, 5, 6)), stored)
    findings = document(series.source, marked)
    done = export(findings, sources_of(findings, [series]), tmp_path / "out", FORMATS + MORE_FORMATS)
    assert done.remarks == ("No FHIR bundle: the images name no patient ID, so nobody could tell whose it is.",)
    assert failures(tmp_path / "out", tmp_path / "ct") == []


@pytest.mark.parametrize("name", ["hip_RG2_J2KR", *later(("leg_RG3_J2KR", "hand_dx_monochrome1"))])
def test_a_radiograph_passes_beside_a_ct_and_lacks_only_a_segmentation_alone(
    tmp_path: Path, shared: Path, failures: Check, name: str
) -> None:
    """A projection has no place in the patient that a SEG could name: its outline is in the report."""
    film = tmp_path / "images" / "film"
    film.mkdir(parents=True)
    shutil.copy(shared / "xray_limb" / f"{name}.dcm", film)
    (series,) = scan([film]).series
    assert series.geometry is not None
    rows, columns = series.geometry.shape[1:]
    findings = document(series.source, lesion(blob(series.geometry, (0, rows / 2, columns / 3), (0.5, 60, 40))))
    done = export(findings, sources_of(findings, [series]), tmp_path / "alone", FORMATS + MORE_FORMATS)
    assert done.remarks == ()
    assert failures(tmp_path / "alone", film) == [f"[dicom] {tmp_path / 'alone'}: no segmentation"]

    same = {key: getattr(dcmread(next(film.iterdir())), key, "") for key in WHO}
    stored = np.random.default_rng(5).integers(900, 2300, GEOMETRY.shape).astype(np.int16)
    write_ct(tmp_path / "images" / "ct", GEOMETRY, stored, changes=same)
    known = scan([tmp_path / "images"]).series
    ct = next(one for one in known if one.is_volume)
    both = findings.with_timepoint(
        document(ct.source, lesion(blob(GEOMETRY, (4, 12, 11), (3.4, 5, 6)), stored)).timepoints[0]
    )
    done = export(both, sources_of(both, known), tmp_path / "both", FORMATS + MORE_FORMATS)
    assert done.remarks == ()
    assert failures(tmp_path / "both", tmp_path / "images") == []
    assert verify(tmp_path / "both", [tmp_path / "images"]).differences == ()
