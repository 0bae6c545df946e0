"""Which of the patient's studies the other one is, and which pane shows it where studies stand side by side."""

from typing import TYPE_CHECKING

from mo_viewer.dicom.series import Series, Study
from mo_viewer.ui.hanging import best_of
from mo_viewer.ui.pane import Pane

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class Choice:
    """The other study of a pane: what the reader chose, else what stands beside it, else the one before it.

    While it is laid over it is the same study until the reader chooses another, whatever comes into other panes.
    """

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._chosen = self._laid = ""
        self._stood: tuple[tuple[Pane, object], ...] = ()

    def lay(self, then: Series) -> None:
        """It is laid over from now on."""
        self._laid = then.source.study_uid

    def take_off(self) -> None:
        """It is laid over no more."""
        self._laid = ""

    def others(self, pane: Pane) -> tuple[Study, ...]:
        """The patient's studies with pictures but that in a pane, newest first."""
        shown = pane.series
        if shown is None:
            return ()
        return tuple(
            study
            for study in self._window.library.studies
            if study.patient.key == shown.source.patient.key
            and study.study_uid != shown.source.study_uid
            and best_of(study) is not None
        )

    def then(self, pane: Pane) -> Series | None:
        """The other series; a pane's own where one shows that study."""
        listed, shown = self.others(pane), pane.series
        if not listed or shown is None:
            return None
        seen = self._seen()
        before = [study for study in listed if study.date <= shown.source.date]
        order = [*before, *(study for study in listed[::-1] if study not in before)]
        near = [study for study in order if study.study_uid in seen]
        known = {study.study_uid: study for study in listed}
        chosen = known.get(self._laid) or known.get(self._chosen)
        if chosen is None or (near and chosen.study_uid not in (self._laid, *seen)):
            chosen = (near or order)[0]
        return seen.get(chosen.study_uid) or best_of(chosen)

    def has_beside(self) -> bool:
        """Whether a pane shows another study of the patient than the active one does."""
        shown = self._window.pane.series
        if shown is None:
            return False
        others = (one.source for one in self._seen().values() if one.source.study_uid != shown.source.study_uid)
        return any(one.patient.key == shown.source.patient.key for one in others)

    def home(self) -> Pane:
        """The pane whose study is compared where several stand side by side: the newest, until it shows another."""
        active, panes = self._window.pane, self._window.workspace.panes
        if self._stood and all(pane in panes and _key(pane) == key for pane, key in self._stood):
            return self._stood[0][0]
        if active.series is None:
            return active
        patient = active.series.source.patient.key
        same = [pane for pane in panes if pane.series is not None and pane.series.source.patient.key == patient]
        return max(same, key=lambda pane: (pane.series.source.date if pane.series else "", pane is active))

    def choose_next(self, home: Pane) -> Series | None:
        """Take the next study, into the pane that showed the one before; None where all are seen already."""
        listed, now = [study.study_uid for study in self.others(home)], self.then(home)
        if now is None:
            return None
        at = listed.index(_study(now))
        beside, seen = self.beside(home), self._seen()
        turn = [uid for uid in listed[at + 1 :] + listed[: at + 1] if self._laid or beside is None or uid not in seen]
        return self.choose(home, turn[0], beside) if turn else None

    def choose(self, home: Pane, uid: str, beside: Pane | None) -> Series | None:
        """Compare a pane's study with another, which comes into the pane `beside` where it is not seen yet."""
        then, seen = _study(self.then(home)), self._seen()
        self._chosen, self._laid = uid, uid if self._laid else ""
        chosen = seen.get(uid) or next((best_of(s) for s in self.others(home) if s.study_uid == uid), None)
        if beside is not None and chosen is not None and uid not in seen:
            beside.show_series(chosen, beside.looks)
            self._stood = (home, _key(home)), (beside, _key(beside))
            self._register(_study(home.series), then, uid)
        return chosen

    def pane_of(self, uid: str) -> Pane | None:
        """The pane that shows a study."""
        return next((pane for pane in self._window.workspace.panes if _study(pane.series) == uid), None)

    def beside(self, home: Pane) -> Pane | None:
        """The pane that another study comes into: the active one beside `home`, else that of the study before it."""
        listed, then = {study.study_uid for study in self.others(home)}, _study(self.then(home))
        panes = [pane for pane in self._window.workspace.panes if pane is not home and _study(pane.series) in listed]
        active = self._window.pane
        return min(panes, key=lambda pane: (pane is not active, _study(pane.series) != then), default=None)

    def _register(self, home: str, before: str, then: str) -> None:
        """Register what came beside a study as what stood there was; what is laid over sees to it itself."""
        window, following = self._window, self._window.extras.following
        if not self._laid and following.way(home, before) is not None and following.way(home, then) is None:
            studies = [study for study in window.library.studies if study.study_uid in (home, then)]
            following.register(studies, [(then, home)])

    def seen(self) -> frozenset[str]:
        """The studies of the active picture's patient that the panes show, or that are laid over."""
        shown = self._window.pane.series
        if shown is None:
            return frozenset()
        key = shown.source.patient.key
        return frozenset(uid for uid, one in self._seen().items() if one.source.patient.key == key) | (
            {self._laid} if self._laid else set()
        )

    def _seen(self) -> dict[str, Series]:
        """What the panes show, by study."""
        shown = [pane.series for pane in self._window.workspace.panes if pane.series is not None]
        return {one.source.study_uid: one for one in shown}


def _key(pane: Pane) -> object:
    return None if pane.series is None else pane.series.key


def _study(series: Series | None) -> str:
    return "" if series is None else series.source.study_uid
