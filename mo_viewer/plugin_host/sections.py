"""The sections that plugins add to reports, as the report room lays them out."""

from mo_viewer.base.faults import Fault
from mo_viewer.findings.document import Document
from mo_viewer.plugin_host.data import Block, Paragraph, Rows
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.report.reading import Section
from mo_viewer.report.reading_lesion import Table


def sections_of(host: Host, document: Document) -> tuple[Section, ...]:
    """Return what every plugin has to say about these findings; one that says nothing or fails has no section."""
    found = []
    for contribution in host.contributions("section"):
        try:
            section = host.guard(contribution, _written, contribution, document)
        except Fault as fault:
            host.notice(contribution.plugin, f"section {contribution.title}", str(fault))
            continue
        if section is not None and section.blocks:
            found.append(section)
    return tuple(found)


def _written(contribution: Contribution, document: Document) -> Section:
    blocks = tuple(_laid_out(block) for block in contribution.content(document))
    return Section(contribution.title, blocks, contribution.made_by)


def _laid_out(block: Block) -> str | Table:
    if isinstance(block, Paragraph):
        return block.text
    if not isinstance(block, Rows):
        raise TypeError(f"a report section may return Paragraph and Rows, not {type(block).__name__}")
    if any(len(row) != len(block.columns) for row in block.rows):
        raise ValueError("a row of a report section has not as many cells as there are columns")
    return Table("", block.columns, block.rows)
