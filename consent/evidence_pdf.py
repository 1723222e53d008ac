"""The evidence pack as a PDF: A4, for people, with every digest."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from consent import chain, telling
from consent.history import History, Known
from consent.models import ConsentEvent
from consent.typeface import BOLD, REGULAR, drawable, register
from consent.vocabulary import Purpose
from smsadmin import phones
from smsadmin.accounts.models import User

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
LABEL = 34 * mm
INK, QUIET, LINE, PAPER = colors.HexColor("#1a1f27"), colors.HexColor("#5b6472"), colors.HexColor("#d5dae1"), "#f4f6f8"
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=17, leading=22, textColor=INK)
HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=10.5, leading=14, textColor=INK, spaceBefore=9, spaceAfter=3)
TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=8.5, leading=12, textColor=INK, splitLongWords=True)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=10.5, textColor=QUIET)
DIGEST = ParagraphStyle("digest", parent=SMALL, fontSize=6.5, leading=9, wordWrap="CJK")
SAID = ParagraphStyle("said", parent=TEXT, backColor=PAPER, borderPadding=5, spaceBefore=6, spaceAfter=6)


def draw(found: History, by: User, at: datetime) -> bytes:
    register()
    made = io.BytesIO()
    title = _("Evidence of consent: %(number)s") % {"number": found.phone}
    document = BaseDocTemplate(
        made,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author=found.account.name,
    )

    def foot(canvas: Canvas, page: Any) -> None:
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(QUIET)
        canvas.drawString(MARGIN, 10 * mm, drawable(f"{found.account.name} · {found.phone} · {telling.utc(at)}"))
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, _("Page %(n)d") % {"n": page.page})

    frame = Frame(
        MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    document.addPageTemplates([PageTemplate(frames=[frame], onPage=foot)])
    document.build(list(story(found, by, at)))
    return made.getvalue()


def story(found: History, by: User, at: datetime) -> Iterable[Flowable]:
    yield Paragraph(safe(_("Evidence of consent")), TITLE)
    yield Spacer(1, 4)
    yield pairs(
        [
            (_("Number"), phones.show(found.phone)),
            (_("Account"), found.account.name),
            (_("Made"), f"{moment(found, at)}, {by.email}"),
            *((str(known.purpose.label), status(found, known)) for known in found.known()),
            (_("Chain"), chain_words(found)),
            (_("Last digest"), found.last_digest),
        ]
    )
    yield Paragraph(safe(_("Every event, in the order in which it was recorded")), HEAD)
    for event in found.events:
        yield from told(found, event)
    yield Paragraph(safe(_("How to check this")), HEAD)
    yield Paragraph(
        safe(
            _(
                "Each event holds the digest (SHA-256) of the one before it, so none can be changed, removed or put "
                "elsewhere without all later digests changing. The ZIP of this pack has the events as JSON with all "
                "that the digests are made of, and says how. Keep the last digest elsewhere: it proves all of them."
            )
        ),
        SMALL,
    )


def told(found: History, event: ConsentEvent) -> Iterable[Flowable]:
    purpose = Purpose(event.purpose).label if event.purpose else _("all messages")
    yield Paragraph(safe(f"{event.sequence}. {telling.how(event.event, event.source)} · {purpose}"), HEAD)
    rows = [
        (_("Happened"), moment(found, event.at)),
        (_("Recorded"), moment(found, event.recorded_at)),
        (_("By"), event.by_name or _("nobody of the account: the person or the product did it")),
        (_("Note"), event.note),
        (_("IP address"), chain.address(event.ip) or ""),
        (_("Browser"), event.user_agent),
        (_("Evidence id"), str(event.evidence or "")),
        (_("Digest"), bytes(event.digest).hex()),
    ]
    if event.text:
        yield Paragraph(safe(event.text), SAID)
    yield pairs([row for row in rows if row[1]])


def pairs(rows: list[tuple[str, str]]) -> Table:
    digests = {_("Digest"), _("Last digest")}
    cells = [
        [Paragraph(safe(label), SMALL), Paragraph(safe(text), DIGEST if label in digests else TEXT)]
        for label, text in rows
    ]
    table = Table(cells, colWidths=[LABEL, WIDTH - LABEL], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
                ("LINEBELOW", (0, -1), (-1, -1), 0.4, LINE),
            ]
        )
    )
    return table


def status(found: History, known: Known) -> str:
    if known.standing is None:
        return _("Nothing known")
    words = {"status": telling.mark(known.standing.status), "since": moment(found, known.standing.since)}
    return _("%(status)s since %(since)s") % words


def chain_words(found: History) -> str:
    n = len(found.events)
    if not found.broken:
        return _("Checked: %(n)d of %(n)d events hold") % {"n": n}
    return _("BROKEN: ") + "; ".join(f"{link.sequence}: {link.why}" for link in found.broken)


def moment(found: History, at: datetime) -> str:
    local = found.account.local(at)
    return f"{local:%Y-%m-%d %H:%M:%S} {found.account.time_zone} ({telling.utc(at)})"


def safe(text: str) -> str:
    """For reportlab's markup, line by line."""
    return escape(drawable(text)).replace("\n", "<br/>")
