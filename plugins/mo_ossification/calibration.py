"""The line that was fitted to a phantom on this scanner: named beside densities, never applied to them."""

from collections.abc import Sequence

from mo_viewer.plugin_host.api import Calibration
from mo_viewer.volume.source import Acquisition


def fitting(listed: Sequence[Calibration], acquisition: Acquisition) -> Calibration | None:
    """Return the newest line for the scanner, tube voltage and kernel of these images, or None."""
    scanner = " ".join(filter(None, (acquisition.manufacturer, acquisition.model, acquisition.station)))
    wanted = (scanner, acquisition.kvp, acquisition.kernel)
    known = [line for line in listed if (line.scanner, line.kvp, line.kernel) == wanted]
    return max(known, key=lambda line: line.date, default=None) if scanner else None


def words(line: Calibration) -> str:
    """Say whose line it is, from when, and that the numbers are as stored."""
    fit = f"{line.slope:.4f} × HU {line.intercept:+.1f}"
    return (
        f"Site calibration for this scanner, voltage and kernel: {fit} ({line.phantom}, {line.date or 'undated'}, "
        f"by {line.made_by}). Named only: no HU here was changed."
    )
