"""Rows of delimited text of any size, in constant memory, each with its line, from any place on. Pure.

A row that cannot be read says why and costs no other row: after broken quoting the reading goes on at the line
after the row's first one.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from smsadmin.imports.lines import MAX_ROW_BYTES, MAX_ROW_LINES, Lines, Position, RowTooLong

# From this many columns on, a line inside a quoted text that would be a whole row by itself is taken for a
# swallowed row.
TELLING_WIDTH = 6
# What our own downloads put before a cell that a spreadsheet would take for a formula.
GUARDED = re.compile(r"'[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text of a file is to be read. `newline`: the bytes that end a line."""

    encoding: str = "utf-8"
    delimiter: str = ","
    has_header: bool = True
    newline: bytes = b"\n"


@dataclass(slots=True)
class Row:
    """One row: the physical line where it starts, its cells, where the next row starts, and what is wrong with
    it, if anything."""

    line: int
    cells: list[str]
    end: Position
    problem: str = ""


def rows(file: BinaryIO, layout: Layout, start: Position, width: int | None) -> Iterator[Row]:
    """The rows from `start` on, without blank ones. `width`: the number of columns; None accepts any."""
    lines = Lines(file, layout.encoding, layout.newline, start)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, RowTooLong) as error:
            yield broken(lines, layout, error)
            continue
        if not any(cells):
            continue
        if len(lines.texts) > 1 and swallows(lines.texts, cells, layout, width):
            yield broken(lines, layout, csv.Error())
            continue
        yield judged(lines, cells, width)


def judged(lines: Lines, cells: list[str], width: int | None) -> Row:
    """A row that was well formed, with what else may be wrong with it."""
    if "'" in lines.texts[0] or len(lines.texts) > 1:
        cells = [cell[1:] if cell[:1] == "'" and GUARDED.match(cell) else cell for cell in cells]
    if width is not None and len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    problem = lines.flaw
    if not problem and width is not None and len(cells) != width:
        problem = ragged(len(cells), width)
    return Row(lines.start.line, cells, lines.position, problem)


def ragged(found: int, width: int) -> str:
    many = ngettext("%(n)d cell", "%(n)d cells", found) % {"n": found}
    if found < width:
        return _("Too few cells: %(many)s where the file has %(width)d columns.") % {"many": many, "width": width}
    return _("Too many cells: %(many)s where the file has %(width)d columns.") % {"many": many, "width": width}


def swallows(texts: list[str], cells: list[str], layout: Layout, width: int | None) -> bool:
    """Whether an unclosed quotation mark made whole rows part of a cell. A row of the right width is doubted
    only where that is telling."""
    if width is None or (len(cells) == width and width < TELLING_WIDTH):
        return False
    doubted = texts[1:] if len(cells) != width else [text for text in texts[1:] if '"' not in text]
    return any(len(plain_cells(text, layout)) == width for text in doubted)


def plain_cells(text: str, layout: Layout) -> list[str]:
    """The cells of one line in which quotation marks mean nothing."""
    text = text.rstrip("\r\n")
    return text.split(layout.delimiter)


def broken(lines: Lines, layout: Layout, error: Exception) -> Row:
    """A row that cannot be told from its neighbours: reported alone, by its first line."""
    row = Row(lines.start.line, plain_cells(lines.texts[0], layout), lines.position, lines.flaw or why(error, lines))
    if len(lines.texts) > 1:
        lines.rewind(lines.after_first)
    else:
        lines.skip_rest_of_line()
    row.end = lines.position
    return row


def why(error: Exception, lines: Lines) -> str:
    if isinstance(error, RowTooLong) and len(lines.texts) == 1:
        return _("The line is longer than %(n)d kB.") % {"n": MAX_ROW_BYTES // 1024}
    if isinstance(error, RowTooLong) or "end of data" in str(error):
        return _("A quotation mark is opened and not closed within %(n)d lines.") % {"n": MAX_ROW_LINES}
    if "new-line" in str(error):
        return _("A line break stands alone inside the row (CR without LF).")
    return _("The quotation marks do not fit: one is missing, or one inside a text is not doubled.")
