"""Split the images of one series UID where, and only where, they cannot lie in one stack."""

import math
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from itertools import zip_longest
from operator import sub
from typing import NamedTuple

import numpy as np

from mo_viewer.base.remarks import Remark
from mo_viewer.dicom import tags
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.spacing import EVEN_MM, odd_steps
from mo_viewer.volume.arrays import FloatArray

SAME_DIRECTION = 1e-3
"""Largest difference of direction cosines within one stack."""
SAME_HEIGHT_MM = 0.01
MOST_SINGLES = 3
"""More single images than this, each with its own orientation, stay one series: a turning projection, not slices."""
LEAST_WOVEN = 3
"""Stacks that lie between one another have at least so many slices each."""

_PHASE_NAMES = (
    "echo number", "echo time", "temporal position", "b-value", "trigger time", "acquisition number",
    "acquisition time", "content time or stack",
)  # fmt: skip


_CODES = frozenset({"split", "mixed_orientation"})


class Part(NamedTuple):
    """Images that belong together, in slice order, and what was found out on the way.

    `placed` says whether positions order them.
    """

    frames: list[Frame]
    placed: bool
    remarks: tuple[Remark, ...] = ()


def split(frames: list[Frame]) -> list[Part]:
    """Return the stacks that the images of one series make up."""
    kinds = _kinds(frames)
    if len(kinds) == 1:
        return _by_orientation(frames)
    reason = Remark("split", f"One series holds images that cannot be one stack ({_difference(kinds)}).")
    turned = _clusters([frame for frame in frames if frame.orientation is not None])
    why = (reason,) if len(turned) < 2 else (reason, _turned(turned))
    parts = [part for group in kinds for part in _by_orientation(group)]
    return [part._replace(remarks=(*why, *(one for one in part.remarks if one.code not in _CODES))) for part in parts]


def together(frames: list[Frame]) -> Part:
    """Return images as one part, whatever speaks against it: placed where they fit one stack, else one by one."""
    kinds = _kinds(frames)
    placed = frames[0].position is not None and frames[0].orientation is not None
    if len(kinds) == 1 and placed and len(_clusters(frames)) == 1 and not _collides(frames):
        return Part(in_order(frames), placed=True)
    return Part(sorted(frames, key=_acquired), placed=False)


def _kinds(frames: list[Frame]) -> list[list[Frame]]:
    """Group by `kind`, which is worked out once for frames that share their traits object."""
    shared = [(id(f.traits), f.position is None, f.orientation is None, f.spacing_mm) for f in frames]
    known = {key: kind(frame) for key, frame in dict(zip(shared, frames, strict=True)).items()}
    if len(set(known.values())) == 1:
        return [frames]
    groups: dict[tuple[Hashable, ...], list[Frame]] = {}
    for key, frame in zip(shared, frames, strict=True):
        groups.setdefault(known[key], []).append(frame)
    return list(groups.values())


def kind(frame: Frame) -> tuple[Hashable, ...]:
    """Return what must agree within one stack."""
    traits = frame.traits
    spacing = tuple(round(step, 4) for step in frame.spacing_mm)
    placed = frame.position is not None and frame.orientation is not None
    return (
        traits.modality, (traits.rows, traits.columns), traits.is_colour, traits.is_localizer, traits.frame_uid,
        spacing, placed, traits.inverted, frame.pixels is None,
    )  # fmt: skip


_KIND_NAMES = (
    "modality", "matrix", "colour", "localizer", "frame of reference", "pixel spacing", "position", "grey scale", "kind"
)  # fmt: skip


def _difference(kinds: list[list[Frame]]) -> str:
    keys = [kind(group[0]) for group in kinds]
    columns = zip(*keys, strict=True)
    differing = [name for name, values in zip(_KIND_NAMES, columns, strict=True) if len(set(values)) > 1]
    return f"they differ in {', '.join(differing)}"


def _grouped(frames: Iterable[Frame], key: Callable[[Frame], Hashable]) -> list[list[Frame]]:
    groups: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        groups.setdefault(key(frame), []).append(frame)
    return list(groups.values())


def _by_orientation(frames: list[Frame]) -> list[Part]:
    if frames[0].position is None or frames[0].orientation is None:
        return [Part(sorted(frames, key=_acquired), placed=False)]
    clusters = _clusters(frames)
    if len(clusters) == 1:
        return _by_position(frames)
    remark = _turned(clusters)
    if len(clusters) > MOST_SINGLES and len(clusters) > len(frames) / 2:
        return [Part(sorted(frames, key=_acquired), placed=False, remarks=(remark,))]
    parts = [part for cluster in clusters for part in _by_position(cluster)]
    why = (remark, Remark("split", remark.text))
    return [part._replace(remarks=(*part.remarks, *why)) for part in parts]


def _turned(clusters: list[list[Frame]]) -> Remark:
    return Remark("mixed_orientation", f"One series holds images of {len(clusters)} orientations.")


def _clusters(frames: list[Frame]) -> list[list[Frame]]:
    if len({frame.orientation for frame in frames}) == 1:
        return [list(frames)]
    by_value = _grouped(frames, lambda frame: frame.orientation)
    clusters: list[tuple[FloatArray, list[Frame]]] = []
    for group in by_value:
        here = np.array(group[0].orientation)
        near = next((kept for way, kept in clusters if np.abs(way - here).max() <= SAME_DIRECTION), None)
        if near is None:
            clusters.append((here, list(group)))
        else:
            near.extend(group)
    return [kept for _, kept in clusters]


