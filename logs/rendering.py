"""Texts from templates: ``{name}`` stands for a variable, ``{{`` and ``}}`` for a brace. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

UNSUBSCRIBE = "unsubscribe"  # the product gives it: an address of the message's own (consent.links)
NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
TOKEN = re.compile(rf"\{{\{{|\}}\}}|\{{\s*({NAME})\s*\}}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """``text`` keeps the variables that have no value as they stand in the template; ``missing`` names them, each
    once, in order."""

    text: str
    missing: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def variables(body: str) -> tuple[str, ...]:
    """The names that a template asks for, each once, in order."""
    return tuple(dict.fromkeys(found[1] for found in TOKEN.finditer(body) if found[1]))


def asked_for(body: str) -> tuple[str, ...]:
    """The names that whoever sends must give: without the one that the product gives."""
    return tuple(name for name in variables(body) if name != UNSUBSCRIBE)


def render(body: str, values: Mapping[str, str]) -> Rendered:
    """The text with these values. An empty value counts as missing: it leaves a hole in the sentence. What a value
    holds is text, never again a variable; braces that are no variable stay as they are."""

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if not name:
            return found[0][0]
        return values.get(name, "") or found[0]

    missing = tuple(name for name in variables(body) if not values.get(name))
    return Rendered(TOKEN.sub(put, body), missing)
