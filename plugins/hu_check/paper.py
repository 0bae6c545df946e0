"""A check on one page of PDF."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from hu_check.check import Check
from hu_check.forms import other_rows
from hu_check.history import scanner_of

_FAMILY, _POINTS = "DejaVu Sans", 10
"""Figures of equal width as they are, and no ligatures: what stands on the page can be searched and copied."""
_NOTE = "The line is nominal HU = slope × measured HU + intercept; it is named beside densities, never applied."


def pdf_bytes(found: Check) -> bytes:
    """Return the page."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(f"CT number check, {found.phantom}")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    font = QFont(_FAMILY, _POINTS)
    font.setFeature(QFont.Tag("liga"), 0)
    document.setDefaultFont(font)
    document.setHtml(_page(found))
    document.print_(writer)
    buffer.close()
    return bytes(content.data())


def _page(found: Check) -> str:
    acquisition = found.source.acquisition
    facts = [scanner_of(acquisition), f"{acquisition.kvp:g} kV" if acquisition.kvp else "", acquisition.kernel]
    inserts = [
        (
            one.insert.material,
            f"{one.insert.nominal_hu:.0f} ± {one.insert.tolerance_hu:.0f}",
            f"{one.hu:.1f} ± {one.sd_hu:.1f}",
            "pass" if one.passed else "FAIL",
        )
        for one in found.inserts
    ]
    refused = "".join(f"<p>{escape(name)}: {escape(reason)}</p>" for name, reason in found.refused)
    return (
        f"<h2>CT number check: {'pass' if found.passed else 'FAIL'}</h2>"
        f"<p>{escape(found.phantom)}, {escape(found.source.date or 'undated')}<br>"
        f"{escape(', '.join(filter(None, facts)))}</p>"
        f"{_table(('Insert', 'Nominal HU', 'Measured HU', ''), inserts)}"
        f"{_table(('Image', 'Measured', 'Limit'), other_rows(found))}{refused}<p>{_NOTE}</p>"
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = [f"<tr>{''.join(f'<th align=left>{escape(one)}</th>' for one in head)}</tr>"]
    cells += [f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in rows]
    return f"<table cellpadding=4 width='100%'>{''.join(cells)}</table>"
