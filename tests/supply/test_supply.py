"""The bill of materials and the licences are those of the lock file, and no licence binds who uses the wheel."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.supply.__main__ import made
from tests.supply.bill import LICENCES, ROOT, SBOM, fonts, is_allowed, locked, parts, required

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the files describe what Linux installs")


@linux
def test_the_bill_of_materials_and_the_licences_are_current() -> None:
    bill, page, _ = made()
    assert SBOM.read_text("utf-8") == bill, "run make sbom"
    assert LICENCES.read_text("utf-8") == page, "run make sbom"


def test_every_package_says_an_allowed_licence() -> None:
    assert [(part.name, part.licence) for part in parts() if not is_allowed(part.licence)] == []


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "GPL-2.0-only AND MIT", "AGPL-3.0-only", "", "Proprietary"])
def test_the_gpl_and_silence_are_not_allowed(licence: str) -> None:
    assert not is_allowed(licence)


def test_a_choice_that_holds_an_allowed_licence_is_allowed() -> None:
    assert is_allowed("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only")
    assert is_allowed("(MIT OR GPL-2.0-only)")
    assert not is_allowed("GPL-2.0-only OR GPL-3.0-only")


def test_every_line_of_the_lock_has_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert len(locked()) == lock.count("==")
    assert all("--hash=sha256:" in block for block in lock.split("==")[1:])
    assert set(required()) <= set(locked())


def test_the_bill_is_cyclonedx_with_every_reference_known() -> None:
    bill = json.loads(SBOM.read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = {component["bom-ref"] for component in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert len(refs) == len(bill["components"]) + 1
    for entry in bill["dependencies"]:
        assert {entry["ref"], *entry["dependsOn"]} <= refs
    assert all(component["licenses"] for component in bill["components"])


def test_the_licence_of_every_font_lies_beside_it() -> None:
    assert [name for name, file, _ in fonts() if not (ROOT / "resources" / "fonts" / file).is_file()] == []
