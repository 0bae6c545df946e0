"""To the next series of the study, and to the patient's study before or after, by keys: down goes down the list."""

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mo_viewer.dicom.series import Series, Study
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.openings import identity

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

Item = TypeVar("Item")
NOTHING = "This pane shows no series yet: choose one in the list."


class Going:
    """Acts on the active pane; studies and series stand in the order of the list at the left."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def actions(self) -> list[Action]:
        """Two ways through the series, two through the studies."""
        series = (("Next series", 1, "Ctrl+PgDown", "last"), ("Previous series", -1, "Ctrl+PgUp", "first"))
        studies = (
            ("Earlier study", 1, "Ctrl+Shift+PgDown", "earlier"),
            ("Later study", -1, "Ctrl+Shift+PgUp", "later"),
        )
        return [
            *(
                Action(f"series.{by:+d}", title, partial(self._go_to_series, by), "Go to", (key,),
                       "The series below or above in the list, in the active pane",
                       enabled=Need(partial(self._has_series, by), partial(self._why_no_series, end)))
                for title, by, key, end in series
            ),
            *(
                Action(f"study.{by:+d}", title, partial(self._go_to_study, by), "Go to", (key,),
                       "This patient's study before or after, at its lesion where it has one, in the active pane",
                       enabled=Need(partial(self._has_study, by), partial(self._why_no_study, end)))
                for title, by, key, end in studies
            ),
        ]  # fmt: skip

    def _series(self, by: int) -> Series | None:
        """The series so many places on in the shown one's study."""
        shown = self._window.pane.series
        if shown is None:
            return None
        study = next((one for one in self._window.library.studies if _holds(one, shown)), None)
        images = [] if study is None else [one for one in study.series if one.is_image]
        at = [n for n, one in enumerate(images) if identity(one) == identity(shown)]
        exact = [n for n in at if images[n].key == shown.key]
        return _place(images, (exact or at)[:1], by)

    def _study(self, by: int) -> Study | None:
        """The study so many places on among those of the shown patient that hold images."""
        shown = self._window.pane.series
        if shown is None:
            return None
        patient = shown.source.patient.key
        own = [one for one in self._window.library.studies if one.patient.key == patient and _has_images(one)]
        return _place(own, [n for n, one in enumerate(own) if _holds(one, shown)][:1], by)

    def _has_series(self, by: int) -> bool:
        return self._series(by) is not None

    def _has_study(self, by: int) -> bool:
        return self._study(by) is not None

    def _go_to_series(self, by: int) -> None:
        series = self._series(by)
        if series is not None:
            self._window.panes.act()
            self._window.show_series(series)

    def _go_to_study(self, by: int) -> None:
        study = self._study(by)
        if study is not None:
            self._window.panes.act()
            self._window.extras.following.go_to(study.study_uid)

    def _why_no_series(self, end: str) -> str:
        if self._window.pane.series is None:
            return NOTHING
        return f"This is the {end} series of its study; Ctrl+Shift+PgDown and PgUp go to other studies."

    def _why_no_study(self, end: str) -> str:
        return NOTHING if self._window.pane.series is None else f"No {end} study of this patient is open."


def _place(items: list[Item], at: list[int], by: int) -> Item | None:
    return next((items[n + by] for n in at if 0 <= n + by < len(items)), None)


def _holds(study: Study, series: Series) -> bool:
    return any(identity(one) == identity(series) for one in study.series)


def _has_images(study: Study) -> bool:
    return any(one.is_image for one in study.series)
