"""Rows of a list that grows while it is being looked at: only what differs is inserted, removed or redrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QByteArray, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt

from mo_viewer.ui.plain_text import tooltip

SERIES_MIME = "application/x-mo-viewer-series"
Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a row answers besides Qt's own roles."""

    ROW = Qt.ItemDataRole.UserRole + 1
    KEY = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True)
class Badge:
    """A pill with words; `tone` is one of info, good, caution, fault."""

    text: str
    tone: str = "info"
    tip: str = ""


@dataclass(frozen=True)
class Row:
    """What one row shows; plain text throughout.

    `strong` is set in bold before `title`. `picture` is the row key of the series whose thumbnail stands at the left;
    where there is none, `letters` stand there. `size` follows `line` and is not cut where `line` is. A heading has
    neither and cannot be selected.
    """

    key: str
    strong: str
    title: str = ""
    line: str = ""
    size: str = ""
    badges: tuple[Badge, ...] = ()
    picture: str = ""
    letters: str = ""
    quiet: bool = False
    heading: bool = False
    tip: str = ""

    @property
    def spoken(self) -> str:
        """The row for a screen reader."""
        parts = (f"{self.strong} {self.title}".strip(), self.line, self.size, *(badge.text for badge in self.badges))
        return ", ".join(part for part in parts if part)


class RowModel(QAbstractListModel):
    """A list of `Row`; `show` changes it into another list with the fewest signals, so selection and scroll stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown now."""
        return tuple(self._rows)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row, its key, or its words for tooltip and screen reader."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        answers = {
            Role.ROW: row,
            Role.KEY: row.key,
            Qt.ItemDataRole.DisplayRole: f"{row.strong} {row.title}".strip(),
            Qt.ItemDataRole.ToolTipRole: tooltip(row.tip),
            Qt.ItemDataRole.AccessibleTextRole: row.spoken,
        }
        return next((answer for known, answer in answers.items() if known == role), None)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be selected; what is an image can be dragged."""
        if not index.isValid() or self._rows[index.row()].heading:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return flags if self._rows[index.row()].quiet else flags | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Return the one kind of data that a drag carries."""
        return [SERIES_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the row key of the first dragged row's series: its own, or the one that stands for the study."""
        data = QMimeData()
        if indexes:
            data.setData(SERIES_MIME, QByteArray(self._rows[indexes[0].row()].picture.encode()))
        return data

    def find(self, key: str) -> QModelIndex:
        """Return where the row with this key is; invalid where nowhere."""
        for place, row in enumerate(self._rows):
            if row.key == key:
                return self.index(place)
        return QModelIndex()

    def redraw(self, picture: str) -> None:
        """Have the rows with this series' thumbnail painted again."""
        for place, row in enumerate(self._rows):
            if row.picture == picture:
                self.dataChanged.emit(self.index(place), self.index(place), [Qt.ItemDataRole.DecorationRole])

    def show(self, rows: Sequence[Row]) -> None:
        """Become this list; rows are the same where their keys are, and keys must not repeat."""
        wanted = {row.key for row in rows}
        for place in reversed(range(len(self._rows))):
            if self._rows[place].key not in wanted:
                self._remove(place)
        for place, row in enumerate(rows):
            self._settle(place, row)

    def _settle(self, place: int, row: Row) -> None:
        if place >= len(self._rows) or self._rows[place].key != row.key:
            self._bring(place, row)
        if self._rows[place] != row:
            self._rows[place] = row
            self.dataChanged.emit(self.index(place), self.index(place))

    def _bring(self, place: int, row: Row) -> None:
        """Make `row` stand at `place`: moved there from further down, else inserted."""
        for old in range(place + 1, len(self._rows)):
            if self._rows[old].key == row.key:
                self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), place)
                self._rows.insert(place, self._rows.pop(old))
                self.endMoveRows()
                return
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, row)
        self.endInsertRows()

    def _remove(self, place: int) -> None:
        self.beginRemoveRows(QModelIndex(), place, place)
        del self._rows[place]
        self.endRemoveRows()
