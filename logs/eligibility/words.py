"""Blocked words in a text: whole words, whatever their case and accents. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache


def folded(text: str) -> str:
    """The text as it is compared: compatibility forms resolved, accents gone, case folded."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold()


class Blocked:
    """A list of words, ready to be looked for. A "word" may be several: they must stand together."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = {" ".join(folded(word).split()): word for word in words if folded(word).strip()}
        self._pattern = pattern(tuple(sorted(self._known, key=lambda word: (-len(word), word))))

    def found_in(self, text: str) -> tuple[str, ...]:
        """The words that the text holds, as the list writes them, each once."""
        if self._pattern is None:
            return ()
        hits = self._pattern.findall(folded(text))
        return tuple(dict.fromkeys(self._known[" ".join(hit.split())] for hit in hits))


@lru_cache(maxsize=64)
def pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    if not words:
        return None
    spelled = (r"\s+".join(re.escape(part) for part in word.split()) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")
