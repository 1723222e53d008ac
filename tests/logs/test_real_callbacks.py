"""What real providers send, through the real address into the log: in any order and twice, the end is the same."""

import base64
import hashlib
import hmac
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from logs import credentials, hook_doors, inbox
from logs.models import Callback, Message, Orphan, ProviderAccount, Reply
from logs.providers.base import Incoming
from logs.providers.simulator.signing import SIGNATURE, TIMESTAMP, sign
from smsadmin import uuid7
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.callbacks import address, make_provider_account, make_sent
from tests.logs.looking import counted, events, messages, rolled_up
from tests.logs.providers.captured import CONTRACT, MESSAGE, captured, names

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = "a token"
PROVIDERS = ["simulator", "kannel", "twilio", "vonage", "infobip", "smsmode", "engagelab"]
SIGNING = ["simulator", "kannel", "twilio", "infobip"]
FIELDS: dict[str, dict[str, dict[str, str]]] = {
    "simulator": {"options": {}, "secrets": {"secret": "s"}},
    "twilio": {"options": {"account_sid": "AC1"}, "secrets": {"auth_token": TOKEN}},
    "vonage": {"options": {"api_key": "abcd1234"}, "secrets": {"api_secret": "a secret"}},
    "infobip": {"options": {"base_url": "abc.api.infobip.com"}, "secrets": {"api_key": "a key"}},
}


class Posted(NamedTuple):
    """A callback as a provider makes it: its method, what stands after the token, headers and body."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture(autouse=True)
def as_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses in the payloads are signed with the secret of their own contract."""

    def contract_of(account: ProviderAccount) -> Any:
        return replace(credentials.contract_of(account), hook_secret=CONTRACT.hook_secret)

    monkeypatch.setattr(hook_doors, "contract_of", contract_of)


def payloads(provider: str) -> list[Posted]:
    if provider == "simulator":
        return [simulated(status, n) for n, status in enumerate(("accepted", "sent", "buffered", "delivered", "sent"))]
    return [posted_of(provider, captured(provider, name)) for name in names(provider)]


def posted_of(provider: str, one: Incoming) -> Posted:
    posted = Posted(one.method, one.path, one.query.decode(), dict(one.headers), one.body)
    if provider != "twilio" or "json" not in one.headers.get("content-type", ""):
        return posted
    query = [pair for pair in posted.query.split("&") if pair and not pair.startswith("bodySHA256")]
    return posted._replace(query="&".join([*query, f"bodySHA256={hashlib.sha256(one.body).hexdigest()}"]))


def simulated(status: str, n: int) -> Posted:
    document = {
        "type": "receipt", "event": f"e{n}", "id": "s1", "reference": str(MESSAGE), "status": status,
        "at": f"2026-01-15T10:43:{n:02}+00:00", "part": 1, "parts": 1,
    }  # fmt: skip
    return Posted("POST", "", "", {"content-type": "application/json"}, json.dumps(document).encode())


def signed(by: ProviderAccount, posted: Posted) -> dict[str, str]:
    """The headers, with the provider's own signature where it signs in one."""
    if by.provider == "simulator":
        now = str(int(datetime.now(UTC).timestamp()))
        return {**posted.headers, TIMESTAMP: now, SIGNATURE: sign("s", now, posted.body)}
    if by.provider == "twilio":
        url = settings.PUBLIC_URL + address(by, posted.path) + (f"?{posted.query}" if posted.query else "")
        is_form = posted.method == "POST" and "json" not in posted.headers.get("content-type", "")
        pairs = sorted(set(parse_qsl(posted.body.decode(), keep_blank_values=True))) if is_form else []
        told = url + "".join(name + value for name, value in pairs)
        digest = hmac.new(TOKEN.encode(), told.encode(), hashlib.sha1).digest()
        return {**posted.headers, "x-twilio-signature": base64.b64encode(digest).decode()}
    return posted.headers


