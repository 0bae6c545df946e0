"""Array types by name, and the one way to make an array read-only."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.uint8]
IndexArray = NDArray[np.int32]
AnyArray = NDArray[Any]
Triple = tuple[int, int, int]
Point = tuple[float, float, float]

Array = TypeVar("Array", bound=AnyArray)


def frozen(array: Array) -> Array:
    """Return the same array with writing switched off."""
    array.setflags(write=False)
    return array
