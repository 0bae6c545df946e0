"""What a desk offers beyond findings and the shown image: files, studies, permissions."""

import inspect
from pathlib import Path

import pytest
from phantoms import sphere_volume
from PySide6.QtWidgets import QFileDialog
from small_plugins import write_plugin

from mo_viewer.base.faults import Refused, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.cli.plugin_commands import Console
from mo_viewer.dicom.scan import scan
from mo_viewer.plugin_host import api
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.kit.desk import KitDesk
from mo_viewer.session.session import Session
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.desk import PluginDesk, Room
from mo_viewer.ui.jobs import Jobs

COMMAND = "def register(registry): registry.add_command('x', 'X', lambda desk: None)"


class Shelf:
    series = ()


class Shell:
    def __init__(self):
        self.volume, self.library, self.said = sphere_volume(), Shelf(), []

    def say(self, text, tone):
        self.said.append(text)

    def show_fault(self, fault):
        self.said.append(str(fault))

    def succeeded(self, of):
        pass


@pytest.fixture
def desk_of(qtbot, tmp_path: Path):
    jobs = Jobs()

    def made(*permissions: str) -> PluginDesk:
        asked = ", ".join(f'"{one}"' for one in permissions)
        write_plugin(tmp_path, "mo_mine", COMMAND, f"permissions = [{asked}]")
        host, shell, session = Host(), Shell(), Session()
        host.load([("test", tmp_path)])
        session.open_patient(shell.volume.source.patient)
        return Room(session, jobs, host, shell).desk(host.contributions("command")[0])

    yield made
    jobs.close()


@pytest.mark.parametrize(("kind", "real"), [(api.Desk, PluginDesk), (api.Desk, KitDesk), (api.Console, Console)])
def test_desk_and_console_keep_what_the_api_promises(kind: type, real: type) -> None:
    for name, promised in vars(kind).items():
        if name.startswith("_"):
            continue
        kept = getattr(real, name, None)
        if inspect.isfunction(promised):
            assert list(inspect.signature(kept).parameters) == list(inspect.signature(promised).parameters), name
        else:
            assert kept is not None or name in ("selected", "document"), name


def test_a_file_is_saved_where_the_user_says_with_the_suffix_that_was_meant(
    desk_of, tmp_path: Path, monkeypatch
) -> None:
    desk = desk_of("writes-files")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    assert desk.save("numbers.csv", b"a,b")
    assert (tmp_path / "mine.csv").read_bytes() == b"a,b"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert not desk.save("numbers.csv", b"a,b")
    below_a_file = tmp_path / "mo_mine" / "plugin.toml" / "x"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(below_a_file), ""))
    with pytest.raises(Unwritable):
        desk.save("numbers.csv", b"a,b")


def test_nothing_is_there_without_its_permission(desk_of) -> None:
    desk = desk_of()
    for act in (
        lambda: desk.volume,
        desk.studies,
        lambda: desk.save("a.txt", b""),
        lambda: desk.change("X", desk.document),
        lambda: desk.read_lesion(None, [], Ticket()),
        lambda: desk.load(None, Ticket()),
    ):
        with pytest.raises(PermissionError):
            act()
    assert desk.document is not None


def test_studies_that_are_open_can_be_listed_and_their_series_loaded(desk_of, demo_patient) -> None:
    desk = desk_of("reads-images")
    assert desk.studies() == ()
    series = scan([demo_patient.studies[0].folder]).series
    desk._room.shell.library.series = series
    [study] = desk.studies()
    volume = desk.load(next(one for one in study.series if one.is_volume), Ticket())
    assert volume.unit == "HU"
    assert not volume.values.flags.writeable


def test_an_exporter_is_asked_and_its_file_kept(desk_of, tmp_path: Path, monkeypatch) -> None:
    code = "def register(registry): registry.add_exporter('mine', 'Mine', lambda document: b'all', '.txt')"
    write_plugin(tmp_path / "b", "mo_exports", code, 'permissions = ["writes-files"]')
    room = desk_of("writes-files")._room
    room.host.load([("test", tmp_path / "b")])
    proposed = []

    def ask(parent, title, name):
        proposed.append(name)
        return str(tmp_path / "out.txt"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    room.export(room.host.contributions("exporter")[0])
    assert wait_until((tmp_path / "out.txt").exists, 20)
    assert (tmp_path / "out.txt").read_bytes() == b"all"
    assert proposed == ["mine.txt"]
    room.session = Session()
    with pytest.raises(Refused):
        room.export(room.host.contributions("exporter")[0])
