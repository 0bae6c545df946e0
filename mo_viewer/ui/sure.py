"""One question before something is done that cannot be taken back."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def is_sure(
    parent: QWidget, question: str, more: str, verb: str, otherwise: str = "Cancel", *, harms: bool = False
) -> bool:
    """Ask; `verb` and `otherwise` stand on the buttons. What `harms` is not done by Enter alone."""
    asked = QMessageBox(parent)
    asked.setIcon(QMessageBox.Icon.Warning if harms else QMessageBox.Icon.Question)
    asked.setTextFormat(Qt.TextFormat.PlainText)
    asked.setText(question)
    asked.setInformativeText(more)
    role = QMessageBox.ButtonRole.DestructiveRole if harms else QMessageBox.ButtonRole.AcceptRole
    does = asked.addButton(verb, role)
    leaves = asked.addButton(otherwise, QMessageBox.ButtonRole.RejectRole)
    asked.setDefaultButton(leaves if harms else does)
    asked.exec()
    asked.deleteLater()
    return asked.clickedButton() is does
