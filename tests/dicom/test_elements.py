import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.elements import LONGEST, read_elements
from mo_viewer.volume.source import Instance


@pytest.fixture
def image(tmp_path):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.3"
    data.SpecificCharacterSet = "ISO_IR 192"
    data.PatientName, data.PatientID, data.Modality = "Müller^Käthe", "P1", "CT"
    data.ImageComments = "long " * 200
    data.PixelSpacing = [0.7, 0.8]
    inner = Dataset()
    inner.CodeValue, inner.CodeMeaning = "T-1", "Thigh"
    data.ViewCodeSequence = [inner]
    block = data.private_block(0x0029, "MAKER", create=True)
    block.add_new(0x01, "LO", "secret <b>recipe</b>")
    data.Rows = data.Columns = 2
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation, data.SamplesPerPixel = 15, 0, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.PixelData = np.zeros((2, 2), np.uint16).tobytes()
    path = tmp_path / "a.dcm"
    data.save_as(path, enforce_file_format=True)
    return Instance(str(path), "1.2.3", "")


def named(elements, tag):
    return next(one for one in elements if one.tag == tag)


def test_elements_come_as_text_with_their_depth(image):
    elements = read_elements(image)
    assert named(elements, "(0008,0060)").value == "CT"
    assert named(elements, "(0028,0030)").value == "0.7 \\ 0.8"
    code = named(elements, "(0008,0100)")
    assert (code.value, code.depth) == ("T-1", 2)
    assert named(elements, "(0054,0220)").value == "1 item"
    assert elements[0].tag.startswith("(0002,")


def test_names_and_private_elements_are_told_apart(image):
    elements = read_elements(image)
    assert {one.tag for one in elements if one.names_patient} == {"(0010,0010)", "(0010,0020)"}
    private = named(elements, "(0029,1001)")
    assert private.is_private
    assert private.value == "secret <b>recipe</b>"


def test_a_long_value_is_cut_and_says_by_how_much(image):
    comment = named(read_elements(image), "(0020,4000)")
    assert len(comment.value) == LONGEST
    assert comment.cut == len("long " * 200) - 1 - LONGEST


def test_pixels_are_not_read(image):
    assert "(7FE0,0010)" not in {one.tag for one in read_elements(image)}


def test_a_file_that_went_away_is_said(tmp_path):
    with pytest.raises(Unreadable):
        read_elements(Instance(str(tmp_path / "gone.dcm"), "", ""))
