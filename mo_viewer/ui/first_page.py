"""What stands in the middle while nothing is open: where to drop, what to press, what was open lately."""

from pathlib import Path

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.ui import theme
from mo_viewer.ui.elided_label import ElidedLabel
from mo_viewer.ui.job_line import JobLine
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.plain_text import isolated, plain, tooltip
from mo_viewer.ui.recent import forget, recent_folders

PAGE_PX, _MOST_OF_IT = 520, 1000
NARROW_PX = 420
"""A page with less room than this has the demo patient below the other two, and what a step does below its name."""
_BETWEEN_PX, _LESS_PX = 16, 8
_IN_PLACE_PX, _LESS_IN_PLACE_PX = 34, 10
_AROUND_PX, _LESS_AROUND_PX = 18, 8
_STEPS = (
    ("Demo patient", "Three studies of a made-up thigh to try"),
    ("Wheel, left drag", "Through the slices; brightness and contrast"),
    ("Right drag, middle drag", "Zoom; move. A still right click is the menu"),
    ("Ctrl+K", "All that can be done: type to search"),
    ("F1 or ?", "All keys, and what the mouse does"),
)
LONGEST_NAME = 40


class FirstPage(QWidget):
    """Offers to open a folder, files, the demo patient, or what was open lately.

    The window handles drops; it tells `set_dragging` while something hangs over it.
    """

    open_folder = Signal()
    open_files = Signal()
    open_demo = Signal()
    open_recent = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drop_place = DropPlace()
        self.job = JobLine(jobs)
        keeps = self.job.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.job.setSizePolicy(keeps)
        self.folder = _button("Open folder", "Choose a folder; everything in and below it is read", "primary")
        self.files = _button("Open files", "Choose files or a zip archive", "")
        self.demo = _button("Open demo patient", "Three studies of a made-up thigh with a growing ossification", "")
        self.folder.clicked.connect(self.open_folder)
        self.files.clicked.connect(self.open_files)
        self.demo.clicked.connect(self.open_demo)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(1)
        self.first_steps = FirstSteps()
        self._is_narrow: bool | None = None
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date whenever it is seen."""
        self.refresh()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand below each other what has no room beside each other."""
        super().resizeEvent(event)
        self._arrange(self.width() < NARROW_PX)

    def refresh(self) -> None:
        """Read again what was open lately."""
        while self.recent.count():
            item = self.recent.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.deleteLater()
        paths = recent_folders()
        self.first_steps.setVisible(not paths)
        if paths:
            heading = QLabel("OPENED LATELY")
            heading.setProperty("role", "section")
            self.recent.addWidget(heading)
        for path in paths:
            self.recent.addWidget(self._recent_line(path))

    def set_dragging(self, dragging: bool) -> None:
        """Show that letting go of the mouse will open what hangs over the window."""
        self.drop_place.set_dragging(dragging)

    def _recent_line(self, path: Path) -> QWidget:
        above = ElidedLabel(tone="quiet")
        above.show_text(isolated(plain(str(path.parent))))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._recent_button(path))
        row.addWidget(above, 1)
        return line

    def _recent_button(self, path: Path) -> QPushButton:
        button = QPushButton(_name(path))
        button.setProperty("role", "link")
        button.setProperty("path", str(path))
        button.setToolTip(tooltip(f"{plain(str(path))}\nRight-click: take it off this list"))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.open_recent.emit(path))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda at: self._offer_forgetting(button, path, at))
        return button

    def _offer_forgetting(self, button: QPushButton, path: Path, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Take off this list").triggered.connect(lambda: self._forget(path))
        menu.popup(button.mapToGlobal(at))

    def _forget(self, path: Path) -> None:
        forget(path)
        self.refresh()

    def _lay_out(self) -> None:
        self._buttons = QGridLayout()
        self._buttons.setSpacing(8)
        self._buttons.setColumnStretch(3, 1)
        page = QFrame()
        page.setMaximumWidth(PAGE_PX)
        rows = self._rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.drop_place)
        rows.addLayout(self._buttons)
        rows.addWidget(self.job, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addWidget(self.first_steps)
        rows.addLayout(self.recent)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(page, _MOST_OF_IT)
        across.addStretch(1)
        self._around = QVBoxLayout(self)
        self._around.addStretch(2)
        self._around.addLayout(across)
        self._around.addStretch(3)
        self._arrange(False)
        self.setMinimumWidth(1)

    def _arrange(self, narrow: bool) -> None:
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        self._rows.setSpacing(_LESS_PX if narrow else _BETWEEN_PX)
        self._around.setContentsMargins(*[_LESS_AROUND_PX if narrow else _AROUND_PX] * 4)
        self._buttons.addWidget(self.folder, 0, 0)
        self._buttons.addWidget(self.files, 0, 1)
        self._buttons.addWidget(self.demo, *((1, 0, 1, 2) if narrow else (0, 2, 1, 1)))
        self.drop_place.set_height(_LESS_IN_PLACE_PX if narrow else _IN_PLACE_PX)
        self.first_steps.arrange(narrow)


class FirstSteps(QFrame):
    """What to know before the first picture; shown until something was opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 6, 0, 0)
        self._grid.setHorizontalSpacing(18)
        self._grid.setColumnStretch(1, 1)
        heading = QLabel("FIRST STEPS")
        heading.setProperty("role", "section")
        self._grid.addWidget(heading, 0, 0, 1, 2)
        self._steps = [(QLabel(what), QLabel(does)) for what, does in _STEPS]
        for _, does in self._steps:
            does.setProperty("tone", "quiet")
            does.setWordWrap(True)
        self.arrange(False)

    def arrange(self, narrow: bool) -> None:
        """Have what a step does beside its name, or in a narrow page below it."""
        self._grid.setVerticalSpacing(1 if narrow else 5)
        for n, (what, does) in enumerate(self._steps):
            self._grid.addWidget(what, 1 + 2 * n, 0)
            self._grid.addWidget(does, *((2 + 2 * n, 0, 1, 2) if narrow else (1 + 2 * n, 1, 1, 1)))


class DropPlace(QFrame):
    """A dashed frame with the words where to drop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dragging = False
        self.words = QLabel("Drop a folder, files or a zip here")
        self.words.setProperty("role", "title")
        self.more = QLabel("CT, MR, radiographs, any DICOM. Nothing is copied or changed.")
        self.more.setProperty("tone", "quiet")
        rows = self._rows = QVBoxLayout(self)
        rows.setSpacing(6)
        for label in (self.words, self.more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            rows.addWidget(label)

    def set_height(self, around_px: int) -> None:
        """Leave so much room above and below the words."""
        self._rows.setContentsMargins(20, around_px, 20, around_px)

    def set_dragging(self, dragging: bool) -> None:
        """Change words and frame while something hangs over the window."""
        self._dragging = dragging
        self.words.setText("Let go to open it" if dragging else "Drop a folder, files or a zip here")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dashed frame."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.colours().accent if self._dragging else theme.colours().handle
        painter.setPen(QPen(QColor(colour), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


def _button(text: str, tip: str, role: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    if role:
        button.setProperty("role", role)
    return button


def _name(path: Path) -> str:
    """Return the last part of a path, cut in the middle where it is long; ampersands are no shortcuts."""
    name = plain(path.name or str(path))
    half = LONGEST_NAME // 2
    cut = name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[-half:]}"
    return isolated(cut).replace("&", "&&")
