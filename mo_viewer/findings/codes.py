"""A concept with its code in a named coding scheme, and the code tables of ``resources/codes``."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from mo_viewer.paths import bundled


@dataclass(frozen=True)
class Code:
    """Code value, coding scheme designator as DICOM writes it (``SCT``, ``DCM``), and meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Site:
    """A place that a reader can choose; `muscles` are (code, left, right) of single muscles there."""

    id: str
    label: str
    code: Code
    region: Code
    muscles: tuple[tuple[Code, Code, Code], ...] = ()
    synonyms: tuple[str, ...] = ()


@cache
def load_codes(name: str) -> Any:
    """Return the content of ``resources/codes/<name>.json``; treat it as read-only."""
    return json.loads((bundled("resources") / "codes" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def sites() -> tuple[Site, ...]:
    """Return the places that the site list offers, in its order."""
    return tuple(_site(entry) for entry in load_codes("sites")["sites"])


def _site(entry: dict[str, Any]) -> Site:
    muscles = tuple((Code(*m["code"]), Code(*m["left"]), Code(*m["right"])) for m in entry["muscles"])
    region = Code(*entry["region"])
    return Site(entry["id"], entry["label"], Code(*entry["code"]), region, muscles, tuple(entry["synonyms"]))
