"""Keys that the user has changed, kept and given to the table of actions."""

from collections.abc import Callable

from mo_viewer.session.settings import Settings
from mo_viewer.ui.actions import ActionTable


class OwnKeys:
    """Changes of keys, by the names of actions."""

    def __init__(self, table: ActionTable, settings: Settings, keep: Callable[[str, object], None]) -> None:
        self._table, self._settings, self._keep = table, settings, keep
        table.use_keys(self._kept())

    def bind(self, name: str, keys: tuple[str, ...] | None) -> list[str]:
        """Give an action other keys (None: its own again); returns the titles of those that lost a key by it."""
        kept = self._kept()
        kept.pop(name, None)
        lost = []
        if keys is not None:
            kept[name] = keys
        for other in self._table.all if keys else ():
            if other.name != name and set(other.keys) & set(keys or ()):
                kept[other.name] = tuple(key for key in other.keys if key not in (keys or ()))
                lost.append(other.title)
        self._put(kept)
        return lost

    def forget(self) -> None:
        """Let all keys be as delivered."""
        self._put({})

    def _put(self, kept: dict[str, tuple[str, ...]]) -> None:
        self._table.use_keys(kept)
        self._keep("keys", {name: list(keys) for name, keys in kept.items()} or None)

    def _kept(self) -> dict[str, tuple[str, ...]]:
        kept = self._settings.get("keys", {})
        return {
            name: tuple(key for key in keys if isinstance(key, str))
            for name, keys in kept.items()
            if isinstance(keys, list)
        }
