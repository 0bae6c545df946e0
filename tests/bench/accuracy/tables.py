"""The table of accuracy: what was asked, how often and how well it was answered, and the bar."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.bench.accuracy.cases import Result

PLAIN = (
    "free_haze", "eggshell", "mature", "cleft_1mm", "cleft_1mm_eggshell", "resorbing", "small_solid", "small_shell",
    "half_hazy", "falling_rim",
)  # fmt: skip
SHAPES = ("dumbbell", "irregular", "y_branch", "five_branches", "plate", "c_shape")
SPARSE, WRONG = "sparse_fragments", 0.12
CLOUD, DENSE_BASE, SHELL_BASE, REVERSE = "fragment_cloud", "broad_base_dense", "broad_base_eggshell", "reverse_zoned"
PLAIN_BARS = {0.7: 0.05, 1.5: 0.05, 3.0: 0.08, 5.0: 0.12}
LEAST_MM = 8.0


@dataclass(frozen=True)
class Row:
    """One line: how many clicks, how many were refused or warned, how large the rest's error is, and the bar."""

    name: str
    results: Sequence[Result]
    bar: float
    least_dice: float = 0.0


def rows(known: Sequence[Result]) -> list[Row]:
    """The volume rows: by situation, slice thickness, kernel."""
    shapes = [r for r in known if r.trial.table == "shapes"]
    made = []
    for slice_mm, bar in PLAIN_BARS.items():
        for kernel in ("sharp", "soft"):
            here = [r for r in shapes if r.trial.slice_mm == slice_mm and r.trial.kernel == kernel]
            plain = [r for r in here if r.trial.name in PLAIN and not r.thin]
            made.append(Row(f"free or cleft, {slice_mm:g} mm {kernel}", plain, bar, 0.95))
    for names, title, sharp, soft, dice in (
        (SHAPES, "irregular, branches, plate, C", 0.05, 0.10, 0.0),
        ((CLOUD,), "fragment cloud", 0.12, 0.12, 0.0),
        ((SPARSE,), "sparse fragments", 0.12, 0.12, 0.0),
        ((DENSE_BASE,), "broad base, dense", 0.08, 0.08, 0.93),
        ((SHELL_BASE,), "broad base, eggshell", 0.15, 0.15, 0.88),
    ):
        some = [r for r in shapes if r.trial.name in names]
        made.append(Row(f"{title}, <= 1.5 mm sharp", _in(some, (0.7, 1.5), "sharp"), sharp, dice))
        made.append(Row(f"{title}, <= 1.5 mm soft", _in(some, (0.7, 1.5), "soft"), soft, dice))
        made.append(Row(f"{title}, 3 mm", [r for r in some if r.trial.slice_mm == 3.0], soft, dice))
    return made


def _in(results: Iterable[Result], slices: Sequence[float], kernel: str) -> list[Result]:
    return [r for r in results if r.trial.slice_mm in slices and r.trial.kernel == kernel]


def table(known: Sequence[Result], say: Callable[[str], object]) -> int:
    """Print all rows; return how many bars are missed."""
    missed = 0
    say("| volume | clicks | refused | warned | median error | 90 % within | bar | Dice, lowest tenth | holds |\n")
    say("|---|---|---|---|---|---|---|---|---|\n")
    for row in rows(known):
        if row.results:
            missed += not _said(row, say)
    say("\n| what | measured | bar | holds |\n|---|---|---|---|\n")
    for name, value, bar, holds in [*_numbers(known), *_trust(known), *_states(known), *_retests(known)]:
        say(f"| {name} | {value} | {bar} | {'yes' if holds else 'no'} |\n")
        missed += not holds
    return missed


def _said(row: Row, say: Callable[[str], object]) -> bool:
    given = [r for r in row.results if not r.refused]
    bare = [r for r in given if not r.warned]
    count, errors = len(row.results), np.array([abs(r.error) for r in bare] or [0.0])
    dice = np.array([r.dice for r in bare] or [1.0])
    holds = bool(np.mean(errors <= row.bar) >= 0.9 and np.mean(dice >= row.least_dice) >= 0.9)
    say(
        f"| {row.name} | {count} | {count - len(given)} | {len(given) - len(bare)} | {_percent(np.median(errors))} "
        f"| {_percent(np.quantile(errors, 0.9))} | {_percent(row.bar)} | {np.quantile(dice, 0.1):.3f} "
        f"| {'yes' if holds else 'no'} |\n"
    )
    return holds


_Line = tuple[str, str, str, bool]


def _numbers(known: Sequence[Result]) -> list[_Line]:
    """Densities, lengths, distances: the share of clicks within the bar."""
    given = [r for r in known if not r.refused and r.trial.table == "shapes" and r.trial.name != REVERSE and not r.thin]
    sharp = [r for r in given if r.trial.kernel == "sharp" and r.trial.slice_mm <= 1.5]
    soft = [r for r in given if r.trial.kernel == "soft" and r.trial.slice_mm <= 3.0]
    lines = []
    for title, some, within in (
        ("mean HU, sharp <= 1.5 mm: 5 % or 15 HU", sharp, _mean_within(0.05, 15.0)),
        ("mean HU, soft <= 3 mm: 15 %", soft, _mean_within(0.15, 0.0)),
        ("max diameter: 1.5 mm", _upto(given, 3.0), _within("max_diameter_mm", 1.5)),
        ("gap to bone: 0.7 mm", _upto(given, 3.0), _within("gap_to_bone_mm", 0.7)),
        ("zonal index: 0.10 of the truth", _upto(given, 1.5), _within("zonal_index", 0.10)),
    ):
        asked = [w for w in map(within, some) if w is not None]
        share = float(np.mean(asked)) if asked else 0.0
        lines.append((f"{title} ({len(asked)})", f"{_percent(share)} of clicks", "90 %", share >= 0.9))
    return lines


