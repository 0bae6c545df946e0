"""Who observed: the software always, the reader where one is known (DICOM TID 1001 to 1004)."""

from typing import Any

from mo_viewer.findings.codes import Code
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.signature import Standing

DEVICE = Code("121007", "DCM", "Device")
PERSON = Code("121006", "DCM", "Person")


def device_context(maker: Maker) -> Any:
    """Return the software as observer."""
    from highdicom import sr

    attributes = sr.DeviceObserverIdentifyingAttributes(
        uid=maker.device_uid, name=maker.software, manufacturer_name=maker.manufacturer, model_name=maker.model
    )
    return sr.ObserverContext(observer_type=coded(DEVICE), observer_identifying_attributes=attributes)


def person_context(standing: Standing) -> Any | None:
    """Return the reader as observer; None where none is known."""
    from highdicom import sr

    reader = standing.reader
    if reader is None:
        return None
    attributes = sr.PersonObserverIdentifyingAttributes(
        name=person_name(reader.name), organization_name=reader.organisation or None
    )
    return sr.ObserverContext(observer_type=coded(PERSON), observer_identifying_attributes=attributes)


def person_name(name: str) -> str:
    """Return a name as DICOM writes it, ``family^given``; the last word counts as the family name."""
    if "^" in name:
        return name
    given, _, family = name.strip().rpartition(" ")
    return f"{family}^{given}"
