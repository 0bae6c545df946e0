"""Files of an export: whole under their final name or not there at all, and never in the place of an older one."""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from mo_viewer.base.faults import Unwritable

PART = ".part"


@dataclass(frozen=True)
class Planned:
    """One file to be made.

    `write` puts the content into the path it is given; `differences` reads that path back and says, a sentence
    each, what is not as it was meant.
    """

    stem: str
    suffix: str
    write: Callable[[Path], None]
    differences: Callable[[Path], Sequence[str]]

    def name(self, number: int) -> str:
        """File name of the nth export into one folder."""
        return f"{self.stem}{'' if number == 1 else f'-{number}'}{self.suffix}"


def study_stem(study_uid: str, date: str) -> str:
    """Return the beginning of a study's file names: date and a short hash, no patient text."""
    return f"{date or 'undated'}_{hashlib.sha256(study_uid.encode()).hexdigest()[:8]}"


def write_all(folder: Path, planned: Sequence[Planned], step: Callable[[int, str], None]) -> tuple[Path, ...]:
    """Write, read back and compare all files, and only then give them their names: all of them or none.

    Parameters
    ----------
    folder
        Made when it is not there.
    planned
        What to write.
    step
        Called with the number of files done and a text; may raise to stop.

    Raises
    ------
    Unwritable
        When a file cannot be written, or what was read back differs from what was meant.
    """
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        targets = _reserve(folder, planned)
        made += [_part(target) for target in targets]
        for done, (plan, target) in enumerate(zip(planned, targets, strict=True)):
            step(done, target.name)
            _write(plan, _part(target))
            found = list(plan.differences(_part(target)))
            if found:
                raise Unwritable(
                    f"{target.name} was not read back as it was meant: {found[0]}", detail="\n".join(found)
                )
        for target in targets:
            _part(target).replace(target)
            made.append(target)
        _flush(folder)
    except OSError as error:
        _remove(made)
        raise Unwritable("The export could not be written.", _hint(error), repr(error)) from error
    except BaseException:
        _remove(made)
        raise
    return tuple(targets)


def _write(plan: Planned, part: Path) -> None:
    plan.write(part)
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _part(target: Path) -> Path:
    return target.with_name(target.name + PART)


def _reserve(folder: Path, planned: Sequence[Planned]) -> list[Path]:
    """Return targets of the first number that is free, their parts made: another export then takes the next."""
    for number in count(1):
        targets = [folder / plan.name(number) for plan in planned]
        if any(target.exists() for target in targets):
            continue
        taken: list[Path] = []
        try:
            for target in targets:
                _part(target).open("x").close()
                taken.append(_part(target))
        except FileExistsError:
            _remove(taken)
        except OSError:
            _remove(taken)
            raise
        else:
            return targets
    raise AssertionError


def _flush(folder: Path) -> None:
    """Make the new names last through a power cut; Windows has no such call for folders."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(made: Sequence[Path]) -> None:
    for path in made:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _hint(error: BaseException | None) -> str:
    """What the system said; pydicom hands an error of the disk on as one that lacks it."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return f"The system says: {error.strerror}."
        error = error.__cause__ or error.__context__
    return ""
