"""Lengths of time as people write them: "30 d", "1 h 30 min", "0 s". Pure."""

import re

from blocklist.policy import DAY, HOUR, MINUTE

UNITS = {"d": DAY, "h": HOUR, "min": MINUTE, "s": 1}
NAMES = {
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("h", "hr", "hour", "hours"), HOUR),
    **dict.fromkeys(("min", "m", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
}
PIECE = re.compile(r"\s*(\d{1,9})\s*([a-z]*)", re.IGNORECASE)


class NotASpan(ValueError):
    """Not a length of time, such as "1 h 30 min"."""


def parse(text: str) -> int:
    """Seconds. Raises NotASpan; a bare 0 needs no unit."""
    text, total = text.strip(), 0
    if text == "0":
        return 0
    place = 0
    while place < len(text):
        piece = PIECE.match(text, place)
        unit = NAMES.get(piece[2].lower()) if piece else None
        if piece is None or unit is None:
            raise NotASpan(text)
        total, place = total + int(piece[1]) * unit, piece.end()
    if not text:
        raise NotASpan(text)
    return total


def show(seconds: int) -> str:
    """What `parse` takes back."""
    left, pieces = seconds, []
    for name, size in UNITS.items():
        n, left = divmod(left, size)
        if n:
            pieces.append(f"{n} {name}")
    return " ".join(pieces) or "0 s"
