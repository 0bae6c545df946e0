"""The archives that prior studies come from and exports go to: added, tried, removed."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.node import Node, parse_target
from mo_viewer.pacs.settings import read_nodes, write_nodes
from mo_viewer.ui.plain_text import plain

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

NO_ARCHIVE = "No archive is set up: nothing is asked for prior studies, and exports stay where they are."
_NOTE = "AET@HOST:PORT, or the web address below which /studies stands. Nothing is sent or asked before you say so."


class _Rows(QListWidget):
    """A list whose chosen row Delete takes away."""

    deleted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete is ours; the rest is as in every list."""
        if event.key() == Qt.Key.Key_Delete:
            self.deleted.emit()
        else:
            super().keyPressEvent(event)


class ArchivesPage(QWidget):
    """A list of archives, and a name and an address for one more."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self._nodes: tuple[Node, ...] = ()
        self.known, self.name, self.address = _Rows(), QLineEdit(), QLineEdit()
        self.add, self.remove, self.test = QPushButton("Add"), QPushButton("Remove"), QPushButton("Test")
        self.none = QLabel(NO_ARCHIVE, wordWrap=True)
        self.none.setProperty("tone", "quiet")
        self.none.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.said = QLabel()
        for widget, name in ((self.known, "Archives"), (self.name, "Name"), (self.address, "Address")):
            widget.setAccessibleName(name)
        for part, tip in (
            (self.name, "What the archive is called here; may stay empty."),
            (self.address, "AET@HOST:PORT, or a DICOMweb address; Enter adds it."),
            (self.add, "Put this archive on the list."),
            (self.remove, "Take the chosen archive off the list (Del); nothing in the archive changes."),
            (self.test, "Ask the chosen archive whether it answers."),
        ):
            part.setToolTip(tip)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.add.clicked.connect(self._add)
        self.address.returnPressed.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.test.clicked.connect(self._test)
        self.known.currentRowChanged.connect(self._enable)
        self.known.deleted.connect(self._remove)
        self._lay_out()

    def fill(self) -> None:
        """Show what is configured now."""
        try:
            self._nodes = read_nodes()
        except Fault as fault:
            self._nodes = ()
            self.said.setText(str(fault))
        self.known.clear()
        self.known.addItems([plain(f"{node.name}   {node.address}".strip()) for node in self._nodes])
        self.known.setVisible(bool(self._nodes))
        self.none.setVisible(not self._nodes)
        self._enable()

    def _lay_out(self) -> None:
        note = QLabel(_NOTE)
        note.setWordWrap(True)
        note.setProperty("tone", "quiet")
        form, row, column = QFormLayout(), QHBoxLayout(), QVBoxLayout(self)
        form.setHorizontalSpacing(12)
        form.addRow("Name", self.name)
        form.addRow("Address", self.address)
        for button in (self.add, self.remove, self.test):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        column.setContentsMargins(8, 16, 8, 8)
        column.addWidget(self.known, 1)
        column.addWidget(self.none, 1)
        column.addLayout(form)
        column.addLayout(row)
        column.addWidget(note)
        column.addWidget(self.said)

    def _enable(self) -> None:
        chosen = 0 <= self.known.currentRow() < len(self._nodes)
        self.remove.setEnabled(chosen)
        self.test.setEnabled(chosen)

    def _add(self) -> None:
        self.said.clear()
        try:
            self._keep((*self._nodes, replace(parse_target(self.address.text()), name=self.name.text().strip())))
        except Fault as fault:
            self.said.setText(str(fault))
            return
        self.name.clear()
        self.address.clear()

    def _remove(self) -> None:
        row = self.known.currentRow()
        if not 0 <= row < len(self._nodes):
            return
        try:
            self._keep((*self._nodes[:row], *self._nodes[row + 1 :]))
        except Fault as fault:
            self.said.setText(str(fault))

    def _keep(self, nodes: tuple[Node, ...]) -> None:
        write_nodes(nodes)
        self.fill()
        self._window.extras.archives.configured()

    def _test(self) -> None:
        node = self._nodes[self.known.currentRow()]

        def ask(ticket: Ticket) -> None:
            from mo_viewer.pacs.archive import echo

            echo(node, ticket)

        self.said.setText("Asking …")
        self._window.jobs.run(
            "Testing an archive",
            ask,
            lambda _: self.said.setText("The archive answers."),
            lambda fault: self.said.setText(str(fault)),
            slot="test archive",
            stopped=self.said.clear,
        )
