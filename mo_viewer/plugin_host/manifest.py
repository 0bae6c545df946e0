"""``plugin.toml``: what a plugin says of itself before any of its code is imported."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.api import API_VERSION

_ID = re.compile(r"(mo|hu)_[a-z0-9_]{1,40}")
_LARGEST = 64 * 1024


@dataclass(frozen=True)
class Manifest:
    """One plugin's manifest and the folder it was found in."""

    id: str
    name: str
    version: str
    api: str
    entry: str
    summary: str
    license: str
    folder: Path


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``plugin.toml`` of a plugin's folder.

    Raises
    ------
    Refused
        With the reason: not readable, a field missing, an id that is not the folder's name.
    """
    path = folder / "plugin.toml"
    try:
        if path.stat().st_size > _LARGEST:
            raise Refused("Its plugin.toml is too large.")
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused("Its plugin.toml cannot be read.", detail=repr(error)) from error
    texts = {}
    for name in ("id", "name", "version", "api", "entry", "summary", "license"):
        value = said.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Refused(f"Its plugin.toml has no {name}.")
        texts[name] = value.strip()
    if not _ID.fullmatch(texts["id"]) or texts["id"] != folder.name:
        raise Refused("Its id must begin with mo_ or hu_ and be the name of its folder.")
    module, _, function = texts["entry"].partition(":")
    if module.split(".")[0] != texts["id"] or not function.isidentifier():
        raise Refused('Its entry must read "<id>:<function>".')
    return Manifest(folder=folder, **texts)


def check_api(manifest: Manifest) -> None:
    """Refuse a plugin whose API version this viewer does not offer: other major, or newer minor."""
    try:
        wanted = tuple(int(part) for part in manifest.api.split("."))
    except ValueError:
        wanted = ()
    offered = tuple(int(part) for part in API_VERSION.split("."))
    if len(wanted) != 2 or wanted[0] != offered[0] or wanted[1] > offered[1]:
        raise Refused(f"It needs plugin API {manifest.api}; this viewer offers {API_VERSION}.")
