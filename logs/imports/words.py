"""Words for a status, from any vocabulary or provider's table, and the states that they stand for. Pure.

A target is the key by which a mapping keeps what a word is taken for: `smsadmin:delivered`,
`engagelab:580-power-off` (a label of a vocabulary), `code:twilio:sent` (a status of a provider's table, so that
the error code speaks too), `skip` (such rows are left out).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from logs.providers import codes
from logs.statuses import Outcome, Reason, Stage, State, Validity
from logs.vocabularies import VOCABULARIES
from smsadmin.imports.mapping import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django_stubs_ext import StrPromise

    from logs.vocabularies import Label

SKIP = "skip"
# Words that people and systems write and that no table has.
EVERYDAY = {
    "ok": "delivered",
    "success": "delivered",
    "successful": "delivered",
    "received": "delivered",
    "read": "delivered",
    "seen": "delivered",
    "delivrd": "delivered",
    "deliveredtohandset": "delivered",
    "deliveredtoterminal": "delivered",
    "done": "delivered",
    "error": "failed",
    "failure": "failed",
    "fail": "failed",
    "rejected": "failed",
    "rejectd": "failed",
    "notsent": "failed",
    "notdelivered": "undelivered",
    "undeliverable": "undelivered",
    "undeliv": "undelivered",
    "bounced": "undelivered",
    "pending": "sending",
    "inprogress": "sending",
    "enroute": "sending",
    "submitted": "sending",
    "accepted": "sending",
    "processing": "sending",
    "scheduled": "queued",
    "waiting": "queued",
    "new": "queued",
    "expired": "expired",
    "timeout": "expired",
    "cancelled": "canceled",
    "deleted": "canceled",
    "optedout": "blocked",
    "unsubscribed": "blocked",
    "blacklisted": "blocked",
    "stopped": "blocked",
    "na": "unknown",
    "none": "unknown",
    "null": "unknown",
    "unknown": "unknown",
}


@cache
def label_states() -> dict[tuple[str, str], State]:
    """(vocabulary, slug of its label) → the state that the word stands for when only the word is known."""
    with (Path(__file__).parent / "words.csv").open(encoding="utf-8", newline="") as file:
        return {(row["vocabulary"], slug_of(row)): state_of(row) for row in csv.DictReader(file)}


def slug_of(row: dict[str, str]) -> str:
    labels = VOCABULARIES[row["vocabulary"]].labels
    return next(label.slug for label in labels if row["label"] in (label.full, label.slug))


def state_of(row: dict[str, str]) -> State:
    return State.of(
        Stage.from_slug(row["stage"]),
        Outcome.from_slug(row["outcome"]),
        Reason.from_slug(row["reason"]),
        Validity.from_slug(row["number_valid"]) if row["number_valid"] else None,
        row["retry"] == "yes" if row["retry"] else None,
    )


def state_for(target: str, error: str = "") -> State:
    """The state of a target. Raises ValueError for a target that does not exist (`skip` is none)."""
    place, _colon, rest = target.partition(":")
    if place == "code":
        provider, _colon, status = rest.partition(":")
        if codes.lookup(provider, "status", status) is None:
            raise ValueError(f"{provider} has no status {status!r}")
        return codes.resolve(provider, status, error or None)
    try:
        return label_states()[place, rest]
    except KeyError:
        raise ValueError(f"{target!r} is not a word that we know") from None


def guess(word: str, provider: str = "", vocabulary: str = "") -> str:
    """The target that a word most likely means, or "".

    By the vocabulary that such files speak, the provider's table, our own words, the other vocabularies,
    everyday words, all tables.
    """
    wanted = plain(word)
    if vocabulary and (slug := spellings(vocabulary).get(wanted)):
        return f"{vocabulary}:{slug}"
    if provider and (code := codes.lookup(provider, "status", word)):
        return f"code:{code.provider}:{code.code}"
    if wanted.isdigit():
        return ""  # a bare number means something else in each table
    for name in VOCABULARIES:
        if slug := spellings(name).get(wanted):
            return f"{name}:{slug}"
    if wanted in EVERYDAY:
        return f"smsadmin:{EVERYDAY[wanted]}"
    return guess_by_codes(word)


def guess_by_codes(word: str) -> str:
    """A word that tables of providers have, if all of them mean the same outcome by it."""
    found = [code for provider in codes.providers() if (code := codes.lookup(provider, "status", word))]
    if len({code.state.outcome for code in found}) != 1:
        return ""
    return f"code:{found[0].provider}:{found[0].code}"


@cache
def spellings(vocabulary: str) -> dict[str, str]:
    """Ways to write the labels of a vocabulary → slug. The last word alone, its number alone and a group alone
    count where they are unique."""
    labels = VOCABULARIES[vocabulary].labels
    sure = {plain(label.full): label.slug for label in labels} | {plain(label.slug): label.slug for label in labels}
    loose: dict[str, set[str]] = {}
    for label in labels:
        for text in loosely(label):
            loose.setdefault(plain(text), set()).add(label.slug)
    unique = {text: next(iter(slugs)) for text, slugs in loose.items() if len(slugs) == 1}
    return groups(labels) | unique | sure


def loosely(label: Label) -> Iterator[str]:
    last = label.path[-1]
    yield last
    number, _space, rest = last.partition(" ")
    if number.isdigit():
        yield number
        yield rest
        yield f"{label.group} {rest}"


def groups(labels: Sequence[Label]) -> dict[str, str]:
    """A group's name alone means its "other", which stands last."""
    return {plain(label.path[0]): label.slug for label in labels if len(label.path) > 1 and "other" in label.slug}


def targets(provider: str = "") -> Iterator[tuple[StrPromise | str, list[tuple[str, StrPromise | str]]]]:
    """All targets in groups: the provider's own table first, where there is one, then the vocabularies, then the
    other tables."""
    if codes.codes(provider):
        yield provider, list(code_targets(provider))
    for vocabulary in VOCABULARIES.values():
        yield vocabulary.name, [(f"{vocabulary.key}:{label.slug}", label_text(label)) for label in vocabulary.labels]
    for other in codes.providers():
        if other != provider and (found := list(code_targets(other))):
            yield other, found
    yield _("Something else"), [(SKIP, _("Leave such rows out"))]


def code_targets(provider: str) -> Iterator[tuple[str, StrPromise | str]]:
    for code in codes.codes(provider):
        if code.kind == "status":
            yield f"code:{provider}:{code.code}", code.code if code.code == code.name else f"{code.code} ({code.name})"


def label_text(label: Label) -> StrPromise | str:
    return f"{label.group} / {label.text}" if label.group else label.text
