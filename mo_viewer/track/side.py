"""One of two studies that are registered: its bones, their surfaces, and where it can be seen at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.track.bones import EXCLUDED_MARGIN_MM, Bones, find_bones
from mo_viewer.track.cloud import Cloud
from mo_viewer.track.edges import edges, level_of
from mo_viewer.volume.arrays import BoolArray, FloatArray, IndexArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

FRAME_MARGIN_MM = 2.0
JOINT_MM = 4.0
MOST_POINTS = 120000
"""A skull has half a million vertices; a thinner cloud places it as well."""


@dataclass(frozen=True, eq=False)
class Side:
    """Surfaces of all bones of a study; `clouds[k]` belongs to bone k + 1."""

    volume: Volume
    bones: Bones
    clouds: tuple[Cloud, ...]
    hidden_mm: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))

    @cached_property
    def joined(self) -> Cloud:
        """All surfaces together."""
        return Cloud.joined(list(self.clouds))

    @cached_property
    def owners(self) -> IndexArray:
        """(n,) number of the bone to which each point of `joined` belongs."""
        numbers = [np.full(len(cloud), k + 1, dtype=np.int32) for k, cloud in enumerate(self.clouds)]
        return np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int32)

    @cached_property
    def _hidden(self) -> Any:
        from scipy.spatial import KDTree

        return KDTree(self.hidden_mm)

    @property
    def slack_mm(self) -> float:
        """How far surface points lie apart: half the diagonal of a voxel."""
        return 0.5 * float(np.linalg.norm(self.volume.geometry.spacing_mm))

    def sees(self, points_mm: FloatArray) -> BoolArray:
        """Which points lie inside the stack, off its border, and away from what is excluded."""
        geometry = self.volume.geometry
        index = geometry.index_of(points_mm)
        margin = FRAME_MARGIN_MM / np.maximum(geometry.spacing_mm, 1e-6)
        inside: BoolArray = np.all((index >= margin) & (index <= np.array(geometry.shape) - 1 - margin), axis=1)
        if len(self.hidden_mm):
            away, _ = self._hidden.query(points_mm, distance_upper_bound=EXCLUDED_MARGIN_MM + 2.0)
            inside &= ~np.isfinite(away)
        return inside

    def at_joint(self, points_mm: FloatArray, owners: frozenset[int]) -> BoolArray:
        """Which points lie within 4 mm of a bone that is none of `owners`: it may have moved against them."""
        others = [cloud for k, cloud in enumerate(self.clouds) if k + 1 not in owners and len(cloud)]
        if not others or not len(points_mm):
            return np.zeros(len(points_mm), dtype=bool)
        away, _ = Cloud.joined(others).tree.query(points_mm, distance_upper_bound=JOINT_MM)
        near: BoolArray = np.isfinite(away)
        return near

    def without(self, exclude: Sequence[Mask]) -> "Side":
        """Return the same bones with lesions, which were marked since, left out of their surfaces."""
        points = [mask.points_mm() for mask in exclude if mask.voxels]
        if not points:
            return self
        hidden = Side(self.volume, self.bones, self.clouds, np.concatenate([self.hidden_mm, *points]))
        kept = tuple(cloud.where(hidden.sees(cloud.points_mm)) if len(cloud) else cloud for cloud in self.clouds)
        return Side(self.volume, self.bones, kept, hidden.hidden_mm)


def side_of(volume: Volume, exclude: Sequence[Mask], ticket: Ticket) -> Side:
    """Find bones and their surfaces, lesions and metal left out."""
    bones = find_bones(volume, exclude, ticket)
    clouds = []
    for number in range(1, bones.count + 1):
        ticket.check()
        clouds.append(edges(volume, bones, bones.labels == number, level_of(float(bones.cortex_hu[number]))))
    share = MOST_POINTS / max(1, sum(len(cloud) for cloud in clouds))
    clouds = [cloud.thinned(int(share * len(cloud))) if share < 1 else cloud for cloud in clouds]
    hidden = [bones.metal_mm, *(mask.points_mm() for mask in exclude if mask.voxels)]
    side = Side(volume, bones, tuple(clouds), np.concatenate(hidden))
    kept = [cloud.where(side.sees(cloud.points_mm)) if len(cloud) else cloud for cloud in clouds]
    return Side(volume, bones, tuple(kept), side.hidden_mm)
