"""Messages that wait to be sent, and whom they go through."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from logs import credentials
from logs.accepting import Accepted, Ask, accept
from logs.models import Kind, Message, ProviderAccount, QueuedMessage, Source, StatusEvent
from smsadmin.accounts.models import Account

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
numbers = count(1)


class Clock:
    """The time as tests set it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def make_way(account: Account, url: str, name: str = "first", **fields: Any) -> ProviderAccount:
    """An enabled provider account at the peer of that address; its key is its name."""
    return ProviderAccount.objects.create(
        **{
            "account": account,
            "provider": "peer",
            "name": name,
            "enabled": True,
            "rank": next(numbers),
            "rate": 1000,
            "options": {"url": url},
            "secrets": credentials.seal({"key": name}),
            **fields,
        }
    )


def make_queued(account: Account, n: int = 1, at: datetime = NOON, **fields: Any) -> list[Message]:
    """Messages that were accepted a moment ago, each to a number of its own."""
    asks = [
        Ask(
            **{
                "source": Source.AUTOMATION,
                "kind": Kind.OPERATIONAL,
                "text": "Your table is booked.",
                "to": f"+4477009{next(numbers):05d}",
                **fields,
            }
        )
        for _ in range(n)
    ]
    answers = accept(account=account, asks=asks, sms_user=None, by=None, at=at)
    ids = [answer.id for answer in answers if isinstance(answer, Accepted)]
    assert len(ids) == n, answers
    return list(Message.objects.of(account).filter(pk__in=ids).order_by("pk"))


def again(message: Message) -> Message:
    """As it is now."""
    return Message.objects.get(pk=message.pk)


def row_of(message: Message) -> QueuedMessage | None:
    return QueuedMessage.objects.filter(message_id=message.pk).first()


def told(message: Message) -> list[str]:
    """The message's events in their order: stage, outcome and reason."""
    rows = StatusEvent.objects.filter(message_id=message.pk).order_by("received_at", "occurred_at", "stage", "id")
    return [f"{row.state.stage.slug} {row.state.outcome.slug} {row.state.reason.slug}" for row in rows]
