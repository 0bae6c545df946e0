"""What the reader does with the active picture: windows, words, contours, copies."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from mo_viewer.ui.actions import Need
from mo_viewer.ui.file_dialogs import picture_name, save_picture
from mo_viewer.ui.picture_painter import Look, PicturePainter, Texts
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.volume.window import Window as GreyWindow

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_KINDS = {"CR": "radiograph", "DX": "radiograph", "RF": "radiograph", "XA": "angiogram", "MR": "MR image"}
_WITH = {True: "with", False: "without"}


class PictureActs:
    """Acts on the active pane of a window."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self.shows = Need(self.is_shown, "There is no picture in this pane yet.")
        self.named = Need(self._may_be_named, self._why_not_named)
        self.lesion = Need(self.has_lesion, self._why_no_lesion)
        self.for_tools = Need(lambda: self.is_shown() or self._is_begun(), self.shows.otherwise)
        self.for_clicks = Need(self._may_be_clicked, self._why_no_clicks)
        self.many = Need(self.has_many, "There is one image only.")
        self.in_hounsfield = Need(self.is_hounsfield, self._why_no_preset)
        self.own_window = Need(self.has_own_window, "These images bring no window of their own.")
        self._was_several = False
        self.view.in_company = self._shows_several
        window.workspace.changed.connect(self._follow)
        window.workspace.arranged.connect(self._follow)

    @property
    def view(self) -> SliceView:
        """The active pane's picture."""
        return self._window.pane.view

    def dress(self, view: SliceView) -> None:
        """Give a view what all have in common: the tool of the left button, words, contours, names."""
        window, first = self._window, self._window.workspace.active.view
        view.left_grip = window.tools.grip
        view.names_hidden = window.names_hidden
        view.in_company = self._shows_several
        view.texts, view.overlays_on = first.texts, first.overlays_on
        window.extras.join(view)

    def _shows_several(self) -> bool:
        """Whether pictures of several patients are side by side."""
        shown = [pane.series for pane in self._window.workspace.panes if pane.series is not None]
        return len({one.source.patient.key for one in shown}) > 1

    def _follow(self) -> None:
        """Name the patients in all panes as soon as another comes beside one, and as room allows once it has gone."""
        is_several = self._shows_several()
        if is_several != self._was_several:
            self._was_several = is_several
            self.update()

    def update(self) -> None:
        """Draw all panes anew."""
        for view in self._window.workspace.views:
            view.names_hidden = self._window.names_hidden
            view.update()

    def is_shown(self) -> bool:
        """Whether there is a picture."""
        return self.view.shown is not None

    def _may_be_named(self) -> bool:
        return self.is_shown() and not self._window.names_hidden

    def _why_not_named(self) -> str:
        return self.shows.refusal or "Names are hidden, in saved pictures too: show them first (N)."

    def has_lesion(self) -> bool:
        """Whether a lesion of the study that is shown is selected."""
        return self.is_shown() and bool(self._window.room.selected)

    def _why_no_lesion(self) -> str:
        return self.shows.refusal or "No lesion of this study is selected: click one on the picture or in the list."

    def has_many(self) -> bool:
        """Whether there are images to go through."""
        return self.view.stack is not None and self.view.stack.count > 1

    def is_hounsfield(self) -> bool:
        """Whether its values are HU, for which the presets are made."""
        return self.view.shown is not None and self.view.shown.volume.unit == "HU"

    def _why_no_preset(self) -> str:
        if self.view.shown is None:
            return self.shows.refusal
        kind = self._kind()
        own = ", D that of the images" if self.has_own_window() else ""
        return f"Window presets are in HU, for CT; this {kind} has no HU values. Key 0 sets its window by itself{own}."

    def needed(self, name: str) -> Need:
        """What a plugin's tool or command needs, by the word in its manifest; else a picture."""
        return {"lesion": self.lesion, "hounsfield": self.for_clicks}.get(name, self.shows)

    def usable(self, name: str) -> Need:
        """What a plugin's tool needs to be taken in hand: it may be while the picture is still being read."""
        return self.needed(name) if name else self.for_tools

    def _is_begun(self) -> bool:
        return bool(self._window.library.series)

    def _may_be_clicked(self) -> bool:
        return self.is_hounsfield() if self.is_shown() else self._is_begun()

    def _why_no_clicks(self) -> str:
        if not self.is_shown():
            return self.shows.refusal
        return f"This needs a CT in HU, and this {self._kind()} has none: use Outline a lesion instead (Contour)."

    def _kind(self) -> str:
        shown = self.view.shown
        return "image" if shown is None else _KINDS.get(shown.volume.source.modality, "image")

    def has_own_window(self) -> bool:
        """Whether the images bring windows."""
        return bool(self._window.pane.windows())

    def use_window(self, window: GreyWindow) -> None:
        """Use a preset."""
        self.view.set_window(window)

    def uses_window(self, window: GreyWindow) -> bool:
        """Whether a preset is in use."""
        return self.view.window_level == window

    def use_own_window(self) -> None:
        """Use the images' first window, or the one after that in use."""
        own = self._window.pane.windows()
        now = self.view.window_level
        at = next((i for i, one in enumerate(own) if (one.centre, one.width) == (now.centre, now.width)), -1)
        self.view.set_window(own[(at + 1) % len(own)])

    def use_auto_window(self) -> None:
        """Set a window from the values that are shown."""
        self._window.pane.use_auto_window()

    def reset(self) -> None:
        """First window, whole slice, not inverted."""
        self._window.pane.reset()

    def fit(self) -> None:
        """Show the whole slice."""
        self.view.fit()

    def true_pixels(self) -> None:
        """Show one image column in one screen pixel."""
        self.view.true_pixels()

    def scroll_by(self, by: int) -> None:
        """Go some planes on."""
        self.view.scroll_by(by)

    def go_to(self, place: int) -> None:
        """Go to a place in the order of reading; -1 is the last."""
        self.view.go_to(place)

    def next_texts(self) -> None:
        """All words, letters only, nothing, and again."""
        texts = Texts((self.view.texts + 1) % len(Texts))
        for view in self._window.workspace.views:
            view.texts = texts
            view.update()

    def toggle_overlays(self) -> None:
        """Show or hide contours."""
        wanted = not self.view.overlays_on
        for view in self._window.workspace.views:
            view.overlays_on = wanted
            view.update()

    def toggle_inverted(self) -> None:
        """Show dark as bright."""
        self.view.set_inverted(not self.view.is_inverted)

    def copy(self, words: bool = True, named: bool = False) -> None:
        """Put the pane on the clipboard, with or without its words, and of those with the patient's name or not."""
        QGuiApplication.clipboard().setImage(picture_of(self.view, words=words, named=named))
        self._window.say(f"The picture is on the clipboard, {_WITH[named]} the patient's name.", "good")

    def save(self, words: bool = True, named: bool = False) -> None:
        """Save the pane as PNG, with or without its words, and of those with the patient's name or not."""
        picture = picture_of(self.view, words=words, named=named)
        title = f"Save picture {_WITH[named]} the patient's name"
        save_picture(self._window, picture, picture_name(self._window.pane.series), title=title)


def picture_of(view: SliceView, ratio: float = 2.0, words: bool = True, named: bool = False) -> QImage:
    """Return what a view shows, without frame and pointer, `ratio` pixels for each of the screen's.

    Who the patient is stands on it where it is to be `named` and names are not hidden.
    """
    if view.shown is None:
        image = QImage(view.size() * ratio, QImage.Format.Format_RGB32)
        image.fill(0)
        return image
    look = replace(view.look(view.shown), under_cursor=None, second_value="", nameless=not named)
    return picture_of_look(look if words else replace(look, texts=Texts.NONE), ratio)


def picture_of_look(look: Look, ratio: float = 2.0) -> QImage:
    """Draw a look on an image."""
    image = QImage(QSize(*look.framing.size_px) * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    painter = QPainter(image)
    PicturePainter().draw(painter, look)
    painter.end()
    return image
