"""How codes, UIDs, quantities and links are written in FHIR."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from mo_viewer.findings.codes import Code
from mo_viewer.report.codes import unit_code

Json = dict[str, Any]
UID_SYSTEM = "urn:dicom:uid"
UCUM = "http://unitsofmeasure.org"
PRIVATE_SYSTEM = "urn:mo-viewer:99MOVIEW"
SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "LN": "http://loinc.org",
    "UCUM": UCUM,
    "IBSI": "urn:oid:1.2.840.10008.2.16.13",
    "99MOVIEW": PRIVATE_SYSTEM,
}


def concept(said: Code, text: str = "") -> Json:
    """Return a CodeableConcept; `text` is what a person reads, the meaning where it is empty."""
    coding = {"system": SYSTEMS.get(said.scheme, f"urn:mo-viewer:{said.scheme}"), "code": said.value}
    return {"coding": [coding | {"display": said.meaning}], "text": text or said.meaning}


def quantity(value: float, unit: str) -> Json:
    """Return a Quantity in UCUM; `unit` is a word of the contract or ``%``."""
    coded = "%" if unit == "%" else unit_code(unit).value
    return {"value": value, "unit": unit, "system": UCUM, "code": coded}


def reference(url: str) -> Json:
    """Return a link to a resource of the bundle."""
    return {"reference": url}


def oid(uid: str) -> str:
    """Return a UID as an identifier's value."""
    return f"urn:oid:{uid}"


def urn(about: str) -> str:
    """Return the URL of the resource about something: the same for the same text."""
    return f"urn:uuid:{uuid5(NAMESPACE_OID, 'mo-viewer ' + about)}"
