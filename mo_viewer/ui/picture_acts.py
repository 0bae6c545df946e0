"""What the reader does with the active picture: windows, words, contours, copies."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from mo_viewer.base.faults import Unwritable
from mo_viewer.ui.picture_painter import PicturePainter, Texts
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.volume.window import Window as GreyWindow

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class PictureActs:
    """Acts on the active pane of a window."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    @property
    def view(self) -> SliceView:
        """The active pane's picture."""
        return self._window.pane.view

    def is_shown(self) -> bool:
        """Whether there is a picture."""
        return self.view.shown is not None

    def is_hounsfield(self) -> bool:
        """Whether its values are HU, for which the presets are made."""
        return self.view.shown is not None and self.view.shown.volume.unit == "HU"

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

    def next_texts(self) -> None:
        """All words, letters only, nothing, and again."""
        self.view.texts = Texts((self.view.texts + 1) % len(Texts))
        self.view.update()

    def toggle_overlays(self) -> None:
        """Show or hide contours."""
        self.view.overlays_on = not self.view.overlays_on
        self.view.update()

    def toggle_inverted(self) -> None:
        """Show dark as bright."""
        self.view.set_inverted(not self.view.is_inverted)

    def copy(self) -> None:
        """Put the pane, as it is, on the clipboard."""
        QGuiApplication.clipboard().setImage(picture_of(self.view))
        self._window.say("The picture is on the clipboard.", "info")

    def save(self) -> None:
        """Save the pane, as it is, as PNG."""
        path, _ = QFileDialog.getSaveFileName(self._window, "Save picture", "picture.png", "PNG (*.png)")
        if path and not picture_of(self.view).save(path):
            self._window.show_fault(Unwritable("The picture could not be saved.", "Choose another folder.", path))


def picture_of(view: SliceView, ratio: float = 2.0) -> QImage:
    """Return what a view shows, without frame, `ratio` pixels for each of the screen's."""
    image = QImage(view.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    if view.shown is not None:
        painter = QPainter(image)
        PicturePainter().draw(painter, view.look(view.shown))
        painter.end()
    return image
