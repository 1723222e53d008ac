"""The texts and keywords of an account: its own where it has some, else the shipped ones."""

from __future__ import annotations

from dataclasses import dataclass

from consent import answers, asking, keywords
from consent.models import ConsentRules, ConsentText, KeywordSet
from consent.shipped_words import LANGUAGES, START
from smsadmin.accounts.models import Account

NAMES = {
    "en": "English", "fr": "Français", "es": "Español", "de": "Deutsch", "it": "Italiano", "pt": "Português",
    "nl": "Nederlands", "ru": "Русский",
}  # fmt: skip
assert tuple(NAMES) == LANGUAGES, "every language of the shipped keywords has a name"


@dataclass(frozen=True)
class Wording:
    """All that an account says, loaded with three queries."""

    name: str
    number: str
    usual: str  # the language of people without one
    texts: dict[tuple[str, str], str]  # the account's own
    words: dict[tuple[str, str], list[str]]  # the account's own

    def language_of(self, tag: str) -> str:
        """The language for somebody with this language tag ('' for none)."""
        return answers.language_of(tag, (), self.usual, self.texts)

    def keyword(self, language: str) -> str:
        return asking.keyword_of(keywords.lists(self.words).get((language, START), ()))

    def text(self, kind: str, language: str) -> str:
        """As people read it, with every placeholder filled."""
        return self.fill(self.texts.get((language, kind)) or shipped(kind, language), language)

    def fill(self, text: str, language: str) -> str:
        return asking.fill(text, name=self.name, keyword=self.keyword(language), number=self.number)


def shipped(kind: str, language: str) -> str:
    """As it is shipped; English where there is none in that language."""
    for said in (asking.SHIPPED, answers.SHIPPED):
        if kind in said[asking.FALLBACK]:
            return said.get(language, said[asking.FALLBACK])[kind]
    raise LookupError(kind)


def rules_of(account: Account) -> ConsentRules:
    return ConsentRules.objects.filter(account=account).first() or ConsentRules(account=account)


def wording_of(account: Account) -> Wording:
    rules = rules_of(account)
    return Wording(
        name=rules.sender_name or account.name,
        number=rules.short_code,
        usual=rules.language,
        texts={(row.language, row.kind): row.text for row in ConsentText.objects.filter(account=account)},
        words=own_words(account),
    )


def own_words(account: Account) -> dict[tuple[str, str], list[str]]:
    return {(row.language, row.family): row.words for row in KeywordSet.objects.filter(account=account)}
