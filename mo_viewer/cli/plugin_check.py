"""Runs the contract kit on one plugin in a process of its own, panels included; also ``python -m`` that process."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mo_viewer.plugin_host.kit.outcome import Outcome, Outcomes

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mo_viewer.plugin_host.host import Contribution, Host
    from mo_viewer.plugin_host.kit.behaviour import Behaviour
    from mo_viewer.plugin_host.kit.studies import Sample

LONGEST_S = 180.0
TIMES = 20


def check_apart(folder: Path, longest_s: float = LONGEST_S) -> list[Outcome]:
    """Return what the kit finds; a plugin that brings its process down or never returns fails where it did so."""
    with TemporaryDirectory(prefix="mo-viewer-kit-") as scratch:
        log = Path(scratch) / "outcomes"
        environment = {name: str(Path(scratch) / name) for name in ("MO_VIEWER_DATA", "MO_VIEWER_SETTINGS")}
        environment |= {"MO_VIEWER_CACHE": scratch, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", __name__, str(folder), str(log)]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                timeout=longest_s,
                check=False,
            )
            trouble = "" if done.returncode == 0 else f"its process ended with {done.returncode}: {done.stderr[-600:]}"
        except subprocess.TimeoutExpired:
            trouble = f"it did not come back within {longest_s:.0f} s"
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        outcomes = [Outcome(**json.loads(line)) for line in lines]
    if trouble:
        last = f" (after: {outcomes[-1].name})" if outcomes else ""
        outcomes.append(Outcome("comes to an end", False, trouble + last))
    return outcomes


def check_here(folder: Path, outcomes: Outcomes) -> None:
    """Run the kit in this process."""
    from mo_viewer.plugin_host.kit.behaviour import Behaviour
    from mo_viewer.plugin_host.kit.disk import DiskWatch
    from mo_viewer.plugin_host.kit.sources import qt_brought, qt_modules
    from mo_viewer.plugin_host.kit.starts import check_files, check_start
    from mo_viewer.plugin_host.kit.studies import samples

    if not check_files(folder, outcomes):
        return
    sampled = samples()
    host = check_start(folder, outcomes)
    if host is None:
        return
    behaviour = Behaviour(host, folder.name, sampled)
    watch = DiskWatch(folder.name, _own_folder(host, folder.name))
    qt_before = qt_modules()
    with watch.looking():
        behaviour.check_parts(outcomes)
        outcomes.add("brings no Qt outside its panels", qt_brought(folder, qt_before))
        shown = _check_panels(host, sampled, behaviour, outcomes)
        behaviour.check_ends(outcomes)
        for widget in shown:
            _drop(widget)
    outcomes.add("writes files only where it may", watch.wrong)


def _own_folder(host: "Host", plugin_id: str) -> Path | None:
    return host.record.folder / plugin_id if "writes-files" in host.granted(plugin_id) else None


def _check_panels(
    host: "Host", sampled: "tuple[Sample, ...]", behaviour: "Behaviour", outcomes: Outcomes
) -> "list[QWidget]":
    """Return the panels as they were left: their background work is answered while they are open, as in the window."""
    panels = host.contributions("panel")
    shown: list[QWidget] = []
    if panels:
        wrong = [text for p in panels for text in _panel(host, p, sampled, behaviour, shown)]
        outcomes.add("panels bear every study", wrong)
        outcomes.add("panels open and close 20 times", [wrong for p in panels for wrong in _leak(host, p, sampled[1])])
    return shown


def _panel(
    host: "Host",
    panel: "Contribution",
    sampled: "tuple[Sample, ...]",
    behaviour: "Behaviour",
    shown: "list[QWidget]",
) -> list[str]:
    from PySide6.QtWidgets import QPushButton, QWidget

    from mo_viewer.base.faults import Fault
    from mo_viewer.plugin_host.data import PluginChange
    from mo_viewer.plugin_host.kit.desk import KitDesk

    _application()
    wrong = []
    for sample in sampled:
        desk = KitDesk(host, panel, sample)
        try:
            widget = host.call(panel, desk)
            if not isinstance(widget, QWidget):
                return [f"{panel.title}: a panel must be a QWidget, not {type(widget).__name__}"]
            for what in ("image", "findings", "selection"):
                host.guard(panel, desk.tell, PluginChange(what))
            texts = [button.text() for button in widget.findChildren(QPushButton) if button.isEnabled()]
            for text in dict.fromkeys(texts):
                button = next((b for b in widget.findChildren(QPushButton) if b.text() == text), None)
                if button is not None:
                    button.click()
        except Fault:
            continue
        finally:
            behaviour.take(f"panel {panel.title} in {sample.name}", desk)
        wrong += desk.wrong
        shown.append(widget)
    return wrong


def _leak(host: "Host", panel: "Contribution", sample: "Sample") -> list[str]:
    import gc

    from PySide6.QtWidgets import QApplication

    from mo_viewer.plugin_host.kit.desk import KitDesk

    _application()
    desk = KitDesk(host, panel, sample)
    widgets, threads = [], []
    for _ in range(TIMES):
        widget = host.call(panel, desk)
        if widget is None:
            return [f"{panel.title}: no panel came"]
        widget.show()
        QApplication.processEvents()
        _drop(widget)
        del widget
        gc.collect()
        widgets.append(len(QApplication.allWidgets()))
        threads.append(threading.active_count())
    wrong = []
    if widgets[-1] > widgets[2]:
        wrong.append(f"{panel.title}: {widgets[-1] - widgets[2]} widgets are left after {TIMES - 3} more openings")
    if threads[-1] > threads[2]:
        wrong.append(f"{panel.title}: {threads[-1] - threads[2]} threads are left")
    if desk.listeners:
        wrong.append(f"{panel.title}: {len(desk.listeners)} listeners were not ended (call what listen returns)")
    return wrong


def _drop(widget: object) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication, QWidget

    assert isinstance(widget, QWidget)
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


_kept: list[object] = []


def _application() -> None:
    """Have an application; it lives as long as the process."""
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        _kept.append(QApplication(sys.argv[:1]))


def _main(folder: str, log: str) -> None:
    with Path(log).open("w", encoding="utf-8") as file:

        def tell(outcome: Outcome) -> None:
            file.write(json.dumps(asdict(outcome)) + "\n")
            file.flush()

        outcomes = Outcomes(tell)
        check_here(Path(folder), outcomes)
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:3])
