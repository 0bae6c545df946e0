"""The window of surfaces: made in the background from the study that is shown, turned, saved as a picture."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.lesion import Lesion
from mo_viewer.ui.file_dialogs import picture_name, save_picture
from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.screen_room import resize_within
from mo_viewer.ui.solid.view import SIDES, SolidView
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.shading import Solid
from mo_viewer.volume.volume import Volume

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

DENSE = "Bone"
DENSE_HU, NEAR_MM, WHOLE_MM = 200.0, 45.0, 110.0
_DENSE_COLOUR, _DENSE_OPACITY = (0.9, 0.86, 0.78), 0.6
_DENSE_TIP = f"All that is denser than {DENSE_HU:.0f} HU near the lesions, these left out"
Made = tuple[tuple[Solid, ...], str]


class SolidWindow(QWidget):
    """Lesions of the shown study, those of the study it is compared with, and bone; no part of it is measured."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window, Qt.WindowType.Window)
        self.setObjectName("solid_window")
        self.setWindowTitle("MO Viewer · Surfaces")
        self._window = window
        self.view = SolidView()
        self.boxes: dict[str, QCheckBox] = {}
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self.opacity.setValue(round(_DENSE_OPACITY * 100))
        self.opacity.setFixedWidth(90)
        self.opacity.setToolTip("How much bone hides what lies behind it")
        self.opacity.setAccessibleName("Opacity of bone")
        self.opacity.valueChanged.connect(lambda percent: self.view.set_opacity(DENSE, percent / 100))
        self._choices = QHBoxLayout()
        self._choices.setContentsMargins(10, 6, 10, 8)
        self._choices.setSpacing(18)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._buttons())
        column.addWidget(self.view, 1)
        column.addLayout(self._choices)
        resize_within(self, 760, 720)

    def open_surfaces(self) -> None:
        """Make the surfaces of what is shown now, and show them."""
        volume, window = self._window.volume, self._window
        if volume is None:
            return
        document = window.session.document
        timepoint = None if document is None else document.timepoint(volume.source.study_uid)
        known = timepoint.lesions if timepoint else ()
        lesions = tuple(
            one
            for one in known
            if one.surface is not None and timepoint and timepoint.is_on(one, volume.source, volume.geometry)
        )
        colours = {
            one.tracking_uid: lesion_colour(document, one.tracking_uid) for one in lesions if document is not None
        }
        then = window.extras.comparing.solids_then()
        middle = np.array(window.pane.view.middle_mm())
        self.view.show_solids(())
        self.view.waiting_text = "Making surfaces …"
        self.show()
        self.raise_()
        window.jobs.run(
            "Make surfaces",
            lambda ticket: surfaces(volume, lesions, colours, middle, ticket, then),
            self._take,
            window.show_fault,
            slot="surfaces",
        )

    def save(self) -> None:
        """Save the picture as PNG."""
        save_picture(self._window, self.view.picture(), f"surfaces_{picture_name(self._window.pane.series)}", self)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self.view.picture())
        self._window.say("The picture is on the clipboard.", "good")

    def _take(self, made: Made) -> None:
        solids, remark = made
        self.view.hidden.clear()
        self.view.show_solids(solids, remark)
        while (item := self._choices.takeAt(0)) is not None:
            part = item.widget()
            if part is not None and part is not self.opacity:
                part.deleteLater()
        self.boxes = {}
        for solid in solids:
            box = QCheckBox(solid.name)
            box.setChecked(True)
            box.setToolTip(_DENSE_TIP if solid.name == DENSE else "Show or hide this surface")
            box.toggled.connect(lambda on, name=solid.name: self.view.hide_solid(name, not on))
            self.boxes[solid.name] = box
            self._choices.addWidget(box)
        self._choices.addWidget(self.opacity)
        self.opacity.setVisible(DENSE in self.boxes)
        self._choices.addStretch(1)
        self.view.set_opacity(DENSE, self.opacity.value() / 100)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(4)
        for side in SIDES:
            button = QPushButton(side)
            button.setToolTip(f"Look from the {side.lower()}")
            button.clicked.connect(lambda _=False, side=side: self.view.look_from(side))
            row.addWidget(button)
        row.addStretch(1)
        for title, act, tip in (
            ("Copy", self.copy, "Copy the picture to the clipboard"),
            ("Save picture …", self.save, "Save the picture as PNG"),
        ):
            button = QPushButton(title)
            button.setToolTip(tip)
            button.clicked.connect(act)
            row.addWidget(button)
        return row


def surfaces(
    volume: Volume,
    lesions: tuple[Lesion, ...],
    colours: dict[str, str],
    middle_mm: FloatArray,
    ticket: Ticket,
    then: tuple[Solid, ...] = (),
) -> Made:
    """Return the lesions' surfaces, and that of the dense tissue about them or, without lesions, about a point.

    `then`: surfaces of another study, carried here already.
    """
    from mo_viewer.segment.dense_surface import dense_surface

    made = []
    for lesion in lesions:
        assert lesion.surface is not None
        colour = QColor(colours[lesion.tracking_uid])
        shade = colour.redF(), colour.greenF(), colour.blueF()
        made.append(Solid(plain(lesion.label) or "Lesion", lesion.surface, shade))
    made += then
    if volume.unit != "HU" or min(volume.geometry.shape) < 2:
        return tuple(made), ""
    points = [one.surface.vertices_mm for one in lesions if one.surface is not None]
    low, high = (f(np.concatenate(points), axis=0) if points else middle_mm for f in (np.min, np.max))
    half = float((high - low).max() / 2 + NEAR_MM) if points else WHOLE_MM
    masks = [one.mask for one in lesions if one.mask is not None and one.mask.geometry == volume.geometry]
    surface, remark = dense_surface(volume, (low + high) / 2, half, DENSE_HU, masks, ticket)
    if surface is not None:
        made.append(Solid(DENSE, surface, _DENSE_COLOUR, _DENSE_OPACITY))
    return tuple(made), remark
