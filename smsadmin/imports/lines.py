"""Physical lines of a file as text, each with its place, in constant memory. Pure."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

MAX_ROW_BYTES = 64 * 1024
MAX_ROW_LINES = 200
CHUNK = 64 * 1024


class Position(NamedTuple):
    """Where a line begins: bytes before it, and its number counted from 1."""

    offset: int
    line: int


class RowTooLong(Exception):
    """A row went on for more bytes or lines than a row has: most often a quotation mark that was never closed."""


class Lines:
    """The lines that one row consists of: an iterator for csv.reader that knows where it is and can step back.

    `begin` marks the start of a row. A byte sequence that is wrong in the encoding, or a NUL, is remembered in
    `flaw` and replaced, so that only this row suffers.
    """

    def __init__(self, file: BinaryIO, encoding: str, newline: bytes, start: Position) -> None:
        self._decode = codecs.getdecoder(encoding)
        self._source: Source = Source(file) if newline == b"\n" else SplitSource(file, newline)
        self.rewind(start)

    def rewind(self, to: Position) -> None:
        self._source.seek(to.offset)
        self.offset, self.line = to
        self.begin()

    def begin(self) -> None:
        self.start = Position(self.offset, self.line)
        self.texts: list[str] = []
        self.flaw = ""
        self.after_first = self.start

    @property
    def position(self) -> Position:
        return Position(self.offset, self.line)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._source.readline(MAX_ROW_BYTES)
        if not raw:
            raise StopIteration
        self.offset += len(raw)
        self.line += 1
        text = self._text(raw)
        self.texts.append(text)
        if len(self.texts) == 1:
            self.after_first = Position(self.offset, self.line)
        if self.offset - self.start.offset >= MAX_ROW_BYTES or len(self.texts) > MAX_ROW_LINES:
            raise RowTooLong
        return text

    def _text(self, raw: bytes) -> str:
        try:
            text = self._decode(raw)[0]
        except UnicodeDecodeError:
            self.flaw = _("Some characters are wrong in the encoding of the file; they are shown as �.")
            text = self._decode(raw, "replace")[0]
        if "\0" in text:
            self.flaw = _("The row holds a NUL character, which no text may hold.")
            text = text.replace("\0", "�")
        return text

    def skip_rest_of_line(self) -> None:
        """After a line that is longer than a row may be: go to the next one."""
        if self.texts and self.texts[-1].endswith(("\n", "\r")):
            return
        while raw := self._source.readline(MAX_ROW_BYTES):
            self.offset += len(raw)
            if self._source.ends_line(raw):
                return


class Source:
    """Lines that end in LF (or CR LF), straight from the buffered file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.readline = file.readline

    def seek(self, offset: int) -> None:
        self._file.seek(offset)

    def ends_line(self, raw: bytes) -> bool:
        return raw.endswith(b"\n")


class SplitSource(Source):
    """Lines that end in something else: a lone CR, or the LF of an encoding of two or four bytes a character."""

    def __init__(self, file: BinaryIO, newline: bytes) -> None:
        self._file, self._newline, self._buffer = file, newline, b""

    def seek(self, offset: int) -> None:
        self._file.seek(offset)
        self._buffer = b""

    def ends_line(self, raw: bytes) -> bool:
        return raw.endswith(self._newline)

    def readline(self, limit: int) -> bytes:  # type: ignore[override]
        while (end := self._find(limit)) < 0:
            more = self._file.read(CHUNK)
            if not more:
                end = min(len(self._buffer), limit)
                break
            self._buffer += more
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def _find(self, limit: int) -> int:
        width, found = len(self._newline), self._buffer.find(self._newline)
        while found >= 0 and found % width:
            found = self._buffer.find(self._newline, found + 1)
        if found >= 0:
            return min(found + width, limit)
        return limit if len(self._buffer) >= limit else -1
