"""Theme, size, and what is hidden at the start."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QWidget

from mo_viewer.ui.life_size import ScreenRuler
from mo_viewer.ui.magnified import AS_THE_SYSTEM, PERCENTS, SETTING, wanted_percent

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_THEMES = {"dark": "Dark, for the reading room", "light": "Light"}


class LooksPage(QWidget):
    """How the window looks; pictures are always on black."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.theme = QComboBox()
        for name, title in _THEMES.items():
            self.theme.addItem(title, name)
        self.theme.setToolTip("Colours of the window; pictures stay on black")
        self.theme.setAccessibleName("Theme")
        self.large = QComboBox()
        for percent in PERCENTS:
            self.large.addItem("As the system says" if percent == AS_THE_SYSTEM else f"{percent} % of that", percent)
        self.large.setToolTip("Words and buttons, also those on pictures; pictures fill their panes as before")
        self.large.setAccessibleName("Size of words and buttons")
        self.later = QLabel("Counts when the program is started again.")
        self.later.setProperty("tone", "quiet")
        self.names = QCheckBox("Begin with names hidden")
        self.names.setToolTip("Show codes instead of names, IDs and birth dates from the start")
        form = QFormLayout(self)
        form.setHorizontalSpacing(12)
        form.setContentsMargins(8, 16, 8, 8)
        form.setVerticalSpacing(10)
        form.addRow("Theme", self.theme)
        form.addRow("Size", self.large)
        form.addRow("", self.later)
        form.addRow("", self.names)
        self.ruler = ScreenRuler(window)
        form.addRow("Life size", self.ruler)
        note = QLabel("The size and the place of the window and its sides are remembered when it is closed.")
        note.setWordWrap(True)
        note.setProperty("tone", "quiet")
        form.addRow(note)
        self.theme.activated.connect(lambda _: window.extras.use_theme(self.theme.currentData()))
        self.large.activated.connect(lambda _: self._keep_size())
        self.names.clicked.connect(lambda on: window.extras.keep("names_hidden", on or None))

    def fill(self) -> None:
        """Show what is set now."""
        settings = self._window.extras.settings
        self.theme.setCurrentIndex(self.theme.findData(settings.get("theme", "dark")))
        self.large.setCurrentIndex(self.large.findData(wanted_percent(settings)))
        self.names.setChecked(settings.get("names_hidden", False))
        self.ruler.fill()

    def _keep_size(self) -> None:
        percent = self.large.currentData()
        self._window.extras.keep(SETTING, None if percent == AS_THE_SYSTEM else percent)
