"""Rows of a list that grows while it is being looked at: only what differs is inserted, removed or redrawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import takewhile
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
    neither and cannot be selected. Badges stand `beside` the title, else in a line of their own.
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
    beside: bool = False
    tip: str = ""

    @property
    def spoken(self) -> str:
        """The row for a screen reader."""
        parts = (f"{self.strong}{self.title}", self.line, self.size, *(badge.text for badge in self.badges))
        return ", ".join(part for part in parts if part)


_ANSWERS: dict[int, Callable[[Row], Any]] = {
    int(Role.ROW): lambda row: row,
    int(Role.KEY): lambda row: row.key,
    int(Qt.ItemDataRole.DisplayRole): lambda row: f"{row.strong}{row.title}",
    int(Qt.ItemDataRole.ToolTipRole): lambda row: tooltip(row.tip),
    int(Qt.ItemDataRole.AccessibleTextRole): lambda row: row.spoken,
}


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
        make = _ANSWERS.get(role)
        return None if make is None else make(row)

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
        self._drop_others({row.key for row in rows})
        known = {row.key for row in self._rows}
        place = 0
        while place < len(rows):
            fresh = list(takewhile(lambda row: row.key not in known, rows[place:]))
            if fresh:
                self._insert(place, fresh)
            else:
                self._settle(place, rows[place])
            place += len(fresh) or 1

    def _drop_others(self, wanted: set[str]) -> None:
        """Remove rows that are not wanted, neighbours together."""
        last = len(self._rows) - 1
        while last >= 0:
            first = last
            while first >= 0 and self._rows[first].key not in wanted:
                first -= 1
            if first < last:
                self.beginRemoveRows(QModelIndex(), first + 1, last)
                del self._rows[first + 1 : last + 1]
                self.endRemoveRows()
            last = first - 1

    def _insert(self, place: int, rows: list[Row]) -> None:
        self.beginInsertRows(QModelIndex(), place, place + len(rows) - 1)
        self._rows[place:place] = rows
        self.endInsertRows()

    def _settle(self, place: int, row: Row) -> None:
        """Have a row that is in the list stand at `place`, with the words it has now."""
        if self._rows[place].key != row.key:
            old = next(at for at in range(place + 1, len(self._rows)) if self._rows[at].key == row.key)
            self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), place)
            self._rows.insert(place, self._rows.pop(old))
            self.endMoveRows()
        if self._rows[place] != row:
            self._rows[place] = row
            self.dataChanged.emit(self.index(place), self.index(place))
