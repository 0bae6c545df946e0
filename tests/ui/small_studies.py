"""Tiny real DICOM series for tests of the window: a bright square on a dark ground, written with pydicom."""

import numpy as np

CT = "1.2.840.10008.5.1.4.1.1.2"
SR = "1.2.840.10008.5.1.4.1.1.88.33"
STEP_MM = 3.0


def write_series(
    folder,
    uid="1.2.3.1.1",
    study="1.2.3.1",
    patient="Doe^Jane",
    patient_id="P1",
    date="2024-03-04",
    time="101500",
    slices=5,
    first=0,
    skip=(),
    side=16,
    modality="CT",
    **elements,
):
    """Write one series; `first` and `skip` leave out slices, `elements` go into every file. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data = _dataset(uid, study, patient, patient_id, date, time, modality, side)
    for name, value in elements.items():
        setattr(data, name, value)
    paths = []
    for k in range(first, slices):
        if k in skip:
            continue
        _number(data, uid, k, side)
        paths.append(folder / f"{uid}_{k:04d}.dcm")
        data.save_as(paths[-1], enforce_file_format=True)
    return paths


def write_object(folder, uid="1.2.3.1.9", modality="SR", **identity):
    """Write one object that is no image: a structured report without content."""
    (path,) = write_series(folder, uid=uid, modality=modality, slices=1, **identity)
    from pydicom import dcmread

    data = dcmread(path)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = SR
    for name in ("PixelData", "Rows", "Columns", "BitsAllocated", "ImagePositionPatient", "ImageOrientationPatient"):
        delattr(data, name)
    data.save_as(path, enforce_file_format=True)
    return path


def _dataset(uid, study, patient, patient_id, date, time, modality, side):
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CT
    data.SpecificCharacterSet = "ISO_IR 192"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = study, uid, f"{study}.99"
    data.PatientName, data.PatientID, data.PatientSex, data.PatientBirthDate = patient, patient_id, "F", "19800102"
    data.StudyDate = data.AcquisitionDate = data.SeriesDate = date.replace("-", "")
    data.StudyTime = data.AcquisitionTime = data.SeriesTime = time
    data.Modality, data.SeriesNumber = modality, int(uid.rpartition(".")[2])
    data.SeriesDescription, data.StudyDescription = f"Soft {uid.rpartition('.')[2]}", "Thigh left"
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.Rows = data.Columns = side
    data.PixelSpacing, data.SliceThickness = [0.8, 0.7], STEP_MM
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
    data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, -1024, "HU"
    return data


def _number(data, uid, k, side):
    """Make the data set that of slice k: its UID, place and pixels."""
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = f"{uid}.{k + 1}"
    data.InstanceNumber, data.ImagePositionPatient = k + 1, [0, 0, STEP_MM * k]
    pixels = np.full((side, side), 24, np.int16)
    pixels[side // 4 : side // 2, side // 4 : side // 2] = 1424 + k
    data.PixelData = pixels.tobytes()


DATES = {"1.2.3.1": "2024-02-05", "1.2.3.2": "2024-03-11", "1.2.3.3": "2024-08-05"}
"""Studies of one patient by UID."""


def write_three_dates(images):
    """Write a small series for each of `DATES`."""
    for study, date in DATES.items():
        write_series(images / study, uid=f"{study}.1", study=study, date=date, slices=6, side=32)
