"""What the buttons and the wheel do."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from mo_viewer.ui.mouse import MEANINGS

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_PARTS = {"left": "Left button", "middle": "Middle button", "right": "Right button", "wheel": "Wheel"}
_OF_WHEEL = ("scroll", "zoom")


class MousePage(QWidget):
    """One choice for each part of the mouse."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.choices: dict[str, QComboBox] = {}
        form = QFormLayout(self)
        form.setHorizontalSpacing(12)
        form.setContentsMargins(8, 16, 8, 8)
        form.setVerticalSpacing(10)
        for part, title in _PARTS.items():
            choice = QComboBox()
            for meaning in MEANINGS if part != "wheel" else _OF_WHEEL:
                choice.addItem(MEANINGS[meaning], meaning)
            choice.setAccessibleName(title)
            choice.setToolTip(f"What the {title.lower()} does")
            choice.activated.connect(lambda _, part=part: self._set(part))
            self.choices[part] = choice
            form.addRow(title, choice)
        note = QLabel(
            "The left button does this while no other tool is chosen. A still right click always opens the menu. "
            "Ctrl makes it finer, Shift coarser; the wheel with Ctrl does the other of its two."
        )
        note.setWordWrap(True)
        note.setProperty("tone", "quiet")
        form.addRow(note)

    def fill(self) -> None:
        """Show what is set now."""
        for part, choice in self.choices.items():
            choice.setCurrentIndex(choice.findData(self._window.extras.mouse.of(part)))

    def _set(self, part: str) -> None:
        self._window.extras.mouse.set(part, self.choices[part].currentData())
