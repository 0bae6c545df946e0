"""The quick part of the self-test: what must be trusted before numbers are shown; some tenths of a second."""

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mo_viewer.base.faults import Fault
from mo_viewer.paths import bundled, user_data

LEAST_FREE_BYTES = 200 << 20
_EARLIEST = 1_767_225_600.0
"""2026-01-01: this version is younger than that."""
_FONTS = ("Inter-Regular.otf", "DejaVuSans.ttf")


@dataclass(frozen=True)
class Check:
    """One thing that was tried; `trouble` is a sentence, empty when it is as it should be."""

    name: str
    trouble: str = ""
    stops_measuring: bool = True
    """Whether numbers must not be shown while it fails."""


def quick_checks() -> tuple[Check, ...]:
    """Try decoders, numbers, the store, fonts, clock and disk; nothing is raised."""
    tried: tuple[tuple[str, Callable[[], str], bool], ...] = (
        ("decoders", _decoders, True),
        ("numbers", _numbers, True),
        ("store", _store, False),
        ("fonts", _fonts, False),
        ("clock", _clock, False),
        ("disk", _disk, False),
    )
    found = []
    for name, work, stops in tried:
        try:
            trouble = work()
        except Exception as error:  # noqa: BLE001 - a check that fails in an unforeseen way has failed
            trouble = f"The check of the {name} ended in an error ({type(error).__name__})."
        found.append(Check(name, trouble, stops))
    return tuple(found)


def refusal(checks: tuple[Check, ...]) -> Fault | None:
    """Return why no measurements may be made; None when they may."""
    wrong = [check.trouble for check in checks if check.trouble and check.stops_measuring]
    if not wrong:
        return None
    return Fault("The self-test has failed; no measurements are made.", f"{' '.join(wrong)} Install the program anew.")


def _decoders() -> str:
    """Each codec gives back, to the last bit, what it packed."""
    import imagecodecs

    ramp = (np.arange(64 * 48).reshape(64, 48) * 7 % 4096).astype(np.uint16)
    lossless: dict[str, Callable[[], object]] = {
        "JPEG 2000": lambda: imagecodecs.jpeg2k_decode(imagecodecs.jpeg2k_encode(ramp, level=0)),
        "JPEG-LS": lambda: imagecodecs.jpegls_decode(imagecodecs.jpegls_encode(ramp)),
        "JPEG lossless": lambda: imagecodecs.jpeg_decode(imagecodecs.ljpeg_encode(ramp)),
    }
    wrong = []
    for name, there_and_back in lossless.items():
        try:
            if not np.array_equal(np.asarray(there_and_back()), ramp):
                wrong.append(name)
        except Exception:  # noqa: BLE001 - a codec that is missing raises what it likes
            wrong.append(name)
    return f"{', '.join(wrong)} cannot be decoded without loss." if wrong else ""


def _numbers() -> str:
    """A ball in a grid of three unequal steps, stored with a slope, has the volume and the values that it must have."""
    from mo_viewer.measure.density import statistics, values_in, voxel_volumes
    from mo_viewer.volume.geometry import Geometry
    from mo_viewer.volume.mask import Mask
    from mo_viewer.volume.source import Patient, Source
    from mo_viewer.volume.volume import Volume

    shape, steps, radius_mm, true_hu, around_hu = (24, 40, 50), (1.5, 0.8, 0.7), 12.0, 500.0, 40.0
    geometry = Geometry(
        shape,
        np.array([[0.0, 0.0, k * steps[0]] for k in range(shape[0])]),
        np.array([0.0, steps[1], 0.0]),
        np.array([steps[2], 0.0, 0.0]),
    )
    middle = (np.array(shape) - 1) / 2
    away = [(np.arange(n) - m) * step for n, m, step in zip(shape, middle, steps, strict=True)]
    inside = away[0][:, None, None] ** 2 + away[1][:, None] ** 2 + away[2] ** 2 <= radius_mm**2
    slope, intercept = np.linspace(0.5, 2.0, shape[0]), np.linspace(-1024.0, 0.0, shape[0])
    stored = (np.where(inside, true_hu, around_hu) - intercept[:, None, None]) / slope[:, None, None]
    source = Source(Patient("self-test"), "1", "1", "CT")
    volume = Volume(stored.round().astype(np.int16), geometry, source, "HU", slope, intercept)
    mask = Mask(inside, (0, 0, 0), geometry)
    found, truth = voxel_volumes(mask).sum(), 4 / 3 * np.pi * radius_mm**3
    mean = statistics(values_in(volume, mask)).mean
    right = abs(found / truth - 1) < 0.01 and abs(mean - true_hu) < 1.0
    return "" if right else f"A ball of {truth:.0f} mm³ and {true_hu:.0f} HU is measured as {found:.0f} and {mean:.0f}."


def _store() -> str:
    from mo_viewer.findings.document import Document
    from mo_viewer.session.store import Store
    from mo_viewer.volume.source import Patient

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "findings.sqlite"
        document = Document(Patient("self-test"), injury_date="2024-01-08")
        with closing(Store(path)) as store:
            store.append("Self-test", document, None)
        with closing(Store(path)) as store:
            head = store.head("self-test")
            return (
                "" if head is not None and head.document == document else "The store does not give back what it took."
            )


def _fonts() -> str:
    missing = [name for name in _FONTS if not (bundled("resources") / "fonts" / name).is_file()]
    return f"Fonts are missing: {', '.join(missing)}." if missing else ""


def _clock() -> str:
    return "The clock of this computer is years behind." if time.time() < _EARLIEST else ""


def _disk() -> str:
    place = user_data()
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    return "" if free >= LEAST_FREE_BYTES else f"Only {free >> 20} MB are free where findings are kept."
