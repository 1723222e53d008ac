"""What could not be put into the log, as pages tell it. No query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.utils.translation import gettext as _

from logs.models import Callback, Orphan, ProviderAccount, RefusedCallback, Signed
from logs.orphans import unpacked
from logs.provider_states import provider_label
from logs.statuses import Status
from logs.story import happened, pretty, provider_name
from smsadmin import phones

RAW = 4000  # characters of raw evidence that are shown
HIDDEN = "•••"

Accounts = Mapping[int, ProviderAccount]


@dataclass(frozen=True, slots=True)
class OrphanRow:
    """One thing that was said of a message that we do not know."""

    pk: int
    status: Status
    what: Any
    said: str  # by whom, with its codes
    phone: str
    provider_message_id: str
    reference: str
    at: datetime
    tries: int
    due_at: datetime | None
    raw: str

    @classmethod
    def of(cls, orphan: Orphan, accounts: Accounts) -> Self:
        heard = unpacked(orphan).heard
        words = (name_of(orphan.provider_account_id, accounts), heard.raw_status, heard.raw_error, heard.raw_text)
        return cls(
            pk=orphan.pk,
            status=heard.state.status,
            what=happened(heard.state),
            said=" · ".join(filter(None, words)) or provider_name(heard.table),
            phone=phones.show(orphan.phone),
            provider_message_id=orphan.provider_message_id,
            reference=orphan.reference,
            at=orphan.received_at,
            tries=orphan.tries,
            due_at=orphan.due_at,
            raw=pretty(heard.raw)[:RAW],
        )


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """A callback that five tries could not read."""

    pk: int
    provider: str
    error: str
    tries: int
    at: datetime
    signed: bool
    raw: str

    @classmethod
    def of(cls, callback: Callback, accounts: Accounts) -> Self:
        return cls(
            pk=callback.pk,
            provider=name_of(callback.provider_account_id, accounts),
            error=callback.error,
            tries=callback.tries,
            at=callback.received_at,
            signed=callback.signed == Signed.HELD,
            raw=readable(callback),
        )


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A callback that was turned away."""

    pk: int
    provider: str
    why: str
    status: int
    remote_address: str
    at: datetime
    raw: str

    @classmethod
    def of(cls, refused: RefusedCallback, accounts: Accounts) -> Self:
        known = accounts.get(refused.provider_account_id or 0)
        named = provider_label(refused.provider) if refused.provider else ""
        return cls(
            pk=refused.pk,
            provider=known.name if known else named or _("no provider account"),
            why=refused.why,
            status=refused.status,
            remote_address=refused.remote_address,
            at=refused.at,
            raw=without_tokens(shown(refused.request), accounts)[:RAW],
        )


def name_of(pk: int | None, accounts: Accounts) -> str:
    """A provider account's name; one that was deleted has none."""
    known = accounts.get(pk or 0)
    return known.name if known else _("a deleted provider account")


def readable(callback: Callback) -> str:
    """A callback's request line and body, as far as bytes can be read."""
    query = f"?{decoded(callback.query)}" if callback.query else ""
    line = f"{callback.method} /{callback.path}{query}"
    return shown("\n".join(filter(None, (line, callback.content_type, "", pretty(decoded(callback.body))))))[:RAW]


def decoded(data: Any) -> str:
    return bytes(data)[:RAW].decode("utf-8", "replace")


def shown(text: str) -> str:
    """What a page cannot hold is replaced by a sign."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def without_tokens(text: str, accounts: Accounts) -> str:
    """The secret addresses are for those who set up providers."""
    for account in accounts.values():
        text = text.replace(account.hook_token, HIDDEN)
    return text
