"""What a plugin's sources import, without importing them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("base", "volume", "findings", "dicom", "segment", "measure", "track", "report", "phantom")
QT = ("PySide6", "pyqtgraph", "PyQt5", "PyQt6")
API = ("mo_viewer.plugin_host.api", "mo_viewer.plugin_host.data")


def forbidden_imports(folder: Path) -> list[str]:
    """Return ``file:line: import`` of every import that a plugin may not have.

    A plugin may import the engine and the plugin API of the viewer, libraries, and itself; no other plugin.
    """
    wrong = []
    for path, tree in _trees(folder):
        is_test = "test" in path.relative_to(folder).as_posix()
        for line, name in _imports(tree):
            if not is_test and not _is_allowed(name, folder.name):
                wrong.append(f"{path.relative_to(folder)}:{line}: {name}")
    return wrong


def broken_sources(folder: Path) -> list[str]:
    """Return the files that are no Python."""
    return [f"{path.relative_to(folder)}: {tree}" for path, tree in _trees(folder) if isinstance(tree, str)]


def qt_modules() -> frozenset[str]:
    """Return which libraries of widgets are imported now."""
    return frozenset(QT) & frozenset(sys.modules)


def qt_brought(folder: Path, before: frozenset[str]) -> list[str]:
    """Return the libraries of widgets that were imported since, with the lines at the top of files that do so."""
    brought = qt_modules() - before
    lines = [
        f"{path.relative_to(folder)}:{node.lineno}"
        for path, tree in _trees(folder)
        for node in (tree.body if isinstance(tree, ast.Module) else ())
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(name.split(".")[0] in brought for _, name in _imports(node))
    ]
    where = f" (at module level: {', '.join(lines)})" if lines else ""
    return [f"{name} is imported{where}" for name in sorted(brought)]


def _is_allowed(name: str, own: str) -> bool:
    parts = name.split(".")
    if parts[0] == "mo_viewer":
        return len(parts) > 1 and (parts[1] in ROOMS or any(f"{name}.".startswith(f"{api}.") for api in API))
    return parts[0] == own or not parts[0].startswith(("mo_", "hu_"))


def _imports(tree: ast.AST | str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree) if isinstance(tree, ast.AST) else ():
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = node.module in ("mo_viewer", "mo_viewer.plugin_host")
            names = [f"{node.module}.{alias.name}" for alias in node.names] if whole else [node.module]
            yield from ((node.lineno, name) for name in names)


def _trees(folder: Path) -> Iterator[tuple[Path, ast.AST | str]]:
    for path in sorted(folder.rglob("*.py")):
        try:
            yield path, ast.parse(path.read_text("utf-8"), str(path))
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            yield path, repr(error)
