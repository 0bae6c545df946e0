"""The findings as a FHIR bundle of resources that are the same in R4 (4.0.1) and R4B."""

from collections.abc import Iterator
from datetime import date

from mo_viewer.findings.codes import Code
from mo_viewer.report.codes import code
from mo_viewer.report.contract import Json
from mo_viewer.report.fhir_observations import change_observations, lesion_observations
from mo_viewer.report.fhir_words import UID_SYSTEM, concept, oid, reference, urn
from mo_viewer.report.maker import Maker
from mo_viewer.report.signature import Standing
from mo_viewer.volume.source import Patient

REPORT_CODE = Code("18748-4", "LN", "Diagnostic imaging study")
_GENDERS = {"M": "male", "F": "female", "O": "other"}
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_DICOM_MODALITIES = "http://dicom.nema.org/resources/ontology/DCM"


def fhir_bundle(findings: Json, patient: Patient, standing: Standing, maker: Maker, sent: str) -> Json:
    """Return a collection of Patient, ImagingStudy, BodyStructure, Observation, DiagnosticReport and their makers.

    There is no Condition: nothing is diagnosed. Ids follow from the UIDs, so the same findings give the same ids.

    Parameters
    ----------
    findings
        Of `contract.findings_json`; all numbers are taken from it.
    patient
        Whose ID must be known: a bundle about nobody can be filed under anybody.
    standing
        Preliminary, final or amended, and the reader.
    maker
        The software.
    sent
        ISO date and time with zone, the bundle's time stamp.
    """
    bundle = _Bundle(findings, patient, standing, maker)
    entries = [{"fullUrl": url, "resource": resource} for url, resource in bundle.resources()]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": sent, "entry": entries}


class _Bundle:
    """One bundle while it is made: every resource has a URL that follows from what it is about."""

    def __init__(self, findings: Json, patient: Patient, standing: Standing, maker: Maker) -> None:
        self.findings, self.patient, self.standing, self.maker = findings, patient, standing, maker
        self.subject = urn(f"patient {patient.issuer} {patient.id}")
        self.device = urn(f"device {maker.software}")
        self.reader = "" if standing.reader is None else urn(f"reader {standing.reader.name}")

    def resources(self) -> Iterator[tuple[str, Json]]:
        yield self.subject, self._patient()
        yield self.device, self._device()
        yield from self._people()
        yield from self._structures()
        for timepoint in self.findings["timepoints"]:
            yield from self._study(timepoint)

    def _study(self, timepoint: Json) -> Iterator[tuple[str, Json]]:
        study = urn(f"study {timepoint['study_uid']}")
        yield study, self._imaging_study(timepoint)
        made = [
            *lesion_observations(timepoint, self._common(timepoint, [study])),
            *change_observations(self.findings, timepoint, self._common),
        ]
        results = []
        for what, observation in made:
            url = urn(f"observation {timepoint['study_uid']} {what}")
            results.append(reference(url))
            yield url, observation
        yield urn(f"report {timepoint['study_uid']}"), self._report(timepoint, study, results)

    def _common(self, timepoint: Json, derived_from: list[str]) -> Json:
        """What all observations of a study share."""
        told: Json = {
            "resourceType": "Observation",
            "status": self.standing.state.value,
            "category": [{"coding": [{"system": CATEGORY, "code": "imaging", "display": "Imaging"}]}],
            "subject": reference(self.subject),
            "device": reference(self.device),
            "derivedFrom": [reference(url) for url in derived_from],
        }
        return told | ({"effectiveDateTime": timepoint["date"]} if timepoint["date"] else {})

    def _patient(self) -> Json:
        patient = self.patient
        identifier: Json = {"value": patient.id}
        if patient.issuer:
            identifier["assigner"] = {"display": patient.issuer}
        told: Json = {"resourceType": "Patient", "identifier": [identifier]}
        name = _human_name(patient.name)
        if name:
            told["name"] = [name]
        if patient.sex in _GENDERS:
            told["gender"] = _GENDERS[patient.sex]
        if _is_date(patient.birth_date):
            told["birthDate"] = patient.birth_date
        return told

    def _device(self) -> Json:
        return {
            "resourceType": "Device",
            "manufacturer": self.maker.manufacturer,
            "deviceName": [{"name": self.maker.model, "type": "model-name"}],
            "version": [{"value": self.maker.version}],
        }

    def _people(self) -> Iterator[tuple[str, Json]]:
        reader = self.standing.reader
        if reader is None:
            return
        yield self.reader, {"resourceType": "Practitioner", "name": [{"text": reader.name}]}
        if reader.organisation:
            yield (
                urn(f"organisation {reader.organisation}"),
                {
                    "resourceType": "Organization",
                    "name": reader.organisation,
                },
            )

    def _structures(self) -> Iterator[tuple[str, Json]]:
        latest = {lesion["tracking_uid"]: lesion for t in self.findings["timepoints"] for lesion in t["lesions"]}
        for uid, lesion in latest.items():
            told: Json = {
                "resourceType": "BodyStructure",
                "identifier": [{"system": UID_SYSTEM, "value": oid(uid)}],
                "morphology": concept(code("finding")),
                "description": lesion["label"] or uid,
                "patient": reference(self.subject),
            }
            if lesion["site"]:
                told["location"] = concept(_site(lesion["site"]))
            if lesion["laterality"] != "unknown":
                told["locationQualifier"] = [concept(code("laterality", lesion["laterality"]))]
            yield urn(f"lesion {uid}"), told

    def _imaging_study(self, timepoint: Json) -> Json:
        modality = {"system": _DICOM_MODALITIES, "code": timepoint["modality"] or "OT"}
        told: Json = {
            "resourceType": "ImagingStudy",
            "identifier": [{"system": UID_SYSTEM, "value": oid(timepoint["study_uid"])}],
            "status": "available",
            "modality": [modality],
            "subject": reference(self.subject),
            "series": [{"uid": timepoint["series_uid"], "modality": modality}],
        }
        return told | ({"started": timepoint["date"]} if timepoint["date"] else {})

    def _report(self, timepoint: Json, study: str, results: list[Json]) -> Json:
        told: Json = {
            "resourceType": "DiagnosticReport",
            "status": self.standing.state.value,
            "code": concept(REPORT_CODE),
            "subject": reference(self.subject),
            "imagingStudy": [reference(study)],
        }
        if timepoint["date"]:
            told["effectiveDateTime"] = timepoint["date"]
        if results:
            told["result"] = results
        reader = self.standing.reader
        if self.standing.is_signed and reader is not None:
            told["issued"] = self.standing.signed_at
            told["resultsInterpreter"] = [reference(self.reader)]
            if reader.organisation:
                told["performer"] = [reference(urn(f"organisation {reader.organisation}"))]
        return told


def _site(site: Json) -> Code:
    return Code(site["code"], site["scheme"], site["meaning"])


def _human_name(name: str) -> Json:
    """A DICOM name's first group: family, given, middle, prefix, suffix."""
    parts = [*name.partition("=")[0].split("^"), "", "", "", "", ""]
    family, given = parts[0].strip(), [p.strip() for p in parts[1:3] if p.strip()]
    told: Json = {}
    if family:
        told["family"] = family
    if given:
        told["given"] = given
    if told:
        told["text"] = " ".join([*given, family]).strip()
    return told


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
