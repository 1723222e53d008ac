"""Reads the bytes that providers send, whatever they are. Pure; nothing here raises but `Garbled`.

What a callback holds ends in a database: text comes out of here without the two things that PostgreSQL cannot keep,
NUL and halves of surrogate pairs.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from logs.providers.base import Garbled

_FIRST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def storable(text: str) -> str:
    """The text with � for what PostgreSQL cannot keep."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def decoded(data: bytes, otherwise: str = "latin-1") -> str:
    """Text that is UTF-8, or else in a charset that gives every byte a character. Can be stored."""
    try:
        return storable(data.decode("utf-8"))
    except UnicodeDecodeError:
        return storable(data.decode(otherwise, "replace"))


def raw_fields(data: bytes) -> dict[str, bytes]:
    """The fields of a query or of a form, their values as bytes in whatever charset; the last of a repeated name."""
    found = {}
    for pair in data.split(b"&"):
        name, equals, value = pair.partition(b"=")
        if equals:
            found[decoded(_unquoted(name))] = _unquoted(value)
    return found


def _unquoted(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" "))


def json_object(body: bytes) -> dict[str, Any]:
    """A body that is one JSON object. Raises Garbled."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Garbled("the body is not JSON") from None
    if not isinstance(found, dict):
        raise Garbled("the body is JSON, but not an object")
    return found


def at(value: object, *path: str) -> Any:
    """What stands in an object of objects under these names; None where something is missing on the way."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def word(value: object) -> str:
    """A JSON text or number as text, '' for anything else. Can be stored."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)


def epoch(value: object) -> datetime | None:
    """A Unix time in seconds or milliseconds, as number or digits; None for what cannot be a time of our century."""
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(seconds) or isinstance(value, bool):
        return None
    if seconds > _LAST:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC) if _FIRST <= seconds < _LAST else None


def iso(value: object) -> datetime | None:
    """An ISO 8601 time that tells its zone; None for any other."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if found.tzinfo is None or not _in_our_century(found):
        return None
    return found


def _in_our_century(moment: datetime) -> bool:
    try:
        return _FIRST <= moment.timestamp() < _LAST
    except (OverflowError, ValueError):
        return False
