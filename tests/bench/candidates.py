"""``python -m tests.bench.candidates [--seeds N] [--first SEED]``: what the search finds in whole phantoms and limbs.

A lesion counts as found when a candidate's point lies inside it; every other candidate counts as false.
Exit 1 when a bar is missed: 90 % of free lesions of 8 mm and more, 80 % of those on the cortex, at most 0.5 false a
thigh or arm and 2 a hip.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.segment.candidate_rules import CALCIFICATION
from mo_viewer.segment.candidates import find_candidates
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume
from tests.bench.candidate_cases import Case, extra_cases, hip_cases, limb_cases

REAL = (
    "ct_thigh_calcified_mass_a",
    "ct_thigh_calcified_mass_b",
    "ct_calf_calcified_mass",
    "ct_thigh_plain_mass",
    "ct_arm_plain_mass",
)
LEAST_MM = 8.0
FREE, ON_CORTEX, FALSE_LIMB, FALSE_HIP = 0.9, 0.8, 0.5, 2.0


@dataclass
class Row:
    """Counts of one row of the table."""

    scans: int = 0
    lesions: int = 0
    found: int = 0
    first: int = 0
    false: int = 0
    seconds: float = 0.0

    def line(self, name: str) -> str:
        found = f"{self.found}/{self.lesions}" if self.lesions else "-"
        first = f"{self.first}/{self.lesions}" if self.lesions else "-"
        false = f"{self.false} ({self.false / self.scans:.2f})"
        return f"| {name} | {self.scans} | {found} | {first} | {false} | {self.seconds / self.scans:.0f} s |"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=2)
    options.add_argument("--first", type=int, default=9001)
    given = options.parse_args()
    rows: dict[str, Row] = defaultdict(Row)
    for case in _cases(range(given.first, given.first + given.seeds)):
        _count(rows[case.row], case)
    sys.stdout.write("| | scans | found | listed first | false (a scan) | time |\n|---|---|---|---|---|---|\n")
    for name, row in rows.items():
        sys.stdout.write(row.line(name) + "\n")
    _real()
    missed = _missed(rows)
    sys.stdout.write("".join(f"MISSED: {text}\n" for text in missed) or "All bars hold.\n")
    return 1 if missed else 0


def _cases(seeds: range) -> Iterator[Case]:
    for seed in seeds:
        yield from limb_cases(seed)
        yield from extra_cases(seed)
        yield from hip_cases(seed)


def _count(row: Row, case: Case) -> None:
    volume, mask = case.image()
    began = time.perf_counter()
    found = [one for one in find_candidates(volume) if one.kind == CALCIFICATION]
    row.seconds += time.perf_counter() - began
    hits = [_inside(one.at_mm, volume, mask) for one in found]
    row.scans += 1
    row.false += len(hits) - any(hits)
    if mask is not None and (6 / np.pi * mask.volume_mm3) ** (1 / 3) >= LEAST_MM:
        row.lesions += 1
        row.found += any(hits)
        row.first += bool(hits and hits[0])
        if not any(hits):
            sys.stderr.write(f"missed: {case.row}, {case.name}, seed {case.seed}\n")
    if len(hits) > any(hits):
        sys.stderr.write(f"false: {case.row}, {case.name}, seed {case.seed}: {[one.why for one in found]}\n")


def _inside(at_mm: tuple[float, float, float], volume: Volume, mask: Mask | None) -> bool:
    if mask is None:
        return False
    index = np.rint(volume.geometry.index_of(np.array(at_mm))[0]).astype(int) - mask.corner
    within = bool((index >= 0).all() and (index < mask.inside.shape).all())
    return within and bool(mask.inside[tuple(index)])


def _missed(rows: dict[str, Row]) -> list[str]:
    def share(part: str) -> float:
        chosen = [row for name, row in rows.items() if part in name and row.lesions]
        return sum(row.found for row in chosen) / sum(row.lesions for row in chosen)

    def false(where: str) -> float:
        chosen = [row for name, row in rows.items() if name.startswith(where)]
        return sum(row.false for row in chosen) / sum(row.scans for row in chosen)

    checks = (
        ("free lesions found", share("free") >= FREE),
        ("lesions on the cortex found", share("cortex") >= ON_CORTEX),
        *((f"false candidates a {where}", false(where) <= FALSE_LIMB) for where in ("thigh", "arm")),
        ("false candidates a hip", false("hip") <= FALSE_HIP),
    )
    return [name for name, holds in checks if not holds]


def _real() -> None:
    """Say what is found in the real limbs, where they lie beside the checkout."""
    shared = Path(__file__).resolve().parents[3] / "shared/data"
    for name in REAL if shared.is_dir() else ():
        series = max(scan([shared / name / "ct"]).series, key=lambda one: len(one.planes))
        found = [one for one in find_candidates(load(series)) if one.kind == CALCIFICATION]
        places = "; ".join(f"{one.volume_mm3:.0f} mm3, {one.why}" for one in found)
        sys.stdout.write(f"{name}: {len(found)} {'candidate' if len(found) == 1 else 'candidates'} {places}\n")


if __name__ == "__main__":
    sys.exit(main())
