"""``plugin.toml``: what a plugin says of itself before any of its code is imported."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.api import API_VERSION
from mo_viewer.plugin_host.data import Permission

Kind = Literal["panel", "tool", "overlay", "command", "measure", "assessment", "section", "exporter", "cli", "settings"]
KINDS: tuple[str, ...] = get_args(Kind)
PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))
_ID = re.compile(r"(mo|hu)_[a-z0-9_]{1,40}")
_NAME = {"cli": re.compile(r"[a-z][a-z0-9-]{1,40}")}
_TEXTS = ("id", "name", "version", "api", "entry", "summary", "license")
_KNOWN = {*_TEXTS, "permissions", "contributes", "order"}
MIDDLE = 50
NEEDED = ("", "lesion", "hounsfield")
_LARGEST = 64 * 1024


@dataclass(frozen=True)
class Declared:
    """One contribution as the manifest names it, so that it can be listed before its code is imported."""

    kind: Kind
    name: str
    title: str
    key: str = ""
    tip: str = ""
    suffix: str = ""
    group: str = ""
    """``"Contour"``: in the menu of that name, not beside the marking tools."""
    needs: str = ""
    """``"lesion"``: greyed while no lesion is selected; ``"hounsfield"``: greyed on a picture without HU."""
    words: str = ""
    """Other words that find a tool or command in the search for actions."""


@dataclass(frozen=True)
class Manifest:
    """One plugin's manifest and the folder it was found in.

    `contributes` empty: the plugin is started at once, and its `register` says what there is. `permissions` None: the
    manifest does not say (deprecated).
    """

    id: str
    name: str
    version: str
    api: str
    entry: str
    summary: str
    license: str
    folder: Path
    permissions: frozenset[Permission] | None = None
    contributes: tuple[Declared, ...] = ()
    order: int = MIDDLE
    """Plugins with lower numbers come first in lists and tabs."""

    @property
    def granted(self) -> frozenset[Permission]:
        """The permissions that count: all of them for a manifest that does not say."""
        return PERMISSIONS if self.permissions is None else self.permissions


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``plugin.toml`` of a plugin's folder.

    Raises
    ------
    Refused
        With the reason: not readable, a field missing or unknown, an id that is not the folder's name.
    """
    said = _toml(folder / "plugin.toml")
    texts = {}
    for name in _TEXTS:
        value = said.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Refused(f"Its plugin.toml has no {name}.")
        texts[name] = value.strip()
    if not _ID.fullmatch(texts["id"]) or texts["id"] != folder.name:
        raise Refused("Its id must begin with mo_ or hu_ and be the name of its folder.")
    module, _, function = texts["entry"].partition(":")
    if module.split(".")[0] != texts["id"] or not function.isidentifier():
        raise Refused('Its entry must read "<id>:<function>".')
    unknown = sorted(set(said) - _KNOWN)
    if unknown:
        raise Refused(f"Its plugin.toml has an entry that is not known: {unknown[0]}.")
    order = said.get("order", MIDDLE)
    if type(order) is not int:
        raise Refused("Its order must be a whole number.")
    return Manifest(folder=folder, permissions=_permissions(said), contributes=_contributes(said), order=order, **texts)


def check_api(manifest: Manifest) -> None:
    """Refuse a plugin whose API version this viewer does not offer: other major, or newer minor."""
    try:
        wanted = tuple(int(part) for part in manifest.api.split("."))
    except ValueError:
        wanted = ()
    offered = tuple(int(part) for part in API_VERSION.split("."))
    if len(wanted) != 2 or wanted[0] != offered[0] or wanted[1] > offered[1]:
        raise Refused(f"It needs plugin API {manifest.api}; this viewer offers {API_VERSION}.")


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise Refused("Its plugin.toml is too large.")
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused("Its plugin.toml cannot be read.", detail=repr(error)) from error


def _permissions(said: dict[str, Any]) -> frozenset[Permission] | None:
    asked = said.get("permissions")
    if asked is None:
        return None
    if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
        raise Refused("Its permissions must be a list of words.")
    unknown = sorted(set(asked) - PERMISSIONS)
    if unknown:
        raise Refused(f"It asks for a permission that does not exist: {unknown[0]}.")
    return frozenset(one for one in PERMISSIONS if one in asked)


def _contributes(said: dict[str, Any]) -> tuple[Declared, ...]:
    listed = said.get("contributes", [])
    if not isinstance(listed, list):
        raise Refused("Its contributions must be written as [[contributes]].")
    declared = tuple(_declared(one) for one in listed)
    places = [(one.kind, one.name) for one in declared]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise Refused(f"It declares the {twice[0]} {twice[1]} twice.")
    return declared


def _declared(entry: Any) -> Declared:
    fields = {"kind", "name", "title", "key", "tip", "suffix", "group", "needs", "words"}
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise Refused("A contribution in its plugin.toml is not made of texts.")
    if set(entry) - fields or entry.get("kind") not in KINDS:
        raise Refused("A contribution in its plugin.toml has an unknown field or kind.")
    if entry.get("needs", "") not in NEEDED:
        raise Refused(f"A contribution in its plugin.toml needs something that is not known: {entry['needs']}.")
    name = entry.get("name") or entry.get("title", "")
    if not name or not _NAME.get(entry["kind"], re.compile(".+")).fullmatch(name):
        raise Refused(f"A contribution in its plugin.toml ({entry['kind']}) has no usable name.")
    return Declared(**{**entry, "name": name, "title": entry.get("title") or name})
