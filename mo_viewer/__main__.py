"""Start the program: ``python -m mo_viewer`` or ``mo-viewer``."""

import sys

from mo_viewer.cli import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
