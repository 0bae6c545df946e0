"""What stands beside a mark and in the list of marks."""

from mo_viewer.findings.mark import Mark, MarkKind
from mo_viewer.measure.marks import Inside, Reading, Scale
from mo_viewer.ui.marks.kinds import KINDS
from mo_viewer.ui.plain_text import plain
from mo_viewer.volume.volume import UNITS

BY_READER = "mm by your line"
_CM2_FROM_MM2 = 1000.0


def unit_of(scale: Scale) -> str:
    """Return the unit of a length, with its calibration."""
    return BY_READER if scale.by_reader else UNITS[scale.length]


def length_text(length: float, scale: Scale) -> str:
    """Return a length with its unit and calibration."""
    return f"{_figure(length)} {unit_of(scale)}"


def area_text(area: float, scale: Scale) -> str:
    """Return an area with its unit and calibration."""
    unit = unit_of(scale)
    if unit.startswith("mm") and area >= _CM2_FROM_MM2:
        return f"{area / 100:.1f} cm²{unit[2:]}"
    figures = f"{area:.1f}" if area < 100 else f"{area:.0f}"
    return f"{figures} {unit[:2]}²{unit[2:]}"


def value_text(values: tuple[float, ...], unit: str) -> str:
    """Return stored values as read: whole numbers where they are whole."""
    if not values:
        return "no pixel"
    return f"{', '.join(f'{v:.0f}' if v == int(v) or abs(v) >= 100 else f'{v:.2f}' for v in values)} {unit}".rstrip()


def title_of(mark: Mark) -> str:
    """Return what a mark is called: its own name, else its kind."""
    return plain(mark.label) or KINDS[mark.kind].title


def main_value(mark: Mark, reading: Reading | None) -> str:
    """Return the one value that stands in the list."""
    if reading is None:
        return ""
    if mark.kind is MarkKind.CALIBRATION:
        return f"{_figure(mark.known_mm or 0)} mm true"
    if reading.short is not None and reading.length is not None:
        return f"{_figure(reading.length)} × {length_text(reading.short, reading.scale)}"
    if reading.length is not None:
        return length_text(reading.length, reading.scale)
    if reading.angle_deg is not None:
        return f"{reading.angle_deg:.1f}°"
    if reading.area is not None:
        return area_text(reading.area, reading.scale)
    if mark.kind is MarkKind.PROBE:
        return value_text(reading.values, reading.unit)
    return ""


def lines_beside(mark: Mark, reading: Reading | None) -> tuple[str, ...]:
    """Return the lines beside a mark on the picture: name, value, and for outlines mean and range."""
    name = plain(mark.label)
    value = main_value(mark, reading)
    first = f"{name}: {value}" if name and value else name or value
    return tuple(filter(None, (first, *_inside_lines(reading))))


def all_values(mark: Mark, reading: Reading | None) -> str:
    """Return everything that a mark measures, a line each, for a tooltip or the clipboard."""
    if reading is None:
        return "Open the series to measure."
    lines = [f"{title_of(mark)}\t{main_value(mark, reading)}".rstrip()]
    inside = reading.inside
    if inside is not None:
        unit = f" {inside.unit}" if inside.unit else ""
        for name, value in (
            ("mean", inside.mean),
            ("SD", inside.sd),
            ("least", inside.lowest),
            ("most", inside.highest),
            ("median", inside.median),
        ):
            lines.append(f"{name}\t{value:.1f}{unit}")
        lines.append(f"values\t{inside.count}{' (interpolated)' if inside.interpolated else ''}")
        if inside.left_out:
            lines.append(f"without image\t{inside.left_out}")
    elif reading.refused:
        lines.append(reading.refused)
    return "\n".join(lines)


def _inside_lines(reading: Reading | None) -> tuple[str, ...]:
    if reading is None:
        return ()
    inside = reading.inside
    if inside is None:
        return (reading.refused,) if reading.refused else ()
    unit = f" {inside.unit}" if inside.unit else ""
    return (
        f"mean {_short(inside, inside.mean)} ± {_short(inside, inside.sd)}{unit}",
        f"{_short(inside, inside.lowest)} to {_short(inside, inside.highest)} · median {_short(inside, inside.median)}",
        *(("partly outside the image",) if inside.left_out else ()),
    )


def _short(inside: Inside, value: float) -> str:
    """As many decimals as the range deserves."""
    span = inside.highest - inside.lowest
    return f"{value:.0f}" if span >= 20 or inside.unit == "HU" else f"{value:.2f}"


def _figure(length: float) -> str:
    return f"{length:.1f}" if length >= 1 else f"{length:.2f}"
