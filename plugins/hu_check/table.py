"""What a phantom should look like: nominal values and tolerances from a file that the user may edit."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Refused, Unwritable

NAME = "nominal.toml"
BUNDLED = Path(__file__).resolve().parent / NAME


@dataclass(frozen=True)
class Insert:
    """One insert of the ring; the angle is clockwise from "right" on screen, before rotation and mirroring."""

    material: str
    angle_degrees: float
    nominal_hu: float
    tolerance_hu: float


@dataclass(frozen=True)
class Table:
    """A phantom's layout and nominal values."""

    phantom: str
    body_diameter_mm: float
    ring_radius_mm: float
    disc_diameter_mm: float
    hole_square_mm: float
    hole_tolerance_mm: float
    uniformity_offset_mm: float
    uniformity_tolerance_hu: float
    ramp_radius_mm: float
    ramp_degrees: float
    inserts: tuple[Insert, ...]
    is_edited: bool = False


def read_table(data_folder: Path | None = None) -> Table:
    """Return the user's table where there is one in `data_folder`, else the one that comes with the plugin.

    Raises
    ------
    Refused
        When the file cannot be read as a table; the sentence names the entry.
    """
    own = None if data_folder is None else data_folder / NAME
    path = own if own is not None and own.is_file() else BUNDLED
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(
            f"The table of nominal values ({NAME}) cannot be read.", "Mend or delete it.", str(error)
        ) from error
    inserts = said.get("insert")
    if not isinstance(inserts, list) or len(inserts) < 4:
        raise Refused(f"The table of nominal values ({NAME}) lists fewer than four inserts.", "Mend or delete it.")
    listed = tuple(Insert(**_read(Insert, entry)) for entry in inserts)
    return Table(**_read(Table, said), inserts=listed, is_edited=path != BUNDLED)


def editable_table(data_folder: Path) -> Path:
    """Return the user's own copy of the table, made when it is not there yet."""
    path = data_folder / NAME
    if not path.exists():
        try:
            path.write_text(BUNDLED.read_text("utf-8"), "utf-8")
        except OSError as error:
            raise Unwritable("The table could not be copied.", detail=repr(error)) from error
    return path


def _read(kind: type, entry: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in fields(kind):
        if one.name in ("inserts", "is_edited"):
            continue
        value = entry.get(one.name) if isinstance(entry, dict) else None
        is_good = isinstance(value, str) if one.type is str else type(value) in (int, float)
        if not is_good:
            raise Refused(f"The table of nominal values ({NAME}) has no usable {one.name}.", "Mend or delete it.")
        values[one.name] = value
    return values
