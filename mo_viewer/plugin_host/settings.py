"""Settings of plugins: what they declare, what the user set, checked."""

from collections.abc import Sequence
from types import MappingProxyType

from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.data import Setting, SettingValue
from mo_viewer.plugin_host.host import Host


def settings_of(host: Host, plugin_id: str) -> tuple[Setting, ...]:
    """The settings that a plugin added; a plugin that was not needed so far is started for it."""
    found: list[Setting] = []
    for contribution in host.contributions("settings"):
        if contribution.plugin == plugin_id:
            found += host.call(contribution) or ()
    return tuple(found)


def values_of(host: Host, plugin_id: str) -> MappingProxyType[str, SettingValue]:
    """All values by name: what the user set where it is allowed, else the default."""
    kept = host.record.settings(plugin_id)
    values = {one.name: one.default for one in settings_of(host, plugin_id)}
    for one in settings_of(host, plugin_id):
        if one.name in kept and not wrong_with(one, kept[one.name]):
            values[one.name] = kept[one.name]
    return MappingProxyType(values)


def set_value(host: Host, plugin_id: str, name: str, value: SettingValue) -> None:
    """Keep a value that the user has set.

    Raises
    ------
    Refused
        When there is no such setting or the value is not allowed; the sentence says why.
    """
    known: Sequence[Setting] = [one for one in settings_of(host, plugin_id) if one.name == name]
    if not known:
        raise Refused(f"The plugin has no setting {name}.")
    wrong = wrong_with(known[0], value)
    if wrong:
        raise Refused(wrong)
    host.record.set_setting(plugin_id, name, value)


def wrong_with(setting: Setting, value: object) -> str:
    """Say why a value is not allowed; empty when it is."""
    wanted: tuple[type, ...] = (float, int) if type(setting.default) is float else (type(setting.default),)
    if type(value) not in wanted:
        return f"{setting.title} must be a {wanted[0].__name__}."
    if setting.choices and value not in setting.choices:
        return f"{setting.title} must be one of {', '.join(map(str, setting.choices))}."
    if isinstance(value, int | float):
        if setting.least is not None and value < setting.least:
            return f"{setting.title} must be {setting.least:g} or more."
        if setting.most is not None and value > setting.most:
            return f"{setting.title} must be {setting.most:g} or less."
    return ""
