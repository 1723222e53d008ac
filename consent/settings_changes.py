"""Changing how an account treats consent: its rules, its keywords, its texts. Each leaves what differs in the audit
log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from consent import keywords
from consent.models import ConsentRules, ConsentText, KeywordSet
from consent.shipped_words import WORDS
from consent.wording import own_words, shipped
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User


class UnknownLanguage(LookupError):
    """A language that the product has no keywords for."""


class Ambiguous(ValueError):
    """Words that would stand in two families; ``clashes`` says which."""

    def __init__(self, clashes: Sequence[keywords.Clash]) -> None:
        super().__init__(clashes)
        self.clashes = clashes


@transaction.atomic
def change_rules(*, account: Account, values: Mapping[str, Any], by: User | None, at: datetime) -> dict[str, list[Any]]:
    """Set the given rules; returns and audits what differs as ``{field: [before, after]}``."""
    ConsentRules.objects.get_or_create(account=account)
    rules = ConsentRules.objects.select_for_update().get(account=account)
    changes = {name: [getattr(rules, name), value] for name, value in values.items() if getattr(rules, name) != value}
    if changes:
        for name, (_before, after) in changes.items():
            setattr(rules, name, after)
        rules.save(update_fields=list(changes))
        write_line(account, "consent_rules.changed", by, at, changes=changes)
    return changes


@transaction.atomic
def change_words(
    *, account: Account, language: str, words: Mapping[str, Sequence[str]], by: User | None, at: datetime
) -> dict[str, list[Any]]:
    """Set the words of each family in one language. None at all, or the shipped ones, take the account's own away.

    Raises UnknownLanguage; Ambiguous where a word would say two things, in whatever languages. Then nothing changes.
    """
    if language not in WORDS:
        raise UnknownLanguage(language)
    ConsentRules.objects.get_or_create(account=account)
    ConsentRules.objects.select_for_update().get(account=account)  # one change of the words at a time
    own = own_words(account)
    before = {family: own.get((language, family)) for family in words}
    for family, given in words.items():
        own.pop((language, family), None)
        if given and list(given) != list(WORDS[language][family]):
            own[language, family] = list(given)
    if clashes := new_clashes(own):
        raise Ambiguous(clashes)
    changes = {
        family: [before[family], own.get((language, family))]
        for family in words
        if before[family] != own.get((language, family))
    }
    for family, (_old, new) in changes.items():
        KeywordSet.objects.filter(account=account, language=language, family=family).delete()
        if new:
            KeywordSet.objects.create(account=account, language=language, family=family, words=new)
    if changes:
        write_line(account, "consent_words.changed", by, at, language=language, changes=changes)
    return changes


def new_clashes(own: Mapping[tuple[str, str], Sequence[str]]) -> list[keywords.Clash]:
    """Those that the account's own words bring."""
    of_shipped = {keywords.key_of(clash.word) for clash in keywords.clashes()}
    return [clash for clash in keywords.clashes(own) if keywords.key_of(clash.word) not in of_shipped]


@transaction.atomic
def change_texts(
    *, account: Account, language: str, texts: Mapping[str, str], by: User | None, at: datetime
) -> dict[str, list[Any]]:
    """Set the texts of these kinds in one language; an empty one, or the shipped one, takes the account's own away.
    Raises UnknownLanguage."""
    if language not in WORDS:
        raise UnknownLanguage(language)
    ConsentRules.objects.get_or_create(account=account)
    ConsentRules.objects.select_for_update().get(account=account)
    own = dict(ConsentText.objects.filter(account=account, language=language).values_list("kind", "text"))
    changes = {}
    for kind, text in texts.items():
        new = "" if text.strip() == shipped(kind, language) else text.strip()
        if new != own.get(kind, ""):
            changes[kind] = [own.get(kind, ""), new]
    for kind, (_old, new) in changes.items():
        ConsentText.objects.filter(account=account, language=language, kind=kind).delete()
        if new:
            ConsentText.objects.create(account=account, language=language, kind=kind, text=new)
    if changes:
        write_line(account, "consent_texts.changed", by, at, language=language, changes=changes)
    return changes


def write_line(account: Account, verb: str, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(account=account, by=by, at=at, verb=verb, object_type=verb.partition(".")[0], **facts)
