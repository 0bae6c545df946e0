"""Colours, fonts and the one style sheet of the window.

Widgets, also those of plugins, ask for a look by dynamic properties instead of colours of their own:
``tone`` (bright, quiet, accent, caution, fault, good) and ``role`` (on QLabel: title, section, value, unit, badge,
note; on QPushButton and QToolButton: primary, plain, mark; on QFrame: line, card).
"""

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mo_viewer.paths import bundled

TEXT_PX = 13
PICTURE_TEXT_PX = 12


@dataclass(frozen=True)
class Colours:
    """Every colour of the window, ``#rrggbb``."""

    background: str
    panel: str
    raised: str
    hover: str
    line: str
    text: str
    bright: str
    quiet: str
    accent: str
    chosen: str
    mark: str
    caution: str
    fault: str
    good: str
    caution_ground: str
    fault_ground: str
    good_ground: str
    info_ground: str


DARK = Colours(
    background="#101215",
    panel="#15181b",
    raised="#1e2227",
    hover="#272d33",
    line="#262b31",
    text="#cfd6dc",
    bright="#eef2f5",
    quiet="#8b959e",
    accent="#4fb3d9",
    chosen="#1f425c",
    mark="#3a2f16",
    caution="#e9bf62",
    fault="#f0938c",
    good="#7fcf9c",
    caution_ground="#33290f",
    fault_ground="#3a1f1d",
    good_ground="#16301f",
    info_ground="#1c2f3d",
)
BACKGROUND, PANEL, RAISED, LINE, TEXT = DARK.background, DARK.panel, DARK.raised, DARK.line, DARK.text
BRIGHT, QUIET, ACCENT, CHOSEN = DARK.bright, DARK.quiet, DARK.accent, DARK.chosen
CAUTION, FAULT, GOOD = DARK.caution, DARK.fault, DARK.good
LETTERS = "#f2cc4d"
"""The warm colour of orientation letters, which are on every picture."""
PICTURE_TEXT = "#d5dce2"

_FAMILY = "Inter"
_FALLBACK = "DejaVu Sans"


def dress(app: QApplication, colours: Colours = DARK) -> None:
    """Give the application its fonts, palette and style sheet; call it once, before the first widget."""
    for file in sorted(bundled("resources").joinpath("fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))
    app.setStyle("Fusion")
    app.setFont(interface_font())
    app.setPalette(_palette(colours))
    sheet = bundled("resources").joinpath("style", "window.qss").read_text("utf-8")
    app.setStyleSheet(Template(sheet).substitute(asdict(colours)))


def interface_font(pixels: int = TEXT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the font of the window, with figures of equal width."""
    return _font([_FAMILY, _FALLBACK], pixels, weight)


def picture_font(pixels: int = PICTURE_TEXT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the font of text on pictures: bundled, so that pictures are the same on every machine."""
    return _font([_FAMILY, _FALLBACK], pixels, weight)


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a dynamic property of the widget has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _font(families: list[str], pixels: int, weight: QFont.Weight) -> QFont:
    font = QFont()
    font.setFamilies(families)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, colours.panel),
        (role.WindowText, colours.text),
        (role.Base, colours.background),
        (role.AlternateBase, colours.panel),
        (role.Text, colours.text),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.bright),
        (role.Highlight, colours.chosen),
        (role.HighlightedText, colours.bright),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.quiet),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
    ):
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.quiet))
    return palette
