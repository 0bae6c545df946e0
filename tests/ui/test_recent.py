import json
from pathlib import Path

from mo_viewer.paths import user_settings
from mo_viewer.ui.recent import MOST, forget, recent_folders, remember


def test_the_latest_folder_comes_first_and_only_once():
    for name in ("a", "b", "a"):
        remember([Path(f"/data/{name}")])
    assert recent_folders() == (Path("/data/a"), Path("/data/b"))


def test_at_most_eight_are_kept():
    for number in range(MOST + 4):
        remember([Path(f"/data/{number}")])
    assert [path.name for path in recent_folders()] == [str(n) for n in range(MOST + 3, 3, -1)]


def test_of_several_files_the_folder_is_kept():
    remember([Path("/data/x/1.dcm"), Path("/data/x/2.dcm")])
    assert recent_folders() == (Path("/data/x"),)


def test_a_damaged_list_is_an_empty_list_and_is_mended_by_the_next_opening():
    user_settings().mkdir(parents=True)
    for broken in ("", "{", "[]", '{"paths": 3}', '{"paths": [1, null]}'):
        (user_settings() / "recent.json").write_text(broken)
        assert recent_folders() == ()
    remember([Path("/data/a")])
    assert recent_folders() == (Path("/data/a"),)


def test_forgetting_takes_one_entry_off():
    remember([Path("/data/a")])
    remember([Path("/data/b")])
    forget(Path("/data/b"))
    assert recent_folders() == (Path("/data/a"),)


def test_the_file_holds_paths_only_and_nothing_half_written_stays():
    remember([Path("/data/a")])
    assert json.loads((user_settings() / "recent.json").read_text()) == {"paths": ["/data/a"]}
    assert [path.name for path in user_settings().iterdir()] == ["recent.json"]
