"""Findings outlive the plugin that made them."""

from dataclasses import replace
from pathlib import Path

import pytest
from phantoms import sphere_volume
from PySide6.QtWidgets import QLabel
from small_plugins import write_plugin

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Occasion, PatientEvent
from mo_viewer.findings.measurement import Measurement
from mo_viewer.paths import bundled
from mo_viewer.phantom.demo import DemoPatient
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.missing import kept_findings, makers, missing_makers, signed
from mo_viewer.plugin_host.reading import read_lesion
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store
from mo_viewer.ui.app import open_window, wait_until


def read_with(host: Host) -> Document:
    volume = sphere_volume(rim_mm=2.5)
    lesion = read_lesion(host, volume, [(-7.0, 0.0, 0.0)], Ticket(), "2.25.7", "L1")
    own = Measurement("mo_gone.share", 0.25, "1", method="of a plugin that is gone", made_by="mo_gone 0.3.0")
    lesion = replace(lesion, measurements=(*lesion.measurements, own))
    return Document(volume.source.patient).with_lesion(Timepoint.of(volume.source), lesion)


def test_findings_of_a_missing_plugin_open_and_survive_a_save(tmp_path: Path) -> None:
    host = Host()
    host.load([("bundled", bundled("plugins"))])
    made = read_with(host)
    lesion = made.timepoints[0].lesions[0]
    assert lesion.grade is not None
    session = Session(Store(tmp_path / "findings.sqlite"))
    session.open_patient(made.patient)
    session.change("Mark L1", made)
    session.close()

    without = Session(Store(tmp_path / "findings.sqlite"))
    opened = without.open_patient(made.patient)
    assert opened == made
    without.change("Name it", replace(opened, injury_date="2024-01-08"))
    without.close()

    again = Session(Store(tmp_path / "findings.sqlite"))
    kept = again.open_patient(made.patient)
    again.close()
    assert kept.timepoints == made.timepoints
    assert kept.timepoints[0].lesions[0].measured("mo_gone.share") is not None


def test_without_plugins_a_lesion_is_read_all_the_same() -> None:
    lesion = read_with(Host()).timepoints[0].lesions[0]
    assert lesion.measured("volume") is not None
    assert lesion.grade is None


MEASURE = """
from mo_viewer.findings.measurement import Measurement, Refusal
def measure(lesion, volume): return [Measurement('mo_mine.a', 1.0, 'mm'), Refusal('mo_mine.b', 'too small')]
def register(registry): registry.add_measure('m', measure)
"""


def test_what_a_plugin_adds_bears_its_id_and_version(tmp_path: Path) -> None:
    write_plugin(tmp_path, "mo_mine", MEASURE, 'permissions = ["reads-images", "writes-findings"]', version="0.3.1")
    host = Host()
    host.load([("bundled", bundled("plugins")), ("test", tmp_path)])
    document = read_with(host)
    [lesion] = document.timepoints[0].lesions
    assert lesion.measured("mo_mine.a").made_by == "mo_mine 0.3.1"
    assert [one.made_by for one in lesion.refused if one.concept == "mo_mine.b"] == ["mo_mine 0.3.1"]
    assert lesion.grade.made_by == "mo_ossification 0.1.0"
    assert lesion.measured("volume").made_by == ""
    assert set(makers(document)) == {"mo_mine 0.3.1", "mo_gone 0.3.0", "mo_ossification 0.1.0"}
    assert missing_makers(host, document) == ("mo_gone 0.3.0",)
    host.switch_off("mo_mine")
    origins = {kept.name: kept.origin for kept in kept_findings(host, document, document.timepoints[0])}
    assert origins["mo_gone.share"] == "from mo_gone 0.3.0, not installed"
    assert origins["mo_mine.a"] == "from mo_mine 0.3.1, not running"
    assert origins["maturity 1-4"] == "from mo_ossification 0.1.0"
    assert origins["volume"] == ""


@pytest.mark.parametrize("has_hu_check", [False, True])
def test_the_window_without_the_plugin_shows_its_findings_under_its_name(
    qtbot, tmp_path: Path, demo_patient: DemoPatient, has_hu_check: bool
) -> None:
    study = demo_patient.studies[0]
    volume = load(next(series for series in scan([study.folder]).series if series.is_volume))
    host = Host()
    host.load([("bundled", bundled("plugins"))])
    lesion = read_lesion(host, volume, [study.click_mm], Ticket(), "2.25.7", "L1")
    document = Document(volume.source.patient).with_lesion(Timepoint.of(volume.source), lesion)
    session = Session(Store(tmp_path / "findings.sqlite"))
    session.open_patient(document.patient)
    session.change("Mark L1", document)
    session.close()
    places = [("bundled", bundled("plugins") / "hu_check")] if has_hu_check else []
    window = open_window([study.folder], tmp_path / "findings.sqlite", places=places)
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle and not window.library.is_reading, 60)
    words = [label.text() for label in window.panels.findChildren(QLabel)]
    assert "from mo_ossification 0.1.0, not installed" in words
    assert any(word.startswith(lesion.grade.value) for word in words)
    assert {"Whole-lesion volume", "Long axis in slice"} <= set(words)
    assert window.session.document.timepoints == document.timepoints
    assert window.host.faults == []
    window.close()


def test_an_event_that_a_plugin_enters_bears_its_name_and_one_that_was_there_keeps_its_own() -> None:
    old = Document(sphere_volume().source.patient, events=(PatientEvent("2024-01-08", Occasion.INJURY),))
    new = replace(old, events=(*old.events, PatientEvent("2024-03-01", Occasion.SURGERY, "excised")))
    document = signed(new, old, "mo_mine 0.3.1")
    assert document == new
    assert [event.made_by for event in document.events] == ["", "mo_mine 0.3.1"]
    assert [event.made_by for event in signed(document, document, "mo_other 1.0").events] == ["", "mo_mine 0.3.1"]
    assert missing_makers(Host(), document) == ("mo_mine 0.3.1",)
    [_, surgery] = kept_findings(Host(), document, Timepoint("2.25.1", "2.25.2"))
    assert (surgery.name, surgery.value) == ("2024-03-01", "surgery excised")
    assert surgery.origin == "from mo_mine 0.3.1, not installed"
