"""How many parts a text takes as SMS, and which characters make it dear.

A text of the GSM 7-bit default alphabet holds 160 units in one SMS and 153 in each part of several; any other character
turns the whole text to UCS-2, with 70 and 67. A character of the extension table costs two units, so does one outside
the Basic Multilingual Plane in UCS-2; such a pair is never split between two parts. Source: 3GPP TS 23.038 §6.2.1 for
the alphabet, 3GPP TS 23.040 §9.2.3.24.1 for the six octets that joined parts lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = GSM_BASIC | GSM_EXTENSION


class Encoding(Enum):
    """The encoding's name, and the units in a single SMS and in each part of several."""

    single: int
    joined: int

    GSM_7 = "GSM-7", 160, 153
    UCS_2 = "UCS-2", 70, 67

    def __new__(cls, value: str, single: int, joined: int) -> Encoding:
        member = object.__new__(cls)
        member._value_ = value
        member.single = single
        member.joined = joined
        return member

    def __str__(self) -> str:
        return str(self.value)

    def width(self, character: str) -> int:
        if self is Encoding.GSM_7:
            return 2 if character in GSM_EXTENSION else 1
        return 2 if ord(character) > 0xFFFF else 1


@dataclass(frozen=True, slots=True)
class Measure:
    """`characters` as people count them; `units` as the network does (septets, or 16-bit units); `segments` is the
    number of SMS, 0 for an empty text; `culprits` are the characters that force UCS-2, each once, in order."""

    encoding: Encoding
    characters: int
    units: int
    segments: int
    culprits: tuple[str, ...]


def measure(text: str) -> Measure:
    culprits = tuple(dict.fromkeys(character for character in text if character not in _GSM))
    encoding = Encoding.UCS_2 if culprits else Encoding.GSM_7
    widths = [encoding.width(character) for character in text]
    units = sum(widths)
    return Measure(encoding, len(text), units, _segments(encoding, widths, units), culprits)


def _segments(encoding: Encoding, widths: Iterable[int], units: int) -> int:
    if units <= encoding.single:
        return 1 if units else 0
    parts, used = 1, 0
    for width in widths:
        if used + width > encoding.joined:
            parts, used = parts + 1, 0
        used += width
    return parts
