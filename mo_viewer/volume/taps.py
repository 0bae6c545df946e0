"""Reads voxels at fractional indices: as stored where one scale holds for all slices, else rescaled first."""

from typing import Any

import numpy as np

from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.volume import Volume

_WHOLE = 1e-6


class Taps:
    """The voxels of one volume of grey values, for sampling.

    `is_stored`: results are in stored units and `dtype` is the stored type; otherwise they are rescaled, float32.
    Beside padding voxels nothing is interpolated: the nearest voxel counts, so that padding does not bleed.
    """

    def __init__(self, volume: Volume) -> None:
        self.volume, self.geometry = volume, volume.geometry
        same = np.ptp(volume.slope) == 0 and np.ptp(volume.intercept) == 0
        self.is_stored = bool(same and volume.lut is None and volume.values.dtype.kind in "iu")
        self.dtype: np.dtype[Any] = volume.values.dtype if self.is_stored else np.dtype(np.float32)

    def kept(self, values: AnyArray) -> AnyArray:
        """Return values in `dtype`; stored units are rounded to the nearest."""
        if values.dtype == self.dtype:
            return values
        return np.rint(values).astype(self.dtype) if self.is_stored else values.astype(self.dtype)

    def rescaled(self, values: AnyArray) -> AnyArray:
        """Return what was read as physical values."""
        if not self.is_stored:
            return values
        return values * float(self.volume.slope[0]) + float(self.volume.intercept[0])

    def is_padding(self, values: AnyArray) -> BoolArray:
        """Whether values as read mean "no pixel here"."""
        if self.volume.padding is None or not self.is_stored:
            return np.zeros(values.shape, dtype=bool)
        padded: BoolArray = (values >= self.volume.padding[0]) & (values <= self.volume.padding[1])
        return padded

    def nearest(self, slices: FloatArray, rows: FloatArray, columns: FloatArray) -> AnyArray:
        """Return (n,) values of the nearest voxels; beyond the ends the end counts."""
        k, r, c = (
            np.clip(np.floor(at + 0.5), 0, n - 1).astype(np.intp)
            for at, n in zip((slices, rows, columns), self.geometry.shape, strict=True)
        )
        return self._at(k, r, c)

    def linear(self, slices: FloatArray, rows: FloatArray, columns: FloatArray) -> AnyArray:
        """Return (n,) trilinear values, float32."""
        (k, ks), (r, rs), (c, cs) = (
            _floor(at, n) for at, n in zip((slices, rows, columns), self.geometry.shape, strict=True)
        )
        above = np.minimum(k + 1, self.geometry.shape[0] - 1)
        return self.mixed(self._in_plane(k, r, c, rs, cs), self._in_plane(above, r, c, rs, cs), ks)

    def in_slices(self, slices: AnyArray, rows: FloatArray, columns: FloatArray, nearest: bool) -> AnyArray:
        """Return (slices, n) values of each slice at its own (slices, n) rows and columns."""
        k = np.broadcast_to(slices[:, None], rows.shape)
        if nearest:
            return self.nearest(k.astype(np.float64), rows, columns)
        (r, rs), (c, cs) = (_floor(at, n) for at, n in zip((rows, columns), self.geometry.shape[1:], strict=True))
        return self._in_plane(k, r, c, rs, cs)

    def straight(
        self, slices: AnyArray, starts: FloatArray, step: FloatArray, count: int, nearest: bool
    ) -> AnyArray | None:
        """Return (slices, count) values along one row or column that is the same in all slices; None where none is.

        `starts` (slices, 2) and `step` (2,) are in rows and columns.
        """
        if np.ptp(starts, axis=0).max() > _WHOLE or slices.size != slices[-1] - slices[0] + 1:
            return None
        run = int(np.argmax(np.abs(step)))
        first, fixed, stride = float(starts[0, run]), float(starts[0, 1 - run]), float(step[run])
        end = round(first) + round(stride) * (count - 1)
        size = self.geometry.shape[1 + run]
        if (
            abs(abs(stride) - 1) > _WHOLE
            or abs(step[1 - run]) > _WHOLE
            or abs(first - round(first)) > _WHOLE
            or not (0 <= round(first) < size and 0 <= end < size)
        ):
            return None
        low, high = sorted((round(first), end))
        box = self.volume.values[int(slices[0]) : int(slices[-1]) + 1]
        at, share = (float(part[0]) for part in _floor(np.array([fixed]), self.geometry.shape[2 - run]))
        wanted = [int(at)] if share < _WHOLE else [int(at + (share >= 0.5))] if nearest else [int(at), int(at) + 1]
        if run == 1:
            lines = [box[:, place, low : high + 1] for place in wanted]
        else:
            lines = [box[:, low : high + 1, place] for place in wanted]
        read = [self._scaled(line, slices[:, None]) for line in lines]
        found = read[0] if len(read) == 1 else self.mixed(read[0], read[1], np.float32(share))
        return np.ascontiguousarray(found[:, ::-1] if stride < 0 else found)

    def mixed(self, first: AnyArray, second: AnyArray, share: Any) -> AnyArray:
        """Return values `share` of the way from the first to the second; beside padding the nearer one."""
        start = first.astype(np.float32)
        between: AnyArray = start + (second - start) * share
        if self.volume.padding is not None and self.is_stored:
            padded = self.is_padding(first) | self.is_padding(second)
            between = np.where(padded, np.where(np.broadcast_to(share, first.shape) < 0.5, first, second), between)
        return between

    def _in_plane(self, k: AnyArray, r: AnyArray, c: AnyArray, rs: AnyArray, cs: AnyArray) -> AnyArray:
        _, rows, columns = self.geometry.shape
        below, beside = np.minimum(r + 1, rows - 1), np.minimum(c + 1, columns - 1)
        upper = self.mixed(self._at(k, r, c), self._at(k, r, beside), cs)
        return self.mixed(upper, self.mixed(self._at(k, below, c), self._at(k, below, beside), cs), rs)

    def _at(self, k: AnyArray, r: AnyArray, c: AnyArray) -> AnyArray:
        _, rows, columns = self.geometry.shape
        return self._scaled(np.take(self.volume.values.reshape(-1), (k * rows + r) * columns + c), k)

    def _scaled(self, stored: AnyArray, k: AnyArray) -> AnyArray:
        if self.is_stored:
            return stored
        if self.volume.lut is not None:
            first, table = self.volume.lut
            return np.asarray(table[np.clip(stored.astype(np.int64) - first, 0, len(table) - 1)], dtype=np.float32)
        return (stored * self.volume.slope[k] + self.volume.intercept[k]).astype(np.float32)


def _floor(at: FloatArray, count: int) -> tuple[AnyArray, AnyArray]:
    """Return the voxel before and the share of the way to the next; beyond the ends the end counts."""
    inside = np.clip(at, 0, count - 1)
    whole = np.floor(inside)
    return whole.astype(np.intp), (inside - whole).astype(np.float32)
