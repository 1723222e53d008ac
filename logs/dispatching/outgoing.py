"""From a message's row to what an adapter is given, and the provider accounts of a batch with their secrets opened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from logs import credentials
from logs.models import Message, ProviderAccount, Template
from logs.providers import registry
from logs.providers.base import Adapter, Contract, Outgoing, Refused
from logs.providers.events import Heard
from logs.segments import Encoding, measure
from logs.statuses import Outcome, Reason, Stage, State

CONFIG_ERROR = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.CONFIG_ERROR)
PLATFORM_ERROR = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.PLATFORM_ERROR)
TOO_LONG = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.MESSAGE_TOO_LONG)


@dataclass(frozen=True, slots=True)
class Route:
    """A provider account that can be called."""

    account: ProviderAccount
    adapter: Adapter
    contract: Contract


def routes(account_id: int, ids: Collection[int]) -> dict[int, Route | Refused]:
    """The provider accounts of a batch; of one that cannot be called, what every try by it is answered with."""
    rows = ProviderAccount.objects.filter(account_id=account_id, pk__in=ids)
    found: dict[int, Route | Refused] = {row.pk: _route(row) for row in rows}
    gone = refused_by_us(CONFIG_ERROR, "the provider account is gone")
    return {pk: found.get(pk, gone) for pk in ids}


def _route(row: ProviderAccount) -> Route | Refused:
    adapter = registry.adapter(row.provider)
    if adapter is None:
        return refused_by_us(CONFIG_ERROR, f"nothing can be sent through {row.provider}")
    try:
        return Route(row, adapter, credentials.contract_of(row))
    except credentials.Unreadable:
        return refused_by_us(CONFIG_ERROR, "its secrets cannot be read any more: enter them again")


def too_long(outgoing: Outgoing, route: Route) -> Refused | None:
    """Providers cut longer texts, or take them and fail later: theirs are never handed over."""
    most = route.adapter.longest
    if outgoing.segments <= most:
        return None
    why = _("The text takes %(n)d segments, and %(provider)s takes at most %(most)d in one message.")
    return refused_by_us(TOO_LONG, why % {"n": outgoing.segments, "provider": route.adapter.label, "most": most})


def refused_by_us(state: State, why: str) -> Refused:
    """Known by its `Heard`, which names no provider."""
    return Refused(Heard("", state, raw_text=why))


def messages_of(account_id: int, ids: Collection[UUID]) -> dict[UUID, Message]:
    rows = Message.objects.filter(account_id=account_id).extra(
        where=["message.id = ANY(%s::uuid[])"], params=[sorted(ids)]
    )
    return {row.pk: row for row in rows}


def is_unsent(message: Message) -> bool:
    """Whether it still waits for a provider to take it."""
    return message.stage <= Stage.SUBMITTING and (message.soft or not message.state.outcome.is_final)


def template_names(messages: Collection[Message]) -> dict[int, str]:
    ids = {message.template_id for message in messages if message.template_id}
    if not ids:
        return {}
    account = next(iter(messages)).account_id
    return dict(Template.objects.filter(account_id=account, pk__in=ids).values_list("pk", "name"))


def outgoing(
    message: Message, route: Route, *, attempt: int, expires_at: datetime, at: datetime, template: str
) -> Outgoing:
    measured = measure(message.body)
    return Outgoing(
        id=message.pk,
        to=message.phone,
        text=message.body,
        sender=message.sender or route.account.sender,
        segments=max(measured.segments, 1),
        unicode=measured.encoding is Encoding.UCS_2,
        validity=expires_at - at,
        attempt=attempt,
        template=template,
    )
