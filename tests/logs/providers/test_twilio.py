"""Twilio: handing over, asking, and what it calls back with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, parse_qsl

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
from logs.providers.events import Heard, Inbound
from logs.providers.twilio.adapter import ADAPTER
from logs.statuses import Outcome, Reason, Stage, Validity
from smsadmin import uuid7
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, captured, expected, names, outgoing, state
from tests.logs.providers.junk import bodies

AT = datetime(2026, 1, 15, 10, 43, tzinfo=UTC)
SID = "SM1342fe1b2c904d1ab04f0fc7a58abca9"
TWILIO = replace(CONTRACT, options={"account_sid": "AC1"}, secrets={"auth_token": "a token"})
RECEIPTS = {row["payload"]: row for row in expected("twilio")}
RESOURCE = {
    "sid": SID,
    "status": "queued",
    "error_code": None,
    "error_message": None,
    "num_segments": "1",
    "price": None,
    "price_unit": "USD",
    "to": "+447700900123",
    "body": "Hello",
    "direction": "outbound-api",
    "date_created": "Thu, 15 Jan 2026 10:42:00 +0000",
    "date_updated": "Thu, 15 Jan 2026 10:42:07 +0000",
}


def answer(code: int = 200, /, **changed: Any) -> Answer:
    return Answer(code, json.dumps(RESOURCE | changed).encode())


# ---- handing over


def test_a_message_is_handed_over_with_our_id_in_the_address_of_its_statuses() -> None:
    call = ADAPTER.submit(outgoing("Grüße & 1+1"), TWILIO)
    assert (call.method, call.url) == ("POST", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json")
    assert call.headers["Authorization"] == "Basic " + base64.b64encode(b"AC1:a token").decode()
    assert dict(parse_qsl(call.body.decode())) == {
        "To": "+447700900123",
        "From": "Acme",
        "Body": "Grüße & 1+1",
        "StatusCallback": f"{HOOK}/status?mid={MESSAGE}",
    }
    assert call.idempotent is False


def test_a_messaging_service_an_api_key_another_address_and_a_short_validity_go_along() -> None:
    options = {"account_sid": "AC1", "messaging_service_sid": "MG1", "api_key": "SK1", "base_url": "http://here/"}
    contract = replace(TWILIO, options=options, secrets=TWILIO.secrets | {"api_key_secret": "s"})
    call = ADAPTER.submit(replace(outgoing(sender=""), validity=timedelta(hours=1)), contract)
    form = dict(parse_qsl(call.body.decode()))
    assert call.url == "http://here/2010-04-01/Accounts/AC1/Messages.json"
    assert call.headers["Authorization"] == "Basic " + base64.b64encode(b"SK1:s").decode()
    assert form["MessagingServiceSid"] == "MG1"
    assert "From" not in form
    assert form["ValidityPeriod"] == "3600"


def test_a_201_is_taken_with_twilios_id() -> None:
    taken = ADAPTER.submitted(answer(201), outgoing(), TWILIO)
    assert isinstance(taken, Taken)
    assert taken.parts == (Part(SID),)
    (said,) = taken.heard
    assert (said.state.stage, said.state.outcome, said.raw_status) == (
        Stage.PROVIDER_ACCEPTED,
        Outcome.PENDING,
        "queued",
    )
    assert (said.reference, said.occurred_at) == (str(MESSAGE), datetime(2026, 1, 15, 10, 42, 7, tzinfo=UTC))


REFUSALS = [
    (400, 21211, Outcome.FAILED, Reason.INVALID_NUMBER, Validity.NO),
    (400, 21610, Outcome.BLOCKED, Reason.OPTED_OUT, Validity.YES),
    (400, 21611, Outcome.FAILED, Reason.CONGESTION, Validity.YES),
    (400, 21617, Outcome.FAILED, Reason.MESSAGE_TOO_LONG, Validity.YES),
    (400, 21999, Outcome.FAILED, Reason.UNKNOWN, Validity.SUSPECT),
    (400, 30036, Outcome.EXPIRED, Reason.EXPIRED, Validity.YES),
    (401, 20003, Outcome.FAILED, Reason.AUTH_ERROR, Validity.YES),
    (403, None, Outcome.FAILED, Reason.AUTH_ERROR, Validity.YES),
    (404, 20404, Outcome.FAILED, Reason.CONFIG_ERROR, Validity.YES),
    (429, 20429, Outcome.FAILED, Reason.RATE_LIMITED, Validity.YES),
    (302, None, Outcome.FAILED, Reason.CONFIG_ERROR, Validity.YES),
]


@pytest.mark.parametrize(("status", "error", "outcome", "reason", "validity"), REFUSALS)
def test_a_refusal_says_why(
    status: int, error: int | None, outcome: Outcome, reason: Reason, validity: Validity
) -> None:
    body = json.dumps({"code": error, "message": "because", "more_info": "x", "status": status}).encode()
    refused = ADAPTER.submitted(Answer(status, body), outgoing(), TWILIO)
    assert isinstance(refused, Refused)
    told = refused.heard.state
    assert (told.stage, told.outcome, told.reason, told.number_valid) == (Stage.SUBMITTING, outcome, reason, validity)
    assert (refused.heard.raw_error, refused.heard.raw_text) == (str(error or ""), "because")
    assert refused.after == (timedelta(seconds=1) if reason is Reason.RATE_LIMITED else None)


def test_twilio_may_say_how_long_to_wait() -> None:
    for told, after in (("30", 30), ("99999", 3600), ("soon", 1), ("²", 1), ("0", 1)):
        refused = ADAPTER.submitted(Answer(429, b"{}", {"retry-after": told}), outgoing(), TWILIO)
        assert isinstance(refused, Refused)
        assert refused.after == timedelta(seconds=after)


@pytest.mark.parametrize(
    "unclear",
    [
        Answer(500, b'{"code": 20500}'),
        Answer(503, b'{"code": 20503}'),
        Answer(502, b"<html>"),
        Answer(400, b'{"code": 20500}'),
        Answer(408),
        Answer(201),
        Answer(201, b"{}"),
        Answer(200, b"[1]"),
        Answer(200, b"\xff\x00"),
    ],
)
def test_an_answer_that_says_neither_leaves_us_unsure(unclear: Answer) -> None:
    assert isinstance(ADAPTER.submitted(unclear, outgoing(), TWILIO), Unsure)


# ---- asking


def test_it_is_asked_by_its_id() -> None:
    call = ADAPTER.query(SID, outgoing(), TWILIO)
    assert call is not None
    assert (call.method, call.url) == ("GET", f"https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/{SID}.json")
    assert call.idempotent
    told = answer(status="undelivered", error_code=30005, error_message="Unknown", price="-0.00750")
    found = ADAPTER.queried(told, SID, outgoing(), TWILIO)
    assert isinstance(found, Found)
    (said,) = found.heard
    assert (said.state.outcome, said.state.reason) == (Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER)
    assert (said.price, said.currency, said.soft) == (Decimal("0.00750"), "USD", False)


@pytest.mark.parametrize(
    "unclear",
    [Answer(200), Answer(200, b"{}"), answer(sid="SMother"), answer(status=None), Answer(401), Answer(500, b"[]")],
)
def test_an_answer_without_a_status_says_nothing(unclear: Answer) -> None:
    assert isinstance(ADAPTER.queried(unclear, SID, outgoing(), TWILIO), CannotSay)


def test_a_record_that_was_deleted_is_not_certain() -> None:
    assert ADAPTER.queried(Answer(404), SID, outgoing(), TWILIO) == NotFound(certain=False)


AFTER = replace(outgoing(), id=uuid7.make(datetime(2026, 1, 15, 10, 41, tzinfo=UTC)))


def listed(*messages: object) -> Answer:
    return Answer(200, json.dumps({"messages": messages, "next_page_uri": None}).encode())


def test_after_a_time_out_the_messages_to_the_number_are_listed() -> None:
    call = ADAPTER.query("", AFTER, TWILIO)
    assert call is not None
    assert call.url.startswith("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json?")
    assert parse_qs(call.url.partition("?")[2])["To"] == ["+447700900123"]


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Something else"},
        {"to": "+447700900124"},
        {"direction": "inbound"},
        {"date_created": "Thu, 15 Jan 2026 10:30:00 +0000"},
        {"date_created": "yesterday"},
        {"sid": None},
    ],
)
def test_one_of_the_same_text_is_found_and_is_a_conclusion(other: dict[str, Any]) -> None:
    found = ADAPTER.queried(listed(RESOURCE | other, RESOURCE, 1, None), "", AFTER, TWILIO)
    assert isinstance(found, Found)
    assert found.parts == (Part(SID),)
    assert [one.soft for one in found.heard] == [True]
    assert ADAPTER.queried(listed(RESOURCE | other), "", AFTER, TWILIO) == NotFound(certain=False)


def test_two_of_the_same_text_leave_it_open() -> None:
    twice = listed(RESOURCE, RESOURCE | {"sid": "SM2"})
    assert isinstance(ADAPTER.queried(twice, "", AFTER, TWILIO), CannotSay)
    assert isinstance(ADAPTER.queried(Answer(200, b'{"messages": 1}'), "", AFTER, TWILIO), CannotSay)


def test_what_a_trial_account_puts_before_the_text_does_not_matter() -> None:
    trial = RESOURCE | {"body": "Sent from your Twilio trial account - Hello"}
    assert isinstance(ADAPTER.queried(listed(trial), "", AFTER, TWILIO), Found)


def test_it_can_be_cancelled() -> None:
    call = ADAPTER.cancel(SID, TWILIO)
    assert call is not None
    assert (call.method, call.body, call.url.endswith(f"/Messages/{SID}.json")) == ("POST", b"Status=canceled", True)


# ---- callbacks


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_status_means_what_is_expected(name: str) -> None:
    row = RECEIPTS[name]
    (told,) = ADAPTER.read(captured("twilio", name), TWILIO)
    assert isinstance(told, Heard)
    assert (told.table, told.raw_status, told.raw_error) == (row["table"], row["status"], row["error"])
    assert told.state == state(row)
    assert (told.reference, told.provider_message_id, told.recipient) == (str(MESSAGE), SID, "+447700900123")
    # What Twilio tells of the time has no zone.
    assert told.occurred_at is None
    assert told.raw


@pytest.mark.parametrize("name", names("twilio"))
def test_what_twilio_signs_is_genuine_and_else_it_is_forged(name: str) -> None:
    signed = sign(captured("twilio", name))
    assert ADAPTER.verify(signed, TWILIO, AT) == Genuine(signed=True)
    assert isinstance(ADAPTER.verify(captured("twilio", name), TWILIO, AT), Forged)
    assert isinstance(ADAPTER.verify(replace(signed, url=signed.url + "1"), TWILIO, AT), Forged)


def sign(incoming: Incoming) -> Incoming:
    url, query, fields = incoming.url, incoming.query, ""
    if "json" in incoming.headers.get("content-type", ""):
        mine = f"bodySHA256={hashlib.sha256(incoming.body).hexdigest()}"
        url, query = f"{url}&{mine}", query + b"&" + mine.encode()
    elif incoming.method == "POST":
        fields = "".join(f"{name}{value}" for name, value in sorted(parse_qsl(incoming.body.decode(), True)))
    digest = hmac.new(b"a token", f"{url}{fields}".encode(), "sha1").digest()
    headers = {**incoming.headers, "x-twilio-signature": base64.b64encode(digest).decode()}
    return replace(incoming, url=url, query=query, headers=headers)


def test_a_status_for_an_address_that_is_not_ours_has_no_reference() -> None:
    for query in (b"", b"mid=", b"mid=42", b"mid=" + b"x" * 36):
        (told,) = ADAPTER.read(replace(captured("twilio", "delivered"), query=query), TWILIO)
        assert isinstance(told, Heard)
        assert told.reference == ""


@pytest.mark.parametrize(
    ("name", "text", "opt_out"),
    [
        ("reply", "Grüße & 1+1=2 🙂", False),
        ("reply-stop", "STOP", True),
        ("reply-help", "HELP", False),
        ("reply-by-get", "Yes please", False),
    ],
)
def test_replies_are_read(name: str, text: str, opt_out: bool) -> None:
    (told,) = ADAPTER.read(captured("twilio", name), TWILIO)
    assert isinstance(told, Inbound)
    assert (told.sender, told.recipient, told.text) == ("+447700900123", "+447700900001", text)
    assert (told.provider_message_id, told.opt_out, told.parts) == (SID, opt_out, 1)


def test_an_empty_call_says_nothing() -> None:
    assert ADAPTER.read(captured("twilio", "probe"), TWILIO) == ()


def test_the_answer_makes_twilio_send_nothing() -> None:
    reply = ADAPTER.reply(captured("twilio", "reply"))
    assert (reply.status, reply.content_type) == (200, "text/xml")
    assert reply.body.endswith(b"<Response></Response>")


FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "body", "why"),
    [
        (FORM, b"MessageStatus=sent", "neither MessageSid"),
        (FORM, b"MessageSid=SM1", "neither MessageStatus"),
        (FORM, b"MessageSid=SM1&Body=x", "without From"),
        (FORM, b"\xff\xfe=\x00", "neither MessageSid"),
        (JSON, b"", "not JSON"),
        (JSON, b"[1, 2]", "not an object"),
        (JSON, b'{"MessageSid": ["SM1"], "MessageStatus": "sent"}', "neither MessageSid"),
        (JSON, b"[" * 100_000, "not JSON"),
    ],
)
def test_what_twilio_does_not_send_is_garbled(headers: dict[str, str], body: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=why):
        ADAPTER.read(Incoming("POST", HOOK, "status", b"", headers, body), TWILIO)


def test_what_a_database_cannot_keep_is_replaced() -> None:
    body = json.dumps({"MessageSid": "SM\0\ud800", "From": "+1", "Body": "a\0b\udfff"}).encode()
    (told,) = ADAPTER.read(Incoming("POST", HOOK, "inbound", b"", JSON, body), TWILIO)
    assert isinstance(told, Inbound)
    assert (told.text, "\0" in told.raw) == ("a\ufffdb?", False)


NAMES = ["MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode", "Body", "From", "To", "OptOutType"]
RESOURCE_NAMES = [*RESOURCE, "messages", "code", "message"]


@given(st.sampled_from(["GET", "POST"]), st.binary(max_size=60), st.sampled_from([FORM, JSON, {}]), bodies(NAMES))
def test_nothing_raises_but_garbled(method: str, query: bytes, headers: dict[str, str], body: bytes) -> None:
    incoming = Incoming(method, HOOK, "status", query, headers | {"x-twilio-signature": "x"}, body)
    assert isinstance(ADAPTER.verify(incoming, TWILIO, AT), Forged)
    with suppress(Garbled):
        assert len(ADAPTER.read(incoming, TWILIO)) < 2


@given(st.integers(100, 599), bodies(RESOURCE_NAMES), st.sampled_from(["", SID]))
def test_no_answer_raises(status: int, body: bytes, message: str) -> None:
    told = Answer(status, body)
    assert isinstance(ADAPTER.submitted(told, outgoing(), TWILIO), Taken | Refused | Unsure)
    assert isinstance(ADAPTER.queried(told, message, AFTER, TWILIO), Found | NotFound | CannotSay)
