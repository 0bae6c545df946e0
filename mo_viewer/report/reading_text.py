"""The report as plain text that can be copied into any system, and as an HTML page of one file."""

import base64
from collections.abc import Iterator
from html import escape

from mo_viewer.report.reading import Reading
from mo_viewer.report.reading_lesion import LesionPart, Picture, Table
from mo_viewer.volume.arrays import ByteArray

_STYLE = """
body { font: 15px/1.45 "Inter", "DejaVu Sans", sans-serif; color: #1b1f23; max-width: 60em; margin: 2em auto; }
h1 { font-size: 1.35em; margin-bottom: 0; } h2 { font-size: 1.1em; margin: 1.6em 0 .4em; }
h3 { font-size: 1em; margin: 1em 0 .2em; } table { border-collapse: collapse; font-size: .92em; }
th, td { text-align: left; padding: .25em .9em .25em 0; border-bottom: 1px solid #d8dde2; vertical-align: top; }
.standing { font-weight: 600; } .preliminary, .caution { color: #9a5b00; } .small { color: #57606a; font-size: .88em; }
figure { display: inline-block; margin: 0 1em 1em 0; } figure img { max-width: 18em; display: block; }
"""


def text_of(report: Reading) -> str:
    """Return the report as lines of text; columns are set apart with blanks."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def html_of(report: Reading) -> str:
    """Return the report as an HTML page with its pictures inside; everything that was read is escaped."""
    return "\n".join(_page(report)) + "\n"


def _lines(report: Reading) -> Iterator[str]:
    yield report.title
    yield report.standing
    yield ""
    yield "   ".join(f"{label}: {one_line(value)}" for label, value in report.person)
    yield ""
    yield report.studies.title
    yield from _columns(report.studies)
    for part in report.lesions:
        yield ""
        yield from _lesion_lines(part, report)
    if report.marks is not None:
        yield ""
        yield report.marks.title
        yield from _columns(report.marks)
    for section in report.sections:
        yield ""
        yield f"{one_line(section.title)} ({section.made_by})"
        for block in section.blocks:
            yield from _columns(block) if isinstance(block, Table) else (one_line(block),)
    yield ""
    yield report.not_claimed_title
    yield from (f"- {sentence}" for sentence in report.not_claimed)
    yield report.made_by


def _lesion_lines(part: LesionPart, report: Reading) -> Iterator[str]:
    yield one_line(part.title)
    yield from (f"! {one_line(caution)}" for caution in part.cautions)
    yield from _columns(part.table)
    for title, lines in blocks(part, report):
        yield title
        yield from (f"- {one_line(line)}" for line in lines)
    if part.rules is not None:
        yield from _columns(part.rules)


def blocks(part: LesionPart, report: Reading) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (title, lines) of what follows a lesion's table."""
    words = report.words
    if part.statements:
        yield words.say("course"), part.statements
    if part.grade:
        yield words.say("grade"), part.grade
    yield words.say("not_assessed"), part.missing or (words.say("nothing_left_out"),)


def one_line(text: str) -> str:
    """Return a text without line breaks and control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _columns(table: Table) -> Iterator[str]:
    rows = [tuple(one_line(cell) for cell in row) for row in (table.head, *table.rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(table.head))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _page(report: Reading) -> Iterator[str]:
    state = "standing" if report.is_signed else "standing preliminary"
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head><body>"
    yield f'<h1>{escape(report.title)}</h1><p class="{state}">{escape(report.standing)}</p>'
    yield "<p>" + " &nbsp; ".join(f"{escape(label)}: <b>{escape(value)}</b>" for label, value in report.person) + "</p>"
    yield f"<h2>{escape(report.studies.title)}</h2>" + _html_table(report.studies)
    for part in report.lesions:
        yield f"<h2>{escape(part.title)}</h2>"
        yield from (f'<p class="caution">{escape(caution)}</p>' for caution in part.cautions)
        yield _html_table(part.table)
        yield "".join(_figure(picture) for picture in part.pictures)
        for title, lines in blocks(part, report):
            yield f"<h3>{escape(title)}</h3><ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
        if part.rules is not None:
            yield _html_table(part.rules)
    if report.marks is not None:
        yield f"<h2>{escape(report.marks.title)}</h2>" + _html_table(report.marks)
    for section in report.sections:
        yield f'<h2>{escape(section.title)} <span class="small">{escape(section.made_by)}</span></h2>'
        for block in section.blocks:
            yield _html_table(block) if isinstance(block, Table) else f"<p>{escape(block)}</p>"
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.not_claimed)
    yield f'<div class="small"><h3>{escape(report.not_claimed_title)}</h3><ul>{sentences}</ul>'
    yield f"<p>{escape(report.made_by)}</p></div></body></html>"


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _figure(picture: Picture) -> str:
    data = base64.b64encode(png(picture.pixels)).decode("ascii")
    caption = escape(picture.caption)
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    )


def png(pixels: ByteArray) -> bytes:
    """Return a picture as PNG."""
    from imagecodecs import png_encode

    return bytes(png_encode(pixels))
