"""Callbacks of a provider that exists for tests only and speaks our own words: by it is tested what stores and reads
callbacks, whatever the real providers say."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from logs import credentials
from logs.models import Message, ProviderAccount, ProviderRef
from logs.providers.base import Adapter, Contract, Forged, Garbled, Genuine, Incoming, Reply, Verdict
from logs.providers.events import Heard, Inbound
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.messages import ACCEPTED, DELIVERED, QUEUED, SENDING, UNDELIVERED, make_message

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KEY = "a key that only Plain and we know"
INVALID = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.INVALID_NUMBER)
WORDS = {
    "accepted": ACCEPTED,
    "sending": SENDING,
    "delivered": DELIVERED,
    "off": UNDELIVERED,
    "invalid": INVALID,
}


class Plain(Adapter):
    """Says `[{"status": "delivered", "id": "p1", "at": 7}, {"from": "+44…", "text": "STOP"}]`, under a key."""

    name = "plain"
    label = "Plain"
    headers = ("x-key",)

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        if incoming.path == "garbled":
            raise Garbled("this is none of ours")
        if incoming.path == "broken":
            raise RuntimeError("a fault of the adapter")
        held = incoming.headers.get("x-key") == contract["key"]
        return Genuine(signed=True) if held else Forged("the key does not fit")

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        try:
            said = json.loads(incoming.body)
        except ValueError:
            raise Garbled("no JSON") from None
        return [inbound_of(one) if "from" in one else heard_of(one) for one in said]

    def reply(self, incoming: Incoming) -> Reply:
        if incoming.path == "speechless":
            raise RuntimeError("a fault of the adapter")
        return Reply(202, b"<ok/>", "application/xml")


def heard_of(one: dict[str, Any]) -> Heard:
    return Heard(
        "plain",
        WORDS[one["status"]],
        provider_message_id=one.get("id", ""),
        reference=one.get("ref", ""),
        part=one.get("part", 1),
        parts=one.get("parts", 1),
        raw_status=one["status"],
        raw=json.dumps(one),
        occurred_at=NOON + timedelta(seconds=one["at"]) if "at" in one else None,
        price=Decimal(one["price"]) if "price" in one else None,
        currency="EUR" if "price" in one else "",
    )


def inbound_of(one: dict[str, Any]) -> Inbound:
    return Inbound(
        one["from"],
        one.get("to", "60006"),
        one["text"],
        provider_message_id=one.get("id", ""),
        occurred_at=NOON + timedelta(seconds=one["at"]) if "at" in one else None,
        joined_by=one.get("joined_by", ""),
        part=one.get("part", 1),
        parts=one.get("parts", 1),
        raw=json.dumps(one),
    )


PLAIN = Plain()


def make_provider_account(account: Account, provider: str = "plain", **fields: Any) -> ProviderAccount:
    count = ProviderAccount.objects.filter(account=account).count()
    secrets = fields.pop("secrets", {"key": KEY})
    return ProviderAccount.objects.create(
        **{
            "account": account,
            "provider": provider,
            "name": f"{provider} {count + 1}",
            "enabled": True,
            "secrets": credentials.seal(secrets),
            **fields,
        }
    )


def make_sent(by: ProviderAccount, *names: str, **fields: Any) -> Message:
    """A message that this provider account took under these ids, one for each part."""
    message = make_message(
        by.account, QUEUED, ACCEPTED, **{"requested_at": NOON, "at": NOON, "provider_account_id": by.pk, **fields}
    )
    ProviderRef.objects.bulk_create(
        ProviderRef(
            provider_account_id=by.pk,
            provider_message_id=name,
            account_id=message.account_id,
            message_id=message.pk,
            part=part,
            parts=len(names),
            created_at=NOON,
        )
        for part, name in enumerate(names, 1)
    )
    return message


def address(by: ProviderAccount, path: str = "") -> str:
    url = reverse("hook", kwargs={"provider": by.provider, "token": by.hook_token})
    return f"{url}/{path}" if path else url


def call(by: ProviderAccount, *said: dict[str, Any], path: str = "", key: str = KEY) -> HttpResponse:
    """Post what Plain says to our address, as Plain would."""
    return post(address(by, path), json.dumps(said).encode(), key)


def post(url: str, body: bytes, key: str = KEY, **headers: str) -> HttpResponse:
    return Client().post(url, body, content_type="application/json", headers={"x-key": key, **headers})
