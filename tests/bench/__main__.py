"""``python -m tests.bench [NAME ...]``: prints ratios against peers from the same lock file; exit 1 when one misses."""

import importlib
import sys
import tempfile
from pathlib import Path

import mo_viewer  # noqa: F401  (before numpy, as when the program is started: it settles numpy's threads)

NAMES = ("follow", "index", "load", "decode", "click", "view", "room", "start", "plugins")


def main() -> int:
    chosen = sys.argv[1:] or [n for n in NAMES if (Path(__file__).parent / f"bench_{n}.py").exists()]
    missed = 0
    for name in chosen:
        sys.stdout.write(f"\n{name}\n")
        with tempfile.TemporaryDirectory() as folder:
            ratios = importlib.import_module(f"tests.bench.bench_{name}").bench(Path(folder))
        missed += sum(not ratio.holds for ratio in ratios)
    sys.stdout.write(f"\n{missed} bars missed\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
