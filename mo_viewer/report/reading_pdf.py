"""The report as PDF: A4, fonts inside, one page for one lesion and three studies."""

import io
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from html import escape
from typing import Any, NamedTuple

from mo_viewer.base.faults import Unwritable
from mo_viewer.paths import bundled
from mo_viewer.report.charts import chart
from mo_viewer.report.reading import Reading, Section
from mo_viewer.report.reading_lesion import LesionPart, Picture, Table
from mo_viewer.report.reading_text import blocks, one_line, png

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
"""Inter's files hold PostScript outlines, which reportlab cannot embed."""
_MM = 72 / 25.4
_WIDTH_MM, _MARGIN_MM = 182.0, 14.0
_PADDING = 6.0
"""What reportlab's frames add to a margin, points."""
_NAME_MM = 44.0
_MARKS_MM = (30.0, 25.0, 36.0, 50.0, 24.0, 17.0)
_FEW_IN_A_ROW, _MOST_IN_A_ROW = 4, 6
_LONG_RESULT = 12
"""Letters of a rule's result that fit one line of its narrow column."""
_FEW_COLUMNS = 3
"""A lesion's table with more values over time is set smaller, with narrower columns."""
_BEFORE_RULES = 4.0
"""Points between the rules of a grade and what stands above them."""
_BOX = "□"


class _Look(NamedTuple):
    """How large key pictures and curves are at most."""

    picture_mm: float
    chart_mm: tuple[float, float]


_ROOMY, _DENSE = _Look(40.0, (88.0, 27.0)), _Look(30.0, (88.0, 20.0))
"""Smaller ones only where they make it one page."""


def pdf_of(report: Reading) -> bytes:
    """Return the report as a PDF file.

    Letters that the fonts have no shape for (CJK, emoji) become boxes, and their number is said on the page.

    Raises
    ------
    Unwritable
        When the page cannot be laid out.
    """
    _register()
    made, pages = _laid_out(report, 1, _ROOMY)
    if pages == 1:
        return made
    dense, dense_pages = _laid_out(report, 1, _DENSE)
    return dense if dense_pages == 1 else _laid_out(report, pages, _ROOMY)[0]


def _laid_out(report: Reading, of: int, look: _Look) -> tuple[bytes, int]:
    """The file, and how many pages it has; `of` is the number that the foot names."""
    from reportlab.platypus import SimpleDocTemplate
    from reportlab.platypus.doctemplate import LayoutError

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont(FONT, 6.5)
        canvas.setFillColor("#57606a")
        canvas.drawString(_MARGIN_MM * _MM, 8 * _MM, report.made_by)
        page = report.words.say("page", page=document.page, pages=of)
        canvas.drawRightString((210 - _MARGIN_MM) * _MM, 8 * _MM, page)

    letters, file = _Letters(), io.BytesIO()
    story = list(_story(report, letters, look))
    story += _left_out(report, letters)
    margins = {f"{side}Margin": _MARGIN_MM * _MM - _PADDING for side in ("left", "right", "top", "bottom")}
    made = SimpleDocTemplate(
        file, pagesize=(210 * _MM, 297 * _MM), title=report.title, author=report.made_by, **margins
    )
    try:
        made.build(story, onFirstPage=foot, onLaterPages=foot)
    except LayoutError as error:
        raise Unwritable("The report does not fit on pages.", detail=repr(error)) from error
    return file.getvalue(), int(made.page)


