"""Looking up what a provider's code means: the tables of logs.providers, searched by code, name or meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from logs.advice import Explanation, explain
from logs.providers import codes
from logs.providers.codes import Code
from logs.statuses import Status
from logs.story import provider_name

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Found:
    code: Code
    provider: str  # for people
    status: Status
    explanation: Explanation


@cache
def tables() -> tuple[tuple[str, str], ...]:
    """The tables of codes: name in addresses, name for people."""
    named = ((name, table_name(name)) for name in codes.providers())
    return tuple(sorted(named, key=lambda pair: pair[1].casefold()))


def table_name(table: str) -> str:
    """A table's name; where a provider has several, with what tells them apart."""
    spoken = provider_name(table)
    same = [other for other in codes.providers() if provider_name(other) == spoken]
    return f"{spoken} ({table.replace('_', ' ')})" if len(same) > 1 else spoken


@cache
def how_many() -> int:
    return sum(len(codes.codes(name)) for name in codes.providers())


def search(provider: str, text: str) -> Sequence[Found]:
    """The codes that match, the very code first, then names, then meanings. No provider: of all tables."""
    chosen = [provider] if provider else list(codes.providers())
    candidates = ((rank_of(code, text.strip()), code) for table in chosen for code in codes.codes(table))
    ranked = sorted(((rank, code) for rank, code in candidates if rank is not None), key=lambda pair: pair[0])
    return [Found(code, table_name(code.provider), code.state.status, explain(code.state)) for _rank, code in ranked]


def rank_of(code: Code, text: str) -> int | None:
    """0 is the very code, None no match. Everything matches nothing asked."""
    if not text:
        return 0
    wanted = text.casefold()
    if codes.lookup(code.provider, code.kind, text) is code:
        return 0
    if code.code.casefold().startswith(wanted):
        return 1
    if wanted in code.name.casefold():
        return 2
    return 3 if wanted in code.meaning.casefold() else None
