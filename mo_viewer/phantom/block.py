"""Uniform muscle without end: the plainest ground for a lesion, where every number is exact."""

from functools import lru_cache

import numpy as np

from mo_viewer.phantom.limb import MUSCLE_HU, Limb, Solid
from mo_viewer.phantom.section import Section

_HALF_MM = 600.0


@lru_cache(maxsize=2)
def _even_section(hu: float) -> Section:
    return Section(np.full((25, 25), hu, dtype=np.float32), 50.0, _HALF_MM, sway_mm=0.0)


def muscle_block(lesions: tuple[Solid, ...] = (), extras: tuple[Solid, ...] = (), hu: float = MUSCLE_HU) -> Limb:
    """Muscle of one value with bodies in it; no bone unless `extras` bring some."""
    return Limb("block", _even_section(hu), extras, lesions, body_part="EXTREMITY", laterality="", background_hu=hu)
