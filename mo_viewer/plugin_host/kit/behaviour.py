"""Checks of what a plugin does once it runs: over several studies, twice, and cancelled in between."""

import argparse
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mo_viewer.base.faults import Cancelled, Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.base.units import SHOWN
from mo_viewer.findings.lesion import Grade, Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.plugin_host.data import Label, Line, Marker, Paragraph, Pointer, Primitive, Rows
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.plugin_host.kit.desk import KitDesk, Work
from mo_viewer.plugin_host.kit.outcome import Outcomes
from mo_viewer.plugin_host.kit.studies import Sample
from mo_viewer.plugin_host.manifest import Kind
from mo_viewer.plugin_host.plugin import BUDGET_S
from mo_viewer.plugin_host.registry import CliCommand
from mo_viewer.plugin_host.settings import settings_of, wrong_with
from mo_viewer.plugin_host.starting import threads_of
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume

CANCEL_S = 0.2
WORK_S = 60.0
STUCK_S = 3.0


class Behaviour:
    """Runs a started plugin through the samples."""

    def __init__(self, host: Host, plugin_id: str, samples: tuple[Sample, ...]) -> None:
        self._host, self._id, self._samples = host, plugin_id, samples
        self._works: list[tuple[str, Work]] = []
        self._denied: list[str] = []
        self._before = [_sum(sample) for sample in samples]

    def check_parts(self, outcomes: Outcomes) -> None:
        """Check all that needs no window; kinds that the plugin does not add are left out."""
        self._each(outcomes, "overlay", "overlays are pure and quick", self._overlay)
        self._each(outcomes, "measure", "measures are deterministic, with units", self._measure)
        self._each(outcomes, "assessment", "assessments are deterministic", self._assessment)
        self._each(outcomes, "section", "report sections are deterministic", self._section)
        self._each(outcomes, "exporter", "exporters are deterministic", self._exporter)
        self._each(outcomes, "command", "commands bear every study", self._command)
        self._each(outcomes, "tool", "tools bear every study", self._tool)
        self._each(outcomes, "cli", "commands of the command line take their arguments", self._cli)
        self._each(outcomes, "settings", "settings have allowed defaults", self._settings)

    def check_ends(self, outcomes: Outcomes) -> None:
        """Check the background work that was asked for, and what is left when all is done."""
        if self._works:
            outcomes.add("background work ends well", self._ended())
            outcomes.add("background work stops within 200 ms", self._cancelled())
        changed = [s.name for s, old in zip(self._samples, self._before, strict=True) if _sum(s) != old]
        outcomes.add("image data are left alone", [f"changed in {name}" for name in changed])
        outcomes.add("permissions are respected", self._denied)
        outcomes.add("leaves no thread behind", threads_of(self._id))
        said = [f"{fault.where}: {fault.sentence} {fault.traceback}".strip() for fault in self._host.faults]
        outcomes.add("no faults", said)

    def take(self, where: str, desk: KitDesk) -> None:
        """Keep the work that was asked for at a desk, and what was denied there."""
        self._works += [(where, work) for work in desk.works]
        self._denied += [f"{where}: {denied}" for denied in desk.denied]
        desk.works.clear()

    def _each(self, outcomes: Outcomes, kind: Kind, name: str, check: Callable[[Contribution], list[str]]) -> None:
        listed = self._host.contributions(kind)
        if listed:
            outcomes.add(name, [f"{one.title}: {wrong}" for one in listed for wrong in check(one)])

    def _call(self, contribution: Contribution, function: Callable[..., Any], *arguments: object) -> Any:
        try:
            return self._host.guard(contribution, function, *arguments)
        except (Fault, Cancelled):
            return None

    def _overlay(self, overlay: Contribution) -> list[str]:
        wrong, times = [], []
        for sample in self._samples:
            for scene in sample.scenes():
                began = time.thread_time()
                first = self._call(overlay, overlay.content, scene) or ()
                times.append(time.thread_time() - began)
                if not all(isinstance(one, Line | Label | Marker) for one in first):
                    wrong.append("an overlay returns Line, Label and Marker only")
                elif [_plain(one) for one in first] != [
                    _plain(one) for one in self._call(overlay, overlay.content, scene) or ()
                ]:
                    wrong.append(f"draws something else the second time ({sample.name})")
        if times and float(np.median(times)) > BUDGET_S["overlay"]:
            wrong.append(f"takes {np.median(times) * 1000:.0f} ms; 8 ms are allowed")
        return wrong

    def _lesions(self) -> list[tuple[Sample, Lesion, Volume]]:
        return [
            (sample, lesion, sample.volume)
            for sample in self._samples
            if sample.volume is not None and sample.document is not None
            for timepoint in sample.document.timepoints
            for lesion in (*timepoint.lesions, Lesion("2.25.9", "L9", ((0.0, 0.0, 0.0),)))
        ]

    def _measure(self, measure: Contribution) -> list[str]:
        wrong = []
        for sample, lesion, volume in self._lesions():
            found = self._call(measure, measure.content, lesion, volume) or ()
            if found and tuple(self._call(measure, measure.content, lesion, volume) or ()) != tuple(found):
                wrong.append(f"measures something else the second time ({sample.name})")
            for one in found:
                if not isinstance(one, Measurement | Refusal):
                    wrong.append("a measure returns Measurement and Refusal only")
                elif isinstance(one, Measurement) and (one.unit not in SHOWN or not np.isfinite(one.value)):
                    wrong.append(
                        f"{one.concept}: {one.value} {one.unit!r} is not finite or has no unit of the contract"
                    )
        return wrong

    def _assessment(self, assessment: Contribution) -> list[str]:
        wrong = []
        for sample, lesion, volume in self._lesions():
            found = self._call(assessment, assessment.content, lesion, volume)
            if found is None:
                continue
            grade, pattern = found
            if not isinstance(grade, Grade) or not isinstance(pattern, str):
                wrong.append("an assessment returns a Grade and a word")
            elif self._call(assessment, assessment.content, lesion, volume) != found:
                wrong.append(f"judges otherwise the second time ({sample.name})")
        return wrong

    def _section(self, section: Contribution) -> list[str]:
        wrong = []
        for document in [sample.document for sample in self._samples if sample.document is not None]:
            blocks = tuple(self._call(section, section.content, document) or ())
            if blocks != tuple(self._call(section, section.content, document) or ()):
                wrong.append("says something else the second time")
            for block in blocks:
                if not isinstance(block, Paragraph | Rows):
                    wrong.append("a section returns Paragraph and Rows only")
                elif isinstance(block, Rows) and any(len(row) != len(block.columns) for row in block.rows):
                    wrong.append("a row has not as many cells as there are columns")
        return wrong

    def _exporter(self, exporter: Contribution) -> list[str]:
        wrong = [] if exporter.suffix.startswith(".") else ["its suffix does not begin with a dot"]
        documents = [sample.document for sample in self._samples if sample.document is not None]
        if any(self._host.exported(exporter, one) != self._host.exported(exporter, one) for one in documents):
            wrong.append("writes something else the second time")
        return wrong

    def _command(self, command: Contribution) -> list[str]:
        wrong = []
        for sample in self._samples:
            desk = KitDesk(self._host, command, sample)
            self._call(command, command.content, desk)
            self.take(f"command {command.title} in {sample.name}", desk)
            wrong += desk.wrong
        return wrong

    def _tool(self, tool: Contribution) -> list[str]:
        wrong = []
        for sample in self._samples:
            if sample.volume is None:
                continue
            desk = KitDesk(self._host, tool, sample)
            made = self._call(tool, tool.content, desk)
            plane = Plane.of_slice(sample.volume.geometry, sample.volume.geometry.shape[0] // 2)
            for step_mm in (0.0, 200.0):
                at = sample.centre_mm + step_mm * plane.right
                pointer = Pointer((float(at[0]), float(at[1]), float(at[2])), sample.volume, plane)
                for method in ("press", "drag", "release"):
                    self._call(tool, getattr(made, method), pointer)
            self._call(tool, made.leave)
            self.take(f"tool {tool.title} in {sample.name}", desk)
            wrong += desk.wrong
        return wrong

    def _cli(self, command: Contribution) -> list[str]:
        content = command.content
        if not isinstance(content, CliCommand):
            return ["it is not declared in plugin.toml"]
        self._call(command, content.configure, argparse.ArgumentParser(prog=command.name))
        return []

    def _settings(self, settings: Contribution) -> list[str]:
        listed = settings_of(self._host, settings.plugin)
        wrong = [said for one in listed if (said := wrong_with(one, one.default))]
        names = [one.name for one in listed]
        return wrong + [f"{name} is there twice" for name in sorted({n for n in names if names.count(n) > 1})]

    def _cancelled(self) -> list[str]:
        listed = [f"{where}: {said}" for where, work in self._works if (said := _stopped_late(work))]
        return list(dict.fromkeys(listed))

    def _ended(self) -> list[str]:
        wrong = []
        for where, work in self._works:
            so_far: list[object] = []
            ended = _Thread(work, Ticket(show=so_far.append))
            if not ended.run_and_wait(WORK_S):
                wrong.append(f"{where}: not done after {WORK_S:.0f} s")
            elif ended.error is not None and not isinstance(ended.error, Fault | Cancelled):
                wrong.append(f"{where}: {ended.error!r}")
            elif ended.error is None:
                try:
                    for found in so_far:
                        work.shown(found)
                    work.done(ended.result)
                except Fault:
                    pass
                except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is what is looked for
                    wrong.append(f"{where}, when it was done: {error!r}")
        return wrong


class _Thread(threading.Thread):
    """Runs work; a daemon, so that work that never ends does not keep the kit."""

    def __init__(self, work: Work, ticket: Ticket) -> None:
        super().__init__(name="kit work", daemon=True)
        self._work, self.ticket = work, ticket
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Run it and keep what came."""
        try:
            self.ticket.check()
            self.result = self._work.work(self.ticket)
            self.ticket.check()
        except BaseException as error:  # noqa: BLE001 - foreign code: whatever it raises is what is looked for
            self.error = error

    def run_and_wait(self, longest_s: float) -> bool:
        """Start it unless it runs, and wait; returns whether it ended."""
        if self.ident is None:
            self.start()
        self.join(longest_s)
        return not self.is_alive()


class _GapTicket(Ticket):
    """Measures the longest time, of the processor and not of the clock, that a thread works without looking here."""

    def __init__(self) -> None:
        super().__init__()
        self.gap_s = 0.0
        self._last: dict[int, float] = {}

    def check(self) -> None:
        """Note when this thread looked."""
        now, thread = time.thread_time(), threading.get_ident()
        self.gap_s = max(self.gap_s, now - self._last.get(thread, now))
        self._last[thread] = now
        super().check()


def _stopped_late(work: Work) -> str:
    """Say how long work would go on after it was cancelled, or nothing.

    It is run to its end with a ticket that notes when it is looked at (the best of four runs counts, as a busy
    machine makes gaps of its own), and once cancelled soon after its start.
    """
    gap_s = min(_gap_s(work) for _ in range(4))
    if gap_s > CANCEL_S:
        return f"works for {gap_s * 1000:.0f} ms without a look at its ticket"
    running = _Thread(work, Ticket())
    running.start()
    running.join(0.03)
    running.ticket.cancel()
    return "" if running.run_and_wait(STUCK_S) else f"goes on for {STUCK_S:.0f} s after it was cancelled"


def _gap_s(work: Work) -> float:
    noted = _GapTicket()
    _Thread(work, noted).run_and_wait(WORK_S)
    return noted.gap_s


def _plain(primitive: Primitive) -> tuple[object, ...]:
    if isinstance(primitive, Line):
        points = np.asarray(primitive.points_mm).tolist()
        return points, primitive.colour, primitive.width, primitive.closed, primitive.dashed
    words = primitive.text if isinstance(primitive, Label) else ""
    return np.asarray(primitive.at_mm).tolist(), primitive.colour, words


def _sum(sample: Sample) -> tuple[int, bool]:
    if sample.volume is None:
        return 0, False
    return hash(sample.volume.values.tobytes()), bool(sample.volume.values.flags.writeable)