def post(by: ProviderAccount, posted: Posted, headers: dict[str, str]) -> int:
    named = {name: value for name, value in headers.items() if name != "content-type"}
    return (
        Client()
        .generic(
            posted.method,
            address(by, posted.path),
            posted.body,
            content_type=headers.get("content-type", ""),
            QUERY_STRING=posted.query,
            headers=named,
        )
        .status_code
    )


def told_to(account: Account, by: ProviderAccount, callbacks: list[Posted], at_once: int) -> None:
    for n, posted in enumerate(callbacks, 1):
        assert post(by, posted, signed(by, posted)) in (200, 202, 204), posted
        if n % at_once == 0:
            inbox.drain(at=LATER)
    inbox.drain(at=LATER)
    assert not Callback.objects.filter(account=account).exists(), Callback.objects.values_list("error", flat=True)


def end(account: Account) -> list[list[dict[str, Any]]]:
    # The payloads name the one message by several ids of the provider's: which of them it has depends on the first.
    own = {"id", "account_id", "provider_account_id", "heard", "received_at", "state_received_at"}
    own |= {"provider_message_id"}
    own |= {"state_event_id"}  # of two that say the same of the same moment the one that came last
    of = [
        messages(account),
        [row | {"event": row["id"]} for row in events(account)],
        list(Orphan.objects.filter(account=account).order_by("event_id").values()),
        # Several payloads are the same reply in different spellings: the first that comes is kept.
        list(
            Reply.objects.filter(account=account).order_by("provider_message_id", "body").values("phone", "message_id")
        ),
    ]
    return [[{name: row[name] for name in row.keys() - own} for row in rows] for rows in of]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_that_a_provider_can_say_in_any_order_and_twice_ends_the_same(provider: str) -> None:
    said, chance = payloads(provider), random.Random(4711)
    ends, now = [], datetime.now(UTC)
    for callbacks in (said, chance.sample(said * 2, len(said) * 2)):
        account = make_account()
        by = make_provider_account(account, provider, **FIELDS.get(provider, {}))
        at = uuid7.moment(MESSAGE)
        make_sent(by, "s1", id=MESSAGE, requested_at=at, at=at, phone="+447700900123")
        with time_machine.travel(now, tick=False):  # receipts that tell no time were given when they came
            told_to(account, by, callbacks, at_once=chance.randint(1, 9))
        ends.append(end(account))
        assert len(events(account)) > 2
        assert rolled_up(account) == counted(account)
    assert ends[0] == ends[1]


@pytest.mark.parametrize("provider", SIGNING)
def test_what_is_signed_wrong_is_turned_away(provider: str) -> None:
    account = make_account()
    by = make_provider_account(account, provider, **FIELDS.get(provider, {}))
    posted = next(one for one in payloads(provider) if provider in ("simulator", "twilio") or "s=" in one.query)
    headers = signed(by, posted)
    assert post(by, posted, headers) == 200
    own = {"simulator": SIGNATURE, "twilio": "x-twilio-signature"}.get(provider)
    if own:
        changed, wrong = posted, {**headers, own: "0" + headers[own][1:] if headers[own][0] != "0" else "1"}
    else:
        name, _equals, value = posted.query.partition("s=")
        flipped = ("0" if value[0] != "0" else "1") + value[1:]
        changed, wrong = posted._replace(query=f"{name}s={flipped}"), headers
    assert post(by, changed, wrong) == 403
    assert Callback.objects.filter(account=account).count() == 1


def test_a_receipt_shows_within_one_drain() -> None:
    account = make_account()
    by = make_provider_account(account, "simulator", **FIELDS["simulator"])
    at = LATER - timedelta(minutes=5)
    message = make_sent(by, "s9", requested_at=at, at=at)
    posted = simulated("delivered", 3)
    body = posted.body.replace(b'"s1"', b'"s9"').replace(str(MESSAGE).encode(), str(message.pk).encode())
    posted = posted._replace(body=body)
    assert post(by, posted, signed(by, posted)) == 200
    inbox.drain(at=LATER)
    assert Message.objects.of(account).get().status_word.slug == "delivered"
