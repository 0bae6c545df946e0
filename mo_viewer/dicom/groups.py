"""Frames of an enhanced multi-frame file: what its functional groups say of each (DICOM PS3.3 C.7.6.16)."""

from dataclasses import replace
from typing import Any

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import values
from mo_viewer.dicom.calibration import IN_PATIENT, usable
from mo_viewer.dicom.frame import Frame, as_bytes, rescaling, three, upright
from mo_viewer.dicom.header import read_dataset
from mo_viewer.volume.source import Instance
from mo_viewer.volume.volume import Length


def grouped_frames(single: Frame) -> tuple[Frame, ...]:
    """Return one frame for each of a multi-frame file, from `single`, the frame of its plain header.

    Raises
    ------
    Unreadable
        ``damaged`` when there are fewer groups than frames, or they make no sense.
    """
    dataset = read_dataset(Instance(single.file, single.sop_uid, single.traits.sop_class))
    try:
        return _frames(single, dataset)
    except Unreadable:
        raise
    except Exception as fault:
        raise Unreadable("The functional groups are damaged.", detail=repr(fault), code="damaged") from fault


def _frames(single: Frame, dataset: Any) -> tuple[Frame, ...]:
    shared = dataset.get("SharedFunctionalGroupsSequence") or [None]
    each = dataset.get("PerFrameFunctionalGroupsSequence") or [None] * single.traits.frames
    if len(each) < single.traits.frames:
        raise Unreadable("The file describes fewer frames than it counts.", code="damaged")
    made = []
    traits: dict[tuple[object, ...], Any] = {}
    for k in range(single.traits.frames):
        frame = _frame(single, each[k], shared[0], k + 1)
        key = tuple(getattr(frame.traits, name) for name in ("rescale_type", "spacing_mm", "length", "image_type"))
        made.append(frame._replace(traits=traits.setdefault((*key, frame.traits.acquisition), frame.traits)))
    return tuple(made)


def _frame(single: Frame, own: Any, shared: Any, number: int) -> Frame:
    def find(sequence: str, name: str) -> Any:
        for group in (own, shared):
            items = group.get(sequence) if group is not None else None
            if items and items[0].get(name) is not None:
                return items[0].get(name)
        return None

    spacing = usable(_floats(find("PixelMeasuresSequence", "PixelSpacing")))
    turned = upright(_floats(find("PlaneOrientationSequence", "ImageOrientationPatient")))
    content = "FrameContentSequence"
    phase = (
        find("MREchoSequence", "EffectiveEchoTime"),
        None,
        find(content, "TemporalPositionIndex"),
        find("MRDiffusionSequence", "DiffusionBValue"),
        find("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),
        find(content, "FrameAcquisitionNumber"),
        find(content, "FrameAcquisitionDateTime"),
        find(content, "StackID"),
    )
    voi = "FrameVOILUTSequence"
    window = tuple(
        as_bytes(find(voi, name))
        for name in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction")
    )
    transformed = "PixelValueTransformationSequence"
    slope, intercept = (
        _float(find(transformed, "RescaleSlope"), None),
        _float(find(transformed, "RescaleIntercept"), None),
    )
    rescale = rescaling(slope, intercept)
    return single._replace(
        traits=_traits(single, find),
        number=number,
        position=three(as_bytes(find("PlanePositionSequence", "ImagePositionPatient"))) or single.position,
        orientation=turned or single.orientation,
        spacing_mm=spacing or single.spacing_mm,
        slope=single.slope if rescale[0] is None else rescale[0],
        intercept=single.intercept if rescale[1] is None else rescale[1],
        phase=tuple(map(as_bytes, phase)),
        window=window if window[0] else single.window,
    )


def _traits(single: Frame, find: Any) -> Any:
    traits = single.traits
    spacing = usable(_floats(find("PixelMeasuresSequence", "PixelSpacing")))
    thickness = _float(find("PixelMeasuresSequence", "SliceThickness"), traits.acquisition.slice_mm)
    kernel = as_bytes(find("CTReconstructionSequence", "ConvolutionKernel"))
    acquisition = replace(
        traits.acquisition,
        slice_mm=thickness,
        kvp=_float(find("CTXRayDetailsSequence", "KVP"), traits.acquisition.kvp),
        kernel="/".join(values.texts(kernel)) if kernel else traits.acquisition.kernel,
    )
    kind = find("CTImageFrameTypeSequence", "FrameType") or find("MRImageFrameTypeSequence", "FrameType")
    in_patient = traits.modality in IN_PATIENT or find("PlanePositionSequence", "ImagePositionPatient") is not None
    return replace(
        traits,
        acquisition=acquisition,
        image_type=tuple(str(part) for part in kind) if kind else traits.image_type,
        rescale_type=str(find("PixelValueTransformationSequence", "RescaleType") or traits.rescale_type),
        spacing_mm=spacing or traits.spacing_mm,
        length=Length.PATIENT if spacing and in_patient else traits.length,
        body_part=_body_part(find) or traits.body_part,
    )


def _body_part(find: Any) -> str:
    region = find("FrameAnatomySequence", "AnatomicRegionSequence")
    return str(region[0].get("CodeMeaning", "")).upper() if region else ""


def _floats(found: Any) -> tuple[float, ...]:
    return values.numbers(as_bytes(found))


def _float(found: Any, otherwise: float | None) -> float | None:
    return float(found) if found is not None else otherwise
