"""The key images of one study as a DICOM key object selection."""

from collections.abc import Sequence
from typing import Any

from mo_viewer.findings.codes import Code
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.headers import CHARACTERS, Headers, file_headers, give_back
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.people import device_context, person_context
from mo_viewer.report.seg import tracking_id

SERIES_NUMBER = 9904
OF_INTEREST = Code("113000", "DCM", "Of Interest")


def build_kos(lesions: Sequence[Lesion], chosen: Sequence[Headers], maker: Maker) -> Any:
    """Return the selection of the images of `chosen`: key slices of lesions, and those that the reader starred.

    All must be of one study; each of `chosen` is of one series.
    """
    import highdicom as hd
    from pydicom.uid import generate_uid

    images = [image for headers in chosen for image in file_headers(headers).values()]
    names = ", ".join(tracking_id(lesion) for lesion in lesions)
    selection = hd.ko.KeyObjectSelection(
        document_title=coded(OF_INTEREST),
        referenced_objects=images,
        observer_person_context=person_context(maker.standing),
        observer_device_context=device_context(maker),
        description=f"Key images of {names}" if names else "Key images",
    )
    built = hd.ko.KeyObjectSelectionDocument(
        evidence=images,
        content=selection,
        series_instance_uid=generate_uid(prefix=None),
        series_number=SERIES_NUMBER,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer=maker.manufacturer,
        manufacturer_model_name=maker.model,
        software_versions=maker.version,
        device_serial_number=maker.serial,
        specific_character_set=CHARACTERS,
        series_description="MO Viewer: key images",
    )
    give_back(built, chosen[0])
    return built
