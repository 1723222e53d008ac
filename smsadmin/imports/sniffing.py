"""Finding out how a file is written: encoding, line ends, delimiter, header. Every finding is a guess that a
person can correct. Pure."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from smsadmin.imports.lines import Position
from smsadmin.imports.reading import Layout, Row, rows

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_BYTES = 512 * 1024
WINDOWS = 4
TELLING_BYTES = 64 * 1024
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
WIDE_NEWLINES = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}
SEP_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
VALUE = re.compile(r"\+?[0-9][0-9 ./:()T-]*Z?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|\S+@\S+\.\S+")

# Offered to people, most likely first; any name that Python knows works in a mapping file.
ENCODINGS = (
    "utf-8",
    "cp1252",
    "iso8859-15",
    "utf-16-le",
    "utf-16-be",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "koi8-r",
    "cp850",
    "cp437",
    "mac-roman",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
    "cp874",
)


@dataclass(frozen=True, slots=True)
class Table:
    """A file opened by a layout: its columns by unique names, and where its first row of data starts."""

    layout: Layout
    columns: tuple[str, ...]
    start: Position

    @property
    def width(self) -> int:
        return len(self.columns)


class UnreadableFile(ValueError):
    """There is no table in the file; the message says why, for people."""


def sniff(path: Path) -> Layout:
    """The layout that a file most likely has."""
    with path.open("rb") as file:
        encoding = guess_encoding(file, path.stat().st_size)
        sample = read_window(file, 0)
        text = without_bom(sample).decode(encoding, "replace")
        newline = guess_newline(text, encoding)
        named = SEP_LINE.match(text)
        delimiter = named[1] if named else guess_delimiter(text)
        layout = Layout(encoding, delimiter, True, newline)
        return replace(layout, has_header=looks_like_header(first_cells(file, layout)))


def guess_encoding(file: BinaryIO, size: int) -> str:
    """By the byte order mark; else UTF-8 where most lines with other than ASCII are right in it; else by
    charset-normalizer."""
    start = read_window(file, 0, 4)
    for bom, encoding in BOMS:
        if start.startswith(bom):
            return encoding
    if start[1:2] == b"\0" or start[:1] == b"\0":
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    telling = [line for line in sampled_lines(file, size) if not line.isascii()]
    wrong = [line for line in telling if not is_utf8(line)]
    if len(wrong) * 2 <= len(telling):
        return "utf-8"
    return guess_single_byte(b"\n".join(wrong)[:TELLING_BYTES])


def guess_single_byte(sample: bytes) -> str:
    """By charset-normalizer; of encodings that read the sample alike, the one that is met most often."""
    names = [name.replace("-", "_") for name in ENCODINGS if not name.startswith("utf")]
    best = from_bytes(sample, cp_isolation=names).best()
    if best is None:
        return "cp1252"
    text = sample.decode(best.encoding, "replace")
    return next((name for name in ENCODINGS if sample.decode(name, "replace") == text), canonical(best.encoding))


def canonical(encoding: str) -> str:
    """The name that we use for an encoding, or '' for one that does not exist or is not of characters."""
    try:
        known = codecs.lookup(encoding)
        "".encode(known.name)
    except (LookupError, TypeError, ValueError):
        return ""
    return next((name for name in ENCODINGS if codecs.lookup(name).name == known.name), known.name)


def sampled_lines(file: BinaryIO, size: int) -> list[bytes]:
    """Whole lines from the start of the file and from a few places further on."""
    lines = read_window(file, 0).split(b"\n")
    for part in range(1, WINDOWS):
        if size > WINDOWS * SAMPLE_BYTES:
            lines += read_window(file, size * part // WINDOWS).split(b"\n")[1:-1]
    return lines[:-1] if len(lines) > 1 else lines


def is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def guess_newline(text: str, encoding: str) -> bytes:
    if encoding in WIDE_NEWLINES:
        return WIDE_NEWLINES[encoding]
    return b"\r" if "\r" in text and "\n" not in text else b"\n"


def guess_delimiter(text: str) -> str:
    """The one that cuts the first lines into the same number of cells, more than one, most often."""
    lines = [line + "\n" for line in text.splitlines()[:60] if line.strip()]
    return max(DELIMITERS, key=lambda delimiter: evenness(lines, delimiter))


def evenness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    try:
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
    except csv.Error:
        return (0, 0)
    width, n = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (round(n / sum(widths.values()), 1), width) if width > 1 else (0, 0)


def looks_like_header(cells: Sequence[str]) -> bool:
    """Names, not values: no cell is a number, a phone, a date or an address."""
    named = [cell for cell in cells if cell.strip()]
    return bool(named) and not any(VALUE.fullmatch(cell.strip()) for cell in named)


def first_cells(file: BinaryIO, layout: Layout) -> list[str]:
    first = next(rows(file, layout, data_start(file, layout), None), None)
    return first.cells if first else []


def open_table(file: BinaryIO, layout: Layout) -> Table:
    """Read the header. Raises UnreadableFile where there is nothing to read."""
    first = next(rows(file, layout, data_start(file, layout), None), None)
    if first is None:
        raise UnreadableFile(_("The file is empty."))
    if not layout.has_header:
        columns = unique_names([""] * len(first.cells))
        return Table(layout, columns, data_start(file, layout))
    return Table(layout, unique_names(first.cells), first.end)


def data_start(file: BinaryIO, layout: Layout) -> Position:
    """After the byte order mark, and after the `sep=;` line that spreadsheets write."""
    start = read_window(file, 0, 64)
    offset = len(start) - len(without_bom(start))
    width = len(layout.newline) if layout.newline in WIDE_NEWLINES.values() else 1
    named = SEP_LINE.match(start[offset:].decode(layout.encoding, "ignore"))
    return Position(offset + len(named[0]) * width, 2) if named else Position(offset, 1)


def without_bom(sample: bytes) -> bytes:
    for bom, _encoding in BOMS:
        if sample.startswith(bom):
            return sample[len(bom) :]
    return sample


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Each column by a name that no other has: empty ones by their number, repeated ones counted."""
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, 1):
        base = " ".join(cell.split())[:100] or _("Column %(n)d") % {"n": number}
        name, times = base, 1
        while name in names:
            times += 1
            name = f"{base} ({times})"
        names[name] = None
    return tuple(names)


def first_rows(file: BinaryIO, table: Table, n: int) -> list[Row]:
    return list(islice(rows(file, table.layout, table.start, table.width), n))


def read_window(file: BinaryIO, offset: int, size: int = SAMPLE_BYTES) -> bytes:
    file.seek(offset)
    return file.read(size)