def _by_position(frames: list[Frame]) -> list[Part]:
    heights = heights_mm(frames)
    ordered = _ordered(frames, heights)
    if not _too_close(heights):
        return _woven(frames, heights) or [Part(ordered, placed=True)]
    for name, key in _TELLING:
        groups = _grouped(frames, key)
        if _resolves(groups, frames):
            return _phases(groups, f"told apart by {name}")
    return _by_layer(frames, ordered)


def _woven(frames: list[Frame], heights: list[float]) -> list[Part]:
    """Return the stacks of which one lies between the slices of the other; none where it is one stack.

    Their steps together are uneven, and those of each alone are not.
    """
    steps = np.diff(np.sort(heights)) if len(frames) >= 2 * LEAST_WOVEN else np.zeros(1)
    odd = odd_steps(steps).size if steps.max() - steps.min() > EVEN_MM else 0
    if not odd:
        return []
    for name, key in _TELLING:
        groups = _grouped(frames, key)
        if 1 < len(groups) <= len(frames) // LEAST_WOVEN and _are_woven(groups, odd):
            text = f"One series holds {len(groups)} sets of images between one another, told apart by {name}."
            remarks = (Remark("phases", text), Remark("split", text))
            return [Part(in_order(group), placed=True, remarks=remarks) for group in groups]
    return []


def _are_woven(groups: list[list[Frame]], odd: int) -> bool:
    along = [np.sort(heights_mm(group, groups[0][0])) for group in groups]
    if min(map(len, groups)) < LEAST_WOVEN or max(one[0] for one in along) >= min(one[-1] for one in along):
        return False
    return sum(odd_steps(np.diff(one)).size for one in along) * LEAST_WOVEN < odd


def _by_layer(frames: list[Frame], ordered: list[Frame]) -> list[Part]:
    places = _places(ordered)
    if len(places) == 1:
        text = f"{len(frames)} images share one position, so they are no volume and are shown one by one."
        return [Part(sorted(frames, key=_acquired), placed=False, remarks=(Remark("duplicate_position", text),))]
    layers = [[frame for frame in layer if frame is not None] for layer in zip_longest(*places)]
    if len({len(place) for place in places}) == 1:
        return _phases(layers, "told apart only by the order of their instance numbers")
    double = sum(len(place) > 1 for place in places)
    text = (
        f"{double} of {len(places)} positions hold more than one image; the further images are a series of their own."
    )
    remarks = (Remark("duplicate_position", text), Remark("split", text))
    return [Part(in_order(layer), placed=True, remarks=remarks) for layer in layers]


def _phases(groups: list[list[Frame]], how: str) -> list[Part]:
    text = f"One series holds {len(groups)} sets of images at the same positions, {how}."
    remarks = (Remark("phases", text), Remark("split", text))
    return [Part(in_order(group), placed=True, remarks=remarks) for group in groups]


def _resolves(groups: list[list[Frame]], frames: list[Frame]) -> bool:
    """Splitting helps when every group is free of collisions and the groups are stacks, not loose images."""
    return 1 < len(groups) <= len(frames) // 2 and not any(map(_collides, groups))


def in_order(frames: list[Frame]) -> list[Frame]:
    """Return images of one orientation by their height along the normal (row direction x column direction)."""
    return _ordered(frames, heights_mm(frames))


def _ordered(frames: list[Frame], heights: list[float]) -> list[Frame]:
    order = sorted(range(len(frames)), key=heights.__getitem__)
    if _too_close(heights):
        order.sort(key=lambda k: (round(heights[k], 3), *_acquired(frames[k])))
    return [frames[k] for k in order]


def heights_mm(frames: list[Frame], like: Frame | None = None) -> list[float]:
    """Return the position of each image along the normal of the first, or of another image, mm."""
    a, b, c, d, e, f = (like or frames[0]).orientation or (0.0,) * 6
    x, y, z = b * f - c * e, c * d - a * f, a * e - b * d
    length = math.sqrt(x * x + y * y + z * z)
    x, y, z = x / length, y / length, z / length
    return [x * place[0] + y * place[1] + z * place[2] for frame in frames if (place := frame.position)]


def _collides(frames: list[Frame]) -> bool:
    return _too_close(heights_mm(frames))


def _too_close(heights: list[float]) -> bool:
    rising = sorted(heights)
    return len(rising) > 1 and min(map(sub, rising[1:], rising)) < SAME_HEIGHT_MM


def _places(ordered: list[Frame]) -> list[list[Frame]]:
    """Return the images of each position."""
    heights = heights_mm(ordered)
    places: list[list[Frame]] = []
    for k, frame in enumerate(ordered):
        if k and heights[k] - heights[k - 1] < SAME_HEIGHT_MM:
            places[-1].append(frame)
        else:
            places.append([frame])
    return [sorted(place, key=_acquired) for place in places]


def _acquired(frame: Frame) -> tuple[float, str, int]:
    return float("inf") if frame.instance is None else frame.instance, frame.file, frame.number or 0


def _phase(at: int, frame: Frame) -> Hashable:
    return frame.phase[at]


def _phases_together(frame: Frame) -> Hashable:
    return frame.phase[: len(tags.PHASE) - 2]


_TELLING: tuple[tuple[str, Callable[[Frame], Hashable]], ...] = (
    *((name, partial(_phase, at)) for at, name in enumerate(_PHASE_NAMES)),
    ("echo, time and b-value together", _phases_together),
    ("series number", lambda frame: frame.traits.number),
    ("kernel", lambda frame: frame.traits.acquisition.kernel),
    ("image type", lambda frame: frame.traits.image_type),
    ("description", lambda frame: frame.traits.description),
    ("contrast", lambda frame: frame.traits.acquisition.contrast),
    ("file", lambda frame: frame.file),
)
