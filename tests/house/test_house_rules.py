"""The rules of the house, run as the tools run them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SOURCES = [p for top in ("mo_viewer", "plugins", "tests") for p in (ROOT / top).rglob("*.py")]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports",)],
    ids=" ".join,
)
def test_the_tools_find_nothing(command: tuple[str, ...]) -> None:
    done = run(str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_400_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_the_window_stays_below_300_lines() -> None:
    assert len((ROOT / "mo_viewer/ui/window.py").read_text("utf-8").splitlines()) < 300


def test_plugins_import_only_the_engine_and_the_plugin_api() -> None:
    allowed_rooms = ("base", "volume", "findings", "dicom", "segment", "measure", "track", "report", "phantom")
    wrong = []
    for path in (ROOT / "plugins").rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"]) and words[1].startswith("mo_viewer"):
                room = words[1].split(".")[1] if "." in words[1] else words[3]
                if room not in allowed_rooms and not words[1].startswith("mo_viewer.plugin_host.api"):
                    wrong.append(f"{path.name}: {line}")
    assert wrong == []


def test_the_engine_does_not_know_the_disease_by_name() -> None:
    named = [
        str(p.relative_to(ROOT))
        for p in (ROOT / "mo_viewer").rglob("*.py")
        if "myositis" in p.read_text("utf-8").lower()
    ]
    assert named == []


def test_heavy_libraries_are_not_imported_with_the_program() -> None:
    code = (
        "import sys; import mo_viewer.__main__, mo_viewer.plugin_host.reading, mo_viewer.session.session;"
        "heavy = {'SimpleITK', 'scipy', 'skimage', 'highdicom', 'pydicom', 'pyqtgraph', 'imagecodecs', 'PySide6'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_command_reads_no_other_command() -> None:
    code = (
        "import sys; from mo_viewer.cli import run; code = run(['open', '/']);"
        "read = {name for name in sys.modules if name.startswith('mo_viewer.cli.')};"
        "print(code, sorted(read), 'numpy' in sys.modules)"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.strip() == (
        "2 ['mo_viewer.cli.display', 'mo_viewer.cli.open_window', 'mo_viewer.cli.output'] False"
    ), done.stdout + done.stderr


def test_nothing_tracked_names_a_registry_or_a_machine() -> None:
    tracked = run("git", "ls-files").stdout.split() or [str(p.relative_to(ROOT)) for p in SOURCES]
    registry = "/".join(["", "simple", ""])
    found = []
    for name in tracked:
        path = ROOT / name
        if path.suffix in (".png", ".ttf", ".dcm") or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        if registry in text or "index" + "-url" in text or "files." + "pythonhosted" in text:
            found.append(name)
    assert found == []
