import re

import api_signatures
import pytest

from mo_viewer.paths import bundled
from mo_viewer.plugin_host.api import API_VERSION

STEP = (
    "Step API_VERSION (minor: something was added; major: something else), record it, and say so in plugins/README.md."
)


def broken(old: list[str], new: list[str]) -> list[str]:
    """What an older version promised and is not there any more."""
    return [line for line in old if line not in new]


def test_the_api_is_the_recorded_one_of_its_version() -> None:
    assert api_signatures.recorded(API_VERSION).is_file(), STEP
    assert api_signatures.signatures() == api_signatures.recorded(API_VERSION).read_text("utf-8").splitlines(), STEP


def test_every_recorded_version_of_this_major_is_still_kept() -> None:
    major = API_VERSION.split(".")[0]
    for path in api_signatures.HERE.glob(f"api_{major}_*.txt"):
        assert broken(path.read_text("utf-8").splitlines(), api_signatures.signatures()) == [], path.name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def say(self, text: str, tone: Tone", "def speak(self, text: str, tone: Tone"),
        ("def save(self, name: str, content: bytes)", "def save(self, name: str, content: str)"),
        ('"writes-findings", "writes-files"', '"writes-files"'),
        ("class Tool:", "class Instrument:"),
        ("    dashed: bool = False\n", ""),
    ],
)
def test_a_break_is_seen(old: str, new: str) -> None:
    sources = tuple(path.read_text("utf-8") for path in api_signatures.SOURCES)
    changed = tuple(text.replace(old, new) for text in sources)
    assert changed != sources
    assert broken(api_signatures.signatures(), api_signatures.signatures(changed))


def test_an_addition_breaks_nothing_and_still_asks_for_a_step() -> None:
    sources = tuple(path.read_text("utf-8") for path in api_signatures.SOURCES)
    more = "class Tool:\n    def hover(self, pointer: Pointer) -> None: ..."
    changed = tuple(text.replace("class Tool:", more) for text in sources)
    assert broken(api_signatures.signatures(), api_signatures.signatures(changed)) == []
    assert api_signatures.signatures() != api_signatures.signatures(changed)


def test_the_guide_has_a_changelog_of_this_version() -> None:
    guide = (bundled("plugins") / "README.md").read_text("utf-8")
    assert re.search(rf"^### {re.escape(API_VERSION)}\b", guide, re.MULTILINE)
