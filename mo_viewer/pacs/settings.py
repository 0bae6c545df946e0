"""The configured archives, in one small JSON file of the user's settings; no password ever stands in it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Misuse, Unreadable
from mo_viewer.pacs.files import write_whole
from mo_viewer.pacs.node import DicomNode, Node, Tls, WebNode, parse_target
from mo_viewer.paths import user_settings

SCHEMA = "mo-viewer/nodes/1"
_KINDS: dict[str, type[DicomNode] | type[WebNode]] = {"dicom": DicomNode, "web": WebNode}


def nodes_file() -> Path:
    """Where the configured archives are kept."""
    return user_settings() / "nodes.json"


def read_nodes() -> tuple[Node, ...]:
    """Return the configured archives; none when nothing is configured.

    Raises
    ------
    Unreadable
        When the file is damaged or from a newer version.
    """
    try:
        content = json.loads(nodes_file().read_text("utf-8"))
        if content["schema"] != SCHEMA:
            raise Unreadable("The settings of the archives come from another version of this program.")
        return tuple(_node(plain) for plain in content["nodes"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, Misuse) as error:
        raise Unreadable(
            "The settings of the archives cannot be read.", "Correct or remove nodes.json.", repr(error)
        ) from error


def write_nodes(nodes: Iterable[Node]) -> None:
    """Keep these archives, all or none of them.

    Raises
    ------
    Misuse
        When two have one name.
    Unreadable
        When the settings that stand there are damaged or from a newer version; they stay.
    Unwritable
        When the disk does not take it.
    """
    kept = tuple(nodes)
    names = [node.name for node in kept if node.name]
    if len(set(names)) < len(names):
        raise Misuse("Two archives have the same name.")
    read_nodes()  # settings that this version cannot read are not written over
    content = {"schema": SCHEMA, "nodes": [_plain(node) for node in kept]}
    write_whole(nodes_file(), (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode(), private=True)


def resolve(text: str) -> Node:
    """Return the archive a person means: a configured one by its name or address, else what the text says.

    Raises
    ------
    Misuse
        When it is neither.
    """
    configured = read_nodes()
    for node in configured:
        if node.name and node.name == text.strip():
            return node
    meant = parse_target(text)
    return next((node for node in configured if node.address == meant.address), meant)


def _plain(node: Node) -> dict[str, Any]:
    return {"kind": "dicom" if isinstance(node, DicomNode) else "web", **asdict(node)}


def _node(plain: dict[str, Any]) -> Node:
    values = dict(plain)
    kind = _KINDS[values.pop("kind")]
    if isinstance(values.get("tls"), dict):
        values["tls"] = Tls(**values["tls"])
    for field in fields(kind):
        _check_type(field.type, values.get(field.name, field.default))
    return kind(**values)


def _check_type(wanted: object, value: object) -> None:
    """JSON has no schema of its own: a number where a text belongs must not go further."""
    types: dict[object, tuple[type, ...]] = {str: (str,), int: (int,), bool: (bool,), float: (int, float)}
    if wanted in types and (not isinstance(value, types[wanted]) or (wanted is not bool and isinstance(value, bool))):
        raise TypeError(f"{type(value).__name__} instead of {wanted}")
