"""Colours, fonts and the one style sheet of the window.

Widgets, also those of plugins, ask for a look by dynamic properties instead of colours of their own:
``tone`` (bright, quiet, accent, caution, fault, good) and ``role`` (on QLabel: title, section, value, unit, badge,
note; on QPushButton and QToolButton: primary, plain, tight, mark; on QFrame: line, card).
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
    pressed: str
    unable: str
    mark_hover: str
    mark_chosen: str
    handle: str
    handle_hover: str
    field: str
    field_edge: str
    button: str
    button_edge: str
    button_hover: str


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
    pressed="#285272",
    unable="#5d666e",
    mark_hover="#4a3b19",
    mark_chosen="#6b5117",
    handle="#343b43",
    handle_hover="#4a545e",
    field="#101215",
    field_edge="#262b31",
    button="#1e2227",
    button_edge="#1e2227",
    button_hover="#272d33",
)
LIGHT = Colours(
    background="#e6e9ec",
    panel="#f5f6f7",
    raised="#ffffff",
    hover="#dfe4e8",
    line="#d2d7dc",
    text="#2a3137",
    bright="#0b0f12",
    quiet="#57616a",
    accent="#0a6a96",
    chosen="#c9e2f0",
    mark="#f6e6bb",
    caution="#755000",
    fault="#a8201a",
    good="#1b6436",
    caution_ground="#faecc8",
    fault_ground="#fbdeda",
    good_ground="#d8efdf",
    info_ground="#d9eaf5",
    pressed="#b3d5e8",
    unable="#858f98",
    mark_hover="#f0d99b",
    mark_chosen="#e8c766",
    handle="#bcc4cb",
    handle_hover="#98a2ab",
    field="#ffffff",
    field_edge="#b4bdc5",
    button="#eaeef1",
    button_edge="#c5ccd3",
    button_hover="#dbe1e7",
)
THEMES = {"dark": DARK, "light": LIGHT}
BACKGROUND, PANEL, RAISED, LINE, TEXT = DARK.background, DARK.panel, DARK.raised, DARK.line, DARK.text
BRIGHT, QUIET, ACCENT, CHOSEN = DARK.bright, DARK.quiet, DARK.accent, DARK.chosen
CAUTION, FAULT, GOOD = DARK.caution, DARK.fault, DARK.good
LETTERS = "#f2cc4d"
"""The warm colour of orientation letters, which are on every picture."""
PICTURE_TEXT = "#d5dce2"
PICTURE_QUIET, PICTURE_ACCENT = "#b9c1c8", "#7ccaea"
"""Lighter than the quiet words beside pictures: over bright bone only the halo lies behind it."""

_FAMILY = "Inter"
_FALLBACK = "DejaVu Sans"
_MIDDLE_LIGHTNESS = 128


_worn = [DARK]


def colours() -> Colours:
    """The colours that the window wears now; what stands on pictures does not change with them."""
    return _worn[0]


def dress(app: QApplication, wanted: Colours = DARK) -> None:
    """Give the application its fonts, palette and style sheet; call it before the first widget."""
    for file in sorted(bundled("resources").joinpath("fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))
    app.setStyle("Fusion")
    app.setFont(interface_font())
    wear(app, wanted)


def wear(app: QApplication, wanted: Colours) -> None:
    """Change the colours of everything that is open and of what will be."""
    _worn[0] = wanted
    app.setPalette(_palette(wanted))
    resources = bundled("resources")
    sheet = resources.joinpath("style", "window.qss").read_text("utf-8")
    icons = resources.joinpath("icons").as_posix()
    tick = "dark" if QColor(wanted.accent).lightness() > _MIDDLE_LIGHTNESS else "light"
    app.setStyleSheet(Template(sheet).substitute(asdict(wanted), icons=icons, tick=f"{icons}/tick_{tick}.png"))


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
