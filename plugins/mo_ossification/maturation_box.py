"""Small multiples of a lesion in the course panel: each opens its study; all can be copied and saved."""

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from mo_ossification.maturation import PIXELS, Tile, rim_pixels, rim_words, table, tiles
from mo_ossification.small_pictures import draw_directions
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document
from mo_viewer.plugin_host.api import Desk

IN_A_ROW, SIDE_PX, RIM_PX, TIMES = 3, 92, 46, 2
RIM_AREA_PX = RIM_PX + 14
WORDS_PX, WORDS_COLOUR = 11, "#cfd6dc"
LEGEND = (
    "Top: the same slice in every study. Below: the rim, unrolled from right (R) over front (A), left (L) and back (P) "
    "to right, head at the top; amber to white is closed, dark is open."
)


class MaturationBox(QWidget):
    """A button, and what it makes for the lesion whose course is shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._shown: tuple[Document | None, str] = (None, "")
        self.made: tuple[Tile, ...] = ()
        self.buttons: list[QToolButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.show_slices = _button(
            "Show slices", "Shows the same slice and the rim of the lesion in every study (Alt+S).", self.make
        )
        self.show_slices.setShortcut("Alt+S")
        self.copy = _button("Copy", "Copy the pictures, and the numbers as a table.", self.copy_all)
        self.save = _button("Save …", "Save the pictures as PNG.", self.save_picture)
        for button in (self.show_slices, self.copy, self.save):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._grid.setColumnStretch(IN_A_ROW, 1)
        column.addLayout(self._grid)
        self.legend = QLabel(LEGEND)
        self.legend.setObjectName("notice_quiet")
        self.legend.setWordWrap(True)
        column.addWidget(self.legend)
        self._show(())

    def show_lesion(self, document: Document | None, uid: str) -> None:
        """Be about a lesion; pictures of another state of the findings are put away."""
        if self._shown[1] == uid and document is self._shown[0]:
            return
        self._shown = (document, uid)
        self.show_slices.setEnabled(bool(uid))
        self._show(())

    def make(self) -> None:
        """Read the studies in the background, and show."""
        document, uid = self._shown
        if document is None or not uid:
            return
        studies, desk = self._desk.studies(), self._desk

        def work(ticket: Ticket) -> tuple[Tile, ...]:
            return tiles(document, uid, studies, desk.load, ticket)

        def done(made: tuple[Tile, ...]) -> None:
            if self._shown == (document, uid):
                self._show(made)

        desk.run("Slices through time", work, done, slot="mo_ossification.maturation")

    def picture(self) -> QImage:
        """All tiles in one picture, with their words."""
        rows = -(-len(self.made) // IN_A_ROW)
        width, height = SIDE_PX + 8, SIDE_PX + RIM_AREA_PX + 48
        image = QImage(QSize(IN_A_ROW * width, max(1, rows) * height) * TIMES, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(TIMES)
        image.fill(QColor(0, 0, 0))
        painter = QPainter(image)
        painter.setFont(self.font())
        for n, tile in enumerate(self.made):
            x, y = n % IN_A_ROW * width + 4, n // IN_A_ROW * height + 4
            painter.drawPixmap(x, y, self._pixmap(tile))
            painter.setPen(QColor(WORDS_COLOUR))
            words = f"{tile.date}\n{tile.caption}"
            painter.drawText(QRectF(x, y + SIDE_PX + RIM_AREA_PX + 6, width, 36), Qt.AlignmentFlag.AlignLeft, words)
        painter.end()
        return image

    def copy_all(self) -> None:
        """Put pictures and table on the clipboard."""
        document, uid = self._shown
        if document is None or not uid:
            return
        data = QMimeData()
        data.setText(table(document, uid))
        if self.made:
            data.setImageData(self.picture())
        QGuiApplication.clipboard().setMimeData(data)
        self._desk.say(
            "Pictures and numbers copied." if self.made else "Numbers copied; Show slices makes the pictures.", "good"
        )

    def save_picture(self) -> None:
        """Ask where to keep the pictures."""
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.picture().save(buffer, b"PNG")
        self._desk.save("maturation.png", bytes(content.data()))

    def _show(self, made: Sequence[Tile]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.made, self.buttons = tuple(made), []
        for n, tile in enumerate(made):
            button = QToolButton()
            button.setProperty("role", "plain")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIcon(QIcon(self._pixmap(tile)))
            button.setIconSize(QSize(SIDE_PX, SIDE_PX + RIM_AREA_PX + 2))
            button.setText("\n".join(filter(None, (tile.date or "no date", *tile.caption.split(" · ")))))
            button.setToolTip("\n".join(filter(None, ("Opens this study at this slice.", tile.remark))))
            button.setAccessibleName(f"Slice of {tile.date or 'an undated study'}")
            button.clicked.connect(lambda _=False, tile=tile: self._open(tile))
            self._grid.addWidget(button, n // IN_A_ROW, n % IN_A_ROW)
            self.buttons.append(button)
        self.save.setEnabled(bool(made))
        self.copy.setEnabled(bool(self._shown[1]))
        self.legend.setVisible(bool(made))

    def _open(self, tile: Tile) -> None:
        self._desk.act(f"study.{tile.study_uid}")
        self._desk.show_point(tile.at_mm)

    def _pixmap(self, tile: Tile) -> QPixmap:
        """The slice with its contour, and the rim below it."""
        document, uid = self._shown
        pixmap = QPixmap(QSize(SIDE_PX, SIDE_PX + RIM_AREA_PX + 2) * TIMES)
        pixmap.setDevicePixelRatio(TIMES)
        pixmap.fill(QColor(0, 0, 0))
        painter = QPainter(pixmap)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        above, below = QRectF(0, 0, SIDE_PX, SIDE_PX), QRectF(0, SIDE_PX + 2, SIDE_PX, RIM_PX)
        if tile.picture is None:
            _write(painter, above, tile.remark or "no image", self.font())
        else:
            grey = QImage(tile.picture.tobytes(), PIXELS, PIXELS, PIXELS, QImage.Format.Format_Grayscale8)
            painter.drawImage(above, grey)
        colour = "#ffffff" if document is None else lesion_colour(document, uid)
        painter.setPen(QPen(QColor(colour), 1.2))
        for line in tile.outline:
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in (line + 0.5) * (SIDE_PX / PIXELS)]))
        if tile.rim is not None:
            pixels = rim_pixels(tile.rim)
            rows, columns = pixels.shape[:2]
            shades = QImage(pixels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
            painter.drawImage(below, shades)
            painter.setFont(_small(self.font()))
            draw_directions(painter, below, QColor(WORDS_COLOUR))
        _write(painter, below, rim_words(tile), self.font())
        painter.end()
        return pixmap


def _write(painter: QPainter, area: QRectF, words: str, font: QFont) -> None:
    """Say in a part of a tile why nothing else stands there."""
    painter.setFont(_small(font))
    painter.setPen(QColor(WORDS_COLOUR))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)


def _small(font: QFont) -> QFont:
    font.setPixelSize(WORDS_PX)
    return font


def _button(text: str, tip: str, act: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(act)
    return button
