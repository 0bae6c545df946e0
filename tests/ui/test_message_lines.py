"""Lines at the top of a pane: each is read whole, however many there are and however narrow the pane is."""

from itertools import pairwise

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from mo_viewer.ui import theme
from mo_viewer.ui.faults import Message, Messages

LONG = "No calcification was found near the marked place, and nothing was changed in the findings of this study."


@pytest.mark.parametrize("width", [740, 260])
def test_lines_stand_below_each_other_in_full_height(qtbot, width):
    theme.dress(QApplication.instance())
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(width, 500)
    over.show()
    messages = Messages(over)
    for text in ("The picture could not be saved.", "No calcification was found.", LONG):
        messages.say(Message(text, "Click on or inside the calcification.", "details"))
        QApplication.processEvents()
    lines = messages._lines()
    assert lines[0].message.sentence == LONG
    for upper, lower in pairwise(lines):
        assert upper.geometry().bottom() < lower.geometry().top()
    assert lines[-1].geometry().bottom() < messages.height() <= over.height()
    for line in lines:
        for part in (*line.findChildren(QLabel), *line.findChildren(QPushButton)):
            wanted = part.heightForWidth(part.width()) if part.hasHeightForWidth() else part.sizeHint().height()
            assert part.height() >= wanted, (part.text(), part.size(), wanted)
            assert line.rect().contains(part.geometry())
