"""What stands in the middle while nothing is open: where to drop, what to press, what was open lately."""

from pathlib import Path

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QShowEvent
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
_STEPS = (
    ("Demo patient", "Three studies of a made-up thigh, to try things on"),
    ("Wheel, left drag", "Through the slices; brightness and contrast"),
    ("Right drag, middle drag", "Zoom; move. A still right click is the menu"),
    ("Ctrl+K", "Everything that can be done: type to search"),
    ("?", "All keys, and what the mouse does"),
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
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date whenever it is seen."""
        self.refresh()
        super().showEvent(event)

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
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.folder, self.files, self.demo):
            buttons.addWidget(button)
        buttons.addStretch(1)
        page = QFrame()
        page.setMaximumWidth(PAGE_PX)
        rows = QVBoxLayout(page)
        rows.setSpacing(16)
        rows.addWidget(self.drop_place)
        rows.addLayout(buttons)
        rows.addWidget(self.job, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addWidget(self.first_steps)
        rows.addLayout(self.recent)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(page, _MOST_OF_IT)
        across.addStretch(1)
        around = QVBoxLayout(self)
        around.addStretch(2)
        around.addLayout(across)
        around.addStretch(3)
        self.setMinimumWidth(1)


class FirstSteps(QFrame):
    """What to know before the first picture; shown until something was opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 6, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        heading = QLabel("FIRST STEPS")
        heading.setProperty("role", "section")
        grid.addWidget(heading, 0, 0, 1, 2)
        for at, (what, does) in enumerate(_STEPS, 1):
            left, right = QLabel(what), QLabel(does)
            right.setProperty("tone", "quiet")
            right.setWordWrap(True)
            grid.addWidget(left, at, 0)
            grid.addWidget(right, at, 1)


class DropPlace(QFrame):
    """A dashed frame with the words where to drop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dragging = False
        self.words = QLabel("Drop a folder, files or a zip here")
        self.words.setProperty("role", "title")
        self.more = QLabel("CT, MR, radiographs, any DICOM. Nothing is copied or changed.")
        self.more.setProperty("tone", "quiet")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(20, 34, 20, 34)
        rows.setSpacing(6)
        for label in (self.words, self.more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            rows.addWidget(label)

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
