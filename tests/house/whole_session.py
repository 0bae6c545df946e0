"""``python whole_session.py IMAGES WORK UID X,Y,Z``: a session as a reader has it, with the network forbidden.

Scans, measures and exports on the command line; then opens the window, marks by the mouse, hides the names, takes a
picture, meets an error whose message quotes the patient, saves and closes. Prints the titles of all windows and what
the system says about open internet sockets.
"""

import contextlib
import os
import sys
from pathlib import Path

FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "socket.sendto")


def forbid(event: str, arguments: tuple) -> None:
    if event in FORBIDDEN:
        address = arguments[1] if event in ("socket.connect", "socket.bind", "socket.sendto") else arguments
        is_probe = event == "socket.bind" and address[:2] == ("::1", 0)  # urllib3 asks the system whether it knows IPv6
        if not isinstance(address, str | bytes) and not is_probe:
            sys.stderr.write(f"NETWORK {event}\n")
            os._exit(9)


sys.addaudithook(forbid)


def internet_sockets() -> list[str]:
    """Return the internet sockets of this process; Linux only."""
    own = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            own.add(str(entry.readlink()))
    found = []
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/self/net/{kind}").read_text().splitlines()[1:]
            found += [line for line in lines if f"socket:[{line.split()[9]}]" in own]
    return found


def command_line(images: Path, work: Path, at: str) -> None:
    from mo_viewer.cli import run

    out = work / "out"
    out.mkdir()
    assert run(["scan", str(images), "--json", str(out / "scan.json")]) == 0
    arguments = [f"--at={at}", "--json", str(out / "findings.json"), "--export", str(work / "export"), "--keep"]
    assert run(["measure", str(images), *arguments, "--picture", str(out / "pictures")]) == 0
    assert run(["audit", "--json", str(out / "audit.json")]) == 0


def window(images: Path, work: Path, study_uid: str, at: str) -> None:
    from PySide6.QtWidgets import QApplication

    from mo_viewer.ui.app import open_window, wait_until
    from mo_viewer.ui.demo_pictures import mark_by_click, show_study
    from mo_viewer.ui.pictures import grab

    shown = open_window([images])
    assert wait_until(lambda: not shown.library.is_reading and shown.volume is not None, 120)
    show_study(shown, study_uid)
    mark_by_click(shown, tuple(float(value) for value in at.split(",")))
    shown.toggle_names()
    QApplication.processEvents()
    grab(shown, work / "out" / "window.png")
    name = shown.session.document.patient.name

    def fail(_: object) -> None:
        raise ValueError(f"could not convert {name!r}")

    shown.jobs.run("Failing", fail, lambda _: None, shown.show_fault)
    assert wait_until(lambda: shown.jobs.is_idle, 60)
    wait_until(lambda: any("Failing" in message.sentence for message in shown.pane.messages.messages), 20)
    for message in shown.pane.messages.messages:
        sys.stdout.write(f"{message.sentence} {message.hint} {message.detail}\n")
    for top in QApplication.topLevelWidgets():
        sys.stdout.write(f"title: {top.windowTitle()}\n")
    shown.close()


def main() -> None:
    images, work, study_uid, at = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    command_line(images, work, at)
    window(images, work, study_uid, at)
    sys.stdout.write(f"internet sockets: {internet_sockets()}\n")


if __name__ == "__main__":
    main()
