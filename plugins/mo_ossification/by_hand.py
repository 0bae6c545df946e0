"""The tools for the contour under a heading that folds them away."""

from functools import cached_property

from PySide6.QtWidgets import QPushButton, QWidget

from mo_ossification.brush_box import BrushBox
from mo_ossification.edits import Workbench
from mo_ossification.frame import column_of
from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.api import Desk

TITLE = "CONTOUR BY HAND"
REMEMBERED, OPEN, FOLDED = "contour_by_hand.txt", b"open", b"folded"


class ByHand(QWidget):
    """Folded until the reader opens it, so that the numbers stand without scrolling; stays as it was left."""

    def __init__(self, desk: Desk, bench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._desk, self._bench = desk, bench
        self._column = column_of(self)
        self.fold = QPushButton()
        self.fold.setProperty("role", "fold")
        self.fold.setStyleSheet("border-top: none; padding: 8px 0 2px 0;")
        self.fold.setCheckable(True)
        self.fold.setChecked(_was_open(desk))
        self.fold.setToolTip("Outline a lesion, Brush, Eraser and other tools for the contour: show or hide them here.")
        self.fold.clicked.connect(self._turn)
        self._column.addWidget(self.fold)
        self._show()

    @cached_property
    def brush(self) -> BrushBox:
        """Buttons and numbers; made when they are first unfolded."""
        made = BrushBox(self._desk, self._bench)
        self._bench.changed = made.show_brush
        self._column.addWidget(made)
        return made

    def refresh(self) -> None:
        """Grey what cannot be used on the image that is shown."""
        if "brush" in self.__dict__:
            self.brush.show_brush()

    def _turn(self, is_open: bool) -> None:
        self._show()
        try:
            self._desk.keep(REMEMBERED, OPEN if is_open else FOLDED)
        except (Fault, OSError):
            return

    def _show(self) -> None:
        is_open = self.fold.isChecked()
        self.fold.setText(f"{'▾' if is_open else '▸'}  {TITLE}")
        if is_open or "brush" in self.__dict__:
            self.brush.setVisible(is_open)


def _was_open(desk: Desk) -> bool:
    try:
        return (desk.data_folder / REMEMBERED).read_bytes() == OPEN
    except OSError:
        return False
