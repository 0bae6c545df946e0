import os
import sqlite3
from contextlib import closing
from pathlib import Path

from mo_viewer.paths import user_data, user_settings
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
    user_data().mkdir(parents=True)
    for broken in (b"", b"{", b"[]" * 3000, b"SQLite format 3\0" + bytes(5000)):
        (user_data() / "recent.sqlite").write_bytes(broken)
        assert recent_folders() == ()
        remember([Path("/data/a")])
        assert recent_folders() == (Path("/data/a"),)


def test_forgetting_takes_one_entry_off():
    remember([Path("/data/a")])
    remember([Path("/data/b")])
    forget(Path("/data/b"))
    assert recent_folders() == (Path("/data/a"),)


def test_only_the_owner_may_read_the_list_and_that_of_earlier_versions_goes():
    user_settings().mkdir(parents=True)
    (user_settings() / "recent.json").write_text('{"paths": ["/data/Doe_Jane"]}')
    remember([Path("/data/a")])
    assert list(user_settings().iterdir()) == []
    assert [path.name for path in user_data().iterdir()] == ["recent.sqlite"]
    if os.name != "nt":
        assert (user_data() / "recent.sqlite").stat().st_mode & 0o077 == 0


def test_what_was_forgotten_is_in_no_byte_of_the_file():
    remember([Path("/data/Doe_Jane")])
    forget(Path("/data/Doe_Jane"))
    assert b"Doe_Jane" not in (user_data() / "recent.sqlite").read_bytes()


def test_a_list_whose_own_words_are_no_text_is_empty_and_mended():
    remember([Path("/data/a")])
    file = user_data() / "recent.sqlite"
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("DROP TABLE recent")
        db.execute("CREATE TABLE others (x)")
        db.execute("CREATE VIEW recent AS SELECT missing FROM others")
    file.write_bytes(file.read_bytes().replace(b"SELECT missing", b"SELECT mis\x80\x99ng"))
    assert recent_folders() == ()
    remember([Path("/data/b")])
    assert recent_folders() == (Path("/data/b"),)
