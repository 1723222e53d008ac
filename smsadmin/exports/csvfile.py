"""CSV: what PostgreSQL writes, in pieces of 64 kB.

UTF-8 with a byte order mark: without it Excel reads the bytes as an old code page and shows "FranÃ§oise"; our own
import and every CSV reader that knows UTF-8 skip it (in Python: ``encoding="utf-8-sig"``). Lines end in a line feed.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from smsadmin.exports.progress import Progress

CHUNK = 64 * 1024


def write(rows: Iterable[Any], target: Path, header: Sequence[str], progress: Progress) -> int:
    """Each of ``rows`` is the bytes of one line. Returns how many there were. Raises LostExport, OSError."""
    n = size = 0
    buffer = bytearray(first_line(header))
    with target.open("wb", buffering=0) as file:
        for row in rows:
            buffer += row
            n += 1
            if len(buffer) >= CHUNK:
                file.write(buffer)
                size += len(buffer)
                buffer.clear()
                progress.at(n, size)
        file.write(buffer)
    progress.at(n, size + len(buffer))
    return n


def first_line(header: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(header)
    return codecs.BOM_UTF8 + text.getvalue().encode()
