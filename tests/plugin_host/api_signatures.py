"""The plugin API in lines of text, as its sources say it: what the recorded copies beside this file hold.

After a step of `API_VERSION`, record the new version with ``python tests/plugin_host/api_signatures.py``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from mo_viewer.plugin_host import api, data

HERE = Path(__file__).resolve().parent
SOURCES = tuple(Path(module.__file__ or "") for module in (data, api))


def signatures(sources: tuple[str, ...] | None = None) -> list[str]:
    """One line for each public name, method, property and field."""
    texts = sources or tuple(path.read_text("utf-8") for path in SOURCES)
    return sorted(line for text in texts for node in ast.parse(text).body for line in _lines(node))


def recorded(version: str) -> Path:
    """Where a version's signatures are kept."""
    return HERE / f"api_{version.replace('.', '_')}.txt"


def _lines(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        if name in api.__all__ and name != "API_VERSION":
            yield ast.unparse(node)
    elif isinstance(node, ast.ClassDef) and node.name in api.__all__:
        yield f"class {node.name}"
        for inner in node.body:
            yield from (f"{node.name}.{line}" for line in _member(inner))


def _member(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign):
        yield ast.unparse(node)
    elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
        marks = "".join(f"@{ast.unparse(mark)} " for mark in node.decorator_list)
        returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
        yield f"{node.name}({ast.unparse(node.args)}){returns} {marks}".rstrip()


if __name__ == "__main__":
    recorded(api.API_VERSION).write_text("\n".join(signatures()) + "\n", "utf-8")
