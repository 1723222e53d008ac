"""What somebody wrote back: does it stop, start, ask for help, smell of an opt-out, or none of these? Pure.

All languages are known together: people do not write in the one that we chose for them. A keyword counts where it is
all that is said, but for politeness, marks, emoji and the number that some append ("STOP 36111").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from consent.folding import folded, latin
from consent.shipped_words import FAMILIES, POLITE, STOP, WORDS, YES
from consent.smells import smell

LONGEST = 2_000  # characters that are looked at; no SMS has more
ALWAYS = ("en", STOP)
Lists = Mapping[tuple[str, str], Iterable[str]]  # (language, family): the words of it


class Kind(Enum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    SMELLS = "smells"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Found:
    """``word``: the keyword as the list writes it, or what smells; ``languages`` are those that have the keyword.
    ``is_yes``: a bare yes, which means something only to whom something was asked."""

    kind: Kind
    word: str = ""
    languages: tuple[str, ...] = ()
    is_yes: bool = False


@dataclass(frozen=True)
class Words:
    """The keywords of an account, ready to be matched: (family, the word as written, languages) by folded word."""

    known: Mapping[str, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clash:
    """A word that would mean two things."""

    word: str
    families: tuple[str, ...]


def lists(own: Lists | None = None) -> dict[tuple[str, str], tuple[str, ...]]:
    """The shipped words, with the account's own in their place where it has some. STOP itself nobody can take away:
    it is what messages, carriers and the law tell people to write."""
    shipped = {(language, family): words for language, of in WORDS.items() for family, words in of.items()}
    known = shipped | {key: tuple(words) for key, words in (own or {}).items()}
    return {**known, ALWAYS: tuple(dict.fromkeys([*known[ALWAYS], "STOP"]))}


def words_of(own: Lists | None = None) -> Words:
    """Of a word in two families the one that forbids more counts; `clashes` tells of it before it is saved."""
    known: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for (language, family), words in lists(own).items():
        for word in words:
            if not (key := key_of(word)):
                continue
            before = known.get(key)
            if before is None or FAMILIES.index(family) < FAMILIES.index(before[0]):
                known[key] = (family, word, (language,))
            elif before[0] == family:
                known[key] = (family, before[1], tuple(dict.fromkeys([*before[2], language])))
    return Words(known)


def clashes(own: Lists | None = None) -> list[Clash]:
    """The words that stand in two families, whatever their languages."""
    families: dict[str, dict[str, str]] = {}
    for (_language, family), words in lists(own).items():
        for word in words:
            families.setdefault(key_of(word), {})[family] = word
    twice = [of for key, of in families.items() if key and len(of) > 1]
    return [
        Clash(of[first], tuple(f for f in FAMILIES if f in of))
        for of in twice
        for first in [min(of, key=FAMILIES.index)]
    ]


def key_of(word: str) -> str:
    return " ".join(folded(word))


SHIPPED = words_of()


def classify(text: str, words: Words = SHIPPED) -> Found:
    """What a text says. Never raises."""
    said = folded(text[:LONGEST])
    found = keyword(said, words) or keyword([latin(word) for word in said], words)
    if found:
        return found
    smells = smell(text, said)
    return Found(Kind.SMELLS, smells) if smells else Found(Kind.NOTHING)


def keyword(said: Sequence[str], words: Words) -> Found | None:
    """The keyword that the words are, if they are one."""
    alone = words.known.get(" ".join(said))
    if alone:
        return found_as(alone)
    core = without_number(polite_core(said), words)
    entry = words.known.get(" ".join(core)) or repeated(core, words)
    return found_as(entry) if entry and key_of(entry[1]) not in YES else None


def found_as(entry: tuple[str, str, tuple[str, ...]]) -> Found:
    family, word, languages = entry
    return Found(Kind(family), word, languages, is_yes=key_of(word) in YES)


def repeated(core: Sequence[str], words: Words) -> tuple[str, str, tuple[str, ...]] | None:
    """ "STOP STOP", "STOP UNSUBSCRIBE": nothing but keywords of one family."""
    entries = [words.known.get(word) for word in core]
    first = entries[0] if entries else None
    return first if first and all(entry and entry[0] == first[0] for entry in entries) else None


POLITE_WORDS = sorted(map(folded, POLITE), key=len, reverse=True)


def polite_core(said: Sequence[str]) -> list[str]:
    """The words without politeness at either end; all of them where there is nothing else."""
    core = list(said)
    while trimmed := next((p for p in POLITE_WORDS if core[-len(p) :] == p), None):
        del core[-len(trimmed) :]
    while trimmed := next((p for p in POLITE_WORDS if core[: len(p)] == p), None):
        del core[: len(trimmed)]
    return core


def without_number(core: list[str], words: Words) -> list[str]:
    """ "STOP 36111", "STOP au 36111": the short code that one was told to write it to."""
    if len(core) > 1 and core[-1].isdigit() and 4 <= len(core[-1]) <= 6:
        rest = core[:-1]
        rest = rest[:-1] if rest[-1] in ("au", "to", "al", "an", "naar", "на") and len(rest) > 1 else rest
        entry = words.known.get(" ".join(rest))
        if entry and entry[0] == STOP:
            return rest
    return core