def _upto(results: Iterable[Result], slice_mm: float) -> list[Result]:
    return [r for r in results if r.trial.slice_mm <= slice_mm]


def _within(name: str, most: float) -> Callable[[Result], bool | None]:
    def within(r: Result) -> bool | None:
        if name not in r.found or name not in r.truth:
            return None
        return abs(r.found[name] - r.truth[name]) <= most

    return within


def _mean_within(share: float, least: float) -> Callable[[Result], bool | None]:
    def within(r: Result) -> bool | None:
        return abs(r.found["mean_hu"] - r.truth["mean_hu"]) <= max(least, share * abs(r.truth["mean_hu"]))

    return within


def _trust(known: Sequence[Result]) -> list[_Line]:
    shapes = [r for r in known if r.trial.table == "shapes"]
    given = [r for r in shapes if not r.refused]
    bare = [r for r in given if not r.warned]
    seen = [r for r in given if r.trial.name != REVERSE]
    covered = float(np.mean([r.covered for r in seen]))
    lines = [(f"spread covers the truth ({len(seen)})", _percent(covered), ">= 90 %", covered >= 0.9)]
    for kernel, bar in (("sharp", 0.08), ("soft", 0.15)):
        half = float(np.median([r.half_width for r in bare if r.trial.kernel == kernel]))
        lines.append((f"median half-width, {kernel}", _percent(half), f"<= {_percent(bar)}", half <= bar))
    wrong = [r for r in given if r.dice < 0.8]
    bare_wrong = sum(not r.warned for r in wrong)
    lines.append((f"contours of Dice < 0.8 without a word ({len(wrong)})", str(bare_wrong), "0", bare_wrong == 0))
    for some, title in (
        ([r for r in given if r.thin], "thin walls"),
        ([r for r in given if r.trial.name in (CLOUD, SPARSE)], "fragments"),
        (seen, "all shapes"),
    ):
        off = [r for r in some if abs(r.error) > WRONG]
        bad = sum(not (r.warned and r.covered) for r in off)
        said = f"{title} off by more than {_percent(WRONG)} ({len(off)} of {len(some)}), not warned or not covered"
        lines.append((said, str(bad), "0", bad == 0))
    unsure = (REVERSE, "thin_plate", "small_solid", SPARSE)
    good = [r for r in shapes if not r.thin and r.trial.name not in unsure]
    good = [r for r in good if r.refused or r.dice >= 0.95]
    over = float(np.mean([bool(r.refused) or r.warned for r in good]))
    clouds = sum(bool(r.refused) or r.warned for r in good if r.trial.name == CLOUD)
    title = f"good ones refused or warned ({len(good)}; {clouds} of these are fragment clouds)"
    lines.append((title, _percent(over), "< 5 %", over < 0.05))
    reverse = [r for r in given if r.trial.name == REVERSE and r.truth["max_diameter_mm"] >= 10]
    told = float(np.mean([r.cautioned for r in reverse])) if reverse else 1.0
    lines.append((f"inside-out lesions cautioned ({len(reverse)})", _percent(told), "100 %", told == 1.0))
    false = sum(r.cautioned for r in seen)
    lines.append((f"others cautioned as inside out ({len(seen)})", str(false), "0", false == 0))
    quick = float(np.median([r.seconds for r in given]))
    lines.append(("click to numbers, median", f"{quick:.2f} s", "<= 1.0 s", quick <= 1.0))
    return lines


def _states(known: Sequence[Result]) -> list[_Line]:
    lines = []
    for where in ("free", "touching"):
        for kernel in ("sharp", "soft"):
            some = [r for r in known if r.trial.table == "states" and r.trial.kernel == kernel]
            some = [r for r in some if r.trial.name.startswith(where)]
            seeds = sorted({r.trial.seed for r in some})
            changes, mineral = [], []
            for seed in seeds:
                own = [r for r in some if r.trial.seed == seed and not r.refused]
                sizes = [r.found["volume"] for r in own]
                if sizes:
                    changes.append(max(sizes) / min(sizes) - 1)
                mineral += [abs(r.found["mineral_content"] / r.truth["mineral_content"] - 1) for r in own]
            if not changes:
                continue
            size, most = float(np.median(changes)), 0.20 if (where, kernel) == ("touching", "soft") else 0.10
            title = f"five states, {where}, {kernel}"
            lines.append((f"{title}: size change ({len(seeds)})", _percent(size), "<= 5 %", size <= 0.05))
            content = float(np.mean(np.array(mineral) <= most))
            lines.append(
                (f"{title}: mineral within {_percent(most)}", f"{_percent(content)} of clicks", "90 %", content >= 0.9)
            )
    return lines


def _retests(known: Sequence[Result]) -> list[_Line]:
    some = [r for r in known if r.trial.table == "retest"]
    changes = []
    for key in sorted({(r.trial.seed, r.trial.kernel) for r in some}):
        sizes = [r.found["volume"] for r in some if (r.trial.seed, r.trial.kernel) == key and not r.refused]
        changes += [abs(a / sizes[0] - 1) for a in sizes[1:]]
    if not changes:
        return []
    share = float(np.mean(np.array(changes) <= 0.03))
    text = f"{_percent(share)} of pairs, median {_percent(np.median(changes))}"
    return [(f"test-retest of volume: 3 % ({len(changes)})", text, "90 %", share >= 0.9)]


def _percent(share: float) -> str:
    return f"{100 * float(share):.1f} %"
