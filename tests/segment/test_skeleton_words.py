"""The reader's word on native bone: this part is, that part is not."""

import numpy as np
from phantoms import ellipsoid

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import BoneClick
from mo_viewer.plugin_host.skeletons import Skeletons
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.segment.skeleton_edit import corrected

SHAPE = {"shape": (64, 96, 120), "noise_hu": 10.0, "psf_mm": 1.1}


def share(bone: NativeBone, inside: np.ndarray, phantom) -> float:
    """How much of the places where `inside` holds is in the skeleton."""
    points = phantom.volume.geometry.points_mm(np.argwhere(inside).astype(float))
    index = np.rint(bone.mask.geometry.index_of(points)).astype(int)
    full = bone.mask.full()
    return float(full[tuple(np.clip(index, 0, np.array(full.shape) - 1).T)].mean())


def situation():
    phantom = ellipsoid((11.0, 9.0, 10.0), rim_mm=8.5, rim_hu=900.0, bone_gap_mm=-1.0, **SHAPE)
    hu = phantom.volume.rescaled((0, 0, 0), phantom.volume.geometry.shape)
    places = phantom.volume.geometry.points_mm(np.argwhere(np.ones(hu.shape, dtype=bool)).astype(float))
    near = np.linalg.norm((places - phantom.centre_mm) / (9.0, 7.0, 8.0), axis=1).reshape(hu.shape) < 1
    far = np.linalg.norm((places - phantom.centre_mm) / (16.0, 14.0, 14.0), axis=1).reshape(hu.shape) > 1
    return phantom, near & (hu > 500), far & (hu > 900)


def test_a_dense_lesion_on_the_cortex_is_taken_out_by_one_word_and_the_shaft_stays() -> None:
    phantom, lesion, shaft = situation()
    found = native_bone(phantom.volume)
    assert share(found, lesion, phantom) > 0.9
    told = corrected(phantom.volume, found, [(phantom.centre_mm, False)])
    assert share(told, lesion, phantom) < 0.1
    assert share(told, shaft, phantom) > 0.9 * share(found, shaft, phantom)


def test_the_opposite_word_brings_it_back() -> None:
    phantom, lesion, shaft = situation()
    found = native_bone(phantom.volume)
    told = corrected(phantom.volume, found, [(phantom.centre_mm, False), (phantom.centre_mm, True)])
    assert share(told, lesion, phantom) > 0.9
    assert share(told, shaft, phantom) > 0.9 * share(found, shaft, phantom)


def test_a_word_about_muscle_changes_nothing() -> None:
    phantom, _, _ = situation()
    found = native_bone(phantom.volume)
    x, y, z = phantom.centre_mm
    told = corrected(phantom.volume, found, [((x - 25.0, y, z), True)])
    assert np.array_equal(told.mask.full(), found.mask.full())


def test_a_skeleton_is_found_once_and_again_only_for_a_new_word() -> None:
    phantom, _, _ = situation()
    kept = Skeletons()
    assert kept.known(phantom.volume, ()) is None
    first = kept.of(phantom.volume, (), Ticket())
    assert kept.of(phantom.volume, (), Ticket()) is first
    word = (BoneClick(phantom.centre_mm, False),)
    told = kept.of(phantom.volume, word, Ticket())
    assert told is not first
    assert kept.of(phantom.volume, word, Ticket()) is told
    assert kept.known(phantom.volume, ()) is first
