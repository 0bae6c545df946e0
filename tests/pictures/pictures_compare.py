"""Compares a picture with its reference, allowing for the last bits of anti-aliasing.

References are made again with ``MO_VIEWER_NEW_PICTURES=1``; look at them before they are committed.
"""

import os
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

REFERENCE = Path(__file__).parent / "reference"
RENEW = "MO_VIEWER_NEW_PICTURES"
MOST_MEAN_DIFFERENCE = 0.6
"""Grey levels, over all pixels and colours."""
DIFFERS_FROM = 24
"""A pixel counts as different from this many grey levels on."""
MOST_DIFFERENT_SHARE = 0.002


def pixels(image: QImage) -> np.ndarray:
    """Return (rows, columns, 3) of 0..255."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1, 4).copy()
    return bits[..., 2::-1]


def difference(image: QImage, other: QImage) -> tuple[float, float]:
    """Return mean absolute difference in grey levels, and the share of pixels that differ."""
    away = np.abs(pixels(image).astype(int) - pixels(other).astype(int))
    return float(away.mean()), float((away.max(axis=-1) >= DIFFERS_FROM).mean())


def check(image: QImage, name: str, seen: Path) -> None:
    """Fail when a picture is not like ``reference/name.png``; what was seen is then left in the folder `seen`."""
    reference = REFERENCE / f"{name}.png"
    if os.environ.get(RENEW):
        REFERENCE.mkdir(exist_ok=True)
        assert image.save(str(reference))
    known = QImage(str(reference))
    assert not known.isNull(), f"there is no reference picture {reference.name}; make it with {RENEW}=1 and look at it"
    image.save(str(seen / f"{name}.png"))
    assert image.size() == known.size()
    mean, share = difference(image, known)
    assert mean <= MOST_MEAN_DIFFERENCE, f"{name}: mean difference {mean:.2f}; seen: {seen / name}.png"
    assert share <= MOST_DIFFERENT_SHARE, f"{name}: {share:.2%} of the pixels differ; seen: {seen / name}.png"
