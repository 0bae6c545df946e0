"""The brush in the panel: tools for the contour, size, disc or ball, limits in HU."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mo_ossification.action_button import ActionButton
from mo_ossification.edits import FIRST_GATE_HU, LARGEST_MM, SMALLEST_MM, Workbench
from mo_ossification.flow import Flow, kept_together
from mo_viewer.plugin_host.api import Desk

NUMBER_PX = 50
_MARGINS = (3, 0, 0, 0)
_GAP_PX, _APART_PX = 4, 14
"""Between parts of size, shape or limits, and between these: a tick belongs to the word after it."""
IN_A_ROW, LEAST_PX, LONGEST = 4, 80, 12
"""So many buttons stand beside each other, or one less where each would be narrower than this; more letters take the
room of two."""
GATE = "mo_ossification.command.brush_gate"
GATE_TIP = "Brush and eraser change only voxels between these two densities, HU (Shift+J)."
TOOLS = (
    ("Outline a lesion", "tool.mo_ossification.tool.region",
     "Makes a lesion of what you outline by hand on a slice or radiograph, calcified or not (Shift+R)."),
    ("Brush", "tool.mo_ossification.tool.brush",
     "Adds to the contour what is painted, within the radius below, mm (B)."),
    ("Eraser", "tool.mo_ossification.tool.eraser",
     "Takes from the contour what is painted, within the radius below, mm (Shift+B)."),
    ("Reshape", "tool.mo_ossification.tool.push",
     "Pulls the contour outwards or pushes it inwards by its line, as wide as the radius below, mm (Ctrl+U)."),
    ("Native bone", "tool.mo_ossification.tool.bone",
     "Shows what counts as skeleton, which lesions leave out; a click takes a part of it out or in (Ctrl+B)."),
    ("Fill holes", "mo_ossification.command.fill",
     "Takes holes that the contour encloses into it, in space and in each slice (Shift+F)."),
    ("Smooth", "mo_ossification.command.smooth",
     "Evens out the surface of the contour; its volume stays (Shift+G)."),
    ("Interpolate", "mo_ossification.command.between",
     "Makes the contour in the slices between those that were drawn on (Ctrl+Shift+F)."),
    ("Keep largest", "mo_ossification.command.largest",
     "Keeps the largest connected part of the contour and drops the others (Shift+I)."),
    ("Drop small", "mo_ossification.command.small",
     "Drops the parts of the contour that are smaller than 0.03 cm³; refused when all are (Shift+X)."),
)  # fmt: skip


class BrushBox(QWidget):
    """Buttons and numbers for editing the selected contour."""

    def __init__(self, desk: Desk, bench: Workbench) -> None:
        super().__init__()
        self._desk, self._bench = desk, bench
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(_GAP_PX)
        self._in_a_row, self._grid = 0, QGridLayout()
        self._column.addLayout(self._grid)
        self._grid.setSpacing(_GAP_PX)
        self._buttons = [self._button(*tool) for tool in TOOLS]
        self._place(IN_A_ROW)
        self._column.addLayout(self._numbers())
        self.show_brush()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have fewer buttons beside each other where their words would be cut."""
        super().resizeEvent(event)
        self._place(IN_A_ROW if self.width() >= IN_A_ROW * (LEAST_PX + _GAP_PX) - _GAP_PX else IN_A_ROW - 1)

    def _button(self, words: str, action: str, tip: str) -> ActionButton:
        button = ActionButton(self._desk, words, action, tip)
        button.setStyleSheet("padding: 4px 0;")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return button

    def _place(self, in_a_row: int) -> None:
        if in_a_row == self._in_a_row:
            return
        self._in_a_row = in_a_row
        at = 0
        for button in self._buttons:
            cells = 1 if len(button.text()) <= LONGEST else 2
            self._grid.addWidget(button, at // in_a_row, at % in_a_row, 1, cells)
            at += cells
        for column in range(IN_A_ROW):
            self._grid.setColumnStretch(column, int(column < in_a_row))

    def _numbers(self) -> Flow:
        self.radius = QDoubleSpinBox()
        self.radius.setRange(SMALLEST_MM, LARGEST_MM)
        self.radius.setDecimals(1)
        self.radius.setSuffix(" mm")
        self.radius.setFixedWidth(NUMBER_PX + 12)
        self.radius.setToolTip(
            "Radius of brush and eraser, and how wide Reshape takes hold, mm ([ and ], Alt and the wheel)."
        )
        self.radius.lineEdit().setTextMargins(*_MARGINS)
        self.radius.setAccessibleName("Radius of the brush")
        self.ball = QCheckBox("3D")
        self.ball.setToolTip("The brush is a sphere through several slices instead of a disc on one (Ctrl+Shift+B).")
        self.gate = QCheckBox("HU from")
        self.low, self.high = QSpinBox(), QSpinBox()
        for box, which in ((self.low, "Lowest"), (self.high, "Highest")):
            box.setToolTip(f"{which} density that brush and eraser change, HU; counts while HU from is ticked.")
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
        line = Flow(_APART_PX)
        line.addWidget(self.radius)
        line.addWidget(self.ball)
        line.addWidget(kept_together(self.gate, self.low, QLabel("to"), self.high, gap_px=_GAP_PX))
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
        reason = self._desk.why_not(GATE)
        self.gate.setEnabled(not reason)
        self.gate.setToolTip(f"{GATE_TIP}\n{reason}".rstrip())
        for box in (self.low, self.high):
            box.setEnabled(brush.gate_hu is not None and not reason)

    def _take(self) -> None:
        brush = self._bench.brush
        brush.radius_mm, brush.is_ball = self.radius.value(), self.ball.isChecked()
        low, high = sorted((float(self.low.value()), float(self.high.value())))
        brush.gate_hu = (low, high) if self.gate.isChecked() else None
        self.show_brush()
        self._desk.redraw()
