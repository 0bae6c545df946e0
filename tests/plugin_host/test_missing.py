"""Findings outlive the plugin that made them."""

from dataclasses import replace
from pathlib import Path

from phantoms import sphere_volume

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.measurement import Measurement
from mo_viewer.paths import bundled
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_lesion
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store


def read_with(host: Host) -> Document:
    volume = sphere_volume(rim_mm=2.5)
    lesion = read_lesion(host, volume, [(-7.0, 0.0, 0.0)], Ticket(), "2.25.7", "L1")
    own = Measurement("mo_gone.share", 0.25, "1", method="a plugin that is not here any more")
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
