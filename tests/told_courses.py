"""Serial phantoms as files, followed by the command, against what truly happened."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mo_viewer.cli import run
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.courses import Visit, befell, course
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.phantom.truth import LesionTruth, truth_of
from mo_viewer.phantom.write import write_ct

GONE_LATER = ("resorbed", "excised")
"""Nothing is left to click on in the latest study: the click is given in the first."""


@dataclass(frozen=True, eq=False)
class Told:
    """What the command said of a course, and what is true of it."""

    visits: tuple[Visit, ...]
    truths: list[dict[str, LesionTruth]]
    code: int
    said: dict

    @property
    def kinds(self) -> list[list[str]]:
        return [[event["kind"] for event in one["events"]] for one in self.said["courses"]]

    def changes(self) -> list[tuple[str, float, float]]:
        """(quantity, told, true) percentages of all courses over all their intervals."""
        uids = [t["study_uid"] for t in self.said["timepoints"]]
        found = []
        for whole, change in ((one, change) for one in self.said["courses"] for change in one["changes"]):
            before, after = (self.truths[uids.index(change[end])] for end in ("from_study", "to_study"))
            name_of = self._name_of(whole["tracking_uid"], uids.index(change["from_study"]))
            names = [name_of] if len(before) == len(after) else [*before, *after]
            for name, value in (("volume", "volume_mm3"), ("mineral_content", "excess_hu_mm3")):
                one, two = (sum(getattr(t, value) for n, t in side.items() if n in names) for side in (before, after))
                found.append((name, change[name].get("percent", np.nan), 100 * (two / one - 1)))
        return found

    def _name_of(self, uid: str, at: int) -> str:
        """Name of the true lesion that lies nearest to one that was told of in a study."""
        lesions = self.said["timepoints"][at]["lesions"]
        place = next((x["centroid_mm"] for x in lesions if x["tracking_uid"] == uid), None)
        away = {n: np.linalg.norm(np.array(t.centroid_mm) - place) for n, t in self.truths[at].items() if place}
        return min(away, key=lambda name: away[name], default="")

    def target_errors(self) -> list[float]:
        """Greatest distance (mm) of the images of points within 15 mm of the lesion, pair by pair."""
        poses = {t["study_uid"]: v.pose for t, v in zip(self.said["timepoints"], self.visits, strict=True)}
        place = next(t for t in self.truths if t)
        limb_mm = next(iter(place.values())).centroid_mm
        visit = self.visits[self.truths.index(place)]
        inner = visit.pose.to_limb(np.array([limb_mm]))
        around = inner + 15.0 * np.vstack([np.zeros(3), np.eye(3), -np.eye(3)])
        errors = []
        for one in self.said["registrations"]:
            if one["matrix_lps"] is None:
                errors.append(np.inf)
                continue
            matrix = np.array(one["matrix_lps"])
            first, second = (poses[one[end]].to_patient(around) for end in ("from_study", "to_study"))
            errors.append(float(np.linalg.norm(first @ matrix[:3, :3].T + matrix[:3, 3] - second, axis=1).max()))
        return errors


def written(visits: Sequence[Visit], folder: Path) -> list[dict[str, LesionTruth]]:
    """Write visits into folders `visit0`, `visit1` ...; what is true of the lesions of each."""
    truths = []
    for number, visit in enumerate(visits):
        volume = acquire(visit.limb, visit.protocol, visit.pose, visit.seed, visit.identity)
        hu = volume.rescaled((0, 0, 0), volume.geometry.shape)
        write_ct(folder / f"visit{number}", hu, volume.geometry, visit.protocol, visit.identity)
        truths.append({s.name: truth_of(visit.limb, s, visit.pose, visit.protocol.kvp) for s in visit.limb.lesions})
    return truths


def tell(visits: tuple[Visit, ...], folder: Path, kind: str, *more: str) -> Told:
    """Write the visits, click once on each lesion of the latest study that has any, and compare."""
    truths = written(visits, folder)
    home = 0 if kind in GONE_LATER else max(k for k, there in enumerate(truths) if there)
    clicks = [",".join(f"{x:.2f}" for x in true.core_points_mm[0]) for true in truths[home].values()]
    options = [f"--at={click}" for click in clicks] + ["--in", visits[home].identity.study_uid]
    for visit in visits:
        if visit.event:
            day = visit.identity.study_date
            options += ["--event", f"{day[:4]}-{day[4:6]}-{day[6:]}:{visit.event}"]
    target = folder / "found.json"
    code = run(["compare", str(folder), *options, *more, "--json", str(target)])
    return Told(visits, truths, code, json.loads(target.read_text("utf-8")))


def told(kind: str, seed: int, folder: Path, protocol: Protocol | None = None, *more: str) -> Told:
    """Tell a course of `mo_viewer.phantom.courses`."""
    return tell(course(kind, seed, protocol), folder, kind, *more)


def right(kind: str, found: Told) -> bool:
    """Whether the events are those that befell the lesions, lesion by lesion."""
    return sorted(map(tuple, found.kinds)) == sorted(befell(kind))


def with_protocols(visits: tuple[Visit, ...], *protocols: Protocol) -> tuple[Visit, ...]:
    """The same visits, each imaged by a protocol of its own (aimed as before)."""
    return tuple(
        replace(visit, protocol=replace(protocol, centre_mm=visit.protocol.centre_mm))
        for visit, protocol in zip(visits, protocols, strict=True)
    )
