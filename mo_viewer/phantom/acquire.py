"""A rendered limb as a volume in memory, as if its files had been written and loaded."""

import hashlib

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.phantom.limb import Limb
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.render import render
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.phantom.write import CT_IMAGE_STORAGE, INTERCEPT, Identity, stored, uid
from mo_viewer.volume.arrays import AnyArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Instance, Patient, Source
from mo_viewer.volume.volume import Volume


def acquire(
    limb: Limb,
    protocol: Protocol,
    pose: Pose | None = None,
    seed: int = 1,
    identity: Identity | None = None,
    ticket: Ticket | None = None,
) -> Volume:
    """Render a limb into a volume of the values that `write_ct` would store."""
    known = identity or Identity(key=f"{limb.name} {seed}", body_part=limb.body_part, laterality=limb.laterality)
    hu, geometry = render(limb, protocol, pose, seed, known.frame_uid, ticket)
    return as_volume(hu, geometry, protocol, known)


def as_volume(hu: AnyArray, geometry: Geometry, protocol: Protocol, identity: Identity) -> Volume:
    """HU and their grid as a volume with the source that the files would give."""
    instances = tuple(
        Instance("", uid(identity.key, str(identity.series_number), str(k)), CT_IMAGE_STORAGE)
        for k in range(geometry.shape[0])
    )
    source = Source(
        Patient(
            hashlib.sha256(identity.patient_id.encode()).hexdigest()[:12],
            identity.patient_id,
            identity.patient_name,
            identity.sex,
            _iso(identity.birth_date),
        ),
        identity.study_uid,
        identity.series_uid,
        "CT",
        date=_iso(identity.study_date),
        time=identity.study_time,
        study_description=identity.study_description,
        description=identity.series_description,
        number=identity.series_number,
        body_part=identity.body_part,
        accession=identity.accession,
        acquisition=_acquisition(geometry, protocol, identity),
        instances=instances,
    )
    return Volume(stored(hu), geometry, source, unit="HU", intercept=np.array([float(INTERCEPT)]))


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _acquisition(geometry: Geometry, protocol: Protocol, identity: Identity) -> Acquisition:
    _, rows, columns = geometry.shape
    return Acquisition(
        kvp=protocol.kvp,
        kernel=protocol.kernel.name,
        slice_mm=protocol.slice_mm,
        contrast=True if identity.contrast_agent else None,
        manufacturer=identity.manufacturer,
        model=identity.model,
        station=identity.station,
        software="1",
        field_of_view_mm=max(rows * geometry.spacing_mm[1], columns * geometry.spacing_mm[2]),
    )
