"""The panel of candidates: calcifications that the search found, each with its picture; one key marks or dismisses."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mo_ossification.candidates import PICTURE_PIXELS, CandidateList, Pictured
from mo_ossification.edits import Workbench
from mo_ossification.frame import unbroken
from mo_viewer.base.units import SHOWN, in_shown_units, shown
from mo_viewer.plugin_host.api import Desk, PluginChange
from mo_viewer.segment.candidate_rules import CALCIFICATION

VOXELS = "Calcified voxels are those well above muscle; a marked lesion has its own volume, with what it encloses."
ACCEPT, DISMISS = (Qt.Key.Key_Return, Qt.Key.Key_Enter), (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class CandidatePanel(QWidget):
    """A list of what may be calcified soft tissue in the image of the active pane, most likely first."""

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        super().__init__()
        self._desk = desk
        self._shown: tuple[Pictured, ...] = ()
        self.known = CandidateList(desk, bench, self._show)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        self.accept, self.dismiss, self.restore, self.more = (QPushButton() for _ in range(4))
        self.state = QLabel()
        self.state.setObjectName("notice_quiet")
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setWordWrap(True)
        self.list = _Rows(self._accept, self._dismiss)
        self.list.currentRowChanged.connect(self._go_to)
        column.addWidget(self.state)
        column.addWidget(self.list, 1)
        column.addLayout(self._buttons())
        self._stop = desk.listen(self._refresh)
        self.destroyed.connect(self._stop)
        self._refresh(PluginChange("image"))

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        named = (
            ("Mark", "Mark and measure the chosen candidate (Enter).", self._accept),
            ("Dismiss", "Take the chosen candidate off the list for good (Del).", self._dismiss),
            ("Restore", "Put dismissed candidates of this series back.", self.known.restore),
        )
        for (text, tip, act), button in zip(named, (self.accept, self.dismiss, self.restore), strict=True):
            button.setText(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, act=act: act())
            row.addWidget(button)
        self.more.setCheckable(True)
        self.more.setToolTip("Show what the search rejected, with the reason.")
        self.more.toggled.connect(self._show)
        row.addWidget(self.more)
        row.addStretch(1)
        return row

    def _refresh(self, change: PluginChange) -> None:
        if change.what == "image":
            self.known.look()
        if change.what != "selection":
            self._show()

    def _show(self, _: bool = False) -> None:
        self._shown = self.known.open() + (self.known.rejected() if self.more.isChecked() else ())
        row = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._shown:
            self.list.addItem(_item(one))
        self.list.setCurrentRow(min(row, len(self._shown) - 1))
        self.list.blockSignals(False)
        self.state.setText(self._state())
        rejected = len(self.known.rejected())
        self._enable()
        self.restore.setEnabled(bool(self.known.dismissed()))
        self.more.setText(f"Rejected ({rejected})")
        self.more.setEnabled(rejected > 0)

    def _state(self) -> str:
        if self.known.volume is None:
            return "A search needs a CT in Hounsfield units with several slices."
        if self.known.searching:
            return "Searching for calcifications…"
        dismissed = self.known.dismissed()
        more = f" {dismissed} dismissed." if dismissed else ""
        left = len(self.known.open())
        if not left:
            return f"No calcification of soft tissue is left to look at.{more}"
        return f"{left} to look at: Enter marks, Del dismisses.{more}"

    def _chosen(self) -> Pictured | None:
        row = self.list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _enable(self) -> None:
        for button in (self.accept, self.dismiss):
            button.setEnabled(self._chosen() is not None)

    def _go_to(self, _: int) -> None:
        self._enable()
        one = self._chosen()
        if one is not None:
            self._desk.show_point(one.candidate.at_mm)

    def _accept(self) -> None:
        one = self._chosen()
        if one is not None:
            self.known.accept(one.candidate)

    def _dismiss(self) -> None:
        one = self._chosen()
        if one is not None:
            self.known.dismiss(one.candidate)


class _Rows(QListWidget):
    """A list whose own keys come before the window's."""

    def __init__(self, accept: Callable[[], None], dismiss: Callable[[], None]) -> None:
        super().__init__()
        self._accept, self._dismiss = accept, dismiss
        self.setIconSize(QSize(PICTURE_PIXELS, PICTURE_PIXELS))
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that mark and dismiss."""
        mine = isinstance(event, QKeyEvent) and event.key() in (*ACCEPT, *DISMISS)
        if event.type() == QEvent.Type.ShortcutOverride and mine:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark or dismiss the chosen row."""
        if event.key() in ACCEPT:
            self._accept()
        elif event.key() in DISMISS:
            self._dismiss()
        else:
            super().keyPressEvent(event)


def _item(one: Pictured) -> QListWidgetItem:
    height, width = one.picture.shape
    image = QImage(one.picture.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    c = one.candidate
    size = f"{shown(c.volume_mm3, 'mm3')} {SHOWN['mm3']}"
    first = f"{size} of calcified voxels, up to {c.peak_hu:.0f} HU"
    words = first if c.kind == CALCIFICATION else f"{c.kind.replace('_', ' ')}, {first}"
    item = QListWidgetItem(QIcon(QPixmap.fromImage(image)), unbroken(f"{words}\n{in_shown_units(c.why)}"))
    item.setToolTip(f"{VOXELS}\nScore {c.score:.2f}. Enter marks it, Del dismisses it.")
    return item
