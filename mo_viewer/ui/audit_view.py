"""The audit record to read: what was done, when and by whom, and whether the chain holds."""

import time
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

from mo_viewer.base.faults import Fault
from mo_viewer.session.audit import READ, Audit
from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.screen_room import resize_within

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

MOST_LINES = 5000
_COLUMNS_PX = (150.0, 340.0, 460.0, 560.0, 760.0)
"""Where what was done, who did it, the patient's key, details and failures begin."""


class AuditView(QDialog):
    """Lists the newest entries, the latest first; reading them is itself put on record."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self.setWindowTitle("Audit record")
        self._window = window
        self.verdict = QLabel(wordWrap=True)
        self.lines = QPlainTextEdit(readOnly=True)
        self.lines.setAccessibleName("Entries")
        columns = QTextOption()
        columns.setTabArray(list(_COLUMNS_PX))
        columns.setWrapMode(QTextOption.WrapMode.NoWrap)
        self.lines.document().setDefaultTextOption(columns)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        for part in (self.verdict, self.lines, buttons):
            column.addWidget(part)
        resize_within(self, 820, 560)

    def open_view(self) -> None:
        """Show it with what stands in the record now."""
        session = self._window.session
        audit = session.audit
        if audit is None:
            self._show(("Nothing is kept in this session, and so nothing is recorded.", ""))
        else:
            session.flush()
            self._window.jobs.run(
                "Reading the audit record", lambda _: told(audit), self._show, self._window.show_fault, slot="audit"
            )
            session.note(READ, "R")
        self.show()
        self.raise_()

    def _show(self, content: tuple[str, str]) -> None:
        self.verdict.setText(content[0])
        self.lines.setPlainText(content[1])


def told(audit: Audit) -> tuple[str, str]:
    """Return the verdict on the chain, and the newest entries as lines, the latest first."""
    try:
        broken = audit.broken_at()
        entries = list(audit.entries())
    except Fault as fault:
        return str(fault), ""
    lines = []
    for entry in reversed(entries[-MOST_LINES:]):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
        failed = "failed" if entry.outcome else ""
        words = (at, entry.event, entry.who, entry.patient, plain(entry.detail), failed)
        lines.append("\t".join(words).rstrip())
    if broken is not None:
        return f"The chain is broken at entry {broken}: it is not what was written.", "\n".join(lines)
    return f"{len(entries)} entries; every one is what was written.", "\n".join(lines)
