"""EngageLab: templates out, rows of statuses in, and a signature that does not cover the body."""

from __future__ import annotations

import json
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.providers.base import Answer, Forged, Garbled, Genuine, Incoming, Part, Refused, Taken, Unsure
from logs.providers.engagelab.adapter import ADAPTER
from logs.providers.engagelab.callbacks import HEADER
from logs.providers.events import Heard, Inbound
from logs.statuses import Outcome, Reason, Stage
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, captured, expected, names, outgoing, state

SIGNED_AT = datetime.fromtimestamp(1681991058, UTC)
SECRET = "engagelab-callback-secret"
VECTORS = Path(__file__).resolve().parents[2] / "spec" / "signature_vectors.json"
ENGAGELAB = replace(
    CONTRACT,
    options={"dev_key": "key", "template_id": "offer", "text_variable": "text"},
    secrets={"dev_secret": "secret", "callback_secret": SECRET},
)
STATUSES = {row["payload"]: row for row in expected("engagelab")}


def heard(name: str) -> Heard:
    (found,) = ADAPTER.read(captured("engagelab", name), ENGAGELAB)
    assert isinstance(found, Heard)
    return found


# ---- submitting


def test_the_text_goes_as_the_templates_variable_to_one_number_with_our_id() -> None:
    call = ADAPTER.submit(outgoing("Hello é"), ENGAGELAB)
    assert (call.method, call.url) == ("POST", "https://smsapi.engagelab.com/v1/messages")
    assert b64decode(call.headers["Authorization"].removeprefix("Basic ")) == b"key:secret"
    assert json.loads(call.body) == {
        "to": ["+447700900123"],
        "template": {"id": "offer", "params": {"text": "Hello é"}},
        "custom_args": {"mid": str(MESSAGE)},
    }


@pytest.mark.parametrize("told", ["http://here", "http://here/"])
def test_another_address_of_the_api_is_used(told: str) -> None:
    contract = replace(ENGAGELAB, options={**ENGAGELAB.options, "base_url": told})
    assert ADAPTER.submit(outgoing(), contract).url == "http://here/v1/messages"


def test_an_accepted_message_has_engagelabs_id() -> None:
    body = b'{"plan_id":"p","total_count":1,"accepted_count":1,"message_id":"1742442805608914944"}'
    answer = ADAPTER.submitted(Answer(200, body), outgoing(), ENGAGELAB)
    assert isinstance(answer, Taken)
    assert answer.parts == (Part("1742442805608914944"),)
    (said,) = answer.heard
    assert (said.state.stage, said.state.outcome) == (Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
    assert said.reference == str(MESSAGE)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b'{"total_count":1,"accepted_count":0}', Reason.OTHER),
        (401, b'{"code":2001,"message":"auth failed"}', Reason.AUTH_ERROR),
        (401, b'{"code":2002,"message":"expired"}', Reason.AUTH_ERROR),
        (403, b'{"code":2004,"message":"no permission"}', Reason.AUTH_ERROR),
        (400, b'{"code":3001,"message":"bad JSON"}', Reason.CONFIG_ERROR),
        (400, b'{"code":3002,"message":"bad parameters"}', Reason.CONFIG_ERROR),
        (400, b'{"code":3003,"message":"not valid"}', Reason.CONFIG_ERROR),
        (400, b'{"code":3004,"message":"too often"}', Reason.FREQUENCY_CAP),
        (400, b'{"code":4001,"message":"no such template"}', Reason.CONFIG_ERROR),
        (400, b'{"code":5001,"message":"sending failed"}', Reason.PROVIDER_ERROR),
        (200, b'{"code":5001,"message":"sending failed"}', Reason.PROVIDER_ERROR),
        (429, b"", Reason.RATE_LIMITED),
        (403, b"<html>", Reason.AUTH_ERROR),
        (418, b"", Reason.CONFIG_ERROR),
    ],
)
def test_a_refusal_says_why(status: int, body: bytes, reason: Reason) -> None:
    answer = ADAPTER.submitted(Answer(status, body), outgoing(), ENGAGELAB)
    assert isinstance(answer, Refused)
    assert (answer.heard.state.stage, answer.heard.state.outcome) == (Stage.SUBMITTING, Outcome.FAILED)
    assert answer.heard.state.reason is reason


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b'{"code":1000,"message":"internal"}'), (400, b'{"code":1000}'), (502, b""), (200, b""), (200, b"{}")],
)
def test_what_may_have_been_sent_leaves_us_unsure(status: int, body: bytes) -> None:
    assert isinstance(ADAPTER.submitted(Answer(status, body), outgoing(), ENGAGELAB), Unsure)


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_raises(status: int, body: bytes) -> None:
    assert isinstance(ADAPTER.submitted(Answer(status, body), outgoing(), ENGAGELAB), Taken | Refused | Unsure)


