"""Makes the layer of one view: the other study on the picture's own plane, as the reader wants it mixed."""

from collections.abc import Callable
from dataclasses import dataclass

from mo_viewer.findings.registration import Registration
from mo_viewer.ui.blend import COARSE, Laid, Sampler, grid_of, placed_on
from mo_viewer.ui.comparing.mixing import Manner, Mixed, difference, mixed, region_of
from mo_viewer.ui.comparing.pair import Pair
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.reslice import Grid, Section
from mo_viewer.volume.window import Window


@dataclass(frozen=True, eq=False)
class Wish:
    """What the reader wants: the manner, where the swipe stands, and window, inversion and colours of the picture."""

    manner: Manner
    swiped: float
    look: tuple[Window, bool, str]


class Layers:
    """Serves one view; remembers what was made while nothing has changed."""

    def __init__(self, jobs: Jobs, place: str, done: Callable[[], None]) -> None:
        self._sampler = Sampler(jobs, f"comparison in {place}", done)
        self._kept: tuple[tuple[object, ...], Mixed] | None = None

    def forget(self) -> None:
        """Let go of both studies."""
        self._kept = None
        self._sampler.forget()

    def laid(self, picture: Picture, pair: Pair, wish: Wish) -> Laid | None:
        """Return the layer; None for a difference that is still being worked out."""
        there = carried(grid_of(picture), pair.way)
        section = self._sampler.section(picture, pair.then, there, pair.way)
        is_coarse = section.grid.shape != there.shape
        if is_coarse and wish.manner is Manner.DIFFERENCE:
            return None
        made = self._made(picture, pair, wish, section)
        text = "\n".join(filter(None, (words(pair, wish.manner), made.text)))
        badge = "; ".join(filter(None, (COARSE if is_coarse else "", pair.doubt, _limits(pair, wish.manner))))
        return Laid(made.image, placed_on(section.grid, there), text, badge, region_of(wish.manner, wish.swiped))

    def _made(self, picture: Picture, pair: Pair, wish: Wish, section: Section) -> Mixed:
        key = (section, pair, wish.manner is Manner.DIFFERENCE, wish.manner is Manner.BLEND, wish.look)
        if self._kept is None or self._kept[0] != key:
            if wish.manner is Manner.DIFFERENCE:
                made = difference(picture, pair.then, section, pair.least_hu)
            else:
                made = mixed(wish.manner, pair.then, section, wish.look)
            self._kept = (key, made)
        return self._kept[1]


def carried(grid: Grid, way: Registration) -> Grid:
    """Return the grid where it lies in the other study: the same points of the anatomy, the same steps."""
    turn, plane = way.matrix[:3, :3], grid.plane
    origin = way.carried(plane.origin_mm)[0]
    return Grid(Plane(origin, turn @ plane.right, turn @ plane.down), grid.shape, grid.row_mm, grid.column_mm)


def words(pair: Pair, manner: Manner) -> str:
    """What stands in the corner while another study is in the picture."""
    then, now = (volume.source.date or "undated study" for volume in (pair.then, pair.now))
    if manner is Manner.DIFFERENCE:
        return f"{now} minus {then}"
    return {
        Manner.BLINK: f"SHOWN: {then}",
        Manner.SWIPE: f"left of the line: {then}",
        Manner.CHECKER: f"squares: {then}",
        Manner.BLEND: f"with {then}",
    }[manner]


def _limits(pair: Pair, manner: Manner) -> str:
    reasons = pair.comparable.reasons
    return f"limited: {', '.join(reasons)}" if manner is Manner.DIFFERENCE and reasons else ""
