"""Vonage SMS API: handing over, asking, and what it calls back with. Its signatures are in test_signatures.py."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.providers.base import (
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
from logs.providers.vonage.adapter import ADAPTER
from logs.statuses import Outcome, Reason, Stage
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, captured, expected, names, outgoing, state
from tests.logs.providers.junk import bodies

AT = datetime(2026, 1, 15, 10, 43, tzinfo=UTC)
VONAGE = replace(CONTRACT, options={"api_key": "abcd1234"}, secrets={"api_secret": "a secret"})
SIGNING = replace(VONAGE, secrets=VONAGE.secrets | {"signature_secret": "s"})
RECEIPTS = {row["payload"]: row for row in expected("vonage")}
THEIRS = "0A0000001234567B"
BASIC = "Basic " + base64.b64encode(b"abcd1234:a secret").decode()


def part(message: str = THEIRS, status: str = "0", **more: Any) -> dict[str, Any]:
    told = {"to": "447700900123", "message-id": message, "status": status, "message-price": "0.03330000"}
    return told | {"remaining-balance": "3.14", "network": "23410", "client-ref": str(MESSAGE)} | more


def answer(*parts: object, code: int = 200) -> Answer:
    return Answer(code, json.dumps({"message-count": str(len(parts)), "messages": parts}).encode())


# ---- handing over


def test_a_message_is_handed_over_with_our_id_as_its_reference() -> None:
    call = ADAPTER.submit(outgoing("Hello & 1+1", sender="+447700900001"), VONAGE)
    assert (call.method, call.url) == ("POST", "https://rest.nexmo.com/sms/json")
    assert call.headers["Authorization"] == BASIC
    assert dict(parse_qsl(call.body.decode())) == {
        "from": "447700900001",
        "to": "447700900123",
        "text": "Hello & 1+1",
        "type": "text",
        "ttl": "172800000",
        "status-report-req": "1",
        "client-ref": str(MESSAGE),
        "callback": f"{HOOK}/status",
    }
    assert call.idempotent is False


@pytest.mark.parametrize(
    ("validity", "ttl"), [(timedelta(), "20000"), (timedelta(minutes=1), "60000"), (timedelta(days=30), "604800000")]
)
def test_vonage_takes_a_validity_of_20_seconds_to_7_days(validity: timedelta, ttl: str) -> None:
    call = ADAPTER.submit(replace(outgoing("日本", unicode=True), validity=validity), VONAGE)
    form = dict(parse_qsl(call.body.decode()))
    assert (form["ttl"], form["type"], form["text"]) == (ttl, "unicode", "日本")


def test_an_address_of_more_than_100_characters_is_left_to_the_accounts_settings() -> None:
    for length, given_along in ((93, True), (94, False)):
        contract = replace(VONAGE, hook_url="https://" + "x" * (length - 8))
        form = dict(parse_qsl(ADAPTER.submit(outgoing(), contract).body.decode()))
        assert ("callback" in form) is given_along


def test_each_part_has_an_id_and_an_event_and_the_price_is_that_of_all() -> None:
    taken = ADAPTER.submitted(answer(part("A"), part("B")), outgoing(segments=2), VONAGE)
    assert isinstance(taken, Taken)
    assert taken.parts == (Part("A", 1), Part("B", 2))
    assert [(one.part, one.parts, one.provider_message_id) for one in taken.heard] == [(1, 2, "A"), (2, 2, "B")]
    assert {(one.state.stage, one.state.outcome) for one in taken.heard} == {(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)}
    assert {(one.price, one.currency) for one in taken.heard} == {(Decimal("0.06660000"), "EUR")}
    assert len({one.id for one in taken.heard}) == 2


def test_one_part_may_be_taken_and_the_other_not() -> None:
    refused = {"to": "447700900123", "status": "1", "error-text": "Throughput Rate Exceeded"}
    taken = ADAPTER.submitted(answer(part("A"), refused), outgoing(segments=2), VONAGE)
    assert isinstance(taken, Taken)
    assert taken.parts == (Part("A", 1),)
    assert [one.state.reason for one in taken.heard] == [Reason.NONE, Reason.RATE_LIMITED]


ERRORS = [one for one in codes("vonage_sms_submit") if one.kind == "error"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.code)
def test_a_200_that_refuses_is_a_refusal(error: Any) -> None:
    told = {"to": "447700900123", "status": error.code, "error-text": error.name}
    refused = ADAPTER.submitted(answer(told), outgoing(), VONAGE)
    if error.code == "5":  # Vonage's own fault: it does not say that nothing was sent
        assert isinstance(refused, Unsure)
        return
    assert isinstance(refused, Refused)
    assert refused.heard.state == error.state
    assert (refused.heard.table, refused.heard.raw_error) == ("vonage_sms_submit", error.code)
    assert refused.after == (timedelta(seconds=1) if error.code in ("1", "10") else None)


def test_a_200_that_refuses_for_a_reason_unheard_of_is_a_refusal() -> None:
    refused = ADAPTER.submitted(answer({"status": "77", "error-text": "New"}), outgoing(), VONAGE)
    assert isinstance(refused, Refused)
    assert (refused.heard.state.outcome, refused.heard.state.reason) == (Outcome.FAILED, Reason.UNKNOWN)
    assert (refused.heard.raw_error, refused.heard.raw_text) == ("77", "New")


def test_the_same_number_means_two_things() -> None:
    refused = ADAPTER.submitted(answer({"status": "9"}), outgoing(), VONAGE)
    assert isinstance(refused, Refused)
    assert refused.heard.state.reason is Reason.INSUFFICIENT_CREDIT
    (told,) = ADAPTER.read(captured("vonage", "failed-9"), VONAGE)
    assert isinstance(told, Heard)
    assert told.state.reason is Reason.OPTED_OUT


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, Reason.AUTH_ERROR),
        (403, Reason.AUTH_ERROR),
        (404, Reason.CONFIG_ERROR),
        (422, Reason.UNKNOWN),
        (429, Reason.RATE_LIMITED),
    ],
)
def test_a_refusal_may_come_as_a_status_of_http(code: int, reason: Reason) -> None:
    body = b'{"error-code":"401","error-code-label":"authentication failed"}'
    refused = ADAPTER.submitted(Answer(code, body), outgoing(), VONAGE)
    assert isinstance(refused, Refused)
    assert (refused.heard.state.outcome, refused.heard.state.reason) == (Outcome.FAILED, reason)
    assert refused.heard.raw_text == "authentication failed"


@pytest.mark.parametrize(
    "unclear",
    [
        Answer(500),
        Answer(502, b"<html>"),
        Answer(200),
        Answer(200, b"{}"),
        Answer(200, b"[]"),
        Answer(200, b'{"messages":[]}'),
        Answer(200, b'{"messages":[1]}'),
        answer({}),
        answer({"status": None}),
        answer(part("")),
        answer(part("A"), part("")),
    ],
)
def test_an_answer_that_says_neither_leaves_us_unsure(unclear: Answer) -> None:
    assert isinstance(ADAPTER.submitted(unclear, outgoing(), VONAGE), Unsure)


# ---- asking


def record(**changed: Any) -> Answer:
    told = {"message_id": THEIRS, "status": "delivered", "error_code": "0", "to": "447700900123", "total_price": "0.03"}
    told |= {"currency": "EUR", "client_ref": str(MESSAGE), "date_finalized": "2026-01-15T10:42:07+0000"}
    return Answer(200, json.dumps({"request_status": "SUCCESS", "records": [told | changed, 1]}).encode())


def test_the_reports_are_asked_by_vonages_id_only() -> None:
    assert ADAPTER.query("", outgoing(), VONAGE) is None
    call = ADAPTER.query(THEIRS, outgoing(), VONAGE)
    assert call is not None
    assert (call.method, call.headers["Authorization"], call.idempotent) == ("GET", BASIC, True)
    assert call.url == (
        f"https://api.nexmo.com/v2/reports/records?account_id=abcd1234&product=SMS&direction=outbound&id={THEIRS}"
    )


def test_a_record_speaks_the_words_of_a_receipt() -> None:
    found = ADAPTER.queried(record(status="failed", error_code="3"), THEIRS, outgoing(), VONAGE)
    assert isinstance(found, Found)
    (said,) = found.heard
    assert (said.table, said.state.outcome, said.state.reason) == (
        "vonage_sms_dlr",
        Outcome.UNDELIVERED,
        Reason.NUMBER_INACTIVE,
    )
    assert (said.price, said.occurred_at) == (Decimal("0.03"), datetime(2026, 1, 15, 10, 42, 7, tzinfo=UTC))


def test_no_record_is_not_certain_and_no_status_says_nothing() -> None:
    missing = Answer(200, json.dumps({"records": [], "ids_not_found": THEIRS}).encode())
    assert ADAPTER.queried(missing, THEIRS, outgoing(), VONAGE) == NotFound(certain=False)
    for unclear in (record(status=""), Answer(200), Answer(403, b"{}"), Answer(500), Answer(200, b'{"records":{}}')):
        assert isinstance(ADAPTER.queried(unclear, THEIRS, outgoing(), VONAGE), CannotSay)


# ---- callbacks


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_means_what_is_expected(name: str) -> None:
    row = RECEIPTS[name]
    (told,) = ADAPTER.read(captured("vonage", name), VONAGE)
    assert isinstance(told, Heard)
    assert (told.table, told.raw_status, told.raw_error) == (row["table"], row["status"], row["error"])
    assert told.state == state(row)
    assert (told.reference, told.provider_message_id, told.recipient) == (str(MESSAGE), THEIRS, "447700900123")
    assert told.occurred_at == datetime(2026, 1, 15, 10, 42, 7, tzinfo=UTC)
    assert told.currency == "EUR"


def test_however_a_receipt_comes_it_is_the_same_event() -> None:
    ways = [ADAPTER.read(captured("vonage", f"delivered{way}"), VONAGE)[0] for way in ("", "-as-form", "-by-get")]
    assert len({one.id for one in ways if isinstance(one, Heard)}) == 1


@pytest.mark.parametrize("name", names("vonage"))
def test_without_a_signature_secret_only_the_address_speaks(name: str) -> None:
    assert ADAPTER.verify(captured("vonage", name), VONAGE, AT) == Genuine(signed=False)


@pytest.mark.parametrize("name", RECEIPTS)
def test_with_a_signature_secret_nothing_else_is_genuine(name: str) -> None:
    assert ADAPTER.verify(captured("vonage", name), SIGNING, AT) == Forged("not signed")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reply", "Hello & 1+1=2"),
        ("reply-unicode-by-get", "СТОП 🙂"),
        ("reply-as-form", "STOP"),
        ("reply-binary", ""),
    ],
)
def test_replies_are_read(name: str, text: str) -> None:
    (told,) = ADAPTER.read(captured("vonage", name), VONAGE)
    assert isinstance(told, Inbound)
    assert (told.sender, told.recipient, told.text) == ("447700900123", "447700900001", text)
    assert (told.joined_by, told.part, told.parts) == ("", 1, 1)
    assert told.occurred_at == datetime(2026, 1, 15, 10, 42, 7, tzinfo=UTC)


def test_the_parts_of_a_reply_have_something_in_common() -> None:
    parts = [ADAPTER.read(captured("vonage", f"reply-part-{n}-of-2"), VONAGE)[0] for n in (1, 2)]
    assert [(one.part, one.parts) for one in parts if isinstance(one, Inbound)] == [(1, 2), (2, 2)]
    assert {one.joined_by for one in parts if isinstance(one, Inbound)} == {"447700900001 108"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"concat-part": "3"},
        {"concat-part": "0"},
        {"concat-part": "x"},
        {"concat-total": "9999"},
        {"concat-total": "256", "concat-part": "256"},
        {"concat-ref": ""},
        {"concat": "false"},
    ],
)
def test_a_part_that_says_wrongly_which_it_is_stands_alone(wrong: dict[str, str]) -> None:
    genuine = captured("vonage", "reply-part-1-of-2")
    body = json.dumps(json.loads(genuine.body) | wrong).encode()
    (told,) = ADAPTER.read(replace(genuine, body=body), VONAGE)
    assert isinstance(told, Inbound)
    assert (told.text, told.joined_by, told.part, told.parts) == ("The first half, ", "", 1, 1)


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[1]", "not an object"),
        (b"{", "not JSON"),
        (b"{}[", "not JSON"),
        (b'{"a": 1}', "neither"),
        (b'{"status": "delivered"}', "without messageId"),
        (b'{"status": {}, "messageId": "A"}', "without status"),
        (b'{"text": "x"}', "without msisdn"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
)
def test_what_vonage_does_not_send_is_garbled(body: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=f"{why}|without messageId or without status"):
        ADAPTER.read(Incoming("POST", HOOK, "status", b"", JSON, body), VONAGE)


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", b"", b"\x80{not json"),
        ("POST", b"", b"{}"),
        ("POST", b"", b"status"),
        ("POST", b"a=1", b""),
        ("POST", b"a", b" "),
        ("GET", b"status", b""),
        ("GET", b"", b"status=delivered"),
    ],
)
def test_only_what_is_empty_tries_the_address_out(method: str, query: bytes, body: bytes) -> None:
    incoming = Incoming(method, HOOK, "status", query, {}, body)
    assert isinstance(ADAPTER.verify(incoming, SIGNING, AT), Forged)
    assert ADAPTER.verify(incoming, VONAGE, AT) == Genuine(signed=False)
    with pytest.raises(Garbled):
        ADAPTER.read(incoming, VONAGE)


def test_a_time_or_a_price_that_is_none_is_left_out() -> None:
    genuine = captured("vonage", "delivered")
    for time, price in (("soon", "free"), ("0001-01-01 00:00:00", "NaN"), ("", "1e999"), (1, None)):
        body = json.dumps(json.loads(genuine.body) | {"message-timestamp": time, "price": price}).encode()
        (told,) = ADAPTER.read(replace(genuine, body=body), VONAGE)
        assert isinstance(told, Heard)
        assert (told.occurred_at, told.price, told.currency) == (None, None, "")


NAMES = ["messageId", "status", "err-code", "price", "msisdn", "to", "text", "type", "sig", "timestamp", "concat"]
ANSWER_NAMES = ["messages", "status", "message-id", "message-price", "records", "message_id", "error_code", "to"]


@given(st.sampled_from(["GET", "POST"]), bodies(NAMES), st.sampled_from([JSON, {}]), bodies(NAMES))
def test_nothing_raises_but_garbled(method: str, query: bytes, headers: dict[str, str], body: bytes) -> None:
    incoming = Incoming(method, HOOK, "status", query, headers, body)
    assert isinstance(ADAPTER.verify(incoming, SIGNING, AT), Forged | Genuine)
    with suppress(Garbled):
        assert len(ADAPTER.read(incoming, VONAGE)) < 2


@given(st.integers(100, 599), bodies(ANSWER_NAMES))
def test_no_answer_raises(status: int, body: bytes) -> None:
    told = Answer(status, body)
    assert isinstance(ADAPTER.submitted(told, outgoing(), VONAGE), Taken | Refused | Unsure)
    assert isinstance(ADAPTER.queried(told, THEIRS, outgoing(), VONAGE), Found | NotFound | CannotSay)
