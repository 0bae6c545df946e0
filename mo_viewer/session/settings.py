"""What the user has set: kept in one small file beside findings, never in them."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mo_viewer.base.faults import Unwritable
from mo_viewer.paths import user_settings

if TYPE_CHECKING:
    from mo_viewer.report.signature import Reader

NAME = "settings.json"


class Settings:
    """Values by name; written whole at every change.

    A file that cannot be read is put aside as ``settings.json.unreadable``, and defaults are used.

    Parameters
    ----------
    path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        self._listeners: list[Callable[[str], None]] = []
        self.trouble = ""
        """One sentence when the file could not be read; empty otherwise."""
        try:
            read = json.loads(path.read_text("utf-8"))
            self._values = read if isinstance(read, dict) else {}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, RecursionError):
            self.trouble = "Your settings could not be read; defaults are used."
            with suppress(OSError):
                path.replace(path.with_name(path.name + ".unreadable"))

    def get(self, name: str, default: Any) -> Any:
        """Return a value of the default's type; the default where there is none or one of another type."""
        value = self._values.get(name, default)
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return value if default is None or type(value) is type(default) else default

    def set(self, name: str, value: Any) -> None:
        """Keep a value (anything that JSON holds); None forgets it.

        Raises
        ------
        Unwritable
            When the disk does not take it; the value counts until the program ends.
        """
        if self._values.get(name) == value:
            return
        if value is None:
            self._values.pop(name, None)
        else:
            self._values[name] = value
        for told in tuple(self._listeners):
            told(name)
        self._write()

    def listen(self, told: Callable[[str], None]) -> None:
        """Have a function called with the name of every value that changes."""
        self._listeners.append(told)

    def _write(self) -> None:
        part = self._path.with_name(self._path.name + ".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self._values, indent=1, ensure_ascii=False, sort_keys=True), "utf-8")
            part.replace(self._path)
        except OSError as error:
            raise Unwritable("Your settings could not be saved.", "See that the disk has room.", repr(error)) from error


def own_settings() -> Settings:
    """Open the user's settings."""
    return Settings(user_settings() / NAME)


def own_reader(settings: Settings) -> "Reader | None":
    """Return who reads here; None where no name is set."""
    from mo_viewer.report.signature import Reader

    name = settings.get("reader", "").strip()
    return Reader(name, settings.get("organisation", "").strip()) if name else None
