"""What the import report says: every refused file and every series with a remark, with what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mo_viewer.dicom.scan import Index
from mo_viewer.dicom.series import Series
from mo_viewer.ui.import_advice import refused_advice, remark_advice
from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.series_words import HARMLESS, series_title

NOT_DICOM = "not_dicom"


@dataclass(frozen=True)
class Finding:
    """One line of the report; `place` is the whole path of a file, and patient text like every file name."""

    what: str
    reason: str
    advice: str
    tone: str
    place: str = ""


def report_rows(index: Index) -> list[Finding]:
    """Return refused files first, then series with remarks that limit them, then the rest; other files last."""
    refused = [
        Finding(
            plain(_file_name(refusal.file)),
            plain(refusal.text),
            refused_advice(refusal.code),
            "info" if refusal.code == NOT_DICOM else "fault",
            refusal.file,
        )
        for refusal in index.refused
    ]
    remarked = [finding for series in index.series for finding in _remarks(series)]
    order = {"fault": 0, "caution": 1, "remark": 2, "info": 3}
    return sorted([*refused, *remarked], key=lambda finding: order[finding.tone])


def nameless(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with numbers instead of file names and places."""
    return [replace(one, what=f"File {n}", place="") if one.place else one for n, one in enumerate(findings, 1)]


def summary(index: Index) -> str:
    """Return how many files were read, refused and something else: ``148 files read, 2 refused``."""
    others = sum(refusal.code == NOT_DICOM for refusal in index.refused)
    refused = len(index.refused) - others
    read = max(0, index.files - len(index.refused))
    parts = [f"{counted(read, 'file')} read"]
    parts += [f"{refused:,} refused"] if refused else []
    parts += [f"{others:,} not DICOM"] if others else []
    return ", ".join(parts)


def refused_count(index: Index) -> int:
    """Return how many files were refused, without those that never were DICOM."""
    return sum(refusal.code != NOT_DICOM for refusal in index.refused)


def as_text(index: Index, findings: Sequence[Finding]) -> str:
    """Return the report as plain text with tabs, for a mail or a sheet."""
    lines = [f"{summary(index)}; {counted(len(index.series), 'series', 'series')} in {index.seconds:.1f} s", ""]
    lines += ["\t".join(("What", "Why", "What to do"))]
    lines += ["\t".join((plain(finding.place) or finding.what, finding.reason, finding.advice)) for finding in findings]
    return "\n".join(lines)


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number with its noun: ``1 file``, ``2,000 files``."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _remarks(series: Series) -> list[Finding]:
    title = f"{series.source.date} {series.source.modality}".strip()
    return [
        Finding(
            plain(f"{title} · series {series_title(series)}"),
            plain(remark.text),
            remark_advice(remark.code),
            "remark" if remark.code in HARMLESS else "caution",
        )
        for remark in series.remarks
    ]


def _file_name(address: str) -> str:
    """The last part of a path, and of a path inside an archive ``archive.zip::folder/member``."""
    return address.replace("\\", "/").rstrip("/").rpartition("/")[2] or address
