"""The quick part of the self-test finds what is wrong and says it."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from mo_viewer.session import health
from mo_viewer.session.health import quick_checks, refusal


def troubles() -> dict[str, str]:
    return {check.name: check.trouble for check in quick_checks()}


def test_a_sound_program_passes_and_may_measure() -> None:
    checks = quick_checks()
    assert [check.trouble for check in checks if check.name != "disk"] == [""] * 5
    assert refusal(checks) is None


def test_a_codec_that_changes_pixels_stops_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    import imagecodecs

    monkeypatch.setattr(imagecodecs, "jpegls_decode", lambda _: 0)
    checks = quick_checks()
    found = refusal(checks)
    assert found is not None
    assert "JPEG-LS" in found.hint


def test_a_wrong_number_stops_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    from mo_viewer.measure import density

    right = density.voxel_volumes
    monkeypatch.setattr(density, "voxel_volumes", lambda mask: right(mask) * 1.02)
    assert "mm³" in troubles()["numbers"]
    assert refusal(quick_checks()) is not None


def test_clock_disk_and_fonts_are_said_and_do_not_stop_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(health.time, "time", lambda: 0.0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 5 << 20))
    monkeypatch.setattr(health, "_FONTS", ("absent.ttf",))
    found = troubles()
    assert "clock" in found["clock"]
    assert "5 MB" in found["disk"]
    assert "absent.ttf" in found["fonts"]
    assert refusal(quick_checks()) is None


def test_a_check_that_breaks_has_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken() -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(health, "_decoders", broken)
    assert "RuntimeError" in troubles()["decoders"]
