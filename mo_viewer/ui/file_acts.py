"""What comes in and goes out: folders, files, the demo patient, exports."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QCloseEvent

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.paths import user_cache
from mo_viewer.report.sources import sources_of
from mo_viewer.session.audit import EXPORT
from mo_viewer.session.settings import own_reader
from mo_viewer.ui.actions import Need
from mo_viewer.ui.file_dialogs import asked_files, asked_source, asked_target
from mo_viewer.ui.sure import is_sure

if TYPE_CHECKING:
    from mo_viewer.report.export import Exported
    from mo_viewer.ui.window import Window


class FileActs:
    """Acts on what a window has open."""

    WRITTEN = "report (PDF), DICOM SR and SEG, CSV, JSON, FHIR"
    """What an export holds, in words."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        folder = asked_source(self._window, "Open folder")
        if folder is not None:
            self._window.open_paths([folder])

    def ask_files(self) -> None:
        """Ask for files or a zip and open them."""
        files = asked_files(self._window, "Open files or zip")
        if files:
            self._window.open_paths(files)

    def open_demo(self) -> None:
        """Make the demo patient, where it is not there yet, and open it."""

        def write(ticket: Ticket) -> list[Path]:
            from mo_viewer.phantom.demo import write_demo

            return [study.folder for study in write_demo(user_cache() / "demo-patient", ticket).studies]

        self._window.jobs.run(
            "Making the demo patient",
            write,
            self._window.open_paths,
            self._window.show_fault,
            slot="demo",
        )

    def ask_export(self) -> None:
        """Ask for a folder and export the patient's findings into it."""
        folder = asked_target(self._window, f"Export findings into a folder: {self.WRITTEN}")
        if folder is not None:
            self.export(folder)

    @property
    def findings(self) -> Need:
        """What an export needs."""
        return Need(self._has_findings, "No lesion of this patient is marked yet, and nothing is measured.")

    @property
    def lesions(self) -> Need:
        """What a signature and the exports of plugins need."""
        return Need(self.has_lesions, "No lesion of this patient is marked yet.")

    def _has_findings(self) -> bool:
        document = self._window.session.document
        return document is not None and any(timepoint.has_findings for timepoint in document.timepoints)

    def has_lesions(self) -> bool:
        """Whether a lesion of this patient is marked."""
        document = self._window.session.document
        return document is not None and any(timepoint.lesions for timepoint in document.timepoints)

    def export(self, folder: Path) -> None:
        """Write the patient's findings; "exported" is said after every file was read back and compared."""
        document = self._window.session.document
        if document is None:
            raise Refused("No patient is open.")
        window = self._window
        series = tuple(window.library.series)
        sources = sources_of(document, series)
        stands = window.session.standing(own_reader(window.extras.settings))
        plugin = ", ".join(f"{manifest.id} {manifest.version}" for manifest in window.host.running())

        def write(ticket: Ticket) -> "Exported":
            from mo_viewer.plugin_host.sections import sections_of
            from mo_viewer.report.export import FORMATS, export
            from mo_viewer.report.history import history_in

            history = history_in(document)
            return export(
                document,
                sources,
                folder,
                FORMATS,
                ticket,
                plugin=plugin,
                history=history,
                standing=stands,
                sections=sections_of(window.host, document),
                series=series,
            )

        window.jobs.run("Exporting", write, self._exported, window.show_fault, slot="export")

    def close_all(self, event: QCloseEvent) -> None:
        """Stop all work, write what is left, end all threads; asks first when the disk does not take the findings."""
        window = self._window
        window.session.flush()
        if window.session.unsaved and not self._may_lose(window.session.unsaved):
            event.ignore()
            return
        for sender in (window.library, window.jobs):
            sender.blockSignals(True)
        window.library.close()
        window.jobs.close()
        window.session.close()
        event.accept()

    def _may_lose(self, count: int) -> bool:
        question = f"The disk has not taken the last findings ({count} not written). Close and lose them?"
        return is_sure(self._window, question, "", "Close and lose them", "Keep open", harms=True)

    def _exported(self, exported: "Exported") -> None:
        self._window.session.note(EXPORT, "E", f"{len(exported.files)} files")
        where = f" into {exported.files[0].parent}" if exported.files else ""
        self._window.say(f"Exported {len(exported.files)} files{where}, each read back and compared.", "good")
        for remark in exported.remarks:
            self._window.say(remark, "caution")


def local_paths(data: QMimeData) -> list[Path]:
    """Return the files and folders that a drag carries."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
