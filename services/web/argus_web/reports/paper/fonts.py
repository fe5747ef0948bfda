"""The fonts of our papers, and what stands for letters that they cannot show.

DejaVu Sans Condensed covers Latin, Greek, Cyrillic, Armenian, Georgian and more. Scripts written from right to left it
has letters for, but without shaping they would stand there in the wrong order: a name that reads wrong is worse than
one that is visibly missing.
"""

import unicodedata
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "DejaVu"
BOLD: Final = "DejaVu-Bold"
# White square: there is something, and it cannot be shown.
MISSING: Final = "□"
_FOLDER: Final = Path(__file__).parents[1] / "vendor" / "dejavu"
_FILES: Final = {REGULAR: "DejaVuSansCondensed.ttf", BOLD: "DejaVuSansCondensed-Bold.ttf"}
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


@cache
def letters() -> frozenset[int]:
    """The code points that both fonts show; they are made known to the library on the way."""
    found = []
    for name, file in _FILES.items():
        font = TTFont(name, _FOLDER / file)
        pdfmetrics.registerFont(font)
        found.append(frozenset(font.face.charToGlyph))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    # Beyond the first plane the library writes a text layer that nothing can read.
    return frozenset(point for point in found[0] & found[1] if point <= 0xFFFF)


def shown(text: str) -> str:
    """A text in letters that the fonts have, with MISSING for each that they have not; lines stay lines.

    >>> shown("Łódź, Ζωή, Щукин"), shown("張偉 ok"), shown("a\\tb\\x00")
    ('Łódź, Ζωή, Щукин', '□□ ok', 'a b□')
    """
    return "".join(map(_letter, unicodedata.normalize("NFC", text)))


def _letter(letter: str) -> str:
    if letter == "\n":
        return letter
    category = unicodedata.category(letter)
    if letter == "\t" or category == "Zs":
        return " " if letter != "\u00a0" else letter
    if letter == "\r":
        return ""
    # Controls and formats have no shape of their own, and some turn the text around them.
    hidden = category.startswith("C") or unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT
    return MISSING if hidden or ord(letter) not in letters() else letter


def markup(text: str) -> str:
    """The same for a paragraph, in which it stands as it is, whatever characters it has."""
    return escape(shown(text), quote=False).replace("\n", "<br/>")
