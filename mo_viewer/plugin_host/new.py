"""``mo-viewer plugins --new NAME``: a working plugin with a panel, a measure, an exporter and a test."""

import re
from pathlib import Path

from mo_viewer.base.faults import Misuse, Unwritable
from mo_viewer.plugin_host.api import API_VERSION

_ID = re.compile(r"(mo|hu)_[a-z0-9_]{1,40}")

_MANIFEST = """\
id = "{id}"
name = "{name}"
version = "0.1.0"
api = "{api}"
entry = "{id}:register"
summary = "What it does, in one sentence."
license = "MIT"
permissions = ["reads-images", "writes-findings", "writes-files"]

[[contributes]]
kind = "measure"
name = "dense_share"

[[contributes]]
kind = "exporter"
name = "dense-shares"
title = "Dense shares (CSV)"
suffix = ".csv"

[[contributes]]
kind = "panel"
title = "{name}"
"""

_PACKAGE = '''\
"""{name}: the share of each lesion that is denser than 400 HU, in a panel and as CSV."""

from {id}.shares import dense_share, shares_csv
from mo_viewer.plugin_host.api import Desk, Registry


def register(registry: Registry) -> None:
    """Add what plugin.toml declares."""
    registry.add_measure("dense_share", dense_share)
    registry.add_exporter("dense-shares", "Dense shares (CSV)", shares_csv, ".csv")
    registry.add_panel("{name}", _panel)


def _panel(desk: Desk) -> object:
    from {id}.panel import SharePanel  # Qt is imported with the panel, not with the plugin

    return SharePanel(desk)
'''

_SHARES = '''\
"""The numbers: no Qt, no files, the same answer every time."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.measure.density import values_in
from mo_viewer.volume.volume import Volume

CONCEPT = "{id}.dense_share"
DENSE_HU = 400.0


def dense_share(lesion: Lesion, volume: Volume) -> Sequence[Measurement | Refusal]:
    """Return the share of the lesion's voxels above 400 HU, or why there is none."""
    if volume.unit != "HU":
        return [Refusal(CONCEPT, "the images are not in Hounsfield units")]
    if lesion.mask is None or not lesion.mask.voxels:
        return [Refusal(CONCEPT, "the lesion has no contour")]
    share = float(np.mean(values_in(volume, lesion.mask) > DENSE_HU))
    return [Measurement(CONCEPT, share, "1", method=f"voxels above {{DENSE_HU:.0f}} HU")]


def shares_csv(document: Document) -> bytes:
    """Return one row for each lesion that was measured."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["date", "lesion", "dense share"])
    for timepoint in document.timepoints:
        for lesion in timepoint.lesions:
            found = lesion.measured(CONCEPT)
            writer.writerow([timepoint.date, lesion.label, "" if found is None else f"{{found.value:.4f}}"])
    return text.getvalue().encode()
'''

_PANEL = '''\
"""The panel: a list of the lesions of the study that is shown."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from {id}.shares import CONCEPT
from mo_viewer.plugin_host.api import Desk, PluginChange


class SharePanel(QWidget):
    """Says the share of each lesion; hears of every change."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.addWidget(self._words)
        column.addStretch(1)
        stop = desk.listen(self._show)
        self.destroyed.connect(stop)
        self._show(PluginChange("findings"))

    def _show(self, _: PluginChange) -> None:
        document, volume = self._desk.document, self._desk.volume
        timepoint = document.timepoint(volume.source.study_uid) if document is not None and volume is not None else None
        lines = []
        for lesion in timepoint.lesions if timepoint is not None else ():
            found = lesion.measured(CONCEPT)
            lines.append(f"{{lesion.label}}: " + ("not measured" if found is None else f"{{found.value:.0%}}"))
        self._words.setText("\\n".join(lines) or "No lesion is marked in this study.")
'''

_TEST = '''\
"""Runs what every plugin must satisfy, and checks the number against a known one."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE.parent))


def test_the_plugin_satisfies_the_contract():
    from mo_viewer.cli.plugin_check import check_apart

    assert [outcome for outcome in check_apart(HERE) if not outcome.passed] == []


def test_the_share_lies_between_nothing_and_all():
    from mo_viewer.plugin_host.kit.studies import samples
    from {id}.shares import dense_share

    sample = samples()[1]
    [found] = dense_share(sample.document.timepoints[0].lesions[0], sample.volume)
    assert found.unit == "1"
    assert 0.0 <= found.value <= 1.0
'''


def make_plugin(where: Path) -> Path:
    """Write a new plugin into a folder that does not exist yet, named after its id; return the folder.

    Raises
    ------
    Misuse
        When the name is no id, or the folder is there already.
    Unwritable
        When it cannot be made.
    """
    folder = where.absolute()
    if not _ID.fullmatch(folder.name):
        raise Misuse("The name of a plugin begins with mo_ or hu_ and is made of small letters, digits and _.")
    if folder.exists():
        raise Misuse("There is such a folder already.", "Take another name.")
    name = folder.name.split("_", 1)[1].replace("_", " ").strip().capitalize() or folder.name
    files = {
        "plugin.toml": _MANIFEST,
        "__init__.py": _PACKAGE,
        "shares.py": _SHARES,
        "panel.py": _PANEL,
        f"tests/test_{folder.name}.py": _TEST,
    }
    try:
        (folder / "tests").mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text.format(id=folder.name, name=name, api=API_VERSION), "utf-8")
    except OSError as error:
        raise Unwritable("The plugin's folder cannot be made.", detail=repr(error)) from error
    return folder
