"""What pages are made of: headings, paragraphs, facts and tables, with any text whatever."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from argus_web.reports.paper.fonts import BOLD, REGULAR, letters, markup, shown
from argus_web.reports.paper.pages import LINE, SOFT, WIDTH

INK: Final = HexColor("#11201e")
_WASH: Final = HexColor("#eaf0ee")
# Points that a heading leaves free below itself.
_BELOW: Final = 60
_SIZES: Final = {0: 17.0, 1: 12.5, 2: 10.0}


@cache
def _style(name: str) -> ParagraphStyle:
    letters()
    # Ids have no spaces to be broken at.
    plain: dict[str, Any] = {"fontName": REGULAR, "fontSize": 8.5, "leading": 11, "textColor": INK, "splitLongWords": 1}
    bold = plain | {"fontName": BOLD}
    return {
        "text": ParagraphStyle("text", **plain, spaceAfter=3),
        "soft": ParagraphStyle("soft", **(plain | {"textColor": SOFT}), spaceAfter=3),
        "cell": ParagraphStyle("cell", **plain),
        "number": ParagraphStyle("number", **plain, alignment=TA_RIGHT),
        "name": ParagraphStyle("name", **(plain | {"textColor": SOFT})),
        "head": ParagraphStyle("head", **bold),
        "head-number": ParagraphStyle("head-number", **bold, alignment=TA_RIGHT),
        **{
            f"h{level}": ParagraphStyle(
                f"h{level}",
                **(bold | {"fontSize": size, "leading": size * 1.25}),
                spaceBefore=size * 0.9,
                spaceAfter=4,
            )
            for level, size in _SIZES.items()
        },
    }[name]


class _Heading(Paragraph):  # type: ignore[misc]
    """Goes to the next page when there is hardly room for what it stands above."""

    def __init__(self, words: str, level: int, below: float) -> None:
        super().__init__(markup(words), _style(f"h{level}"))
        self._below = below
        self.outline = (level, shown(words))

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        wide, high = super().wrap(width, height)
        return wide, high if height >= high + self._below else height + 1

    def split(self, *_: float) -> list[Flowable]:
        return []


def heading(words: str, level: int = 1, *, below: float = _BELOW) -> Flowable:
    """A heading, which also stands in the outline; level 0 is the title. ``below``: points of room that it asks for."""
    return _Heading(words, level, below)


def text(said: str, *, soft: bool = False) -> Flowable:
    """A paragraph."""
    return Paragraph(markup(said), _style("soft" if soft else "text"))


def gap(points: float = 6) -> Flowable:
    """Room."""
    return Spacer(1, points)


def facts(pairs: Iterable[tuple[str, object]], *, columns: int = 2) -> Flowable:
    """Names with their values, those that have one, in so many columns."""
    cells = [
        (Paragraph(markup(name), _style("name")), Paragraph(markup(str(value)), _style("cell")))
        for name, value in pairs
        if value not in (None, "")
    ]
    cells += [(Paragraph("", _style("cell")),) * 2] * (-len(cells) % columns)
    rows = [[cell for pair in cells[at : at + columns] for cell in pair] for at in range(0, len(cells), columns)]
    one = WIDTH / columns
    return _table(rows or [["", ""] * columns], [one * 0.36, one * 0.64] * columns, head=False)


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    widths: Sequence[float],
    numbers: Collection[int],
) -> Flowable:
    """A table whose head is said again on each page. ``widths`` are shares; ``numbers``: columns of figures."""
    made = [[Paragraph(markup(one), _style("head-number" if at in numbers else "head")) for at, one in enumerate(head)]]
    made += [
        [
            Paragraph(markup("" if one is None else str(one)), _style("number" if at in numbers else "cell"))
            for at, one in enumerate(row)
        ]
        for row in rows
    ]
    whole = sum(widths)
    return _table(made, [WIDTH * one / whole for one in widths], head=True)


def _table(rows: list[list[Any]], widths: list[float], *, head: bool) -> Flowable:
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    if head:
        style.append(("BACKGROUND", (0, 0), (-1, 0), _WASH))
    # A note of thousands of letters may be longer than what is left of a page.
    return Table(
        rows, colWidths=widths, repeatRows=int(head), splitInRow=1, style=TableStyle(style), spaceAfter=6, hAlign="LEFT"
    )
