"""The brush in the panel: tools for the contour, size, disc or ball, limits in HU."""

from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from mo_ossification.action_button import ActionButton
from mo_ossification.edits import FIRST_GATE_HU, LARGEST_MM, SMALLEST_MM, Workbench
from mo_viewer.plugin_host.api import Desk

NUMBER_PX = 50
_MARGINS = (3, 0, 0, 0)
_APART_PX = 10
"""Between size, shape and limits: a tick belongs to the word after it."""
TOOLS = (
    ("Brush", "tool.mo_ossification.tool.brush", "Paint onto the lesion (B)."),
    ("Eraser", "tool.mo_ossification.tool.eraser", "Rub out of the lesion (Shift+B)."),
    ("Push", "tool.mo_ossification.tool.push", "Pull the contour by its line (Ctrl+U)."),
    ("Region", "tool.mo_ossification.tool.region", "Draw round a region (Shift+R)."),
    ("Bone", "tool.mo_ossification.tool.bone", "Show native bone and correct it by a click (Ctrl+B)."),
)
SHAPES = (
    ("Fill", "mo_ossification.command.fill", "Fill holes (Shift+F)."),
    ("Smooth", "mo_ossification.command.smooth", "Smooth the face, keep the volume (Shift+G)."),
    ("Largest", "mo_ossification.command.largest", "Keep the largest part (Shift+I)."),
    ("Specks", "mo_ossification.command.small", "Drop parts below 30 mm³ (Shift+X)."),
    ("Between", "mo_ossification.command.between", "Fill the slices between drawn ones (Ctrl+Shift+F)."),
)


class BrushBox(QWidget):
    """Buttons and numbers for editing the selected contour."""

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        super().__init__()
        self._desk, self._bench = desk, bench
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        for row, named in enumerate((TOOLS, SHAPES)):
            for column, (words, action, tip) in enumerate(named):
                button = ActionButton(desk, words, action, tip)
                button.setStyleSheet("padding: 4px 0;")
                button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                grid.addWidget(button, row, column)
        grid.addLayout(self._numbers(), 2, 0, 1, len(TOOLS))
        self.show_brush()

    def _numbers(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(4)
        self.radius = QDoubleSpinBox()
        self.radius.setRange(SMALLEST_MM, LARGEST_MM)
        self.radius.setDecimals(1)
        self.radius.setSuffix(" mm")
        self.radius.setFixedWidth(NUMBER_PX + 12)
        self.radius.setToolTip("Radius of brush and eraser, reach of the hold ([ and ], Alt and the wheel).")
        self.radius.lineEdit().setTextMargins(*_MARGINS)
        self.radius.setAccessibleName("Radius of the brush")
        self.ball = QCheckBox("3D")
        self.ball.setToolTip("A ball in space instead of a disc on the slice (Ctrl+Shift+B).")
        self.gate = QCheckBox("HU from")
        self.gate.setToolTip("Touch only voxels between two values, HU (Shift+J).")
        self.low, self.high = QSpinBox(), QSpinBox()
        for box, which in ((self.low, "Lowest"), (self.high, "Highest")):
            box.setToolTip(f"{which} value that is touched, HU; counts while HU is ticked.")
            box.setAccessibleName(f"{which} HU")
            box.lineEdit().setTextMargins(*_MARGINS)
            box.setRange(-1024, 4000)
            box.setFixedWidth(NUMBER_PX)
            box.setSingleStep(10)
        self.radius.valueChanged.connect(self._take)
        self.low.valueChanged.connect(self._take)
        self.high.valueChanged.connect(self._take)
        self.ball.toggled.connect(self._take)
        self.gate.toggled.connect(self._take)
        for part in (self.radius, self.ball, self.gate, self.low, QLabel("to"), self.high):
            if part in (self.ball, self.gate):
                line.addSpacing(_APART_PX)
            line.addWidget(part)
        line.addStretch(1)
        return line

    def show_brush(self) -> None:
        """Show what the brush is like now."""
        brush, boxes = self._bench.brush, (self.radius, self.ball, self.gate, self.low, self.high)
        for box in boxes:
            box.blockSignals(True)
        self.radius.setValue(brush.radius_mm)
        self.ball.setChecked(brush.is_ball)
        self.gate.setChecked(brush.gate_hu is not None)
        low, high = brush.gate_hu or FIRST_GATE_HU
        self.low.setValue(int(low))
        self.high.setValue(int(high))
        for box in boxes:
            box.blockSignals(False)
        self.low.setEnabled(brush.gate_hu is not None)
        self.high.setEnabled(brush.gate_hu is not None)

    def _take(self) -> None:
        brush = self._bench.brush
        brush.radius_mm, brush.is_ball = self.radius.value(), self.ball.isChecked()
        low, high = sorted((float(self.low.value()), float(self.high.value())))
        brush.gate_hu = (low, high) if self.gate.isChecked() else None
        self.show_brush()
        self._desk.redraw()
