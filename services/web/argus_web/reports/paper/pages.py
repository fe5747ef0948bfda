"""A PDF as a whole: A4, its title and digest on every page, "page 2 of 5", headings as an outline, metadata."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, SimpleDocTemplate

from argus_web.reports.paper.fonts import REGULAR, letters, shown

MARGIN: Final = 18 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
# What the library leaves free inside of its frames.
_PADDING: Final = 6
SOFT: Final = HexColor("#4a5c58")
LINE: Final = HexColor("#8fa39e")
# The library keeps fonts for the whole process, and two papers at once would be slower than one after the other.
_one_at_a_time: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document says of itself. ``foot`` stands on every page."""

    title: str
    subject: str
    foot: str
    keywords: str = ""


class _Pages(Canvas):  # type: ignore[misc]
    """Holds pages back until it is known how many they are."""

    def __init__(self, *args: Any, paper: Paper, **said: Any) -> None:
        super().__init__(*args, **said)
        self._paper = paper
        self._held: list[dict[str, Any]] = []
        # By page: level and words of its headings.
        self.headings: dict[int, list[tuple[int, str]]] = {}

    def showPage(self) -> None:
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._held, 1):
            self.__dict__.update(page)
            self._frame(number, len(self._held))
            for place, (level, words) in enumerate(self.headings.get(number, [])):
                key = f"{number}-{place}"
                self.bookmarkPage(key)
                self.addOutlineEntry(words, key, level=level, closed=level > 0)
            super().showPage()
        super().save()

    def _frame(self, number: int, of: int) -> None:
        self.saveState()
        self.setFont(REGULAR, 7.5)
        self.setFillColor(SOFT)
        self.setStrokeColor(LINE)
        self.setLineWidth(0.5)
        self.line(MARGIN, A4[1] - 14 * mm, A4[0] - MARGIN, A4[1] - 14 * mm)
        self.drawString(MARGIN, A4[1] - 12.5 * mm, f"Argus Monitor · {shown(self._paper.title)}")
        self.drawString(MARGIN, 10 * mm, shown(self._paper.foot))
        pages = _("page %(number)s of %(of)s") % {"number": number, "of": of}
        self.drawRightString(A4[0] - MARGIN, 10 * mm, pages)
        self.restoreState()


class _Template(SimpleDocTemplate):  # type: ignore[misc]
    def afterFlowable(self, flowable: Flowable) -> None:
        heading = getattr(flowable, "outline", None)
        if heading is not None:
            self.canv.headings.setdefault(self.canv.getPageNumber(), []).append(heading)


def pdf(paper: Paper, story: Sequence[Flowable]) -> bytes:
    """The document with these contents."""
    letters()
    out = BytesIO()
    template = _Template(
        out,
        pagesize=A4,
        leftMargin=MARGIN - _PADDING,
        rightMargin=MARGIN - _PADDING,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=paper.title,
        subject=paper.subject,
        author="Argus Monitor",
        creator="Argus Monitor",
        keywords=paper.keywords,
        lang=get_language() or "en",
    )
    with _one_at_a_time:
        template.build(list(story), canvasmaker=partial(_Pages, paper=paper))
    return out.getvalue()
