"""Who may work at something now: a few places, held by a session of the database, free again when the session ends."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection


@contextmanager
def taken(what: str, places: int) -> Iterator[bool]:
    """Whether one of the places was free; it is ours in the block. A killed worker's place is free at once."""
    key = zlib.crc32(what.encode()) & 0x7FFF_FFFF
    place = next((place for place in range(places) if _call("pg_try_advisory_lock", key, place)), None)
    try:
        yield place is not None
    finally:
        if place is not None and connection.connection is not None:
            try:
                _call("pg_advisory_unlock", key, place)
            except Error:
                connection.close()  # a session that has ended holds nothing


def _call(function: str, key: int, place: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [key, place])
        return bool(cursor.fetchone()[0])
