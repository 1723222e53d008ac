"""Infobip: handing over, asking, and what it calls back with."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.providers.base import (
    GIVEN,
    Answer,
    CannotSay,
    Forged,
    Found,
    Garbled,
    Genuine,
    Incoming,
    NotFound,
    Part,
    Refused,
    Taken,
    Unsure,
)
from logs.providers.codes import codes
from logs.providers.events import Heard, Inbound
from logs.providers.infobip.adapter import ADAPTER
from logs.statuses import Outcome, Reason, Stage
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, captured, expected, names, outgoing, state
from tests.logs.providers.junk import bodies

AT = datetime(2026, 1, 15, 10, 43, tzinfo=UTC)
INFOBIP = replace(CONTRACT, options={"base_url": "abc.api.infobip.com"}, secrets={"api_key": "a key"})
WITH_BASIC = replace(
    INFOBIP,
    options=INFOBIP.options | {"callback_user": "them"},
    secrets=INFOBIP.secrets | {"callback_password": "theirs"},
)
RECEIPTS = {row["payload"]: row for row in expected("infobip")}
MINE = str(MESSAGE)


def message(status: int, group: int = 1, **more: Any) -> dict[str, Any]:
    told = {"messageId": MINE, "status": {"groupId": group, "groupName": "G", "id": status, "name": "N"}}
    return told | {"destination": "447700900123", "details": {"messageCount": 1}} | more


def answer(*messages: object, code: int = 200) -> Answer:
    return Answer(code, json.dumps({"bulkId": "b", "messages": messages}).encode())


# ---- handing over


def test_a_message_is_handed_over_with_our_id_as_infobips() -> None:
    call = ADAPTER.submit(outgoing("Hello"), INFOBIP)
    assert (call.method, call.url) == ("POST", "https://abc.api.infobip.com/sms/3/messages")
    assert call.headers["Authorization"] == "App a key"
    (said,) = json.loads(call.body)["messages"]
    address = said["webhooks"]["delivery"].pop("url")
    assert address.startswith(f"{HOOK}/status?mid={MINE}&s=")
    assert said == {
        "sender": "Acme",
        "destinations": [{"to": "447700900123", "messageId": MINE}],
        "content": {"text": "Hello"},
        "options": {"validityPeriod": {"amount": 2880, "timeUnit": "MINUTES"}},
        "webhooks": {"delivery": {"intermediateReport": True}, "contentType": "application/json"},
    }
    assert call.idempotent


@pytest.mark.parametrize(
    ("validity", "minutes"), [(timedelta(), 1), (timedelta(seconds=61), 2), (timedelta(days=9), 2880)]
)
def test_infobip_takes_a_validity_of_up_to_two_days(validity: timedelta, minutes: int) -> None:
    (said,) = json.loads(ADAPTER.submit(replace(outgoing(sender=""), validity=validity), INFOBIP).body)["messages"]
    assert said["options"]["validityPeriod"]["amount"] == minutes
    assert "sender" not in said


def test_another_address_may_be_given_in_full() -> None:
    contract = replace(INFOBIP, options={"base_url": "http://127.0.0.1:1/"})
    assert ADAPTER.submit(outgoing(), contract).url == "http://127.0.0.1:1/sms/3/messages"


def test_a_200_that_waits_is_taken() -> None:
    taken = ADAPTER.submitted(answer(message(26)), outgoing(), INFOBIP)
    assert isinstance(taken, Taken)
    assert taken.parts == (Part(MINE),)
    (said,) = taken.heard
    assert (said.state.stage, said.state.outcome) == (Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
    assert (said.raw_status, said.reference, said.recipient) == ("26", MINE, "447700900123")


def test_a_duplicate_tells_that_an_earlier_try_had_arrived() -> None:
    taken = ADAPTER.submitted(answer(message(23, 5)), outgoing(), INFOBIP)
    assert isinstance(taken, Taken)
    assert taken.parts == (Part(MINE),)
    assert taken.heard[0].state.outcome is Outcome.PENDING


REJECTED = [one for one in codes("infobip") if one.kind == "status" and one.state.outcome.is_negative]


@pytest.mark.parametrize("status", [one for one in REJECTED if one.code != "23"], ids=lambda one: one.code)
def test_a_200_that_rejects_is_a_refusal(status: Any) -> None:
    refused = ADAPTER.submitted(answer(message(int(status.code), 5)), outgoing(), INFOBIP)
    assert isinstance(refused, Refused)
    assert refused.heard.state == replace(status.state, stage=Stage.SUBMITTING)
    assert refused.heard.raw_status == status.code


@pytest.mark.parametrize(("group", "kind"), [(1, Taken), (2, Refused), (3, Taken), (4, Refused), (5, Refused)])
def test_of_a_status_unheard_of_its_group_tells_whether_it_is_a_refusal(group: int, kind: type) -> None:
    told = ADAPTER.submitted(answer(message(999, group)), outgoing(), INFOBIP)
    assert isinstance(told, kind)
    heard = told.heard if isinstance(told, Refused) else told.heard[0]
    assert (heard.state.reason, heard.raw_status) == (Reason.UNKNOWN, "999")
    assert heard.state.outcome is (Outcome.FAILED if kind is Refused else Outcome.UNKNOWN)


def problem(*properties: str) -> bytes:
    violations = [{"property": name, "violation": "must be right"} for name in properties]
    return json.dumps({"errorCode": "E400", "description": "Bad", "violations": violations}).encode()


@pytest.mark.parametrize(
    ("code", "body", "reason"),
    [
        (400, problem("messages[0].destinations[0].to"), Reason.INVALID_NUMBER),
        (400, problem("messages[0].sender"), Reason.SENDER_REJECTED),
        (400, problem("messages[0].content.text"), Reason.CONTENT_INVALID),
        (400, problem("messages[0].webhooks.delivery.url"), Reason.CONFIG_ERROR),
        (400, problem("messages[0].destinations[0].messageId"), Reason.UNKNOWN),
        (400, b'{"violations": {}}', Reason.UNKNOWN),
        (400, b'{"violations": [1, {}]}', Reason.UNKNOWN),
        (401, b'{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED","text":"Bad"}}}', Reason.AUTH_ERROR),
        (403, problem(), Reason.AUTH_ERROR),
        (404, b"", Reason.CONFIG_ERROR),
        (429, problem(), Reason.RATE_LIMITED),
    ],
)
def test_a_refusal_says_why(code: int, body: bytes, reason: Reason) -> None:
    refused = ADAPTER.submitted(Answer(code, body), outgoing(), INFOBIP)
    assert isinstance(refused, Refused)
    told = refused.heard.state
    assert (told.stage, told.outcome, told.reason) == (Stage.SUBMITTING, Outcome.FAILED, reason)
    assert refused.after == (timedelta(seconds=1) if code == 429 else None)


def test_both_forms_of_an_error_are_kept() -> None:
    older = b'{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED","text":"Bad"}}}'
    for body, code in ((problem(), "E400"), (older, "UNAUTHORIZED")):
        refused = ADAPTER.submitted(Answer(400, body), outgoing(), INFOBIP)
        assert isinstance(refused, Refused)
        assert (refused.heard.raw_error, refused.heard.raw_text) == (code, "Bad")


@pytest.mark.parametrize(
    "unclear",
    [
        Answer(500, problem()),
        Answer(502),
        Answer(200),
        Answer(200, b"{}"),
        answer(),
        answer(1),
        answer({}),
        answer({"status": {"id": True}}),
    ],
)
def test_an_answer_that_says_neither_leaves_us_unsure(unclear: Answer) -> None:
    assert isinstance(ADAPTER.submitted(unclear, outgoing(), INFOBIP), Unsure)


# ---- asking


@pytest.mark.parametrize("known", ["", MINE])
def test_the_logs_are_asked_by_our_id(known: str) -> None:
    call = ADAPTER.query(known, outgoing(), INFOBIP)
    assert call is not None
    assert (call.method, call.url) == ("GET", f"https://abc.api.infobip.com/sms/3/logs?messageId={MINE}")
    assert call.idempotent
    found = ADAPTER.queried(Answer(200, captured("infobip", "5-delivered-to-handset").body), known, outgoing(), INFOBIP)
    assert isinstance(found, Found)
    assert found.heard[0].state.outcome is Outcome.DELIVERED
    assert found.parts == (() if known else (Part(MINE),))


def test_a_status_that_was_asked_for_is_the_event_that_was_called_back() -> None:
    payload = captured("infobip", "9-with-error-27")
    found = ADAPTER.queried(Answer(200, payload.body), MINE, outgoing(), INFOBIP)
    (told,) = ADAPTER.read(payload, INFOBIP)
    assert isinstance(found, Found)
    assert isinstance(told, Heard)
    assert found.heard[0].id == told.id


def test_logs_without_it_are_not_certain() -> None:
    other = json.dumps({"results": [message(5) | {"messageId": "another"}, 1, {"messageId": MINE}]}).encode()
    for body in (b'{"results": []}', other):
        assert ADAPTER.queried(Answer(200, body), "", outgoing(), INFOBIP) == NotFound(certain=False)
    for unclear in (Answer(200), Answer(429, b"{}"), Answer(500), Answer(200, b'{"results": 1}')):
        assert isinstance(ADAPTER.queried(unclear, "", outgoing(), INFOBIP), CannotSay)


# ---- callbacks


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_report_means_what_is_expected(name: str) -> None:
    row = RECEIPTS[name]
    (told,) = ADAPTER.read(captured("infobip", name), INFOBIP)
    assert isinstance(told, Heard)
    assert (told.table, told.raw_status, told.raw_error) == (row["table"], row["status"], row["error"])
    assert told.state == state(row)
    assert (told.reference, told.provider_message_id, told.recipient) == (MINE, MINE, "447700900123")
    assert told.occurred_at == datetime(2026, 1, 15, 10, 42, 5, 340_000, tzinfo=UTC)
    assert (told.price, told.currency) == (Decimal("0.0125"), "EUR")


def test_the_group_delivered_does_not_mean_the_handset() -> None:
    told = ADAPTER.read(captured("infobip", "two-for-one-message"), INFOBIP)
    assert [one.state.outcome for one in told if isinstance(one, Heard)] == [Outcome.PENDING, Outcome.DELIVERED]


def test_the_price_is_that_of_all_parts() -> None:
    payload = captured("infobip", "5-delivered-to-handset")
    for count, price in ((3, "0.0375"), (0, "0.0125"), ("3", "0.0125"), (10**9, "0.0125")):
        body = payload.body.replace(b'"messageCount": 1', f'"messageCount": {json.dumps(count)}'.encode())
        (told,) = ADAPTER.read(replace(payload, body=body), INFOBIP)
        assert isinstance(told, Heard)
        assert told.price == Decimal(price)


@pytest.mark.parametrize("name", names("infobip"))
def test_what_infobip_calls_is_genuine_and_not_signed(name: str) -> None:
    assert ADAPTER.verify(captured("infobip", name), INFOBIP, AT) == Genuine(signed=False)


def test_one_changed_byte_of_the_address_is_forged() -> None:
    genuine = captured("infobip", "5-delivered-to-handset")
    for at in range(len(genuine.query)):
        changed = bytearray(genuine.query)
        changed[at] = ord("0") if changed[at] != ord("0") else ord("1")
        assert isinstance(ADAPTER.verify(replace(genuine, query=bytes(changed)), INFOBIP, AT), Forged)


def test_the_report_of_one_message_is_not_taken_for_another() -> None:
    genuine = captured("infobip", "5-delivered-to-handset")
    other = genuine.body.replace(MINE.encode(), b"0199a3f2-7c00-7000-8000-000000000009")
    for elsewhere in (replace(genuine, body=other), replace(genuine, path="inbound", query=b"")):
        with pytest.raises(Garbled, match="another message"):
            ADAPTER.read(elsewhere, INFOBIP)


def basic(credentials: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


@pytest.mark.parametrize(
    ("name", "headers", "genuine"),
    [
        ("reply", basic("them:theirs"), True),
        ("reply", basic("them:Theirs"), False),
        ("reply", basic("Them:theirs"), False),
        ("reply", {"authorization": "Bearer x"}, False),
        ("reply", {}, False),
        ("5-delivered-to-handset", basic("them:theirs"), True),
        ("5-delivered-to-handset", basic("them:wrong"), False),
        ("5-delivered-to-handset", {}, True),
    ],
)
def test_basic_credentials_must_be_right_once_they_are_stored(
    name: str, headers: dict[str, str], genuine: bool
) -> None:
    incoming = replace(captured("infobip", name), headers=headers)
    verdict = ADAPTER.verify(incoming, WITH_BASIC, AT)
    assert isinstance(verdict, Genuine if genuine else Forged)


def test_reports_of_a_subscription_are_read_where_the_credentials_are_right() -> None:
    elsewhere = replace(captured("infobip", "5-delivered-to-handset"), path="", query=b"", headers=basic("them:theirs"))
    assert isinstance(ADAPTER.verify(elsewhere, WITH_BASIC, AT), Genuine)
    assert len(ADAPTER.read(elsewhere, WITH_BASIC)) == 1
    with pytest.raises(Garbled):
        ADAPTER.read(elsewhere, INFOBIP)


def test_what_is_stored_is_read_without_the_password() -> None:
    elsewhere = replace(captured("infobip", "5-delivered-to-handset"), path="", query=b"", headers=basic("them:theirs"))
    stored = replace(elsewhere, headers=ADAPTER.kept_headers(elsewhere))
    assert stored.headers == {"authorization": GIVEN}
    assert ADAPTER.read(stored, WITH_BASIC) == ADAPTER.read(elsewhere, WITH_BASIC)
    without = replace(elsewhere, headers={"authorization": ""})
    assert ADAPTER.kept_headers(without) == without.headers


def test_replies_are_read() -> None:
    (told,) = ADAPTER.read(captured("infobip", "reply"), INFOBIP)
    assert isinstance(told, Inbound)
    assert (told.sender, told.recipient, told.text) == (
        "447700900123",
        "447700900001",
        "QUIZ Correct answer is Paris 🙂",
    )
    assert told.occurred_at == datetime(2026, 1, 15, 10, 42, 7, tzinfo=UTC)
    texts = [one.text for one in ADAPTER.read(captured("infobip", "two-replies"), INFOBIP) if isinstance(one, Inbound)]
    assert texts[1] == "STOP"


def test_an_empty_call_says_nothing() -> None:
    assert ADAPTER.read(captured("infobip", "probe"), INFOBIP) == ()
    assert ADAPTER.read(Incoming("GET", HOOK), INFOBIP) == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<reportResponse/>", "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "no list"),
        (b'{"results": {}}', "no list"),
        (b'{"results": [1]}', "no list"),
        (b'{"results": [{}]}', "neither"),
        (b'{"results": [{"status": 5}]}', "without messageId"),
        (b'{"results": [{"messageId": "x", "status": {"id": []}}]}', "without messageId or without status"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_infobip_does_not_send_is_garbled(body: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=why):
        ADAPTER.read(Incoming("POST", HOOK, "status", b"", {}, body), INFOBIP)


NAMES = ["results", "messages", "messageId", "status", "error", "id", "groupId", "price", "pricePerMessage", "currency"]
NAMES += ["messageCount", "from", "to", "text", "doneAt", "violations", "property"]


@given(st.sampled_from(["status", "inbound", ""]), st.binary(max_size=60), bodies(NAMES))
def test_nothing_raises_but_garbled(path: str, query: bytes, body: bytes) -> None:
    incoming = Incoming("POST", HOOK, path, query, {"authorization": "x"}, body)
    for contract in (INFOBIP, WITH_BASIC):
        assert isinstance(ADAPTER.verify(incoming, contract, AT), Forged | Genuine)
        with suppress(Garbled):
            assert all(isinstance(one, Heard | Inbound) for one in ADAPTER.read(incoming, contract))


@given(st.integers(100, 599), bodies(NAMES), st.sampled_from(["", MINE]))
def test_no_answer_raises(status: int, body: bytes, known: str) -> None:
    told = Answer(status, body)
    assert isinstance(ADAPTER.submitted(told, outgoing(), INFOBIP), Taken | Refused | Unsure)
    assert isinstance(ADAPTER.queried(told, known, outgoing(), INFOBIP), Found | NotFound | CannotSay)
