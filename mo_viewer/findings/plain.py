"""Findings as JSON and blobs, and back, without loss.

Dataclasses become objects by their field names; arrays become blobs named by their content. What is absent on
reading takes the field's default, so that older findings open in newer versions.
"""

import hashlib
import json
import types
import zlib
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.volume.arrays import AnyArray, frozen

Made = TypeVar("Made")
_BLOB = "blob"


def to_plain(thing: object, blobs: dict[str, bytes]) -> Any:
    """Return JSON-ready data; arrays are put into `blobs` under the SHA-256 of their packed form."""
    if isinstance(thing, np.ndarray):
        packed = pack(thing)
        name = hashlib.sha256(packed).hexdigest()
        blobs[name] = packed
        return {_BLOB: name}
    if is_dataclass(thing) and not isinstance(thing, type):
        return {f.name: to_plain(getattr(thing, f.name), blobs) for f in fields(thing)}
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, tuple | list):
        return [to_plain(item, blobs) for item in thing]
    if isinstance(thing, np.generic):
        return thing.item()
    if thing is None or isinstance(thing, str | int | float | bool):
        return thing
    raise TypeError(f"no plain form for {type(thing).__name__}")


def from_plain(kind: type[Made], plain: Any, blobs: dict[str, bytes]) -> Made:
    """Return the object of a dataclass type that `to_plain` took apart.

    Raises
    ------
    Unreadable
        When the data do not fit the type or a blob is missing or damaged.
    """
    try:
        made = _read(kind, plain, blobs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable("Stored findings cannot be read.", detail=repr(error)) from error
    if not isinstance(made, kind):
        raise Unreadable("Stored findings cannot be read.", detail=f"not a {kind.__name__}")
    return made


def pack(array: AnyArray) -> bytes:
    """Return an array as bytes: a line of JSON (type, shape), then the deflated content; bits for booleans."""
    is_bool = array.dtype == np.bool_
    content = np.packbits(array) if is_bool else np.ascontiguousarray(array)
    head = json.dumps({"type": array.dtype.str, "shape": list(array.shape)})
    return head.encode() + b"\n" + zlib.compress(content.tobytes(), 6)


def unpack(packed: bytes) -> AnyArray:
    """Return the array that `pack` packed, read-only. Sizes are checked before anything is allocated."""
    head, _, body = packed.partition(b"\n")
    said = json.loads(head)
    kind, shape = np.dtype(said["type"]), tuple(int(n) for n in said["shape"])
    if kind.hasobject or any(n < 0 for n in shape):
        raise ValueError("not an array of numbers")
    count = int(np.prod(shape, dtype=np.int64))
    size = (count + 7) // 8 if kind == np.bool_ else count * kind.itemsize
    content = zlib.decompressobj().decompress(body, size + 1)
    if len(content) != size:
        raise ValueError("an array has not the length that it claims")
    if kind == np.bool_:
        return frozen(np.unpackbits(np.frombuffer(content, np.uint8), count=count).astype(bool).reshape(shape))
    return frozen(np.frombuffer(content, kind).reshape(shape))


def _read(kind: Any, plain: Any, blobs: dict[str, bytes]) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if plain is None else _read(options[0], plain, blobs)
    if isinstance(plain, dict) and set(plain) == {_BLOB}:
        packed = blobs[plain[_BLOB]]
        if hashlib.sha256(packed).hexdigest() != plain[_BLOB]:
            raise ValueError("a blob has not the content of its name")
        return unpack(packed)
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_read(inner[0], item, blobs) for item in plain)
        return tuple(_read(one, item, blobs) for one, item in zip(inner, plain, strict=True))
    if is_dataclass(kind):
        make: Any = kind
        return make(**{f.name: _read(hint, plain[f.name], blobs) for f, hint in _entries(make) if _given(f, plain)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    if kind is float:
        return float(plain)
    if not isinstance(plain, kind):
        raise TypeError(f"{plain!r} is not {kind}")
    return plain


@cache
def _entries(kind: Any) -> tuple[tuple[Field[Any], Any], ...]:
    """The fields of a dataclass, each with its type; working the types out takes longer than reading one object."""
    hints = get_type_hints(kind)
    return tuple((f, hints[f.name]) for f in fields(kind))


def _given(entry: Field[Any], plain: Any) -> bool:
    if entry.name in plain:
        return True
    if entry.default is MISSING and entry.default_factory is MISSING:
        raise KeyError(entry.name)
    return False
