"""The check that was made last: whoever starts one, the panel shows it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hu_check.check import Check


class Latest:
    """Keeps a check and tells the panel, where there is one."""

    def __init__(self) -> None:
        self.check: Check | None = None
        self.told: Callable[[Check], None] | None = None

    def keep(self, found: "Check") -> None:
        """Keep a check and tell of it."""
        self.check = found
        if self.told is not None:
            self.told(found)
