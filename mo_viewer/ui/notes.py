"""Fetches what the shown images say about themselves, once the reader stops at one."""

from weakref import WeakSet

from PySide6.QtCore import QObject, QTimer

from mo_viewer.dicom.notes import NOTHING, Note, note_of
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.source import Instance

_STILL_MS = 120
_MOST = 2000


class Notes(QObject):
    """Serves all views: their corners show the notes that are known, and those that are not are read when it is still.

    A file that cannot be read any more simply has no note: the picture says what is wrong with it.
    """

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._known: dict[str, Note] = {}
        self._series: dict[str, Note] = {}
        self._views: WeakSet[SliceView] = WeakSet()
        self._still = QTimer(self, singleShot=True, interval=_STILL_MS)
        self._still.timeout.connect(self._read_next)

    def join(self, view: SliceView) -> None:
        """Let a view show notes."""
        self._views.add(view)
        view.note = self.of
        view.changed.connect(self._wait)

    def of(self, picture: Picture) -> Note:
        """What is known of the image that a picture shows.

        While a slice of a stack in the patient is not known yet, the side is that of its neighbours: it does not come
        and go with the scrolling. Radiographs, which may be of either hand, speak for themselves only.
        """
        instance = _instance(picture)
        if instance is None:
            return NOTHING
        series = self._series.get(picture.volume.source.series_uid, NOTHING)
        beside = series if picture.volume.geometry.in_patient else NOTHING
        return self._known.get(instance.path, beside)

    def _wait(self) -> None:
        if self._next() is not None:
            self._still.start()

    def _next(self) -> tuple[Instance, str] | None:
        for view in self._views:
            shown = view.shown if view.isVisible() else None
            instance = None if shown is None else _instance(shown)
            if shown is not None and instance is not None and instance.path not in self._known:
                return instance, shown.volume.source.series_uid
        return None

    def _read_next(self) -> None:
        wanted = self._next()
        if wanted is not None:
            instance, series_uid = wanted
            path = instance.path
            self._jobs.run(
                "Read words of an image",
                lambda ticket: note_of(instance, ticket),
                lambda note: self._take(path, series_uid, note),
                lambda fault: self._take(path, series_uid, NOTHING),
                slot="note",
            )

    def _take(self, path: str, series_uid: str, note: Note) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[path] = note
        self._series[series_uid] = Note(side=note.side)
        if note != NOTHING:
            for view in self._views:
                view.update()
        self._read_next()


def _instance(picture: Picture) -> Instance | None:
    """The file behind a picture; None where it was cut through many."""
    instances = picture.volume.source.instances
    if picture.section is not None or not 0 <= picture.k < len(instances):
        return None
    return instances[picture.k]
