"""The small multiples of the course: three beside each other have room in the panel of the narrowest window."""

from types import SimpleNamespace

from PySide6.QtWidgets import QApplication

LEAST_ROOM_PX = 372 - 12 - 18
"""The panels' side of a window of 1366 px, less the margins of what stands in it."""


def test_three_studies_have_room_beside_each_other(qtbot):
    from mo_ossification.maturation import Tile
    from mo_ossification.maturation_box import IN_A_ROW, MaturationBox

    from mo_viewer.ui.app import application

    application()
    box = MaturationBox(SimpleNamespace())
    qtbot.addWidget(box)
    box._show([Tile("1.2", "2024-08-05", "day 1210 · grade 3-4", (0.0, 0.0, 0.0), None, (), None, "")] * IN_A_ROW)
    box.show()
    QApplication.processEvents()
    assert len(box.buttons) == IN_A_ROW
    assert box.minimumSizeHint().width() <= LEAST_ROOM_PX