def test_it_cannot_be_asked() -> None:
    assert ADAPTER.query("1", outgoing(), ENGAGELAB) is None
    assert not ADAPTER.can_query


# ---- who calls


def test_the_vector_holds_and_fails_with_one_byte_changed() -> None:
    vector = json.loads(VECTORS.read_text())["engagelab"]
    value = vector["header"].removeprefix("X-CALLBACK-ID: ")
    contract = replace(ENGAGELAB, secrets={"callback_secret": vector["secret"]})
    assert ADAPTER.verify(called(value), contract, SIGNED_AT) == Genuine(signed=False)
    for at, byte in enumerate(value):
        if byte not in "=;":
            changed = value[:at] + ("0" if byte != "0" else "1") + value[at + 1 :]
            assert isinstance(ADAPTER.verify(called(changed), contract, SIGNED_AT), Forged)


def called(header: str, body: bytes = b'{"rows":[]}') -> Incoming:
    return Incoming("POST", HOOK, "", b"", {HEADER: header} if header else {}, body)


@pytest.mark.parametrize("name", sorted(set(names("engagelab")) - {"probe"}))
def test_a_signed_callback_is_genuine_and_its_body_is_not_signed(name: str) -> None:
    incoming = captured("engagelab", name)
    assert ADAPTER.verify(incoming, ENGAGELAB, SIGNED_AT) == Genuine(signed=False)
    for seconds in (-301, 301):
        assert isinstance(ADAPTER.verify(incoming, ENGAGELAB, SIGNED_AT + timedelta(seconds=seconds)), Forged)


@pytest.mark.parametrize("header", ["", "timestamp=1681991058", "signature=", ";;=;", "é=\udcff;signature=\udcff"])
def test_a_callback_without_a_signature_is_forged(header: str) -> None:
    assert isinstance(ADAPTER.verify(called(header), ENGAGELAB, SIGNED_AT), Forged)


def test_without_a_secret_the_address_is_the_proof() -> None:
    without = replace(ENGAGELAB, secrets={"dev_secret": "secret"})
    assert ADAPTER.verify(called(""), without, SIGNED_AT) == Genuine(signed=False)


@pytest.mark.parametrize("body", [b"{}", b"", b" {}\n"])
def test_the_probe_of_the_address_is_answered_200(body: bytes) -> None:
    probe = called("", body)
    assert ADAPTER.verify(probe, ENGAGELAB, SIGNED_AT) == Genuine(signed=False)
    assert ADAPTER.read(probe, ENGAGELAB) == ()
    assert ADAPTER.reply(probe).status == 200


