"""The typeface of our PDFs: DejaVu Sans (consent/fonts), which has Latin, Greek, Cyrillic and most signs. PDF's own
fonts have Latin-1 only: they would print a Russian STOP as boxes."""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"


@cache
def register() -> None:
    """Make REGULAR and BOLD known to reportlab."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, FOLDER / f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def drawable(text: str) -> str:
    """The text with what the typeface cannot draw written out, as ⟨U+1F6D1⟩: never a box that could be anything."""
    register()
    known = pdfmetrics.getFont(REGULAR).face.charToGlyph
    return "".join(c if c in "\n\t" or ord(c) in known else f"⟨U+{ord(c):04X}⟩" for c in text)
