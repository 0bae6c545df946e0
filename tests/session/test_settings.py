import pytest

from mo_viewer.base.faults import Unwritable
from mo_viewer.session.settings import Settings, own_settings


def test_what_is_set_is_there_in_the_next_start():
    own_settings().set("theme", "light")
    assert own_settings().get("theme", "dark") == "light"


def test_a_value_of_another_type_gives_the_default(tmp_path):
    path = tmp_path / "s.json"
    path.write_text('{"rate": "fast", "count": 3, "on": 1}')
    settings = Settings(path)
    assert settings.get("rate", 12.0) == 12.0
    assert settings.get("count", 1.0) == 3.0
    assert settings.get("on", True) is True
    assert settings.get("absent", None) is None


def test_a_broken_file_is_put_aside_and_said(tmp_path):
    path = tmp_path / "s.json"
    path.write_text("{ no json")
    settings = Settings(path)
    assert settings.trouble
    assert settings.get("theme", "dark") == "dark"
    settings.set("theme", "light")
    assert Settings(path).get("theme", "dark") == "light"
    assert (tmp_path / "s.json.unreadable").read_text() == "{ no json"


def test_listeners_hear_of_changes_only_and_none_forgets(tmp_path):
    settings, heard = Settings(tmp_path / "s.json"), []
    settings.listen(heard.append)
    settings.set("a", [1])
    settings.set("a", [1])
    settings.set("a", None)
    assert heard == ["a", "a"]
    assert Settings(tmp_path / "s.json").get("a", None) is None


def test_a_disk_that_refuses_is_said_and_the_value_counts_meanwhile(tmp_path):
    (tmp_path / "file").write_text("")
    settings = Settings(tmp_path / "file" / "s.json")
    with pytest.raises(Unwritable):
        settings.set("theme", "light")
    assert settings.get("theme", "dark") == "light"
