"""A process without rights: the superuser may write everywhere, so refusals must be tried as somebody else."""

import os
from pathlib import Path

NOBODY = 65534


def become_plain(*owned: Path) -> None:
    """Give up the superuser's rights, where one has them, for good; `owned` folders and files are kept."""
    if os.geteuid() != 0:
        return
    for top in owned:
        for path in (top, *top.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        for above in top.parents:
            if above.stat().st_mode & 0o005 != 0o005:
                above.chmod(above.stat().st_mode | 0o005)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
