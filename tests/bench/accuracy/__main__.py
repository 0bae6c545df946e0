"""``python -m tests.bench.accuracy``: clicks on unseen phantoms against analytic truth, as a table.

``--keep FILE`` keeps every single result as JSON lines; ``--read FILE`` prints the table of such a file again.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mo_viewer import __version__
from tests.bench.accuracy.cases import Result, Trial, plan, results
from tests.bench.accuracy.tables import table

FIRST_SEED = 9000


def main() -> int:
    options = _options()
    if options.read:
        known = [_from_json(json.loads(line)) for line in options.read.read_text(encoding="utf-8").splitlines()]
    else:
        known = list(_run(options))
    sys.stdout.write(f"\nMO Viewer {__version__}, {datetime.now(tz=UTC).date().isoformat()}, {len(known)} clicks\n\n")
    missed = table(known, sys.stdout.write)
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accuracy", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="first seed")
    parser.add_argument("--per-seed", type=int, default=2, help="scanners for each situation and seed, of eight")
    parser.add_argument("--only", default="", help="situations, joined by commas")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--read", type=Path)
    return parser.parse_args()


def _run(options: argparse.Namespace) -> Iterator[Result]:
    wanted = set(options.only.split(",")) if options.only else set()
    groups = [
        group
        for group in plan(range(options.first, options.first + options.seeds), options.per_seed)
        if not wanted or group[0].name in wanted or group[0].table in wanted
    ]
    kept = options.keep.open("w", encoding="utf-8") if options.keep else None
    with ProcessPoolExecutor(options.jobs) as pool:
        for number, found in enumerate(pool.map(results, groups), start=1):
            for result in found:
                if kept:
                    kept.write(json.dumps(asdict(result)) + "\n")
                    kept.flush()
            yield from found
            sys.stderr.write(f"\r{number} of {len(groups)} images")
    if kept:
        kept.close()


def _from_json(known: dict[str, Any]) -> Result:
    trial = Trial(**known.pop("trial"))
    return Result(trial, **{k: tuple(v) if isinstance(v, list) else v for k, v in known.items()})


if __name__ == "__main__":
    sys.exit(main())
