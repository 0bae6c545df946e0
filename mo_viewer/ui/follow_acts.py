"""Studies of one patient beside each other, registered; and a lesion carried from one to all others."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.faults import Message
from mo_viewer.ui.hanging import best_of, comparable
from mo_viewer.ui.layout_acts import NO_PRIOR
from mo_viewer.ui.linking import Linked
from mo_viewer.volume.volume import Volume

if TYPE_CHECKING:
    from mo_viewer.plugin_host.following import FollowUp
    from mo_viewer.plugin_host.stacks import Opener
    from mo_viewer.ui.window import Window

LAYOUT_OF = {2: "1x2", 3: "1x3"}
MOST = 3
MOST_LISTED = 40


ON_EDGES = "Registered on the bone edges of the radiographs, each in its own scale; no sizes are compared."

COMPARE_TIP = "The study that is shown beside the ones before it, registered on the nearest bone, linked"


class FollowActs:
    """What a window does with several studies of the current patient."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._ways: tuple[object, dict[tuple[str, str], Registration | None]] = None, {}
        window.workspace.linking.way = self.way
        window.study_list.menu_wanted.connect(self._show_menu)
        window.library.series_changed.connect(self._list_studies)
        self._listed: list[str] = []
        self._warned: list[Message] = []

    def actions(self) -> list[Action]:
        """Compare registered, and follow."""
        window = self._window
        return [
            Action("compare", "Compare registered", self.compare, "Arrange", ("Shift+P",),
                   COMPARE_TIP, enabled=window.panes.prior),
            Action("follow", "Find lesions in all studies", self.follow, "Report", ("Shift+K",),
                   "Carry the lesions of this study to the patient's other studies, mark and measure them there",
                   enabled=Need(self.may_follow, "Needs a lesion in this study, and another study of this patient.")),
            Action("align", "Align by hand", self.align, "Link",
                   tip="Take the slices that the panes show now for the same place; no differences are measured by it",
                   enabled=window.panes.several),
        ]  # fmt: skip

    def way(self, first: str, other: str) -> Registration | None:
        """The registration between two studies that the findings keep."""
        from mo_viewer.track.ways import way

        document = self._window.session.document
        if document is None or not document.registrations:
            return None
        if self._ways[0] is not document.registrations:
            self._ways = document.registrations, {}
        known = self._ways[1]
        if (first, other) not in known:
            known[first, other] = way(document.registrations, first, other)
        return known[first, other]

    def may_follow(self) -> bool:
        """Whether the study that is shown has a lesion, and the patient another study."""
        document, volume = self._window.session.document, self._window.volume
        timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
        return timepoint is not None and bool(timepoint.lesions) and len(self._studies()) > 1

    def compare(self) -> None:
        """Show the study and up to two before it, oldest at the left; register them, and link the panes."""
        studies = self._compared()
        if len(studies) < 2:
            self._window.refuse(NO_PRIOR)
            return
        self._hang([series for study in studies if (series := best_of(study)) is not None])
        self._register(studies)

    def register(
        self, studies: Sequence[Study], pairs: Sequence[tuple[str, str]], done: Callable[[], None] = lambda: None
    ) -> None:
        """Register pairs of studies in the background, keep and say what came of it, then call `done`."""
        window, document = self._window, self._window.session.document
        assert document is not None
        opener = self._opener()

        def work(ticket: Ticket) -> tuple[Registration, ...]:
            from mo_viewer.plugin_host.following import Following
            from mo_viewer.plugin_host.stacks import Stacks

            return Following(window.host, Stacks(studies, opener, ticket, window.room.skeletons), document).register(
                pairs
            )

        def keep(found: tuple[Registration, ...]) -> None:
            self._keep(found)
            done()

        window.jobs.run("Registering studies", work, keep, window.show_fault, slot="register")

    def follow(self) -> None:
        """Carry the lesions of the shown study to the patient's others, in the background."""
        window, document, volume = self._window, self._window.session.document, self._window.volume
        if document is None or volume is None or not self.may_follow():
            window.refuse(Refused("Mark a lesion in this study first.", "Then it can be followed."))
            return
        home, studies, opener = volume.source.study_uid, self._studies(), self._opener()

        def work(ticket: Ticket) -> "FollowUp":
            from mo_viewer.plugin_host.following import Following
            from mo_viewer.plugin_host.stacks import Stacks

            following = Following(window.host, Stacks(studies, opener, ticket, window.room.skeletons), document)
            following.carry(home)
            known = frozenset(x.tracking_uid for t in document.timepoints for x in t.lesions)
            return following.finish(known)

        window.jobs.run(
            "Following lesions",
            work,
            lambda found: self._take(document, found),
            window.show_fault,
            slot="follow",
        )

    def align(self) -> None:
        """Forget no registration; link the panes from where they stand."""
        self._window.workspace.linking.align(self._window.workspace.panes)

    # -- inside

    def _list_studies(self) -> None:
        """Have an action that goes to each study, so that panels and the list of actions can."""
        table = self._window.actions_table
        studies = {f"study.{study.study_uid}": study for study in self._window.library.studies[:MOST_LISTED]}
        if list(studies) == self._listed:
            return
        for name in self._listed:
            table.remove(name)
        self._listed = list(studies)
        table.add(
            Action(name, f"Study of {study.date or 'unknown date'}", partial(self.go_to, study.study_uid))
            for name, study in studies.items()
        )

    def go_to(self, study_uid: str) -> None:
        """Show a study, at its lesion where it has one: the selected, else the first."""
        window, document = self._window, self._window.session.document
        study = next((one for one in window.library.studies if one.study_uid == study_uid), None)
        timepoint = None if document is None else document.timepoint(study_uid)
        series = None if study is None else best_of(study)
        lesions = () if timepoint is None else timepoint.lesions
        chosen = next((x for x in lesions if x.tracking_uid == window.room.selected), lesions[0] if lesions else None)
        if study is not None and timepoint is not None:
            series = _series_of(study, timepoint, chosen) or series
        if series is None:
            return
        window.show_series(series)
        if chosen is not None and chosen.surface is not None:
            x, y, z = (float(v) for v in chosen.surface.vertices_mm.mean(axis=0))
            window.room.select(chosen.tracking_uid)
            window.show_point((x, y, z))

    def _studies(self) -> tuple[Study, ...]:
        document = self._window.session.document
        key = "" if document is None else document.patient.key
        return tuple(study for study in self._window.library.studies if study.patient.key == key)

    def _compared(self) -> list[Study]:
        """The shown study and up to two before it, oldest first; the newest ones where it is the first of all."""
        shown = self._window.pane.series
        if shown is None:
            return []
        listed = list(comparable(self._window.library.studies, shown))
        at = next((n for n, study in enumerate(listed) if study.study_uid == shown.source.study_uid), 0)
        picked = listed[at : at + MOST] if at + 1 < len(listed) else listed[:MOST]
        return picked[::-1]

    def _hang(self, series: Sequence[Series]) -> None:
        window, workspace = self._window, self._window.workspace
        workspace.place.take()
        workspace.show_layout(LAYOUT_OF[len(series)])
        for pane, one in zip(workspace.panes, series, strict=True):
            pane.show_series(one, pane.looks)
        workspace.activate(workspace.panes[-1])
        window.show_series(series[-1])
        workspace.use_links(Linked(True, True, True))

    def _register(self, studies: Sequence[Study]) -> None:
        document = self._window.session.document
        assert document is not None
        current = studies[-1].study_uid
        pairs = [(s.study_uid, current) for s in studies[:-1] if self.way(s.study_uid, current) is None]
        if pairs:
            self.register(studies, pairs)
        else:
            self._aligned(document.registrations)

    def _keep(self, found: tuple[Registration, ...]) -> None:
        from mo_viewer.plugin_host.followed import with_registrations

        document = self._window.session.document
        uids = {study.study_uid for study in self._studies()}
        if document is not None and {r.from_study for r in found} <= uids:
            self._window.session.change("Register studies", with_registrations(document, found))
            self._aligned(found)

    def _aligned(self, found: Sequence[Registration]) -> None:
        """Bring the panes to the same place, and say how good it is."""
        workspace = self._window.workspace
        workspace.linking.follow(workspace.active, workspace.panes)
        for message in self._warned:
            self._window.workspace.unsay(message)
        self._warned.clear()
        failed = [r for r in found if r.verdict is Verdict.FAILED]
        doubtful = [r for r in found if r.verdict is Verdict.CHECK]
        for one in failed:
            self._warn(f"Not aligned: {one.reason}. The studies stand side by side; nothing is compared.")
        for one in doubtful:
            self._warn(f"Registered, to be checked: {one.reason}.")
        if not failed and not doubtful:
            on_films = any(r.from_series for r in found)
            self._window.say(ON_EDGES if on_films else "Registered on the nearest bone.", "good")

    def _warn(self, text: str) -> None:
        self._warned.append(Message(text, tone="caution"))
        self._window.messages.say(self._warned[-1])

    def _take(self, before: Document, found: "FollowUp") -> None:
        from mo_viewer.plugin_host.followed import with_followed

        window, now = self._window, self._window.session.document
        if now is None or now.patient.key != before.patient.key:
            return
        fresh = replace(found.document, registrations=now.registrations)
        whole = with_followed(fresh if now is before else now, found)
        window.session.change("Find lesions in all studies", whole)
        marked = sum(bool(t.lesions) for t in whole.timepoints)
        for complaint in found.complaints:
            window.say(complaint, "caution")
        window.say(f"Followed through {len(whole.timepoints)} studies; {marked} show a lesion.", "good")

    def _opener(self) -> "Opener":
        """Take what is in memory, and load the rest."""
        from mo_viewer.dicom.load import load

        library = self._window.library
        known = {s.key: library.volume(s) for study in self._studies() for s in study.series if s.is_image}

        def opened(series: Series, ticket: Ticket) -> Volume:
            found = known.get(series.key)
            return load(series, ticket) if found is None else found

        return opened

    def _show_menu(self, study: Study, at: QPoint) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Compare registered", lambda: self._compare_from(study))
        purging, same = self._window.extras.purging, self._window.extras.same
        menu.addSeparator()
        if same.may_join(study.patient):
            menu.addAction("Same patient …", lambda: same.ask(study.patient))
        if study.patient.own_key:
            menu.addAction("Not the same patient", lambda: same.part(study.patient))
        menu.addAction("Remove this patient for good …", lambda: purging.ask(study.patient)).setEnabled(
            purging.may_purge()
        )
        menu.popup(at)

    def _compare_from(self, study: Study) -> None:
        best = best_of(study)
        if best is not None:
            self._window.show_series(best)
            self.compare()


def _series_of(study: Study, timepoint: Timepoint, lesion: Lesion | None) -> Series | None:
    """The series that a lesion was drawn on, else the one that its study was measured in; None where not open."""
    image = None if lesion is None else timepoint.drawn_on(lesion)
    uid = timepoint.series_uid if image is None else image.series_uid
    named = [one for one in study.series if one.source.series_uid == uid]
    own = (
        one
        for one in named
        if lesion is not None and one.geometry is not None and timepoint.is_on(lesion, one.source, one.geometry)
    )
    return next(own, named[0] if named else None)
