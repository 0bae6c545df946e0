"""What a lesion is called, where it is, and on which side: written by the reader, each change one step of undo."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QGridLayout, QLabel, QLineEdit, QWidget

from mo_ossification.edits import put
from mo_viewer.findings.codes import Code, sites
from mo_viewer.findings.lesion import Laterality, Lesion
from mo_viewer.plugin_host.api import Desk

NOT_STATED = "not stated"
LONGEST = 40
SIDES = {
    Laterality.UNKNOWN: NOT_STATED,
    Laterality.LEFT: "left",
    Laterality.RIGHT: "right",
    Laterality.MIDLINE: "midline",
}


class Details(QWidget):
    """Name, site and side of one lesion."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._lesion = desk, Lesion("", "", ())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST)
        self.name.setToolTip("What this lesion is called. Enter keeps it, and so does leaving the field.")
        self.name.editingFinished.connect(self._rename)
        self.site = _site_box()
        self.site.activated.connect(self._place)
        self.side = QComboBox()
        for side, words in SIDES.items():
            self.side.addItem(words, side)
        self.side.setToolTip("Proposed from the images where they show it; yours counts.")
        self.side.activated.connect(self._turn)
        for row, (words, box) in enumerate((("Name", self.name), ("Site", self.site), ("Side", self.side))):
            label = QLabel(words)
            label.setObjectName("rowName")
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)

    def show_lesion(self, lesion: Lesion) -> None:
        """Show another lesion, or the same one after a change; what is being typed stays."""
        is_other = lesion.tracking_uid != self._lesion.tracking_uid
        self._lesion = lesion
        if is_other or not self.name.isModified():
            self.name.setText(lesion.label)
        self.side.setCurrentIndex(list(SIDES).index(lesion.laterality))
        at = 0 if lesion.site is None else self._place_of(lesion.site)
        if at != self.site.currentIndex() or is_other:
            self.site.setCurrentIndex(at)

    def _place_of(self, site: Code) -> int:
        for at in range(1, self.site.count()):
            if self.site.itemData(at) == site:
                return at
        self.site.addItem(site.meaning, site)
        return self.site.count() - 1

    def _rename(self) -> None:
        self.name.setModified(False)
        wanted = " ".join(self.name.text().split())
        if not wanted:
            self.name.setText(self._lesion.label)
        elif wanted != self._lesion.label:
            self._change(f"Rename {self._lesion.label}", lambda lesion: replace(lesion, label=wanted))

    def _place(self, _: int) -> None:
        site: Code | None = self.site.currentData()
        if site != self._lesion.site:
            self._change(f"Site of {self._lesion.label}", lambda lesion: replace(lesion, site=site))

    def _turn(self, _: int) -> None:
        side = Laterality(self.side.currentData())
        if side is not self._lesion.laterality:
            self._change(f"Side of {self._lesion.label}", lambda lesion: replace(lesion, laterality=side))

    def _change(self, title: str, changed: Callable[[Lesion], Lesion]) -> None:
        document, volume = self._desk.document, self._desk.volume
        timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
        now = None if timepoint is None else timepoint.lesion(self._lesion.tracking_uid)
        if volume is not None and now is not None:
            self._lesion = changed(now)
            put(self._desk, title, volume, self._lesion)


class _WholeAtFirst(QObject):
    """The click that enters an editable box selects all it says, as the Tab key does: what is typed replaces that."""

    def __init__(self, box: QComboBox, line: QLineEdit) -> None:
        super().__init__(box)
        self._line, self._is_entered = line, False
        box.installEventFilter(self)
        line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Select all once the button is let go, unless it was dragged over a part."""
        if isinstance(event, QFocusEvent) and event.gotFocus():
            self._is_entered = event.reason() == Qt.FocusReason.MouseFocusReason
        elif watched is self._line and event.type() == QEvent.Type.MouseButtonRelease and self._is_entered:
            self._is_entered = False
            if not self._line.hasSelectedText():
                self._line.selectAll()
        return False


def site_entries() -> list[tuple[str, Code]]:
    """Return what the list of sites offers, with the words that find it, and its code."""
    listed = []
    for site in sites():
        others = f" · {', '.join(site.synonyms)}" if site.synonyms else ""
        listed.append((f"{site.label}{others}", site.code))
        for muscle, _, _ in site.muscles:
            listed.append((f"{muscle.meaning} · {site.label}", muscle))
    return listed


def _site_box() -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.addItem(NOT_STATED, None)
    for words, code in site_entries():
        box.addItem(words, code)
    finder = QCompleter(box.model(), box)
    finder.setFilterMode(Qt.MatchFlag.MatchContains)
    finder.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    finder.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    box.setCompleter(finder)
    finder.activated.connect(lambda text: _take(box, text))
    line = box.lineEdit()
    if line is not None:
        _WholeAtFirst(box, line)
        line.setCursorPosition(0)
        line.returnPressed.connect(lambda: _take(box, finder.currentCompletion() or line.text()))
        line.editingFinished.connect(lambda: box.setCurrentIndex(box.currentIndex()))
        line.editingFinished.connect(lambda: line.setCursorPosition(0))
        box.currentIndexChanged.connect(lambda _: line.setCursorPosition(0))
    box.setToolTip("Where it is. Type any part of a name: rider, brachialis, chest …")
    return box


def _take(box: QComboBox, text: str) -> None:
    at = box.findText(text, Qt.MatchFlag.MatchExactly)
    if at >= 0:
        box.setCurrentIndex(at)
        box.activated.emit(at)
    else:
        box.setCurrentIndex(box.currentIndex())
