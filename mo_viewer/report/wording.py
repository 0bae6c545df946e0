"""The words of report and window: those that come with the program, and what a department put in their place."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from mo_viewer.base.faults import Unreadable
from mo_viewer.findings.names import number_of
from mo_viewer.paths import bundled, user_settings

_FILE = "report.toml"
_BY_KEY = ("texts", "measurements", "explained", "grades", "grade_meanings", "glossary", "events")


@dataclass(frozen=True)
class Wording:
    """Sentences by key, names of measurements and events, which rows a lesion's table has, what is not claimed.

    `explained` says in a sentence what a measurement is; `glossary` holds other words and what they mean.
    """

    texts: Mapping[str, str]
    measurements: Mapping[str, str]
    explained: Mapping[str, str]
    grades: Mapping[str, str]
    grade_meanings: Mapping[str, str]
    glossary: Mapping[str, str]
    events: Mapping[str, str]
    rows: tuple[str, ...]
    not_claimed_title: str
    not_claimed: tuple[str, ...]

    def say(self, key: str, **words: object) -> str:
        """Return a sentence with its words filled in."""
        return self.texts[key].format_map({name: str(word) for name, word in words.items()})

    def lesion(self, label: str) -> str:
        """Return what a lesion is called: its number where nobody named it (never Lesion Lesion 1)."""
        return self.say("lesion", label=number_of(label) or label)

    def name(self, concept: str, on_film: bool = False) -> str:
        """Return how a person calls a measurement; a film has no slices."""
        if on_film and f"{concept}_on_film" in self.texts:
            return self.texts[f"{concept}_on_film"]
        return self.measurements.get(concept, concept.replace("_", " "))

    def grade(self, value: str) -> str:
        """Return a grade with its scale: ``grade 2 of 4``."""
        return self.grades.get(value, f"grade {value}")

    def event(self, kind: str) -> str:
        """Return how a person calls what happened."""
        return self.events.get(kind, kind)


def wording() -> Wording:
    """Return the words in force: the department's own where its file has them.

    Raises
    ------
    Unreadable
        When the department's file is no TOML, or asks for a word that the program does not fill in.
    """
    own = user_settings() / "wording" / _FILE
    return made_of(_bundled(), _own(own)) if own.is_file() else bundled_wording()


def bundled_wording() -> Wording:
    """Return the words that come with the program."""
    return made_of(_bundled(), {})


def made_of(bundled_words: Mapping[str, Any], own: Mapping[str, Any]) -> Wording:
    """Return the words of two files, the second one's where it has them."""
    both = {key: {**table, **_table(own.get(key, {}))} for key, table in bundled_words.items()}
    for key, sentence in _table(own.get("texts", {})).items():
        _check(key, sentence, bundled_words["texts"])
    return Wording(
        **{name: {key: str(text) for key, text in both[name].items()} for name in _BY_KEY},
        rows=tuple(str(name) for name in both["rows"]["shown"]),
        not_claimed_title=str(both["not_claimed"]["title"]),
        not_claimed=tuple(str(sentence) for sentence in both["not_claimed"]["sentences"]),
    )


@cache
def _bundled() -> dict[str, Any]:
    return tomllib.loads((bundled("resources") / "wording" / _FILE).read_text(encoding="utf-8"))


def _own(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable("The department's words for the report cannot be read.", detail=repr(error)) from error


def _table(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Unreadable("The department's words for the report cannot be read.", "Each part must be a table.")
    return found


def _check(key: str, sentence: object, known: Mapping[str, str]) -> None:
    """Refuse a sentence that would fail only when somebody needs it."""
    if key not in known:
        raise Unreadable(f"The department's words for the report hold an entry that is not known: {key}.")
    try:
        asked = {name for _, name, _, _ in Formatter().parse(str(sentence)) if name is not None}
    except ValueError as error:
        raise Unreadable(f"The department's words for the report cannot be used: {key}.", detail=repr(error)) from error
    filled = {name for _, name, _, _ in Formatter().parse(known[key]) if name is not None}
    if not asked <= filled:
        missing = ", ".join(sorted(asked - filled))
        raise Unreadable(f"The department's words for the report ask for what is not filled in: {key}, {missing}.")
