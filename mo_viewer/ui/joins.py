"""Series that were split and that the reader wants to see as one."""

from collections.abc import Sequence

from mo_viewer.base.faults import Refused
from mo_viewer.dicom.arrange import merged
from mo_viewer.dicom.series import Series
from mo_viewer.ui.openings import identity

Identity = tuple[str, str, str]


class Joins:
    """Knows which series are shown whole; the parts are kept, so that they can be shown again."""

    def __init__(self) -> None:
        self._made: dict[Identity, tuple[tuple[Series, ...], Series]] = {}

    def join(self, parts: Sequence[Series]) -> None:
        """Show the parts of one series as one from now on.

        Raises
        ------
        Refused
            When there is one part only, or their pixels cannot stand in one array.
        """
        if len(parts) < 2:
            raise Refused("This series was not split.")
        self._made[identity(parts[0])] = tuple(parts), merged(parts)

    def part(self, series: Series) -> None:
        """Show the parts of a series again."""
        self._made.pop(identity(series), None)

    def has(self, series: Series) -> bool:
        """Whether a series is one that was joined."""
        return identity(series) in self._made

    def apply(self, series: Sequence[Series]) -> tuple[Series, ...]:
        """Return the series as they are shown: joined ones in the place of their first part."""
        shown: list[Series] = []
        done: set[Identity] = set()
        for one in series:
            name = identity(one)
            if name not in self._made or not one.is_image:
                shown.append(one)
            elif name not in done:
                done.add(name)
                shown += self._whole(name, parts_of(series, one))
        return tuple(shown)

    def _whole(self, name: Identity, parts: tuple[Series, ...]) -> tuple[Series, ...]:
        known, whole = self._made[name]
        if known == parts:
            return (whole,)
        try:
            self.join(parts)
        except Refused:
            return parts
        return (self._made[name][1],)


def parts_of(series: Sequence[Series], one: Series) -> tuple[Series, ...]:
    """Return all image series that share the identity of one."""
    return tuple(other for other in series if other.is_image and identity(other) == identity(one))
