"""Window presets from the resources, and the window that a picture begins with."""

import tomllib
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.faults import Fault, Unreadable
from mo_viewer.paths import bundled
from mo_viewer.session.settings import Settings, own_settings
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.reslice import Section
from mo_viewer.volume.taps import Taps
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

AUTO = "Auto"
_AUTO_PERCENTILES = (0.5, 99.5)
_MOST_SAMPLES = 250_000


@dataclass(frozen=True)
class Preset:
    """A named window for CT in HU, its number key and its group in menus (both may be empty)."""

    window: Window
    key: str = ""
    group: str = ""


def read_presets() -> tuple[Preset, ...]:
    """Return the presets of ``resources/window_presets.toml``.

    Raises
    ------
    Unreadable
        When somebody has edited the file and a number or name is missing.
    """
    file = bundled("resources") / "window_presets.toml"
    try:
        listed = tomllib.loads(file.read_text("utf-8"))["preset"]
        return tuple(
            Preset(
                Window(float(row["centre"]), max(1.0, float(row["width"])), str(row["name"])),
                str(row.get("key", "")),
                str(row.get("group", "")),
            )
            for row in listed
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(
            "The window presets cannot be read.", "Check resources/window_presets.toml.", str(error)
        ) from error


def own_presets(settings: Settings) -> tuple[Preset, ...]:
    """Return the presets that the user has made; none where there are none, or where they make no sense."""
    try:
        return tuple(
            Preset(
                Window(float(row["centre"]), max(1.0, float(row["width"])), str(row["name"])), row["key"], row["group"]
            )
            for row in settings.get("presets", [])
        )
    except (KeyError, TypeError, ValueError):
        return ()


def kept_presets(presets: tuple[Preset, ...]) -> list[dict[str, object]]:
    """Return presets as the settings keep them; the inverse of `own_presets`."""
    return [
        {"name": p.window.name, "width": p.window.width, "centre": p.window.centre, "key": p.key, "group": p.group}
        for p in presets
    ]


def presets_or_fault() -> tuple[tuple[Preset, ...], Fault | None]:
    """Return the presets; none and the reason when they cannot be read."""
    own = own_presets(own_settings())
    if own:
        return own, None
    try:
        return read_presets(), None
    except Fault as fault:
        return (), fault


def first_window(volume: Volume, k: int, presets: tuple[Preset, ...]) -> Window:
    """Return the window to begin with: the images' own, else for HU the first preset, else automatic."""
    if volume.windows:
        own = volume.windows[0]
        return own if own.name else replace(own, name="DICOM")
    if volume.unit == "HU" and presets:
        return presets[0].window
    return auto_window(volume, k)


def auto_window(volume: Volume, k: int) -> Window:
    """Return a window from the 0.5th to the 99.5th percentile of slice k, padding left out."""
    stored = volume.values[k]
    values = np.asarray(volume.rescaled_slice(k), dtype=np.float64)
    if volume.padding is not None:
        values = values[(stored < volume.padding[0]) | (stored > volume.padding[1])]
    return _spread(values)


def auto_window_of(volume: Volume, section: Section) -> Window:
    """Return a window from the 0.5th to the 99.5th percentile of a section, what is outside left out."""
    taps = Taps(volume)
    keep = ~taps.is_padding(section.values) if section.outside is None else ~section.outside
    return _spread(np.asarray(taps.rescaled(section.values[keep]), dtype=np.float64))


def _spread(values: FloatArray) -> Window:
    values = values.ravel()[:: max(1, values.size // _MOST_SAMPLES)]
    values = values[np.isfinite(values)]
    if not values.size:
        return Window(127.5, 256.0, AUTO)
    low, high = np.percentile(values, _AUTO_PERCENTILES)
    return Window(float(low + high) / 2, max(1.0, float(high - low)), AUTO)
