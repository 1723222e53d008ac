"""Every captured status of every provider through the real address and the drain: what stands in the log afterwards,
and that order and repetition make no difference to it."""

import base64
import hashlib
import hmac
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from logs import inbox
from logs.credentials import contract_of, hook_url
from logs.models import Callback, Message, Orphan, ProviderAccount, StatusEvent
from logs.providers.base import own_signature
from logs.statuses import State
from smsadmin import uuid7
from tests.factories.accounts import make_account
from tests.factories.callbacks import LATER, make_provider_account, make_sent
from tests.logs.providers.captured import MESSAGE, captured, expected, state

pytestmark = pytest.mark.django_db

TWILIO_TOKEN, CALLBACK_SECRET = "a token", "a secret"
SECRETS = {"twilio": {"auth_token": TWILIO_TOKEN}, "engagelab": {"callback_secret": CALLBACK_SECRET}}
IDS = {"smsmode": ("ab12",)}
"""Of messages that go without our reference."""
SIGNED_FIELDS = {"kannel": ("id", "n"), "smsmode": ("id",), "infobip": ("mid",)}
CLIENT = Client()  # making one for each request would cost more than the request
PROVIDERS = ("kannel", "twilio", "vonage", "infobip", "smsmode", "engagelab")


@dataclass
class Request:
    """A captured callback, made genuine for a provider account."""

    by: ProviderAccount
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        found = hook_url(self.by) + (f"/{self.path}" if self.path else "")
        return f"{found}?{self.query}" if self.query else found

    def send(self) -> int:
        address = self.target.removeprefix(settings.PUBLIC_URL)
        content_type = self.headers.get("content-type", "application/octet-stream")
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}
        if self.method == "GET":
            return CLIENT.get(address, headers=headers).status_code
        return CLIENT.post(address, self.body, content_type=content_type, headers=headers).status_code


def request(by: ProviderAccount, name: str) -> Request:
    found = captured(by.provider, name)
    made = Request(by, found.method, found.path, found.query.decode(), dict(found.headers), found.body)
    SEALS.get(by.provider, lambda _request: None)(made)
    return made


def seal_address(made: Request) -> None:
    fields = dict(parse_qsl(made.query))
    if "s" in fields:
        values = (fields[name] for name in SIGNED_FIELDS[made.by.provider])
        mine = own_signature(contract_of(made.by), *([made.by.provider, *values]))
        made.query = re.sub(r"\bs=[0-9a-f]+", f"s={mine}", made.query)


def seal_for_twilio(made: Request) -> None:
    fields = ""
    if "json" in made.headers.get("content-type", ""):
        made.query += f"&bodySHA256={hashlib.sha256(made.body).hexdigest()}"
    elif made.method == "POST":
        fields = "".join(f"{name}{value}" for name, value in sorted(parse_qsl(made.body.decode(), True)))
    digest = hmac.new(TWILIO_TOKEN.encode(), f"{made.target}{fields}".encode(), "sha1").digest()
    made.headers["x-twilio-signature"] = base64.b64encode(digest).decode()


def seal_for_engagelab(made: Request) -> None:
    now = int(time.time())
    digest = hmac.new(CALLBACK_SECRET.encode(), f"{now}77shop".encode(), hashlib.sha256).hexdigest()
    made.headers["x-callback-id"] = f"timestamp={now};nonce=77;username=shop;signature={digest}"


SEALS: dict[str, Callable[[Request], None]] = {
    "kannel": seal_address,
    "smsmode": seal_address,
    "infobip": seal_address,
    "twilio": seal_for_twilio,
    "engagelab": seal_for_engagelab,
}


def sent_by(provider: str) -> ProviderAccount:
    """A provider account that has sent the message that the callbacks speak of."""
    by = make_provider_account(make_account(), provider, secrets=SECRETS.get(provider, {}))
    made = uuid7.moment(MESSAGE)
    make_sent(by, *IDS.get(provider, ()), id=MESSAGE, requested_at=made, at=made)
    return by


def events(by: ProviderAccount) -> set[tuple[str, str, str, State]]:
    """What providers said of the message, as it stands in the log."""
    rows = StatusEvent.objects.filter(account=by.account, message_id=MESSAGE).exclude(provider="")
    return {(row.provider, row.raw_status, row.raw_error, row.state) for row in rows}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_status_stands_in_the_log_as_it_was_said(provider: str) -> None:
    by = sent_by(provider)
    rows = expected(provider)
    for row in rows:
        assert 200 <= request(by, row["payload"]).send() < 300, row["payload"]
    inbox.drain(at=LATER)
    assert not Callback.objects.exists()
    assert not Orphan.objects.exists()
    assert events(by) == {(row["table"], row["status"], row["error"], state(row)) for row in rows}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_in_any_order_and_twice_the_end_is_the_same(provider: str) -> None:
    by = sent_by(provider)
    chance = random.Random(provider)
    some = chance.sample(expected(provider), 12)
    ends = []
    for _ in range(4):
        with transaction.atomic():
            for row in chance.sample(some * 2, len(some) * 2):
                assert 200 <= request(by, row["payload"]).send() < 300
                if chance.random() < 0.2:
                    inbox.drain(at=LATER)
            inbox.drain(at=LATER)
            ends.append((end(by), events(by), StatusEvent.objects.filter(message_id=MESSAGE).count()))
            transaction.set_rollback(True)
    assert ends == ends[:1] * 4


def end(by: ProviderAccount) -> tuple[object, ...]:
    message = Message.objects.of(by.account).get(pk=MESSAGE)
    return (message.state, message.soft, message.conflict)
