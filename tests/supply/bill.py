"""What the program is made of: the locked packages that it needs to run, their licences, the bundled fonts."""

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SBOM, LICENCES = ROOT / "sbom.cdx.json", ROOT / "LICENCES.md"
_FREE = "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSD CC0-1.0 ISC LGPL-3.0-only MIT MIT-0 MIT-CMU MPL-2.0 OFL-1.1"
ALLOWED = frozenset([*_FREE.split(), "PSF-2.0", "Zlib", "Bitstream-Vera"])
"""Licences under which a wheel may be required. The GPL is not among them."""
_CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
}
_LINE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")


@dataclass(frozen=True)
class Part:
    """One package: its exact version, its licence as an SPDX expression, and what it needs."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """Return the exact versions of the lock file."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return {normal(found[1]): found[2] for line in lines if (found := _LINE.match(line))}


def required() -> list[str]:
    """Return what the wheel itself asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [normal(Requirement(line).name) for line in project["dependencies"]]


def parts() -> list[Part]:
    """Return every package that is installed with the wheel on this system, in order of name.

    Raises
    ------
    LookupError
        When one is not in the lock file.
    """
    versions, found, waiting = locked(), {}, required()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        needs = tuple(sorted(_needs(name)))
        found[name] = Part(name, versions[name], licence_of(name), needs)
        waiting += needs
    return sorted(found.values(), key=lambda part: part.name)


def licence_of(name: str) -> str:
    """Return the licence that a package says it has; empty when it says nothing that is understood."""
    said: Any = distribution(name).metadata
    expression = said.get("License-Expression")
    if expression:
        return str(expression)
    text = (said.get("License") or "").strip()
    classes = [line.split("::")[-1].strip() for line in said.get_all("Classifier") or [] if line.startswith("License")]
    known = [_CLASSIFIERS[one] for one in classes if one in _CLASSIFIERS]
    if re.fullmatch(r"[A-Za-z0-9.+-]+( (OR|AND) [A-Za-z0-9.+-]+)*", text) and not known:
        return text
    return " AND ".join(known)


def is_allowed(licence: str) -> bool:
    """Whether one of the choices that a licence leaves is allowed; all parts of an AND must be."""
    choices = [choice.strip("() ") for choice in licence.split(" OR ")]
    return any(all(one.strip("() ") in ALLOWED for one in choice.split(" AND ")) for choice in choices)


def fonts() -> list[tuple[str, str, str]]:
    """Return name, file of the licence, and licence of each bundled font family."""
    families = {"Inter": "OFL-1.1", "DejaVu": "Bitstream-Vera"}
    folder = ROOT / "resources" / "fonts"
    names = {path.stem.split("-")[0].removesuffix("Sans") for path in folder.iterdir()}
    return [(name, f"{name}-LICENSE.txt", families[name]) for name in sorted(names)]


def _needs(name: str) -> list[str]:
    needs = []
    for line in distribution(name).requires or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            distribution(wanted.name)
        except PackageNotFoundError:
            continue
        needs.append(normal(wanted.name))
    return needs
