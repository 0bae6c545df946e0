"""A phantom's line is named beside densities of its own scanner, voltage and kernel, and changes none."""

from dataclasses import replace
from pathlib import Path

import pytest
from phantoms import sphere_volume
from PySide6.QtWidgets import QLabel, QScrollArea

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.paths import bundled
from mo_viewer.plugin_host.data import Calibration
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.kit.desk import KitDesk
from mo_viewer.plugin_host.kit.studies import Sample
from mo_viewer.plugin_host.reading import read_lesion
from mo_viewer.ui.app import wait_until
from mo_viewer.volume.source import Acquisition

SCANNER = Acquisition(120.0, "B30s", 1.0, manufacturer="Maker", model="Model", station="Room 2")
LINE = Calibration("Maker Model Room 2", 120.0, "B30s", 1.0123, -4.5, "2024-01-08", "Catphan 504", "hu_check 0.1.0")


@pytest.mark.parametrize(
    ("changed", "is_named"),
    [({}, True), ({"kvp": 100.0}, False), ({"kernel": "B70s"}, False), ({"station": "Room 3"}, False)],
    ids=["the same", "other voltage", "other kernel", "other scanner"],
)
def test_only_a_line_of_the_same_scanner_voltage_and_kernel_fits(changed: dict[str, object], is_named: bool) -> None:
    from mo_ossification.calibration import fitting

    older = replace(LINE, date="2023-01-08", slope=1.1)
    found = fitting([older, LINE], replace(SCANNER, **changed))
    assert found == (LINE if is_named else None)


def test_images_that_do_not_name_their_scanner_have_no_line() -> None:
    from mo_ossification.calibration import fitting

    nameless = Acquisition(120.0, "B30s")
    assert fitting([replace(LINE, scanner="")], nameless) is None


def test_the_panel_names_the_line_and_leaves_every_number_as_it_was(qapp, tmp_path: Path) -> None:
    plain = sphere_volume(rim_mm=2.5)
    volume = replace(plain, source=replace(plain.source, acquisition=SCANNER))
    host = Host()
    host.load([("bundled", bundled("plugins"))])
    lesion = read_lesion(host, volume, [(-7.0, 0.0, 0.0)], Ticket(), "2.25.1", "L1")
    document = Document(volume.source.patient).with_lesion(Timepoint.of(volume.source), lesion)
    panel = next(c for c in host.contributions("panel") if c.plugin == "mo_ossification")

    def texts() -> list[str]:
        widget = host.call(panel, KitDesk(host, panel, Sample("one", volume, document, plain.geometry.origins_mm[0])))
        area = widget.findChild(QScrollArea)
        assert wait_until(lambda: area.widget() is not None and area.widget().objectName() == "panelContent", 20)
        return [label.text() for label in area.widget().findChildren(QLabel)]

    before = texts()
    host.record.add_calibration(LINE, "hu_check 0.1.0")
    after = texts()
    [named] = [text for text in after if text not in before]
    assert "1.0123 × HU -4.5 (Catphan 504, 2024-01-08, by hu_check 0.1.0)" in named
    assert "Named only" in named
    assert [text for text in after if text != named] == before
