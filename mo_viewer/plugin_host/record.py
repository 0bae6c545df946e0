"""What is remembered of plugins between two starts: on or off, their files' fingerprint, settings, calibrations."""

import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Unwritable
from mo_viewer.paths import user_data, user_settings
from mo_viewer.plugin_host.data import Calibration, SettingValue
from mo_viewer.plugin_host.files import write_whole

_SAME = ("scanner", "kvp", "kernel", "date", "phantom")


class Record:
    """The user's ``plugins.json`` and the plugins' own folders.

    A file that is damaged counts as empty: plugins then start as if for the first time.

    Parameters
    ----------
    path
        The file; None: the user's own.
    folder
        Where the plugins' own folders are; None: the user's own.
    """

    def __init__(self, path: Path | None = None, folder: Path | None = None) -> None:
        self.path = path or user_settings() / "plugins.json"
        self.folder = folder or user_data() / "plugins"

    def off(self, plugin_id: str) -> str:
        """Why a plugin is not to be started; empty when it may."""
        return str(self._of(plugin_id).get("off", ""))

    def set_off(self, plugin_id: str, why: str) -> None:
        """Remember that a plugin is not to be started (`why` empty: that it may)."""
        self._put(plugin_id, "off", why)

    def seen(self, plugin_id: str) -> tuple[str, str]:
        """Version and fingerprint of the files when they were last accepted; empty at first use."""
        known = self._of(plugin_id)
        return str(known.get("version", "")), str(known.get("fingerprint", ""))

    def set_seen(self, plugin_id: str, version: str, fingerprint: str) -> None:
        """Remember version and fingerprint."""
        self._put(plugin_id, "version", version)
        self._put(plugin_id, "fingerprint", fingerprint)

    def settings(self, plugin_id: str) -> dict[str, Any]:
        """What the user has set, by name; not checked."""
        known = self._of(plugin_id).get("settings", {})
        return known if isinstance(known, dict) else {}

    def set_setting(self, plugin_id: str, name: str, value: SettingValue) -> None:
        """Remember one setting."""
        self._put(plugin_id, "settings", {**self.settings(plugin_id), name: value})

    def data_folder(self, plugin_id: str) -> Path:
        """Return a plugin's own folder, made when missing."""
        folder = self.folder / plugin_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unwritable("The plugin's folder cannot be made.", detail=repr(error)) from error
        return folder

    def calibrations(self) -> tuple[Calibration, ...]:
        """All lines on offer, newest first."""
        listed = _read(self._lines).get("calibrations", [])
        found = []
        for entry in listed if isinstance(listed, list) else []:
            with suppress(TypeError):
                found.append(Calibration(**entry))
        return tuple(sorted(found, key=lambda line: line.date, reverse=True))

    def add_calibration(self, calibration: Calibration, made_by: str) -> None:
        """Keep a line; one for the same scanner, voltage, kernel, date and phantom gives way."""
        line = replace(calibration, made_by=made_by)
        others = [old for old in self.calibrations() if any(getattr(old, n) != getattr(line, n) for n in _SAME)]
        _write(self._lines, {"calibrations": [asdict(one) for one in (*others, line)]})

    @property
    def _lines(self) -> Path:
        return self.folder / "calibrations.json"

    def _of(self, plugin_id: str) -> dict[str, Any]:
        known = _read(self.path).get(plugin_id, {})
        return known if isinstance(known, dict) else {}

    def _put(self, plugin_id: str, name: str, value: object) -> None:
        if self._of(plugin_id).get(name, "") != value:
            _write(self.path, {**_read(self.path), plugin_id: {**self._of(plugin_id), name: value}})


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
