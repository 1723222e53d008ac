"""Changing what an account lets go out: its sending rules and the words that no text may hold."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from logs.models import BlockedWord, SendingRules
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User


class AlreadyBlocked(ValueError):
    """The word is on the list."""


@transaction.atomic
def change(*, account: Account, values: Mapping[str, Any], by: User | None, at: datetime) -> dict[str, list[Any]]:
    """Set the given rules; returns and audits what differs as ``{field: [before, after]}``."""
    SendingRules.objects.get_or_create(account=account)
    rules = SendingRules.objects.select_for_update().get(account=account)
    changes = {name: [getattr(rules, name), value] for name, value in values.items() if getattr(rules, name) != value}
    if not changes:
        return changes
    for name, (_before, after) in changes.items():
        setattr(rules, name, after)
    rules.save(update_fields=list(changes))
    write_line(
        account, "sending_rules.changed", by, at, changes={name: [*map(told, pair)] for name, pair in changes.items()}
    )
    return changes


def told(value: Any) -> Any:
    """As JSON has it: times as "21:00"."""
    return f"{value:%H:%M}" if isinstance(value, time) else value


@transaction.atomic
def block_word(*, account: Account | None, word: str, by: User | None, at: datetime) -> BlockedWord:
    """``account`` None: for the whole installation. Raises AlreadyBlocked."""
    word = " ".join(word.split())
    try:
        with transaction.atomic():
            made = BlockedWord.objects.create(account=account, word=word, created_at=at)
    except IntegrityError:
        raise AlreadyBlocked(_("“%(word)s” is on the list already.") % {"word": word}) from None
    write_line(account, "blocked_word.added", by, at, word=word)
    return made


@transaction.atomic
def unblock_word(*, word: BlockedWord, by: User | None, at: datetime) -> None:
    write_line(word.account, "blocked_word.removed", by, at, word=word.word)
    word.delete()


def write_line(account: Account | None, verb: str, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(account=account, by=by, at=at, verb=verb, object_type=verb.partition(".")[0], **facts)
