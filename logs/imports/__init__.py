"""Message logs as files: what of them can be imported, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from logs.imports import words
from logs.imports.fields import FIELDS, PRESETS, VOCABULARY_OF
from logs.imports.session import MessageSession
from smsadmin.imports.kinds import ImportKind
from smsadmin.imports.mapping import Mapping

if TYPE_CHECKING:
    from datetime import datetime

    from django_stubs_ext import StrPromise

    from smsadmin.accounts.models import Account


class MessageImport(ImportKind):
    """A message log: each row one SMS, with what became of it."""

    key = "messages"
    label = _("Messages")
    help = _("The message log of a provider or of another system: each row one SMS and what became of it.")
    fields = FIELDS
    presets = PRESETS

    def prepare(self, account: Account, mapping: Mapping, now: datetime) -> MessageSession:
        return MessageSession(account, mapping, now)

    def guess_word(self, word: str, mapping: Mapping) -> str:
        return words.guess(
            word, mapping.constants.get("provider", "").casefold(), VOCABULARY_OF.get(mapping.preset, "")
        )

    def targets(self, mapping: Mapping) -> Iterable[tuple[StrPromise | str, Sequence[tuple[str, StrPromise | str]]]]:
        return words.targets(mapping.constants.get("provider", "").casefold())
