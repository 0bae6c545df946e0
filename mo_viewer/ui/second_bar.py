"""The bar on a picture that chooses and sets the series that lies over it."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from mo_viewer.dicom.series import Series
from mo_viewer.ui.colour_tables import COLOUR_TABLES
from mo_viewer.ui.picture_text import foot_px
from mo_viewer.ui.series_words import series_title

if TYPE_CHECKING:
    from mo_viewer.ui.second_series import SecondSeries

_SLIDER_PX, _LEAST_PX, _MOST_PX, _EDGE_PX = 90, 64, 150, 6
_IN_A_ROW = tuple((0, column, 1) for column in range(6))
_IN_THREE_ROWS = ((0, 0, 2), (1, 0, 1), (1, 1, 2), (2, 0, 1), (2, 1, 2), (0, 2, 1))
_COMBO, _WORDS = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField


class _Choice(QComboBox):
    """A choice whose words end in an ellipsis where there is no room for all of them."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it as the style does, with the words that fit."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(_COMBO, option, _WORDS, self).width()
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(_COMBO, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class SecondBar(QFrame):
    """Series, window, colours, opacity, and away with it."""

    def __init__(self, second: "SecondSeries", view: QWidget, listed: Sequence[Series]) -> None:
        super().__init__(view)
        self.setObjectName("picture_bar")
        self._second, self._view, self._listed = second, view, tuple(listed)
        self.series = self._choice("Series that lies over this one")
        for one in self._listed:
            self.series.addItem(f"{one.source.modality} {series_title(one)}")
        self.windows = self._choice("Window of the overlay")
        self.colours = self._choice("Colours of the overlay")
        for name in ("", *COLOUR_TABLES):
            self.colours.addItem(name or "Grey", name)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(_SLIDER_PX)
        self.opacity.setToolTip("How much the overlay hides")
        self.opacity.setAccessibleName("Opacity of the overlay")
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Take the overlay away")
        self.close_bar = QPushButton("×")
        self.close_bar.setProperty("role", "plain")
        self.close_bar.setToolTip("Put the bar away, keep the overlay")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 5, 8, 5)
        for part in self._parts:
            part.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.series.activated.connect(lambda at: second.choose(self._listed[at]))
        self.windows.activated.connect(lambda at: second.set(window=second.windows()[at]))
        self.colours.activated.connect(lambda: second.set(colours=self.colours.currentData()))
        self.opacity.valueChanged.connect(lambda percent: second.set(opacity=percent / 100))
        self.remove.clicked.connect(second.remove)
        self.close_bar.clicked.connect(second.close_bar)
        self.fill()
        self.show()
        view.installEventFilter(self)

    @property
    def _parts(self) -> tuple[QWidget, ...]:
        return (self.series, self.windows, self.colours, self.opacity, self.remove, self.close_bar)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take another place when the picture takes another size."""
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def fill(self) -> None:
        """Show what is set now."""
        now, wanted = self._second.now, self._second.wanted
        keys = [one.key for one in self._listed]
        if wanted is not None and wanted.key in keys:
            self.series.setCurrentIndex(keys.index(wanted.key))
        for part in (self.windows, self.colours, self.opacity):
            part.setEnabled(now is not None)
        if now is not None:
            listed = self._second.windows()
            self.windows.clear()
            self.windows.addItems([one.name for one in listed])
            same = [
                n for n, one in enumerate(listed) if (one.centre, one.width) == (now.window.centre, now.window.width)
            ]
            self.windows.setCurrentIndex(same[0] if same else 0)
            self.colours.setCurrentIndex(self.colours.findData(now.colours))
            self.opacity.blockSignals(True)
            self.opacity.setValue(round(now.opacity * 100))
            self.opacity.blockSignals(False)
        self._settle()

    def _choice(self, what: str) -> QComboBox:
        made = _Choice()
        made.setToolTip(what)
        made.setAccessibleName(what)
        made.setMinimumWidth(_LEAST_PX)
        made.setMaximumWidth(_MOST_PX)
        return made

    def _lay_out(self, places: Sequence[tuple[int, int, int]]) -> None:
        """Put the parts at (row, column, columns spanned)."""
        for part, (row, column, columns) in zip(self._parts, places, strict=True):
            self._grid.removeWidget(part)
            self._grid.addWidget(part, row, column, 1, columns)
        self._grid.activate()

    def _settle(self) -> None:
        """At the foot of the picture, in its middle, above the words there."""
        room = self._view.size()
        self.series.setMaximumWidth(max(_MOST_PX, room.width() // 3))
        self._lay_out(_IN_A_ROW)
        if self.sizeHint().width() > room.width() - 2 * _EDGE_PX:
            self._lay_out(_IN_THREE_ROWS)
        self.resize(min(self.sizeHint().width(), room.width() - 2 * _EDGE_PX), self.sizeHint().height())
        self.move((room.width() - self.width()) // 2, room.height() - self.height() - ceil(foot_px()))
