"""Key images: a star on an image, kept with the findings; a way from one to the next, and out as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from mo_viewer.base.faults import Fault, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import ImageRef
from mo_viewer.measure.marks import image_of
from mo_viewer.ui import theme
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.file_dialogs import asked_target
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.picture_painter import Look, Texts
from mo_viewer.ui.picture_text import draw_text
from mo_viewer.ui.presets import first_window
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.volume import Volume

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window

_SIZE_PX = 1024
_STAR = "★"


class KeyImages:
    """Stars of one window."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def actions(self) -> list[Action]:
        """Star, next star, pictures of all."""
        shows, any_star = self._window.acts.shows, Need(self.has_any, "No image has a star yet: S gives it one.")
        return [
            Action("key_image", "Key image", self.toggle, "Picture", ("S",),
                   "Put a star on this image, or take it off; kept with the findings", where="picture",
                   checked=self.is_key, enabled=shows),
            Action("key_image.next", "Next key image", self.go_to_next, "Go to", ("Shift+S",),
                   "Go to the next image with a star", where="picture", enabled=any_star),
            Action("key_image.save", "Save key images …", self.ask_folder, "Picture",
                   tip="Save all images with a star as PNG into a folder, with their measurements", enabled=any_star),
        ]  # fmt: skip

    def every(self) -> list[tuple[Timepoint, ImageRef]]:
        """All key images of the patient, oldest study first."""
        document = self._window.session.document
        timepoints = () if document is None else document.timepoints
        return [(timepoint, image) for timepoint in timepoints for image in timepoint.key_images]

    def has_any(self) -> bool:
        """Whether there is one."""
        return bool(self.every())

    def is_key(self) -> bool:
        """Whether the shown image has a star."""
        shown = self._window.pane.view.shown
        return shown is not None and self._has_star(shown)

    def toggle(self) -> None:
        """Give the shown image a star, or take it."""
        shown, document = self._window.pane.view.shown, self._window.session.document
        if shown is None or document is None:
            return
        is_key = not self._has_star(shown)
        image = image_of(shown.volume, shown.k)
        title = "Key image" if is_key else "No key image"
        try:
            self._window.session.change(
                title, document.with_key_image(Timepoint.of(shown.volume.source), image, is_key)
            )
        except Fault as fault:
            self._window.show_fault(fault)

    def go_to_next(self) -> None:
        """Go to the star after the shown image, from the last to the first."""
        every = [image for _, image in self.every()]
        if not every:
            return
        shown = self._window.pane.view.shown
        here = None if shown is None else image_of(shown.volume, shown.k)
        at = every.index(here) + 1 if here in every else 0
        self._show(every[at % len(every)])

    def draw(self, view: "SliceView", painter: QPainter) -> None:
        """Draw the star of a view's image."""
        if view.shown is None or view.texts is Texts.NONE or not self._has_star(view.shown):
            return
        painter.setFont(theme.picture_font(theme.PICTURE_TEXT_PX + 6))
        draw_text(painter, QPointF(view.width() / 2 + 22, 26), _STAR, QColor(theme.LETTERS))

    def ask_folder(self) -> None:
        """Ask for a folder and save the pictures there."""
        folder = asked_target(self._window, "Save key images into folder")
        if folder is not None:
            self.save(folder)

    def save(self, folder: Path) -> None:
        """Save every key image whose series is open, as it would be seen first, with its marks, without names."""
        wanted = [(image, found) for _, image in self.every() if (found := self._found(image)) is not None]
        missing = len(self.every()) - len(wanted)

        def read(ticket: Ticket) -> list[Volume]:
            from mo_viewer.dicom.load import load_slice

            volumes = []
            for n, (_, (series, k)) in enumerate(wanted):
                ticket.progress(n, len(wanted), "Key images")
                volumes.append(load_slice(series, k))
            return volumes

        def write(volumes: list[Volume]) -> None:
            for n, (volume, (_, (series, k))) in enumerate(zip(volumes, wanted, strict=True), 1):
                path = folder / _file_name(n, series, k)
                if not self._save_one(path, series, k, volume):
                    self._window.show_fault(Unwritable("A picture could not be saved.", "Choose another folder."))
                    return
            self._window.say(f"{len(wanted)} key images saved, without names.", "good")
            if missing:
                self._window.say(f"{missing} key images are of series that are not open.", "caution")

        self._window.jobs.run("Saving key images", read, write, self._window.show_fault, slot="key images")

    def _save_one(self, path: Path, series: Series, k: int, volume: Volume) -> bool:
        from mo_viewer.ui.picture_acts import picture_of_look

        window, picture = self._window, Picture(volume, 0, k)
        assert series.geometry is not None
        stack = Stack(series.geometry)
        grey = first_window(volume, 0, window.presets)
        framing = Framing.fit(picture.bounds, (_SIZE_PX // 2, _SIZE_PX // 2))
        marks = window.extras.marks.board.drawn(None, picture)
        look = Look(picture, stack, grey, framing, nameless=True, marks=marks)
        return picture_of_look(look).save(str(path))

    def _has_star(self, picture: Picture) -> bool:
        document = self._window.session.document
        timepoint = None if document is None else document.timepoint(picture.volume.source.study_uid)
        return timepoint is not None and image_of(picture.volume, picture.k) in timepoint.key_images

    def _found(self, image: ImageRef) -> tuple[Series, int] | None:
        for series in self._window.library.series:
            if series.source.series_uid == image.series_uid:
                for k, one in enumerate(series.source.instances):
                    if (one.sop_uid, one.frame) == (image.sop_uid, image.frame):
                        return series, k
        return None

    def _show(self, image: ImageRef) -> None:
        found = self._found(image)
        if found is None:
            self._window.refuse(Fault("The series of this key image is not open.", "Open its folder."))
            return
        self._window.show_series(found[0])
        view = self._window.pane.view
        if view.stack is not None and view.stack.cuts is None:
            view.ask(found[1])


def _file_name(n: int, series: Series, k: int) -> str:
    """A name without patient text."""
    number = 0 if series.source.number is None else series.source.number
    place = k if series.geometry is None else Stack(series.geometry).place_of(k)
    return f"key_{n:02d}_series_{number}_image_{place + 1}.png"
