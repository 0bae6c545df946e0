"""Who made an object: the software as DICOM's equipment and coding-scheme attributes want it."""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mo_viewer.dicom.library import pydicom
from mo_viewer.findings.codes import Code, load_codes
from mo_viewer.report.signature import UNSIGNED, Standing

EDGE_DETECTION = Code("123103", "DCM", "Edge Detection")


@dataclass(frozen=True)
class Maker:
    """The software that exports, and the reader who answers for it.

    `software` is a name and a version with a blank between them; `earlier` are the newest earlier objects by study
    UID and series description.
    """

    software: str
    plugin: str = ""
    manufacturer: str = "MO Viewer"
    serial: str = "1"
    family: Code = EDGE_DETECTION
    standing: Standing = UNSIGNED
    earlier: Mapping[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """Name of the software."""
        return self.software.rpartition(" ")[0] or self.software

    @property
    def version(self) -> str:
        """Version of the software."""
        return self.software.rpartition(" ")[2]

    @property
    def algorithm(self) -> str:
        """Name of what drew the surface."""
        return f"{self.model} surface from clicks"

    @property
    def device_uid(self) -> str:
        """A UID that stands for this software in this version, always the same."""
        return f"2.25.{uuid5(NAMESPACE_URL, self.software).int}"

    def previous(self, study_uid: str, description: str) -> list[Any] | None:
        """Return the object that a new one replaces, for the Predecessor Documents Sequence; None if there is none."""
        known = self.earlier.get((study_uid, description))
        return None if known is None else [known]

    def coding_scheme(self) -> Any:
        """Return the identification of our private coding scheme."""
        from highdicom.coding_schemes import CodingSchemeIdentificationItem

        scheme = load_codes("measurements")["scheme"]
        return CodingSchemeIdentificationItem(
            designator=scheme["designator"],
            name=scheme["name"],
            version=scheme["version"],
            responsible_organization=scheme["organisation"],
        )


@cache
def quiet_libraries() -> None:
    """Keep highdicom and pydicom off standard error: what is wrong is found by reading back, and said once."""
    pydicom()
    for name in ("highdicom", "pydicom"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
        warnings.filterwarnings("ignore", module=rf"{name}(\.|$)")


def coded(concept: Code) -> Any:
    """Return a code as pydicom's `Code`."""
    from pydicom.sr.coding import Code as PydicomCode

    return PydicomCode(concept.value, concept.scheme, concept.meaning)