# ---- what is said


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_means_what_is_expected(name: str) -> None:
    row, told = STATUSES[name], heard(name)
    assert (told.table, told.raw_status, told.raw_error) == (row["table"], row["status"], row["error"])
    assert told.state == state(row)
    assert (told.reference, told.recipient) == (str(MESSAGE), "+447700900123")
    assert told.occurred_at == datetime(2026, 1, 15, 10, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("billing", "price", "told_in"),
    [
        ({"cost": 0.005, "currency": "USD"}, Decimal("0.005"), "USD"),
        ({"cost": "0.0415", "currency": "eur"}, Decimal("0.0415"), "EUR"),
        ({"cost": 0.005}, Decimal("0.005"), ""),
        ({"cost": None, "currency": "USD"}, None, ""),
        ({"cost": "free", "currency": "USD"}, None, ""),
        (None, None, ""),
        ([], None, ""),
    ],
)
def test_the_price_is_read(billing: object, price: Decimal | None, told_in: str) -> None:
    genuine = captured("engagelab", "event-delivered")
    said = json.loads(genuine.body)
    said["rows"][0]["status"]["billing"] = billing
    (told,) = ADAPTER.read(replace(genuine, body=json.dumps(said).encode()), ENGAGELAB)
    assert isinstance(told, Heard)
    assert (told.price, told.currency) == (price, told_in)


def test_every_row_is_read() -> None:
    found = ADAPTER.read(captured("engagelab", "two-rows"), ENGAGELAB)
    assert [one.raw_status for one in found if isinstance(one, Heard)] == ["sent", "delivered"]
    assert len({one.id for one in found if isinstance(one, Heard)}) == 2
    assert [json.loads(one.raw)["message_id"] for one in found] == ["1742442805608914944", "1742442805608914945"]


def test_a_reply_is_read() -> None:
    (reply,) = ADAPTER.read(captured("engagelab", "reply"), ENGAGELAB)
    assert isinstance(reply, Inbound)
    assert (reply.sender, reply.recipient, reply.text) == ("+447700900123", "+447700900999", "STOP 😀")
    assert reply.provider_message_id == "SM9f3c2a70b1"
    assert reply.occurred_at == datetime(2026, 1, 15, 10, 46, 39, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sid", "message_id", "known_as"),
    [
        ("SM1", "0", "SM1"),
        ("SM1", "17", "SM1"),
        ("", "17", "17"),
        ("", "0", ""),
        ("", "", ""),
        (None, 0, ""),
        (7, 0, "7"),
    ],
)
def test_a_reply_has_the_id_of_its_own_or_none(sid: object, message_id: object, known_as: str) -> None:
    genuine = captured("engagelab", "reply")
    said = json.loads(genuine.body)
    said["rows"][0]["message_id"] = message_id
    said["rows"][0]["response"]["response_data"]["message_sid"] = sid
    (reply,) = ADAPTER.read(replace(genuine, body=json.dumps(said).encode()), ENGAGELAB)
    assert isinstance(reply, Inbound)
    assert reply.provider_message_id == known_as


def test_a_notice_about_something_else_says_nothing() -> None:
    assert ADAPTER.read(captured("engagelab", "notification"), ENGAGELAB) == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "not JSON"),
        (b"\xff\xff", "not JSON"),
        (b"[]", "not an object"),
        (b'{"rows":{}}', "not a list"),
        (b'{"rows":[1]}', "not a list"),
        (b'{"rows":[{}]}', "without status"),
        (b'{"rows":[{"status":{"message_status":"sent"}}]}', "without message_id"),
        (b'{"rows":[{"response":{"event":"uplink_message"}}]}', "without from"),
    ],
)
def test_what_engagelab_does_not_send_is_garbled(body: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=why):
        ADAPTER.read(called("", body), ENGAGELAB)


NAMES = ["rows", "status", "message_status", "message_id", "error_code", "error_detail", "message", "to", "itime"]
NAMES += ["status_data", "msg_time", "response", "event", "response_data", "from", "content", "custom_args", "mid"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9) | st.just("uplink_message"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
)
BODIES = st.binary(max_size=80) | JSON.map(lambda value: json.dumps({"rows": [value]}).encode())


@given(st.text(max_size=60), BODIES)
def test_nothing_raises_but_garbled(header: str, body: bytes) -> None:
    incoming = called(header, body)
    ADAPTER.verify(incoming, ENGAGELAB, SIGNED_AT)
    with suppress(Garbled):
        assert all(isinstance(one, Heard | Inbound) for one in ADAPTER.read(incoming, ENGAGELAB))
