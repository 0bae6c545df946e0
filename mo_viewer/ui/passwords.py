"""Asks for the passwords of encrypted zips."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QLineEdit

from mo_viewer.dicom.archive import takes_password
from mo_viewer.dicom.scan import Index
from mo_viewer.ui.plain_text import plain

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class Passwords(QObject):
    """Asks once for each encrypted zip that was opened, and again after a wrong password; never for others.

    Whoever does not answer finds the zip in the import report, and is asked again when it is opened again.
    """

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._tried: set[str] = set()
        self._left: set[str] = set()
        self._is_answer = False
        self.dialog: QInputDialog | None = None
        window.library.scan_finished.connect(self._look)

    def _look(self, index: Index) -> None:
        if not self._is_answer:
            self._tried.clear()
            self._left.clear()
        self._is_answer = False
        locked = [one.file for one in index.refused if one.code == "encrypted" and one.file not in self._left]
        if locked and self.dialog is None:
            self._window.jobs.run(
                "Look into zips", lambda _: [file for file in locked if takes_password(Path(file))], self._ask
            )

    def _ask(self, locked: list[str]) -> None:
        if not locked or self.dialog is not None:
            return
        archive = locked[0]
        name = "A zip" if self._window.names_hidden else plain(Path(archive).name)
        wrong = "That password does not open it. " if archive in self._tried else ""
        self.dialog = dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Encrypted zip")
        dialog.setLabelText(f"{name} is encrypted. {wrong}Its password:")
        dialog.setTextEchoMode(QLineEdit.EchoMode.Password)
        for label in dialog.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
        dialog.accepted.connect(lambda: self._answer(archive, dialog.textValue()))
        dialog.rejected.connect(lambda: self._leave(archive, locked[1:]))
        dialog.open()

    def _answer(self, archive: str, password: str) -> None:
        self._close()
        self._tried.add(archive)
        self._is_answer = True
        self._window.library.unlock(Path(archive), password)

    def _leave(self, archive: str, others: list[str]) -> None:
        self._close()
        self._left.add(archive)
        self._ask(others)

    def _close(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
