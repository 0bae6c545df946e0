"""Who reads: the name and organisation under reports."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QWidget

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_SETTINGS = ("reader", "organisation")


class ReaderPage(QWidget):
    """Two lines of text, kept when they are left."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.name, self.organisation = QLineEdit(), QLineEdit()
        self.name.setAccessibleName("Your name")
        self.organisation.setAccessibleName("Organisation")
        form = QFormLayout(self)
        form.setHorizontalSpacing(12)
        form.setContentsMargins(8, 16, 8, 8)
        form.setVerticalSpacing(10)
        form.addRow("Your name", self.name)
        form.addRow("Organisation", self.organisation)
        note = QLabel("They stand in reports: as who reads, and, once findings are signed, as who answers for them.")
        note.setWordWrap(True)
        note.setProperty("tone", "quiet")
        form.addRow(note)
        self.name.editingFinished.connect(self._keep)
        self.organisation.editingFinished.connect(self._keep)

    def fill(self) -> None:
        """Show what is set now."""
        for setting, field in zip(_SETTINGS, (self.name, self.organisation), strict=True):
            field.setText(self._window.extras.settings.get(setting, ""))

    def _keep(self) -> None:
        for setting, field in zip(_SETTINGS, (self.name, self.organisation), strict=True):
            self._window.extras.keep(setting, field.text().strip() or None)
