"""Brings marks into the window: tools, hands on every view, the list, keys."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.series import Series
from mo_viewer.findings.mark import Mark, MarkKind
from mo_viewer.measure.marks import Reading
from mo_viewer.ui.grips import Grip, ToolGrip
from mo_viewer.ui.marks.board import MarkBoard
from mo_viewer.ui.marks.entry import Entry
from mo_viewer.ui.marks.hands import DrawGrip, EditGrip, hit, is_beside
from mo_viewer.ui.marks.list import MarkList
from mo_viewer.ui.marks.placing import flat_of
from mo_viewer.ui.marks.words import all_values
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_DELETES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class MarkRoom(QObject):
    """Marks in one window."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.board = MarkBoard(window.session, window.refuse, self)
        self.list = MarkList(self.board, self._measured)
        self._views: list[SliceView] = []
        window.panels.add_below(self.list)
        self.board.changed.connect(self._redraw)
        self.list.asked.connect(self.go_to)
        self.list.named.connect(self.rename)
        self.list.menu_wanted.connect(self._show_menu)
        window.session.listen(lambda change: self._refresh())

    def _show_menu(self, at: QPoint) -> None:
        from mo_viewer.ui.context_menu import OF_MARK, show_menu

        show_menu(self._window, at, (OF_MARK,))

    def join(self, view: SliceView) -> None:
        """Let marks be seen, drawn and moved in a view."""
        self._views.append(view)
        view.marks = lambda picture: self.board.drawn(view, picture)
        view.pick = self._pick
        view.scale = self.board.scale
        view.changed.connect(partial(self._follow, view))
        view.installEventFilter(self)

    def image_changed(self) -> None:
        """Another image is shown: values that could not be read may be known now."""
        self._refresh()

    # -- what the reader does

    def choose_tool(self, kind: MarkKind) -> None:
        """Draw marks of a kind with the left button; what is being drawn with that tool already goes on."""
        if not self.uses(kind):
            self._window.tools.use(DrawGrip(kind, self.board, self._finish, self._window.refuse))

    def uses(self, kind: MarkKind) -> bool:
        """Whether the left button draws that kind."""
        return self._window.tools.name == f"mark.{kind}"

    def has_chosen(self) -> bool:
        """Whether a mark is chosen."""
        return self.chosen() is not None

    def is_chosen_beside(self, at: QPoint) -> bool:
        """Whether the chosen mark lies at or near a place on the screen, in the active picture."""
        mark, view = self.chosen(), self._window.pane.view
        if mark is None or view.shown is None or mark not in self.board.on(view.shown):
            return False
        return is_beside(mark, view, QPointF(view.mapFromGlobal(at)))

    def has_any(self) -> bool:
        """Whether the patient has marks."""
        return next(self.board.every(), None) is not None

    def chosen(self) -> Mark | None:
        """The chosen mark."""
        known = self.board.find(self.board.chosen) if self.board.chosen else None
        return None if known is None else known[1]

    def delete(self) -> None:
        """Delete the chosen mark; undo brings it back."""
        self.board.remove(self.board.chosen)

    def toggle_lock(self) -> None:
        """Lock the chosen mark against moving and deleting, or unlock it."""
        mark = self.chosen()
        if mark is not None:
            title = "Unlock" if mark.locked else "Lock"
            self.board.alter(mark.uid, title, lambda old: replace(old, locked=not old.locked))

    def set_colour(self, colour: str) -> None:
        """Give the chosen mark a colour."""
        self.board.alter(self.board.chosen, "Colour", lambda old: replace(old, colour=colour))

    def rename(self, uid: str, name: str) -> None:
        """Give a mark a name."""
        known = self.board.find(uid)
        if known is not None and name.strip() != known[1].label:
            self.board.alter(uid, "Name", lambda old: replace(old, label=name.strip()))

    def ask_name(self) -> None:
        """Ask for the name of the chosen mark, beside it."""
        mark, view = self.chosen(), self._window.pane.view
        if mark is None or view.shown is None:
            return
        uid = mark.uid
        entry = Entry(view, _beside(view, mark, view.shown), "Name", lambda name: self.rename(uid, name), lambda: None)
        entry.setText(mark.label)
        entry.selectAll()

    def copy_values(self) -> None:
        """Put the values of the chosen mark on the clipboard."""
        mark = self.chosen()
        if mark is not None:
            self._copy(all_values(mark, self._measured(mark)))

    def copy_all(self) -> None:
        """Put the values of all marks on the clipboard."""
        self._copy(self.list.text())

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.say("The values are on the clipboard.", "good")

    def go_to(self, uid: str) -> None:
        """Choose a mark and bring its image."""
        known = self.board.find(uid)
        if known is None:
            return
        self.board.choose(uid)
        mark, series = known[1], self._series_of(known[1])
        if series is None:
            self._window.refuse(Fault("The series of this measurement is not open.", "Open its folder."))
            return
        self._window.show_series(series)
        view = self._window.pane.view
        if mark.in_patient:
            x, y, z = np.mean(np.asarray(mark.points), axis=0)
            view.bring((float(x), float(y), float(z)))
        else:
            images = [(one.sop_uid, one.frame) for one in series.source.instances]
            wanted = (mark.image.sop_uid, mark.image.frame)
            view.ask(images.index(wanted) if wanted in images else 0)

    # -- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Del, Esc and Enter act on marks while there is something for them to act on; else they mean what they do."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._wants(event):
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._wants(event):
            self._act(event)
            return True
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            self._choose_under(watched, event)
        return False

    def _wants(self, event: QKeyEvent) -> bool:
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        key = event.key()
        if key in _DELETES:
            return self.has_chosen()
        if key in _ENDS:
            return self._drawing() is not None
        return key == Qt.Key.Key_Escape and (
            self._drawing() is not None or self._is_tool_in_hand() or self.has_chosen()
        )

    def _act(self, event: QKeyEvent) -> None:
        drawing = self._drawing()
        if event.key() in _DELETES:
            self.delete()
        elif event.key() in _ENDS and drawing is not None:
            drawing.end(self._window.pane.view)
        elif drawing is not None:
            drawing.cancel()
        elif self._is_tool_in_hand():
            self._window.tools.choose(self._window.tools.home)
            self._window.actions_table.refresh()
        else:
            self.board.choose("")

    def _choose_under(self, view: QObject, event: QMouseEvent) -> None:
        """A press beside all marks chooses none; a right one on a mark chooses it for the menu."""
        if not isinstance(view, SliceView):
            return
        found = hit(self.board, view, event.position())
        left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
        if found is None and event.button() == left:
            self.board.choose("")
        elif found is not None and event.button() == right:
            self.board.choose(found[0].uid)

    def _is_tool_in_hand(self) -> bool:
        return self._window.tools.name != self._window.tools.home

    def _drawing(self) -> DrawGrip | None:
        grip = self._window.tools.grip
        return grip if isinstance(grip, DrawGrip) and grip.is_busy else None

    def _follow(self, view: SliceView) -> None:
        drawing = self._drawing()
        if drawing is not None:
            drawing.follow(view)

    def _pick(self, view: SliceView, at: QPointF) -> Grip | None:
        if self._drawing() is not None or isinstance(self._window.tools.grip, ToolGrip):
            return None
        found = hit(self.board, view, at)
        return None if found is None else EditGrip(self.board, *found)

    # -- inside

    def _finish(self, view: SliceView, mark: Mark, picture: Picture) -> None:
        volume = picture.volume
        if mark.kind is MarkKind.ARROW:
            Entry(
                view,
                _beside(view, mark, picture),
                "Text of the arrow",
                lambda text: self.board.add(replace(mark, label=text), volume),
                lambda: self.board.add(mark, volume),
            )
        elif mark.kind is MarkKind.CALIBRATION:
            self._ask_length(view, mark, picture)
        else:
            self.board.add(mark, volume)

    def _ask_length(self, view: SliceView, mark: Mark, picture: Picture) -> None:
        """Ask how long a calibration line is, which stays in sight meanwhile."""
        Entry(
            view,
            _beside(view, mark, picture),
            "True length in mm",
            lambda text: self._calibrate(view, mark, picture, text),
            self.board.end_sketch,
        )
        self.board.sketch(view, mark.kind, flat_of(mark, picture), picture)

    def _calibrate(self, view: SliceView, mark: Mark, picture: Picture, text: str) -> None:
        try:
            known_mm = float(text.replace(",", ".").removesuffix("mm"))
        except ValueError:
            known_mm = 0.0
        if not 0.1 <= known_mm <= 2000:
            self._window.refuse(
                Fault("This is no length.", "Write the millimetres, for example 25; Esc forgets the line.")
            )
            self._ask_length(view, mark, picture)
            return
        self.board.end_sketch()
        self.board.add(replace(mark, known_mm=known_mm), picture.volume)

    def _measured(self, mark: Mark) -> Reading | None:
        volume = self._window.pane.volume
        if volume is None or volume.source.series_uid != mark.image.series_uid:
            series = self._series_of(mark)
            volume = None if series is None else self._window.library.volume(series)
        return None if volume is None else self.board.reading(mark, volume)

    def _series_of(self, mark: Mark) -> Series | None:
        of = [one for one in self._window.library.series if one.source.series_uid == mark.image.series_uid]
        exact = [one for one in of if any(i.sop_uid == mark.image.sop_uid for i in one.source.instances)]
        return next(iter(exact or of), None)

    def _refresh(self) -> None:
        volume = self._window.pane.volume
        if self.board.chosen and self.board.find(self.board.chosen) is None:
            self.board.chosen = ""
        self.list.refresh("" if volume is None else volume.source.study_uid)
        self._window.study_list.set_calibrated(self.board.calibrated())
        self._redraw()

    def _redraw(self) -> None:
        for view in self._views:
            view.update()
        self._window.actions_table.refresh_soon()


def _beside(view: SliceView, mark: Mark, picture: Picture) -> QPoint:
    last = view.framing.to_screen(flat_of(mark, picture))[-1]
    return QPoint(int(last[0]) + 10, int(last[1]) - 14)
