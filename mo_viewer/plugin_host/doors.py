"""What desk and console have in common: permissions, settings, a plugin's own folder, calibrations."""

from collections.abc import Mapping
from pathlib import Path

from mo_viewer.plugin_host.data import Calibration, Permission, SettingValue
from mo_viewer.plugin_host.files import write_whole
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.plugin_host.settings import values_of


class Doors:
    """The parts of a `Desk` that need no window, for one contribution."""

    def __init__(self, host: Host, contribution: Contribution) -> None:
        self._host, self._contribution = host, contribution

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the manifest asks for."""
        return self._host.granted(self._contribution.plugin)

    @property
    def settings(self) -> Mapping[str, SettingValue]:
        """The plugin's settings by name, defaults filled in."""
        return values_of(self._host, self._contribution.plugin)

    @property
    def data_folder(self) -> Path:
        """The plugin's own folder, made when missing."""
        self.need("writes-files")
        return self._host.record.data_folder(self._contribution.plugin)

    def keep(self, name: str, content: bytes) -> Path:
        """Write a file in the plugin's own folder, whole or not at all."""
        if Path(name).name != name or name in ("", ".", ".."):
            raise ValueError(f"{name!r} is no name of a file in the plugin's own folder")
        path = self.data_folder / name
        write_whole(path, content)
        return path

    def offer_calibration(self, calibration: Calibration) -> None:
        """Keep a line that was fitted to a phantom for all plugins to name."""
        self.need("writes-files")
        self._host.record.add_calibration(calibration, self._contribution.made_by or self._contribution.plugin)

    def calibrations(self) -> tuple[Calibration, ...]:
        """All lines on offer, newest first."""
        return self._host.record.calibrations()

    def need(self, permission: Permission) -> None:
        """Raise `PermissionError` when the manifest does not ask for a permission."""
        if permission not in self.permissions:
            raise PermissionError(f"this needs the permission {permission}, which plugin.toml lacks")
