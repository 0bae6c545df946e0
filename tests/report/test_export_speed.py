"""How long an export of long series takes, on one core and beside plain pydicom, and that it can be followed."""

import itertools
import sys
import time
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from phantoms import grid
from written_ct import blob, document, lesion, write_ct

from mo_viewer.base.faults import Cancelled
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.report.export import export
from mo_viewer.report.history import history_in
from mo_viewer.volume.source import Source

pytestmark = pytest.mark.long
GEOMETRY = grid((500, 512, 512), (1.0, 0.7, 0.7))
SECONDS, RATIO = 10.0, 25.0
"""On one core; and times the seconds in which pydicom alone writes the same data sets from memory, every element
decoded as ours are when they are written (what was only read is copied as bytes). It was 16: headers of 363 images are
read, objects built, written, parsed again and compared, and a PDF laid out."""


@pytest.fixture(scope="module")
def long_course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, dict[str, Source]]:
    """One lesion through 120 slices in each of three studies with 500 slices."""
    import numpy as np

    folder = tmp_path_factory.mktemp("long")
    one_slice = np.random.default_rng(7).integers(900, 2300, GEOMETRY.shape[1:]).astype(np.int16)
    stored = np.broadcast_to(one_slice, GEOMETRY.shape)
    findings, sources = None, {}
    first = lesion(blob(GEOMETRY, (250, 256, 300), (60, 40, 40)))
    for n, date in enumerate(("2024-03-01", "2024-05-02", "2024-09-03")):
        source = replace(write_ct(folder / str(n), GEOMETRY, stored), date=date)
        sources[source.series_uid] = source
        grown = replace(first, mask=blob(GEOMETRY, (250, 256, 300), (60, 40 + n, 40)))
        one = document(source, grown)
        findings = one if findings is None else findings.with_timepoint(one.timepoints[0])
    assert findings is not None
    return findings, sources


def test_three_studies_of_500_slices_take_less_than_ten_seconds(
    tmp_path: Path, long_course: tuple[Document, dict[str, Source]]
) -> None:
    findings, sources = long_course
    told: list[tuple[int, int]] = []
    begun = time.process_time()
    done = export(
        findings,
        sources,
        tmp_path / "out",
        ticket=Ticket(lambda done, total, text: told.append((done, total))),
        history=history_in(findings),
    )
    seconds = time.process_time() - begun
    read = [pydicom.dcmread(path) for path in done.files if path.suffix == ".dcm"]
    elements = sum(1 for dataset in read for _ in dataset.iterall())
    begun = time.process_time()
    for dataset in read:
        dataset.save_as(tmp_path / "again.dcm")
    alone = time.process_time() - begun
    sys.stdout.write(f"export {seconds:.1f} s, pydicom alone {alone:.2f} s, ratio {seconds / alone:.0f}\n")
    assert elements > 10_000
    assert seconds < SECONDS
    assert seconds / alone < RATIO
    assert told[-1] == (len(done.files), len(done.files))
    assert len(told) > len(done.files)


def test_it_can_be_stopped_at_any_time(tmp_path: Path, long_course: tuple[Document, dict[str, Source]]) -> None:
    findings, sources = long_course
    for stop_at in (1, 4, 8):
        with pytest.raises(Cancelled):
            export(findings, sources, tmp_path / "out", ticket=stopping(stop_at))
        assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def stopping(stop_at: int) -> Ticket:
    """A ticket that is cancelled when it has reported so often."""
    counted = itertools.count(1)
    ticket = Ticket(lambda done, total, text: ticket.cancel() if next(counted) == stop_at else None)
    return ticket
