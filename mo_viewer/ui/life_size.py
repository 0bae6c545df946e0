"""How many pixels a millimetre has on a screen, as the screen says or as the reader has measured it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QScreen
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QVBoxLayout, QWidget

from mo_viewer.volume.volume import Length

if TYPE_CHECKING:
    from mo_viewer.session.settings import Settings
    from mo_viewer.ui.window import Window

_FALLBACK_PX_PER_MM = 96 / 25.4
_SENSIBLE = (0.5, 40.0)
_BAR_MM, _TICK_PX = 100.0, 9
_TRUE = frozenset({Length.PATIENT, Length.CALIBRATED, Length.MAGNIFICATION_CORRECTED})


def px_per_mm_of(screen: QScreen, settings: "Settings") -> float:
    """Return the logical pixels of a millimetre: as measured, else as the screen says, else 96 to the inch."""
    measured = settings.get(_name(screen), 0.0)
    if _SENSIBLE[0] <= measured <= _SENSIBLE[1]:
        return float(measured)
    said = screen.physicalDotsPerInch() / 25.4
    return said if _SENSIBLE[0] <= said <= _SENSIBLE[1] else _FALLBACK_PX_PER_MM


def may_be_life_size(window: "Window") -> bool:
    """Whether the active picture has millimetres that are the patient's, or the reader's own."""
    view = window.pane.view
    shown = view.shown
    return shown is not None and (shown.volume.length in _TRUE or view.scale(shown) is not None)


def show_life_size(window: "Window") -> None:
    """Show the active picture as large as the patient is."""
    view = window.pane.view
    scale = None if view.shown is None else view.scale(view.shown)
    factor = 1.0 if scale is None else scale.factor
    view.zoom_to(px_per_mm_of(window.screen(), window.extras.settings) * factor)


class ScreenRuler(QWidget):
    """A bar that should be 100 mm long, and a field for what a ruler held against it says."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.bar = _Bar()
        self.says = QDoubleSpinBox(minimum=20, maximum=500, decimals=1, singleStep=0.5, suffix=" mm")
        self.says.lineEdit().setTextMargins(5, 0, 0, 0)
        self.says.setToolTip("Hold a ruler against the bar, say how long it is: life size is right on this screen then")
        self.says.setAccessibleName("Length of the bar")
        self.says.setKeyboardTracking(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        said = QLabel("Hold a ruler against this bar and say how long it is on your screen.")
        said.setProperty("tone", "quiet")
        said.setWordWrap(True)
        column.addWidget(self.bar)
        column.addWidget(said)
        column.addWidget(self.says, 0, Qt.AlignmentFlag.AlignLeft)
        self.says.valueChanged.connect(self._take)

    def fill(self) -> None:
        """Draw the bar as long as it should be by what is known of the screen."""
        self.bar.px_per_mm = px_per_mm_of(self._window.screen(), self._window.extras.settings)
        self.bar.update()
        self.says.blockSignals(True)
        self.says.setValue(_BAR_MM)
        self.says.blockSignals(False)

    def _take(self, says_mm: float) -> None:
        scale = self.bar.px_per_mm * _BAR_MM / says_mm
        self._window.extras.keep(_name(self._window.screen()), min(_SENSIBLE[1], max(_SENSIBLE[0], scale)))
        self.fill()


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.px_per_mm = _FALLBACK_PX_PER_MM
        self.setFixedHeight(2 * _TICK_PX + 4)

    def sizeHint(self) -> QSize:
        return QSize(int(_BAR_MM * self.px_per_mm) + 4, 2 * _TICK_PX + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1))
        level, right = self.height() / 2, 1 + _BAR_MM * self.px_per_mm
        painter.drawLine(QPointF(1, level), QPointF(right, level))
        for x in (1.0, right):
            painter.drawLine(QPointF(x, level - _TICK_PX), QPointF(x, level + _TICK_PX))


def _name(screen: QScreen) -> str:
    """Name a screen by what it says of itself and by its size, as two alike have the same pixels."""
    size = screen.size()
    return f"screen.{screen.manufacturer()} {screen.model()} {size.width()}x{size.height()}"
