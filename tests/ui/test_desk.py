import pytest
from phantoms import sphere_volume

from mo_viewer.base.faults import Refused
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import PluginChange
from mo_viewer.plugin_host.host import Contribution, Host, Plugin
from mo_viewer.session.session import Session
from mo_viewer.ui.desk import Room
from mo_viewer.ui.jobs import Jobs


class Shell:
    """Stands in for the window and writes down what is asked of it."""

    def __init__(self, volume):
        self.volume = volume
        self.heard = []

    def show_point(self, at_mm):
        self.heard.append(("point", at_mm))

    def act(self, name):
        self.heard.append(("act", name))

    def say(self, text, tone):
        self.heard.append(("say", text, tone))

    def show_fault(self, fault):
        self.heard.append(("fault", fault.sentence))

    def refuse(self, fault, tone="caution", of=""):
        self.heard.append(("refused", fault.sentence, of))

    def succeeded(self, of):
        self.heard.append(("succeeded", of))

    def selection_changed(self):
        self.heard.append(("selection",))


@pytest.fixture
def room(qtbot, tmp_path):
    volume = sphere_volume()
    jobs, session, host = Jobs(), Session(), Host()
    session.open_patient(volume.source.patient)
    plugin = Plugin("mo_x", tmp_path, "test", state="running")
    plugin.contributions = [Contribution("mo_x", "panel", "p", "P", lambda desk: None)]
    host.plugins.append(plugin)
    yield Room(session, jobs, host, Shell(volume))
    jobs.close()


@pytest.fixture
def desk(room):
    return room.desk(room.host.contributions("panel")[0])


def test_a_desk_shows_document_image_and_selection_and_passes_wishes_on(room, desk):
    assert desk.document is room.session.document
    assert desk.volume is room.shell.volume
    desk.select("2.25.1")
    desk.show_point((1.0, 2.0, 3.0))
    desk.act("export")
    desk.say("Hello.")
    assert desk.selected == "2.25.1"
    assert room.shell.heard == [
        ("selection",),
        ("point", (1.0, 2.0, 3.0)),
        ("act", "export"),
        ("say", "Hello.", "info"),
    ]


def test_findings_are_changed_through_the_session_and_can_be_undone(room, desk):
    source = desk.volume.source
    changed = desk.document.with_lesion(
        Timepoint(source.study_uid, source.series_uid), Lesion("2.25.3", "L1", ((0, 0, 0),))
    )
    desk.change("Mark L1", changed)
    assert room.session.undo_title == "Mark L1"
    room.select_in(room.shell.volume)
    assert desk.selected == "2.25.3"
    room.session.undo()
    room.select_in(room.shell.volume)
    assert desk.selected == ""


def test_work_answers_and_a_refusal_is_shown(qtbot, room, desk):
    answers = []

    def refuse(ticket):
        raise Refused("Nothing to mark here.")

    desk.run("Add", lambda ticket: 40 + 2, answers.append)
    desk.run("Refuse", refuse, answers.append)
    qtbot.waitUntil(lambda: room.jobs.is_idle)
    assert answers == [42]
    assert ("refused", "Nothing to mark here.", "mo_x.panel.p Refuse") in room.shell.heard
    assert ("succeeded", "mo_x.panel.p Add") in room.shell.heard


def test_an_answer_that_raises_switches_its_contribution_off(qtbot, room, desk):
    desk.run("Add", lambda ticket: 0, lambda zero: 1 / zero)
    qtbot.waitUntil(lambda: room.jobs.is_idle)
    assert room.host.contributions("panel") == []
    assert "ZeroDivisionError" in room.host.faults[0].sentence


def test_listeners_hear_until_they_stop_and_one_that_raises_does_not_stop_the_others(room, desk):
    heard = []
    stop = desk.listen(lambda change: heard.append(change.what))
    room.tell(PluginChange("image"))
    stop()
    room.tell(PluginChange("findings"))
    assert heard == ["image"]
    desk.listen(lambda change: 1 / 0)
    other = Contribution("mo_x", "overlay", "o", "O", lambda scene: ())
    room.desk(other).listen(lambda change: heard.append("other"))
    room.tell(PluginChange("findings"))
    assert heard == ["image", "other"]
