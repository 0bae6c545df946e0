"""``python -m tests.fuzz HARNESS --seconds N``: broken inputs until the time is up; each finding leaves its input.

An input that ends the process, takes longer than 5 s of computing or 30 s in all, needs more than 1 GiB, or raises
anything that is no sentence is kept in ``--out`` as ``HARNESS-KIND-NAME``. Exit code 1 when there is one.
"""

import argparse
import faulthandler
import os
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

HANG_S, MOST_BYTES = 5.0, 1 << 30
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("harness")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--count", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=Path, help="give the files of this folder as they are instead")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for name in ("DATA", "CACHE", "SETTINGS"):
            os.environ[f"MO_VIEWER_{name}"] = str(Path(home) / name.lower())
        return fuzz(options, Path(home))


def inputs(options: argparse.Namespace, seeds: list[bytes], is_dicom: bool) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents: the files of a folder as they are, or changed copies of good files without end."""
    if options.files is not None:
        yield from ((path.name, path.read_bytes()) for path in sorted(options.files.iterdir()))
        return
    from tests.fuzz.mutations import mutated

    for number in range(options.seed * 1_000_000, options.seed * 1_000_000 + options.count):
        chance = Random(number)
        yield str(number), mutated(chance.choice(seeds), chance, seeds, is_dicom)


def fuzz(options: argparse.Namespace, home: Path) -> int:
    from tests.fuzz.harnesses import HARNESSES, run_one

    warnings.simplefilter("ignore")
    harness = HARNESSES[options.harness]
    seeds = harness.seeds(SHARED)
    assert seeds, "no good files to begin with"
    options.out.mkdir(parents=True, exist_ok=True)
    current = options.out / f"{options.harness}-current-{os.getpid()}"
    run_one(options.harness, seeds[0], home / "warm")
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    began, done, found, slowest = time.monotonic(), 0, 0, 0.0
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for name, data in inputs(options, seeds, harness.is_dicom):
        if time.monotonic() - began >= options.seconds:
            break
        current.write_bytes(data)
        faulthandler.dump_traceback_later(6 * HANG_S, exit=True)
        start, kind = time.process_time(), ""
        try:
            run_one(options.harness, data, home / "one")
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            kind = "raised"
            traceback.print_exc()
        faulthandler.cancel_dump_traceback_later()
        took = time.process_time() - start
        slowest = max(slowest, took)
        kind = kind or ("slow" if took > HANG_S else "")
        top = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if top - floor > MOST_BYTES:
            kind, floor = kind or "memory", top
        if kind:
            found += 1
            (options.out / f"{options.harness}-{kind}-{name}").write_bytes(data)
            sys.stderr.write(f"{kind}: {options.harness}, {name}, {took:.1f} s\n")
        done += 1
    current.unlink()
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - floor) / 2**20
    sys.stdout.write(
        f"{options.harness}: {done} inputs in {time.monotonic() - began:.0f} s, {found} findings, "
        f"slowest {slowest:.2f} s, {used:.0f} MiB above the start\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
