import threading
import time
from pathlib import Path

import numpy as np
import pytest
from phantoms import sphere_volume
from small_plugins import HOSTILE, write_plugin

from mo_viewer.plugin_host.data import Scene
from mo_viewer.plugin_host.host import Host
from mo_viewer.volume.plane import Plane

NEVER_RETURNS = """
import threading
go_on = threading.Event()
def draw(scene):
    go_on.wait(30)
    return ()
def register(registry): registry.add_overlay('stuck', draw)
"""


def scene() -> Scene:
    volume = sphere_volume()
    return Scene(volume, Plane.of_slice(volume.geometry, 5), 0.6, None, "")


def host_with(tmp_path: Path, name: str, code: str, **options: float) -> Host:
    write_plugin(tmp_path, name, code)
    host = Host(**options)
    host.load([("test", tmp_path)])
    return host


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mo_bad_import", "the module is broken"),
        ("mo_bad_register", "half way"),
        ("mo_bad_exit", "gone"),
    ],
)
def test_a_plugin_that_fails_at_its_start_is_named_with_its_reason(tmp_path: Path, name: str, words: str) -> None:
    host = host_with(tmp_path, name, HOSTILE[name])
    assert host.plugins[0].state == "failed"
    assert words in host.faults[0].sentence
    assert host.plugins[0].contributions == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mo_bad_draw", "ZeroDivisionError"),
        ("mo_bad_array", "unlocked the image data"),
        ("mo_bad_write", "read-only"),
        ("mo_bad_huge", "5000 things"),
    ],
)
def test_an_overlay_that_misbehaves_is_named_and_switched_off(tmp_path: Path, name: str, words: str) -> None:
    host = host_with(tmp_path, name, HOSTILE[name])
    [overlay] = host.contributions("overlay")
    shown = scene()
    assert host.call(overlay, shown) is None
    assert words in host.faults[0].sentence
    assert host.contributions("overlay") == []
    assert not shown.volume.values.flags.writeable


def test_a_thread_that_is_left_behind_is_named(tmp_path: Path) -> None:
    host = host_with(tmp_path, "mo_bad_thread", HOSTILE["mo_bad_thread"])
    assert any("left behind" in notice.sentence for notice in host.notices)
    import mo_bad_thread

    mo_bad_thread.stop.set()


def test_an_overlay_that_is_too_slow_is_named_and_one_that_holds_the_window_is_switched_off(tmp_path: Path) -> None:
    host = host_with(tmp_path, "mo_bad_slow", HOSTILE["mo_bad_slow"])
    [overlay] = host.contributions("overlay")
    shown = scene()
    for _ in range(3):
        host.call(overlay, shown)
    assert host.contributions("overlay") == []
    assert any("One call took" in notice.sentence for notice in host.notices)
    assert "holds the window" in host.faults[0].sentence


def test_a_call_that_never_returns_is_named_while_it_runs_and_its_plugin_does_not_start_again(tmp_path: Path) -> None:
    host = host_with(tmp_path, "mo_bad_stuck", NEVER_RETURNS, watch_s=0.2)
    [overlay] = host.contributions("overlay")
    import mo_bad_stuck

    caller = threading.Thread(target=host.call, args=(overlay, scene()), daemon=True)
    caller.start()
    until = time.monotonic() + 5
    while not host.faults and time.monotonic() < until:
        time.sleep(0.02)
    assert caller.is_alive()
    assert "did not come back" in host.faults[0].sentence
    assert host.contributions("overlay") == []
    again = Host()
    again.load([("test", tmp_path)])
    assert again.plugins[0].state == "refused"
    assert "did not come back" in again.plugins[0].reason
    mo_bad_stuck.go_on.set()
    caller.join(5)
    late = Host()
    late.load([("test", tmp_path)])
    assert late.plugins[0].state == "running"


def test_the_watch_ends_its_thread_when_nothing_happens(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    code = "def register(registry): registry.add_overlay('x', lambda scene: ())"
    host = host_with(tmp_path, "mo_good", code, watch_s=0.1)
    host.call(host.contributions("overlay")[0], scene())
    until = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < until:
        time.sleep(0.05)
    assert set(threading.enumerate()) <= before


def test_time_that_the_user_takes_in_a_dialog_is_nobodys_fault(tmp_path: Path) -> None:
    code = "def register(registry): registry.add_command('ask', 'Ask', lambda wait: wait())"
    host = host_with(tmp_path, "mo_asks", code, watch_s=0.1)

    def dialog() -> None:
        with host.waiting():
            time.sleep(0.5)

    host.call(host.contributions("command")[0], dialog)
    assert host.faults == []
    assert host.notices == [] or all("took" not in notice.sentence for notice in host.notices)


def test_image_data_are_what_they_were_after_all_hostile_overlays(tmp_path: Path) -> None:
    for name, code in HOSTILE.items():
        write_plugin(tmp_path, name, code)
    host = Host()
    host.load([("test", tmp_path)])
    shown = scene()
    before = shown.volume.values.copy()
    for overlay in host.contributions("overlay"):
        if overlay.plugin != "mo_bad_array":
            host.call(overlay, shown)
    assert np.array_equal(shown.volume.values, before)
    import mo_bad_thread

    mo_bad_thread.stop.set()