@cache
def _register() -> None:
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    rl_config.useA85 = 0
    folder = bundled("resources") / "fonts"
    for name in (FONT, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


class _Letters:
    """Makes text fit for the page, and counts the letters that have no shape in its font."""

    def __init__(self) -> None:
        from reportlab.pdfbase import pdfmetrics

        self._known = pdfmetrics.getFont(FONT).face.charToGlyph
        self.missing = 0

    def fit(self, text: str) -> str:
        """Return a text for a paragraph: escaped, in one line, boxes for what cannot be drawn."""
        lost = [letter for letter in one_line(text) if ord(letter) not in self._known]
        self.missing += len(lost)
        return escape("".join(_BOX if ord(c) not in self._known else c for c in one_line(text)), quote=False)


def _style(size: float, bold: bool = False, colour: str = "#1b1f23", after: float = 0, before: float = 0) -> Any:
    from reportlab.lib.styles import ParagraphStyle

    font = BOLD if bold else FONT
    return ParagraphStyle(
        f"{font}{size}{colour}{after}{before}",
        fontName=font,
        fontSize=size,
        leading=size * 1.28,
        textColor=colour,
        spaceAfter=after,
        spaceBefore=before,
    )


def _paragraph(text: str, style: Any) -> Any:
    from reportlab.platypus import Paragraph

    return Paragraph(text, style)


def _story(report: Reading, letters: _Letters, look: _Look) -> Iterator[Any]:
    fit = letters.fit
    yield _paragraph(fit(report.title), _style(13, bold=True, after=2))
    colour = "#1a6b3c" if report.is_signed else "#9a5b00"
    yield _paragraph(fit(report.standing), _style(8.5, bold=True, colour=colour, after=3))
    person = "&nbsp;&nbsp; ".join(
        f'<font color="#57606a">{fit(label)}</font>&nbsp;<b>{fit(value)}</b>' for label, value in report.person
    )
    yield _paragraph(person, _style(8.5, after=4))
    yield _paragraph(fit(report.studies.title), _style(9, bold=True, after=1))
    yield _table(report.studies, (19, 17, 37, 50, 59), letters)
    for part in report.lesions:
        yield from _lesion(part, report, letters, look)
    if report.marks is not None:
        yield _paragraph(fit(report.marks.title), _style(9, bold=True, before=5, after=1))
        yield _table(report.marks, _MARKS_MM, letters, 6.8)
    for section in report.sections:
        yield from _section(section, letters)
    yield _paragraph(fit(report.not_claimed_title), _style(7.5, bold=True, before=5, after=1))
    yield _paragraph(fit(" ".join(report.not_claimed)), _style(7, colour="#57606a"))


def _lesion(part: LesionPart, report: Reading, letters: _Letters, look: _Look) -> Iterator[Any]:
    from reportlab.platypus import Spacer

    yield _paragraph(letters.fit(part.title), _style(10, bold=True, before=7, after=1))
    for caution in part.cautions:
        yield _paragraph(letters.fit(caution), _style(7.5, colour="#9a5b00"))
    size = 7.6 if part.table.values <= _FEW_COLUMNS else 6.8
    yield _table(part.table, _widths(part.table), letters, size)
    yield from _beside(part.curves, lambda curve: chart(curve, FONT, look.chart_mm), 2)
    most = min(max(len(part.pictures), _FEW_IN_A_ROW), _MOST_IN_A_ROW)
    side_mm = min(look.picture_mm, _WIDTH_MM / most - 3.0)
    yield from _beside(part.pictures, lambda one: _picture(one, letters, side_mm), most)
    for title, lines in blocks(part, report):
        told = " &nbsp;·&nbsp; ".join(letters.fit(line) for line in lines)
        yield _paragraph(f"<b>{letters.fit(title)}:</b> {told}", _style(7.2, before=2))
    if part.rules is not None:
        yield Spacer(0, _BEFORE_RULES)
        yield _table(part.rules, _rule_widths(part.rules), letters, 6.4)


def _section(section: Section, letters: _Letters) -> Iterator[Any]:
    title = f'{letters.fit(section.title)} <font size="7" color="#57606a">{letters.fit(section.made_by)}</font>'
    yield _paragraph(title, _style(10, bold=True, before=7, after=1))
    for block in section.blocks:
        if isinstance(block, Table):
            widths = [_WIDTH_MM / max(1, len(block.head))] * len(block.head)
            yield _table(block, widths, letters)
        else:
            yield _paragraph(letters.fit(block), _style(7.6, after=2))


def _widths(table: Table) -> tuple[float, ...]:
    """Millimetres of each column of a lesion's table: values as wide as they need, changes share what is left."""
    changes = len(table.head) - 1 - table.values
    is_wide = table.values > _FEW_COLUMNS
    name, change = (38.0, 28.0) if is_wide else (_NAME_MM, 36.0)
    value = min(23.0, (_WIDTH_MM - name - change * changes) / max(table.values, 1))
    left = _WIDTH_MM - name - value * table.values
    return (name, *([value] * table.values), *([min(left / max(changes, 1), 46.0)] * changes))


def _rule_widths(rules: Table) -> tuple[float, ...]:
    """Millimetres of each column; a result that is a reason takes room from what it stands beside."""
    has_reason = max(len(row[3]) for row in rules.rows) > _LONG_RESULT
    return (36, 12, 46, 22, 66) if has_reason else (40, 13, 48, 15, 66)


def _table(table: Table, widths_mm: Sequence[float], letters: _Letters, size: float = 7.6) -> Any:
    from reportlab.platypus import Table as Grid

    head = [_paragraph(letters.fit(cell), _style(size - 0.6, bold=True, colour="#57606a")) for cell in table.head]
    rows = [[_paragraph(letters.fit(cell), _style(size)) for cell in row] for row in table.rows]
    made = Grid([head, *rows], colWidths=[w * _MM for w in widths_mm], repeatRows=1, hAlign="LEFT")
    made.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#d8dde2"),
            ("TOPPADDING", (0, 0), (-1, -1), 0.8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.4),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return made


def _beside(things: Sequence[Any], make: Callable[[Any], Any], most: int) -> Iterator[Any]:
    """Rows of equal cells, as many in a row as fit."""
    from reportlab.platypus import Table as Grid

    for start in range(0, len(things), most):
        cells = [make(thing) for thing in things[start : start + most]]
        cells += [""] * (most - len(cells))
        made = Grid([cells], colWidths=[_WIDTH_MM / most * _MM] * most, hAlign="LEFT")
        made.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ]
        )
        yield made


def _picture(picture: Picture, letters: _Letters, side_mm: float) -> list[Any]:
    from reportlab.platypus import Image

    rows, columns = picture.pixels.shape[:2]
    scale = side_mm * _MM / max(rows, columns)
    image = Image(io.BytesIO(png(picture.pixels)), width=columns * scale, height=rows * scale, hAlign="LEFT")
    return [image, _paragraph(letters.fit(picture.caption), _style(7, colour="#57606a", before=1))]


def _left_out(report: Reading, letters: _Letters) -> list[Any]:
    if not letters.missing:
        return []
    text = report.words.say("letters_missing", count=letters.missing)
    return [_paragraph(letters.fit(text.replace(_BOX, "\u25a1")), _style(7, colour="#9a5b00", before=2))]
