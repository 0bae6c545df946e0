"""What the words of panels and reports mean, on one searchable sheet."""

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QTextBrowser, QVBoxLayout

from mo_viewer.base.faults import Unreadable
from mo_viewer.report.wording import bundled_wording, wording
from mo_viewer.ui.screen_room import resize_within

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class Glossary(QDialog):
    """Lists words with what they mean; type to search in both."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self.setWindowTitle("Words used here")
        self.search = QLineEdit(placeholderText="Which word?", clearButtonEnabled=True)
        self.search.setAccessibleName("Search words")
        self.page = QTextBrowser()
        self.page.setAccessibleName("Words and what they mean")
        close = QPushButton("Close")
        close.setToolTip("Close (Esc)")
        close.clicked.connect(self.close)
        below = QHBoxLayout()
        below.addStretch(1)
        below.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.addWidget(self.search)
        rows.addWidget(self.page, 1)
        rows.addLayout(below)
        self.search.textChanged.connect(self.fill)
        self._entries: list[tuple[str, str]] = []
        resize_within(self, 600, 640)

    def open_sheet(self) -> None:
        """Show it with all words as they are now."""
        self._entries = entries()
        self.search.clear()
        self.fill()
        self.show()
        self.raise_()
        self.search.setFocus()

    def fill(self) -> None:
        """List what matches the search, words before explanations."""
        terms = self.search.text().casefold().split()
        found = [one for one in self._entries if all(term in " ".join(one).casefold() for term in terms)]
        found.sort(key=lambda one: not all(term in one[0].casefold() for term in terms))
        parts = [f"<p><b>{escape(word)}</b><br>{escape(meaning)}</p>" for word, meaning in found]
        self.page.setHtml("".join(parts) or "<p>Nothing here matches. Try part of the word.</p>")


def entries() -> list[tuple[str, str]]:
    """Return words and what they mean, from A to Z: those of the department where it has its own."""
    try:
        words = wording()
    except Unreadable:
        words = bundled_wording()
    measured = [(words.name(concept), sentence) for concept, sentence in words.explained.items()]
    return sorted([*words.glossary.items(), *measured], key=lambda one: one[0].casefold())
