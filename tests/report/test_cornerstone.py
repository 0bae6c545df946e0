"""Our reports and segmentations as the adapters of Cornerstone3D (OHIF) read them, under Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phantoms import grid
from written_ct import blob, document, lesion, with_surface, write_ct

from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.export import export

pytestmark = pytest.mark.long
SCRIPTS = Path(__file__).parent / "cornerstone"
GEOMETRY = grid((9, 34, 32), (1.3, 0.8, 0.8))
"""Square pixels: the core of Cornerstone3D takes the spacing of rows for that of columns. An even number of bytes a
frame: version 5 of the adapters refuses the pad byte that DICOM asks for else."""
NO_GRAPHICS = "Cannot read properties of undefined (reading 'ValueType')"
"""What version 5 of the adapters says of a group without a drawing before it passes over it."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Node finds the script and the adapters."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed")
    folder = tmp_path_factory.mktemp("node")
    for path in SCRIPTS.iterdir():
        shutil.copy(path, folder)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
    done = subprocess.run(["npm", "install", *options], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("npm could not fetch the adapters of Cornerstone3D")
    return folder


@pytest.fixture(scope="module")
def lesions() -> tuple[Lesion, Lesion]:
    return (
        with_surface(lesion(blob(GEOMETRY, (4, 16, 15), (3.2, 6, 10)), label="L1")),
        with_surface(lesion(blob(GEOMETRY, (5, 10, 9), (2.2, 5, 3)), label="Βλάβη")),
    )


@pytest.fixture(scope="module")
def said(node: Path, lesions: tuple[Lesion, Lesion]) -> dict[str, Any]:
    """What the adapters made of one export."""
    source = write_ct(node / "ct", GEOMETRY)
    export(document(source, *lesions), {source.series_uid: source}, node / "out", ("sr", "seg"))
    command = ["node", "read.mjs", str(node / "out"), str(node / "ct")]
    done = subprocess.run(command, cwd=node, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_lesion_is_a_line_pair_that_ohif_can_go_on_with(
    said: dict[str, Any], lesions: tuple[Lesion, Lesion]
) -> None:
    (drawn,) = [found for name, found in said["reports"].items() if name.endswith("_axes.dcm")]
    assert [(one["tool"], one["uid"]) for one in drawn] == [("Bidirectional", x.tracking_uid) for x in lesions]
    for one, marked in zip(drawn, lesions, strict=True):
        points = np.array(one["points"])
        for ends, name in ((points[:2], "long_axis_mm"), (points[2:], "short_axis_mm")):
            measured = marked.measured(name)
            assert measured is not None
            assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(measured.value, abs=1e-3)
        assert marked.mask is not None
        low, high = marked.mask.points_mm().min(axis=0) - 1, marked.mask.points_mm().max(axis=0) + 1
        assert ((points >= low) & (points <= high)).all()


def test_every_segment_has_its_name_and_its_voxels(said: dict[str, Any], lesions: tuple[Lesion, Lesion]) -> None:
    (seg,) = said["segmentations"].values()
    assert seg["labels"] == [one.label for one in lesions]
    counts = {str(n): one.mask.voxels for n, one in enumerate(lesions, 1) if one.mask is not None}
    assert seg["voxels"] == counts


def test_nothing_else_is_stumbled_over(said: dict[str, Any]) -> None:
    assert {text.partition("\n")[0] for found in said["trouble"].values() for text in found} <= {
        f"TypeError: {NO_GRAPHICS}"
    }
    assert not any(name.endswith(("_axes.dcm", "_seg.dcm")) for name in said["trouble"])
