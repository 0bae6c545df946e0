"""From a study's series to the check of its phantom, in the window and on the command line."""

from collections.abc import Callable, Iterable, Sequence

from hu_check.check import Check, check_volume
from hu_check.history import add_to_history
from hu_check.table import Table, read_table
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series
from mo_viewer.plugin_host.api import Desk, Tone
from mo_viewer.volume.volume import Volume

NO_PHANTOM = "No phantom here: nothing of the Catphan 50x family was found."
_LEAST_FIELD_MM = 150.0


def candidates(known: Iterable[Series]) -> list[Series]:
    """The series that may show a phantom: CT volumes in HU, wide enough; most slices first."""
    usable = [series for series in known if series.is_volume and series.hounsfield and _is_wide(series)]
    return sorted(usable, key=lambda series: -series.shape[0])


def first_check(
    series: Sequence[Series], load: Callable[[Series, Ticket], Volume], table: Table, ticket: Ticket
) -> Check | None:
    """Return the check of the first series in which there is a phantom; None where none has one."""
    for one in series:
        ticket.check()
        found = check_volume(load(one, ticket), table, ticket)
        if found is not None:
            return found
    return None


def start_check(desk: Desk, done: Callable[[Check], None] | None = None) -> None:
    """Check the study in the active pane in the background, keep the result in the history, and say it."""
    shown = desk.volume
    if shown is None:
        desk.say("Open the images of a phantom first.")
        return
    table = read_table(desk.data_folder)
    study = [one for one in desk.studies() if one.study_uid == shown.source.study_uid]
    series = candidates(one for group in study for one in group.series)
    series.sort(key=lambda one: one.source.series_uid != shown.source.series_uid)

    def load(one: Series, ticket: Ticket) -> Volume:
        return shown if one.source.series_uid == shown.source.series_uid else desk.load(one, ticket)

    def work(ticket: Ticket) -> Check | None:
        return first_check(series, load, table, ticket) if series else check_volume(shown, table, ticket)

    def finish(found: Check | None) -> None:
        if found is None:
            desk.say(NO_PHANTOM, "caution")
            return
        add_to_history(desk, found)
        desk.say(*verdict(found))
        if done is not None:
            done(found)

    desk.run("Checking CT numbers", work, finish, slot="hu_check")


def verdict(found: Check) -> tuple[str, Tone]:
    """One sentence about a check, and its tone."""
    out = [one.insert.material for one in found.inserts if not one.passed]
    if out:
        return f"{found.phantom}: out of tolerance: {', '.join(out)}.", "caution"
    if not found.passed:
        return f"{found.phantom}: inserts pass; uniformity or distances do not.", "caution"
    return f"{found.phantom}: all {len(found.inserts)} inserts are within tolerance.", "good"


def _is_wide(series: Series) -> bool:
    if series.geometry is None or series.shape[0] < 2:
        return False
    _, row, column = series.geometry.spacing_mm
    return min(series.shape[1] * row, series.shape[2] * column) >= _LEAST_FIELD_MM
