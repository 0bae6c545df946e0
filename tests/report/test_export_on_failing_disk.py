"""Whatever an export asks of the disk may fail: nothing half-written gets a final name, nothing older is lost."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from failing_disk import FailingDisk
from phantoms import grid
from written_ct import blob, document, lesion, write_ct

import mo_viewer.report.export as exporting
from mo_viewer.base.faults import Unwritable
from mo_viewer.report.export import FORMATS, MORE_FORMATS, export
from mo_viewer.report.files import Planned, write_all
from mo_viewer.report.verify import verify

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85))
Content = dict[str, bytes]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Planned]:
    """All files of an export of everything, not yet written."""
    folder = tmp_path_factory.mktemp("planned")
    source = write_ct(folder / "ct", GEOMETRY)
    marked = lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)))
    found: list[Planned] = []

    def keep(out: Path, plans: Sequence[Planned], step: object) -> tuple[Path, ...]:
        found.extend(plans)
        return ()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "write_all", keep)
        export(document(source, marked), {source.series_uid: source}, folder / "out", FORMATS + MORE_FORMATS)
    return found


def content(folder: Path) -> Content:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def written(folder: Path, planned: Sequence[Planned], fails_at: int) -> FailingDisk:
    with FailingDisk(fails_at).in_place() as disk:
        write_all(folder, planned, lambda done, text: None)
    return disk


def fails_whole(folder: Path, planned: Sequence[Planned], steps: Sequence[int]) -> None:
    before = content(folder)
    for fails_at in steps:
        with pytest.raises(Unwritable, match="No space left"):
            written(folder, planned, fails_at)
        assert content(folder) == before, f"step {fails_at}"


def test_a_full_disk_at_any_step_leaves_what_was_there(tmp_path: Path, planned: Sequence[Planned]) -> None:
    """Some of the steps, spread over all kinds; the long test takes every one."""
    write_all(tmp_path, planned, lambda done, text: None)
    first = content(tmp_path)
    steps = written(tmp_path / "counted", planned, 0).steps
    assert {"open", "write", "sync", "rename"} == set(steps)
    assert steps.count("rename") == len(planned)
    (tmp_path / "counted").rename(tmp_path.parent / "counted")
    writes = [n for n, what in enumerate(steps, 1) if what == "write"]
    others = [n for n, what in enumerate(steps, 1) if what != "write"]
    fails_whole(tmp_path, planned, [*others[::5], *writes[::8]])
    assert content(tmp_path) == first
    assert verify(tmp_path).differences == ()


@pytest.mark.long
def test_a_full_disk_at_every_single_step_leaves_what_was_there(tmp_path: Path, planned: Sequence[Planned]) -> None:
    steps = written(tmp_path / "counted", planned, 0).steps
    (tmp_path / "out").mkdir()
    write_all(tmp_path / "out", planned, lambda done, text: None)
    fails_whole(tmp_path / "out", planned, range(1, len(steps) + 1))
