"""Another study of the patient in the active picture: chosen, registered, laid over; by mouse and keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QPainter

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.series import Series
from mo_viewer.findings.registration import Registration
from mo_viewer.session.session import Change
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.blend import Laid
from mo_viewer.ui.comparing.choice import Choice
from mo_viewer.ui.comparing.layer import Layers, Wish
from mo_viewer.ui.comparing.mixing import Manner, values_at
from mo_viewer.ui.comparing.outlines import outlines_then, solids_of
from mo_viewer.ui.comparing.pair import Pair, against_difference, has_metal, not_registered, pair_of
from mo_viewer.ui.comparing.swipe import SwipeGrip, draw_line, is_near
from mo_viewer.ui.grips import Grip
from mo_viewer.ui.layout_acts import NO_PRIOR
from mo_viewer.ui.overlays import Flat
from mo_viewer.ui.pane import Pane
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.shading import Solid
from mo_viewer.volume.volume import Volume

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_PLACE = "comparison"
STEP = 0.05
KEYS = {
    Manner.BLINK: "U",
    Manner.SWIPE: "Shift+W",
    Manner.CHECKER: "Shift+U",
    Manner.BLEND: "Shift+N",
    Manner.DIFFERENCE: "Shift+D",
}
TIPS = {
    Manner.BLINK: "The other study in place of this one, on the same plane; again: back",
    Manner.SWIPE: "The other study left of a line, this one right of it; drag the line, or Alt+Left and Alt+Right",
    Manner.CHECKER: "The other study on every other square",
    Manner.BLEND: "Both studies over each other, each half transparent",
    Manner.DIFFERENCE: "Denser orange, less dense blue; only between comparable studies that are well registered",
}


class Comparing(QObject):
    """The other study ("then") in one window.

    It stands in the picture that was active when it was asked for, and stays there whichever pane is active, until the
    reader ends it, closes that pane, or opens another patient. `changed`: it is another study now, or none.
    """

    changed = Signal()

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.manner: Manner | None = None
        self.outlines_on = False
        self.swiped = 0.5
        self._home: Pane | None = None
        self._choice = Choice(window)
        self._wanted: Callable[[], None] | None = None
        self._tried: Registration | None = None
        self._loaded: Callable[[], None] | None = None
        self._layers: dict[SliceView, Layers] = {}
        self._pair: tuple[tuple[object, ...], Pair] | None = None
        self._drawn: dict[SliceView, tuple[tuple[object, ...], tuple[Flat, ...]]] = {}
        window.library.volume_ready.connect(self._take)
        window.workspace.arranged.connect(self._arranged)
        window.session.listen(self._session_changed)

    def actions(self) -> list[Action]:
        """One for each manner, the contours, and off."""
        shows, swipes = self.other, Need(partial(self.is_on, Manner.SWIPE), "Split line is not on.")
        manners = [
            Action(f"compare.{manner.name.lower()}", str(manner).capitalize(), partial(self.toggle, manner), "Compare",
                   (KEYS[manner],), TIPS[manner], where="picture", checked=partial(self.is_on, manner), enabled=shows)
            for manner in Manner
        ]  # fmt: skip
        return [
            *manners,
            Action("compare.outlines", "Contours of the other study", self.toggle_outlines, "Compare", ("Shift+C",),
                   "Contours of the other study on this one, dashed, with their date", where="picture",
                   checked=lambda: self.outlines_on, enabled=shows),
            Action("compare.left", "Split line left", partial(self._swipe_by, -STEP), "Compare", ("Alt+Left",),
                   "Move the split line", where="picture", enabled=swipes),
            Action("compare.right", "Split line right", partial(self._swipe_by, STEP), "Compare", ("Alt+Right",),
                   "Move the split line", where="picture", enabled=swipes),
            Action("compare.next", "Another study", self.choose_next, "Compare", ("Shift+T",),
                   "Compare with another of the patient's studies", where="picture", enabled=shows),
            Action("compare.off", "This study alone", self.show_alone, "Compare",
                   tip="End the comparison: one pane, nothing laid over the picture",
                   enabled=Need(lambda: self._is_compared() or self._choice.has_beside(),
                                "This study is shown alone already.")),
        ]  # fmt: skip

    def join(self, view: SliceView) -> None:
        """Let a view show it: over whatever else is laid over, drawn or caught there."""
        self._layers[view] = Layers(self._window.jobs, str(len(self._layers)), view.update)
        second, value, flat, catch = view.second, view.second_value, view.overlays, view.catch
        view.second = lambda picture: self._laid(view, picture) or second(picture)
        view.second_value = lambda at: self._value(view, at) or value(at)
        view.overlays = lambda picture: (*flat(picture), *self._outlines(view, picture))
        view.catch = lambda at: self._catch(view, at) or catch(at)
        view.on_top.append(self._draw)

    # -- what the reader does

    @property
    def other(self) -> Need:
        """What everything here needs."""
        return Need(self.has_other, self._window.panes.why_no_prior)

    def has_other(self) -> bool:
        """Whether the patient has another study with pictures."""
        return bool(self._choice.others(self.pane))

    def _is_compared(self) -> bool:
        return self.manner is not None or self.outlines_on

    def is_on(self, manner: Manner) -> bool:
        """Whether the other study is laid over that way."""
        return self.manner is manner

    def toggle(self, manner: Manner) -> None:
        """Lay the other study over, or take it away; a refusal is said with its reason."""
        if self.manner is manner:
            self.manner = None
            self._update()
        else:
            self.lay_over(manner)

    def lay_over(self, manner: Manner) -> None:
        """Lay the other study over the active picture."""
        self._home = self._window.pane
        self._begin(lambda: self._show(manner))

    def toggle_outlines(self) -> None:
        """Draw the other study's contours here, or no more."""
        if self.outlines_on:
            self.outlines_on = False
            self._update()
            return
        self._home = self._window.pane
        self._begin(self._show_outlines)

    def choose_next(self) -> None:
        """Compare with the next of the other studies, in the pane beside where studies stand side by side."""
        home = self.pane if self._is_compared() else self._choice.home()
        then = self._choice.choose_next(home)
        if then is None:
            self._window.say("All studies of this patient are shown already.")
        else:
            self._compare_with(then)

    def choose_study(self, uid: str) -> None:
        """Compare with a study that the reader points at; where a pane shows it already, that is the active one."""
        pane = self._choice.pane_of(uid)
        if pane is not None:
            self._window.workspace.activate(pane)
            pane.view.setFocus()
            return
        home = self.pane if self._is_compared() else self._choice.home()
        then = self._choice.choose(home, uid, self._choice.beside(home))
        if then is not None:
            self._compare_with(then)

    def seen(self) -> frozenset[str]:
        """The studies of the active picture's patient that are shown or laid over."""
        return self._choice.seen()

    def _compare_with(self, then: Series) -> None:
        date = then.source.date or "an undated study"
        is_seen = self._is_compared() or self._choice.has_beside()
        self._window.say(f"Compared with {date}." if is_seen else f"The next comparison is with {date}.", "good")
        if self.manner is not None:
            manner, self.manner = self.manner, None
            self._begin(lambda: self._show(manner))
        elif self.outlines_on:
            self._begin(self._show_outlines)

    def show_alone(self) -> None:
        """End the comparison: nothing is laid over this study, and no other stands beside it."""
        pane, workspace = self.pane, self._window.workspace
        self.leave()
        workspace.activate(pane)
        if self._choice.has_beside():
            workspace.show_layout("1x1")

    def leave(self) -> None:
        """Take the other study away."""
        self.manner, self.outlines_on = None, False
        self._window.library.release(_PLACE)
        self._update()

    def try_out(self, way: Registration | None) -> None:
        """Use a registration for now, before it is kept; None: what the findings hold."""
        self._tried = way
        for view in self._layers:
            view.update()

    def when_loaded(self, done: Callable[[], None]) -> None:
        """Call `done` once the other study is in memory."""
        then = self.then()
        if then is None:
            self._window.refuse(NO_PRIOR)
            return
        self._loaded = done
        self._window.library.need(then, _PLACE)

    # -- which two

    @property
    def pane(self) -> Pane:
        """The pane that it is about: where the other study stands or is awaited, else the active one."""
        is_on = self.manner is not None or self.outlines_on or self._wanted is not None
        return self._home if is_on and self._home is not None else self._window.pane

    def then(self, pane: Pane | None = None) -> Series | None:
        """The other series of the pane that it is about, or of another pane."""
        return self._choice.then(pane or self.pane)

    def pair(self) -> Pair | None:
        """The two studies, once both are in memory and registered."""
        now, then, document = self.pane.volume, self.then(), self._window.session.document
        if now is None or then is None or document is None:
            return None
        volume = self._window.library.volume(then)
        way = self._way((now.source.study_uid, then.source.study_uid))
        if volume is None or way is None:
            return None
        key = (now, volume, way, document)
        if self._pair is None or self._pair[0] != key:
            self._pair = (key, pair_of(now, volume, way, has_metal(document, now, volume)))
        return self._pair[1]

    def solids_then(self) -> tuple[Solid, ...]:
        """The other study's lesions as surfaces in the active pane's; none where the studies are not registered."""
        active = self._window.pane
        now, then, document = active.volume, self.then(active), self._window.session.document
        if now is None or then is None or document is None:
            return ()
        way = self._way((now.source.study_uid, then.source.study_uid))
        return () if way is None else solids_of(document, then.source.study_uid, way)

    # -- inside

    def _begin(self, show: Callable[[], None]) -> None:
        """Load and register what is missing, then show."""
        self._wanted = show
        then, now = self.then(), self.pane.volume
        if then is None or now is None:
            self._wanted = None
            self._window.refuse(NO_PRIOR)
            return
        self._choice.lay(then)
        self._window.library.need(then, _PLACE)
        uids = now.source.study_uid, then.source.study_uid
        following = self._window.extras.following
        if self._way(uids) is None and self._failed(uids) is None:
            studies = [study for study in self._window.library.studies if study.study_uid in uids]
            following.register(studies, [(uids[1], uids[0])], self._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Show what is wanted if all is there; wait for the volume; refuse where there is no registration."""
        then, now = self.then(), self.pane.volume
        if then is None or now is None or self._wanted is None:
            return
        uids = now.source.study_uid, then.source.study_uid
        if self._way(uids) is None:
            self._refuse(not_registered(self._failed(uids)))
        elif self.pair() is not None:
            show, self._wanted = self._wanted, None
            show()

    def _show(self, manner: Manner) -> None:
        pair = self.pair()
        refusal = against_difference(pair) if pair is not None and manner is Manner.DIFFERENCE else None
        if refusal is not None:
            self._refuse(refusal)
            return
        self.manner = manner
        self._update()

    def _show_outlines(self) -> None:
        self.outlines_on = True
        self._update()

    def _refuse(self, fault: Fault) -> None:
        self._wanted = None
        self.manner = None
        self._update()
        self._window.refuse(fault)

    def _way(self, uids: tuple[str, str]) -> Registration | None:
        tried = self._tried
        if tried is not None and (tried.from_study, tried.to_study) == uids:
            return tried
        return self._window.extras.following.way(*uids)

    def _failed(self, uids: tuple[str, str]) -> Registration | None:
        document = self._window.session.document
        known = () if document is None else document.registrations
        return next((r for r in known if {r.from_study, r.to_study} == set(uids)), None)

    def _take(self, series: Series, volume: Volume) -> None:
        then = self.then() if self._wanted or self._loaded else None
        if then is None or series.key != self._window.library.current(then).key:
            return
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded()
        if self._wanted is not None:
            self._go_on()

    def _current(self, view: SliceView, picture: Picture) -> Pair | None:
        """The pair, where this view shows the picture that it is about."""
        if picture.is_early or not self._is_home(view):
            return None
        pair = self.pair()
        return pair if pair is not None and pair.now is picture.volume else None

    def _is_home(self, view: SliceView) -> bool:
        return self._home is not None and view is self._home.view

    def _laid(self, view: SliceView, picture: Picture) -> Laid | None:
        if self.manner is None:
            return None
        pair = self._current(view, picture)
        if pair is None or (self.manner is Manner.DIFFERENCE and against_difference(pair) is not None):
            return None
        look = (view.window_level, view.is_inverted, view.colours)
        return self._layers[view].laid(picture, pair, Wish(self.manner, self.swiped, look))

    def _outlines(self, view: SliceView, picture: Picture) -> tuple[Flat, ...]:
        pair = self._current(view, picture) if self.outlines_on else None
        document = self._window.session.document
        if pair is None or document is None:
            return ()
        key = (picture, pair, document)
        if view not in self._drawn or self._drawn[view][0] != key:
            flat = outlines_then(document, pair.then.source.study_uid, pair.way, picture.plane)
            self._drawn[view] = (key, flat)
        return self._drawn[view][1]

    def _value(self, view: SliceView, at_mm: Point) -> str:
        shown = view.shown
        pair = None if shown is None or self.manner is None else self._current(view, shown)
        return "" if pair is None else values_at(pair.now, pair.then, pair.way, at_mm, self.is_on(Manner.DIFFERENCE))

    def _catch(self, view: SliceView, at: QPointF) -> Grip | None:
        swipes = self.manner is Manner.SWIPE and self._is_home(view) and is_near(view, at, self.swiped)
        return SwipeGrip(self._swipe_to) if swipes else None

    def _draw(self, view: SliceView, painter: QPainter) -> None:
        if self.manner is Manner.SWIPE and view.shown is not None and self._current(view, view.shown) is not None:
            draw_line(painter, view, self.swiped)

    def _swipe_to(self, share: float) -> None:
        self.swiped = min(1.0, max(0.0, share))
        if self._home is not None:
            self._home.view.update()

    def _swipe_by(self, share: float) -> None:
        self._swipe_to(self.swiped + share)

    def _session_changed(self, change: Change) -> None:
        if change.old is not None and change.old.patient.key != change.new.patient.key:
            self.leave()

    def _arranged(self) -> None:
        """Go on where the picture is seen now, if its pane has gone."""
        home, active = self._home, self._window.pane
        if home is not None and home not in self._window.workspace.panes:
            if home.series is None or active.series is None or active.series.key != home.series.key:
                self.leave()
            self._home = active
        self._update()

    def _update(self) -> None:
        if self.manner is None and not self.outlines_on:
            self._pair = None
            self._choice.take_off()
            self._drawn.clear()
            for layers in self._layers.values():
                layers.forget()
        for view in self._layers:
            view.update()
        self._window.actions_table.refresh()
        self.changed.emit()
