"""Lines of PostgreSQL's COPY, written here: a few f-strings cost a fraction of asking each of fifty values for
its type.

The text format: tabs between values, a line per row, ``\\N`` for NULL, escapes by backslash. Source:
https://www.postgresql.org/docs/current/sql-copy.html, "Text Format".
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.db import connection

from smsadmin.arrays import array

LINES_A_WRITE = 256
NULL = "\\N"
SPECIAL = re.compile(r"[\\\t\n\r\0]")
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"}  # no text of PostgreSQL can hold NUL


def copy(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Append rows, each a line with its line end, its values in the order of the columns."""
    remaining = iter(lines)
    sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    # What COPY refuses, it refuses at its end, where Django does not translate errors by itself.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as stream:
        while chunk := "".join(islice(remaining, LINES_A_WRITE)):
            stream.write(encoded(chunk))


def encoded(text: str) -> bytes:
    """UTF-8, with U+FFFD for half surrogate pairs, which no UTF-8 can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def text(value: str) -> str:
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], value) if SPECIAL.search(value) else value


def number(value: int | None) -> str:
    """A whole number, also an enum's, or NULL."""
    return NULL if value is None else int.__repr__(value)


def moment(value: datetime | None) -> str:
    return NULL if value is None else value.isoformat()


def flag(value: bool) -> str:
    return "t" if value else "f"


def numbers(values: Iterable[int]) -> str:
    """An array."""
    return array(map(str, values))
