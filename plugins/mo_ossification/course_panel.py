"""The course of the selected lesion: curves, events, what changed and whether it is real, the words of a report."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mo_ossification.chart import CourseChart
from mo_ossification.course_words import Line, clock_lines, interval_lines, report_sentences, study_lines
from mo_ossification.edits import Workbench
from mo_ossification.events_box import EventsBox
from mo_ossification.flow import Flow
from mo_ossification.frame import heading, scrolled, unbroken
from mo_ossification.judging import is_judged, judge
from mo_ossification.kinds_menu import ask_kind
from mo_ossification.maturation_box import MaturationBox
from mo_ossification.sentence_line import SentenceLine
from mo_ossification.timeline import curves
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.days import moments
from mo_viewer.findings.document import Document
from mo_viewer.findings.event import LesionEvent
from mo_viewer.plugin_host.api import Desk, PluginChange
from mo_viewer.report.history import NO_HISTORY, History, history_in
from mo_viewer.report.paragraph import Sentence, as_text

_BELOW_PX = 14
TO_BEGIN = "Mark a lesion (K; on films and MR: Outline a lesion, Shift+R), then Find in all studies (Shift+K)."


class CoursePanel(QWidget):
    """Shows one lesion over all studies of the patient, from what the findings hold; no pixels are read."""

    def showEvent(self, event: QShowEvent) -> None:
        """A lesion that is marked now is told of here."""
        super().showEvent(event)
        self._bench.is_course_seen = True

    def hideEvent(self, event: QHideEvent) -> None:
        """Another panel is in front."""
        super().hideEvent(event)
        self._bench.is_course_seen = False

    def __init__(self, desk: Desk, bench: Workbench | None = None) -> None:
        super().__init__()
        self._desk, self._bench = desk, bench or Workbench()
        self._known: tuple[Document | None, History] = (None, NO_HISTORY)
        self._sentences: tuple[Sentence, ...] = ()
        self._told: tuple[Document | None, History, str] | None = None
        scroll = scrolled(self)
        content = QWidget()
        content.setObjectName("panelContent")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(12, 8, 8, 12)
        self._column.setSpacing(6)
        self._column.addLayout(self._buttons())
        self.events = EventsBox(desk)
        self.chart = CourseChart(self._open)
        self.maturation = MaturationBox(desk)
        self.words = QWidget()
        parts = (heading("INJURY AND EVENTS"), self.events, heading("MATURATION"), self.maturation, self.chart)
        for widget in (*parts, self.words):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        scroll.setWidget(content)
        self._stop = desk.listen(self._refresh)
        self.destroyed.connect(self._stop)
        self._refresh(PluginChange("findings"))

    def _buttons(self) -> Flow:
        row = Flow(6)
        named = (
            ("Compare", "compare", "Show this study beside its priors, registered and linked (Shift+P)."),
            ("Find in all studies", "follow", "Mark and measure this study's lesions in all other studies (Shift+K)."),
        )
        for text, action, tip in named:
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, name=action: self._desk.act(name))
            row.addWidget(button)
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the paragraph about this lesion.")
        copy.clicked.connect(self._copy)
        row.addWidget(copy)
        return row

    def _refresh(self, change: PluginChange) -> None:
        document = self._desk.document
        if change.what == "image" and document is self._known[0]:
            return
        if document is not self._known[0]:
            self._known = (document, NO_HISTORY)
            self._work_out(document)
        uid = self._uid(document)
        self.events.show_events(document)
        self.maturation.show_lesion(document, uid)
        known = () if document is None else curves(document, uid)
        if document is None:
            self.chart.show_curves((), (), False)
        else:
            colour = lesion_colour(document, uid)
            self.chart.show_curves(known, moments(document), bool(document.injury_date), colour)
        self._show_words(document, uid)

    def _work_out(self, document: Document | None) -> None:
        """Have the courses worked out in the background; the words follow."""
        if document is None or len(document.timepoints) < 2:
            return

        def done(history: History) -> None:
            if self._known[0] is document:
                self._known = (document, history)
                self._show_words(document, self._uid(document))

        self._desk.run("Course", lambda _: history_in(document), done, slot="mo_ossification.course")

    def _uid(self, document: Document | None) -> str:
        """The selected lesion, else the one that most studies show."""
        if document is None:
            return ""
        uids = [lesion.tracking_uid for t in document.timepoints for lesion in t.lesions]
        if self._desk.selected in uids:
            return self._desk.selected
        return max(dict.fromkeys(uids), key=uids.count, default="")

    def _show_words(self, document: Document | None, uid: str) -> None:
        if self._told is not None and self._told[0] is document and self._told[1:] == (self._known[1], uid):
            return
        self._told = (document, self._known[1], uid)
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        self._sentences = ()
        if document is None or not uid:
            column.addWidget(_label(Line(TO_BEGIN)))
        else:
            course = self._known[1].course(uid)
            self._sentences = report_sentences(document, self._known[1], uid)
            sections = (
                ("STUDIES", study_lines(document, uid)),
                ("CHANGES", interval_lines(course)),
                ("STABILITY", clock_lines(document, course, uid)),
            )
            for title, lines in sections:
                if lines:
                    column.addWidget(heading(title))
                for line in lines:
                    column.addWidget(_label(line))
                    if line.event is not None:
                        column.addLayout(self._judgement(document, line.event, line.tip))
        if document is not None and self._sentences:
            column.addWidget(heading("REPORT"))
            days = {t.date: t.study_uid for t in document.timepoints if t.date}
            for sentence in self._sentences:
                column.addWidget(SentenceLine(sentence, days, self._open))
        self._column.replaceWidget(self.words, words)
        self.words.hide()
        self.words.deleteLater()
        self.words = words

    def _judgement(self, document: Document, event: LesionEvent, speaks_for_it: str) -> QHBoxLayout:
        """What speaks for an event, and what the reader says to it."""
        row = QHBoxLayout()
        row.setContentsMargins(_BELOW_PX, 0, 0, 4)
        row.setSpacing(6)
        evidence = _label(Line(speaks_for_it, tone="quiet"))
        row.addWidget(evidence, 1)
        accept, other = QPushButton("Confirm"), QPushButton("Correct …")
        accept.setToolTip(
            f"Say that it is {event.kind.value} (Shift+E for the study that is shown). Undo takes it back."
        )
        other.setToolTip("Say what became of it (Ctrl+Shift+E); one letter chooses.")
        accept.clicked.connect(lambda: judge(self._desk, event, event.kind))
        other.clicked.connect(lambda: ask_kind(self._desk, event))
        for button in (accept, other):
            button.setProperty("role", "link")
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        if is_judged(document, event):
            accept.hide()
        return row

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self._sentences))
        if self._sentences:
            self._desk.say("Paragraph copied.", "good")
        else:
            self._desk.say("There is nothing to copy.")

    def _open(self, study_uid: str) -> None:
        """Go to the lesion in a study."""
        self._desk.act(f"study.{study_uid}")


def _label(line: Line) -> QLabel:
    label = QLabel(unbroken(line.text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setToolTip(line.tip)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setObjectName(f"notice_{line.tone}" if line.tone else "rowName")
    label.setContentsMargins(_BELOW_PX if line.below else 0, 0, 0, 0)
    return label
