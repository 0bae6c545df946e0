"""Real images: a calcified thigh against changed copies of itself, and a skull scanned with and without gantry tilt."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mo_viewer.cli import run
from mo_viewer.segment.mark import mark
from mo_viewer.track.cloud import rigid, turned
from mo_viewer.track.register import register
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Volume
from tests.track.real_copies import denser, imaged_on, squeezed, write_copy
from tests.track.real_images import BODIES, centre_of_mass, largest

DATA = Path(__file__).parents[3] / "shared" / "data"
RING = (52.7, 0.0, 868.0)
SQUEEZE, DENSER = 0.8, 1.6
INNER_MM, OUTER_MM = 26.0, 33.0
DAYS = ("20240108", "20240708")


def copies(volume: Volume) -> Iterator[tuple[str, FloatArray, str, float, float | None, tuple]]:
    """(name, true matrix, due event, due change of size and of content, (hu, geometry)) of each copy."""
    lesion = mark(volume, [RING]).mask
    centre = lesion.points_mm().mean(axis=0)
    there = rigid(turned(np.radians([10, -8, 20])), centre, centre + np.array([30.0, -12.0, 40.0]))
    here, spacing = np.eye(4), volume.geometry.spacing_mm
    smaller = 100 * (SQUEEZE**3 - 1)
    yield "moved", there, "stable", 0.0, 0.0, imaged_on(volume, there, spacing)
    yield "moved, 2.5 mm", there, "stable", 0.0, 0.0, imaged_on(volume, there, (2.5, 0.8, 0.8), 5.0)
    small = squeezed(volume, centre, SQUEEZE, INNER_MM, OUTER_MM)
    yield "shrunk", here, "shrunk", smaller, smaller, (small, volume.geometry)
    yield "denser", here, "denser", 0.0, None, (denser(volume, lesion, DENSER), volume.geometry)


def thigh(folder: Path) -> Iterator[tuple[str, float, bool, float, float]]:
    """(copy, mm by which the lesion is displaced, whether told rightly, errors of size and content in points)."""
    source = DATA / "ct_thigh_calcified_mass_a" / "ct"
    volume = largest(source)
    template = sorted(source.glob("*.dcm"))[0]
    hu = volume.rescaled((0, 0, 0), volume.geometry.shape)
    first = write_copy(template, hu, volume.geometry, folder / "a", DAYS[0])
    for name, matrix, kind, size, content, (hu, geometry) in copies(volume):
        own = folder / name.replace(" ", "_")
        write_copy(template, hu, geometry, own, DAYS[1])
        target = folder / "found.json"
        click = ",".join(f"{x:.2f}" for x in RING)
        run(["compare", str(folder / "a"), str(own), f"--at={click}", "--in", first, "--json", str(target)])
        said = json.loads(target.read_text("utf-8"))
        yield name, *_judged(said, matrix, kind, size, content)


def _judged(
    said: dict, matrix: FloatArray, kind: str, size: float, content: float | None
) -> tuple[float, bool, float, float]:
    (way,), courses = said["registrations"], said["courses"]
    lesions = said["timepoints"][0]["lesions"]
    if way["matrix_lps"] is None or len(courses) != 1 or not courses[0]["changes"]:
        return np.inf, False, np.inf, np.inf
    at = np.array([*lesions[0]["centroid_mm"], 1.0])
    away = float(np.linalg.norm(((np.array(way["matrix_lps"]) - matrix) @ at)[:3]))
    (change,) = courses[0]["changes"]
    told = way["verdict"] == "good" and [e["kind"] for e in courses[0]["events"]] == [kind]
    errors = [
        np.nan if due is None else abs(change[name].get("percent", np.inf) - due)
        for name, due in (("volume", size), ("mineral_content", content))
    ]
    return away, told, errors[0], errors[1]


def skull() -> Iterator[tuple[str, float]]:
    """(body, mm between its centre carried over and the one that is seen), without and with gantry tilt.

    The cube stands on a rod: its centre counts across it only.
    """
    folder = DATA / "phantom_head_rescan_zip"
    first, second = (largest(folder / name) for name in ("scan1_no_tilt.zip", "scan2_tilt_minus18.zip"))
    places = {name: centre_of_mass(first, *BODIES[name]) for name in BODIES}
    found = register(first, second, [(float(x), float(y), float(z)) for x, y, z in places.values()])
    for name, here in places.items():
        if found.matrix_lps is None:
            yield name, np.inf
            continue
        over = found.carried(here)[0]
        away = over - centre_of_mass(second, over, BODIES[name][1])
        yield name, float(np.linalg.norm(away[:2] if name == "cube" else away))
