"""The flyer: how to opt in, on a sheet to print or to send. Pure, but for the typeface's files.

A QR code with an SMSTO address (as ZXing's "Barcode Contents" describes it), which phones open as a message that is
written already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from consent.typeface import BOLD, REGULAR, drawable, register

SIZES: Mapping[str, tuple[float, float]] = {"a4": A4, "a5": A5}
INK, QUIET, LINE = HexColor("#171b21"), HexColor("#4a5361"), HexColor("#c9d0d9")
SMALLEST = 6.0  # points; text that does not fit at that size is cut


@dataclass(frozen=True, slots=True)
class Flyer:
    """What stands on it, top down."""

    name: str
    title: str
    text: str
    keyword: str
    number: str
    language: str = "en"

    @property
    def address(self) -> str:
        return f"SMSTO:{''.join(self.number.split())}:{self.keyword}"


def draw(flyer: Flyer, size: str = "a5") -> bytes:
    """A PDF of one page. Raises KeyError for a size that is not known."""
    register()
    width, height = SIZES[size]
    unit = width / 100
    file = BytesIO()
    canvas = Canvas(file, pagesize=(width, height), lang=flyer.language, invariant=1)
    canvas.setTitle(drawable(flyer.title))
    canvas.setAuthor(drawable(flyer.name))
    margin = 9 * unit
    top = height - margin
    top = write(canvas, flyer.name, 4, QUIET, top, width, margin, 8 * unit) - 5 * unit
    top = write(canvas, flyer.title, 8.5, INK, top, width, margin, 24 * unit, bold=True) - 4 * unit
    foot = 9 * unit
    rest = write_up(canvas, flyer.text, foot, width, margin, 24 * unit)
    call = call_to(canvas, flyer, rest + 4 * unit, width, margin)
    code(canvas, flyer.address, (call + 3 * unit, top), width)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def paragraph(
    text: str, points: float, color: HexColor, room: tuple[float, float], *, bold: bool = False
) -> tuple[Paragraph, float]:
    """Centred, as large as asked for, or as fits into the room; and how high it is."""
    lines = "<br/>".join(escape(drawable(text)).splitlines())
    while True:
        font = BOLD if bold else REGULAR
        style = ParagraphStyle("", fontName=font, fontSize=points, leading=points * 1.3, textColor=color)
        style.alignment = TA_CENTER
        found = Paragraph(lines, style)
        _width, height = found.wrap(*room)
        if (height <= room[1] and found.minWidth() <= room[0]) or points <= SMALLEST:
            return found, height
        points *= 0.93


def write(
    canvas: Canvas,
    text: str,
    share: float,
    color: HexColor,
    top: float,
    width: float,
    margin: float,
    most: float,
    *,
    bold: bool = False,
) -> float:
    """Write downwards from ``top``, letters of ``share`` per cent of the width; returns where it ends."""
    found, height = paragraph(text, share * width / 100, color, (width - 2 * margin, most), bold=bold)
    found.drawOn(canvas, margin, top - height)
    return top - height


def write_up(canvas: Canvas, text: str, foot: float, width: float, margin: float, most: float) -> float:
    """The small print, its last line on ``foot``; returns its upper edge."""
    found, height = paragraph(text, 3.6 * width / 100, QUIET, (width - 2 * margin, most))
    found.drawOn(canvas, margin, foot)
    return foot + height


def call_to(canvas: Canvas, flyer: Flyer, bottom: float, width: float, margin: float) -> float:
    """The keyword and the number in a frame; returns its upper edge."""
    unit = width / 100
    inside = width - 2 * margin - 6 * unit
    found, height = paragraph(f"{flyer.keyword}  →  {flyer.number}", 8 * unit, INK, (inside, 14 * unit), bold=True)
    frame = height + 7 * unit
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4 * unit)
    canvas.roundRect(margin, bottom, width - 2 * margin, frame, 2 * unit)
    found.drawOn(canvas, margin + 3 * unit, bottom + (frame - height) / 2 + 0.6 * unit)
    return bottom + frame


def code(canvas: Canvas, address: str, between: tuple[float, float], width: float) -> None:
    """The QR code, as large as the space between the two heights lets it be. Its quiet zone is its own."""
    bottom, top = between
    side = min(top - bottom, width * 0.62)
    widget = QrCodeWidget(address, barLevel="M", barWidth=side, barHeight=side, barFillColor=INK)
    drawing = Drawing(side, side)
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, (width - side) / 2, bottom + (top - bottom - side) / 2)
