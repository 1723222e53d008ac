"""smsmode: its REST API, and the callbacks of the older one."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from logs.providers.smsmode.adapter import ADAPTER
from logs.statuses import Outcome, Reason, Stage, Validity
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, captured, expected, names, outgoing, state

AT = datetime(2026, 1, 15, 10, 43, tzinfo=UTC)
SMSMODE = replace(CONTRACT, secrets={"api_key": "a key"})
RECEIPTS = {row["payload"]: row for row in expected("smsmode")}
THEIRS = "67c15045-1067-4588-ba3c-737cc5051438"
MESSAGE_RESOURCE = captured("smsmode", "rest-enroute").body


def heard(name: str) -> Heard:
    (found,) = ADAPTER.read(captured("smsmode", name), SMSMODE)
    assert isinstance(found, Heard)
    return found


def inbound(name: str) -> Inbound:
    (found,) = ADAPTER.read(captured("smsmode", name), SMSMODE)
    assert isinstance(found, Inbound)
    return found


# ---- submitting and asking


def test_a_message_tells_smsmode_where_to_report() -> None:
    call = ADAPTER.submit(outgoing("Hello"), SMSMODE)
    assert (call.method, call.url) == ("POST", "https://rest.smsmode.com/sms/v1/messages")
    assert call.headers["X-Api-Key"] == "a key"
    said = json.loads(call.body)
    status, reply = said.pop("callbackUrlStatus"), said.pop("callbackUrlMo")
    assert said == {
        "recipient": {"to": "447700900123"},
        "body": {"text": "Hello", "encoding": "GSM7"},
        "from": "Acme",
        "refClient": str(MESSAGE),
    }
    ours = captured("smsmode", "rest-delivered").query.decode()
    assert (status, reply) == (f"{HOOK}/status?{ours}", f"{HOOK}/reply?{ours}")


@pytest.mark.parametrize("told", ["http://here", "http://here/"])
def test_another_address_of_the_api_is_used(told: str) -> None:
    contract = replace(SMSMODE, options={"base_url": told})
    assert ADAPTER.submit(outgoing(), contract).url == "http://here/sms/v1/messages"
    question = ADAPTER.query(THEIRS, outgoing(), contract)
    assert question is not None
    assert question.url == f"http://here/sms/v1/messages/{THEIRS}"


def test_a_text_that_gsm_cannot_hold_goes_as_unicode_and_no_sender_is_no_field() -> None:
    said = json.loads(ADAPTER.submit(outgoing("日本", unicode=True, sender=""), SMSMODE).body)
    assert said["body"] == {"text": "日本", "encoding": "UNICODE"}
    assert "from" not in said


def test_a_201_is_taken_with_smsmodes_id() -> None:
    answer = ADAPTER.submitted(Answer(201, MESSAGE_RESOURCE), outgoing(), SMSMODE)
    assert isinstance(answer, Taken)
    assert answer.parts == (Part(THEIRS),)
    (said,) = answer.heard
    assert (said.table, said.raw_status, said.reference) == ("smsmode_rest", "ENROUTE", str(MESSAGE))
    assert said.occurred_at == datetime(2026, 1, 15, 10, 42, 7, tzinfo=UTC)


def test_a_201_without_status_is_taken_all_the_same() -> None:
    answer = ADAPTER.submitted(Answer(201, b'{"messageId":"x"}'), outgoing(), SMSMODE)
    assert isinstance(answer, Taken)
    assert (answer.heard[0].state.stage, answer.heard[0].state.outcome) == (Stage.PROVIDER_ACCEPTED, Outcome.PENDING)


@pytest.mark.parametrize(
    ("status", "body"), [(201, b""), (201, b"<html>"), (201, b"[]"), (201, b"{}"), (500, b""), (504, b"{}"), (408, b"")]
)
def test_an_answer_that_says_neither_leaves_us_unsure(status: int, body: bytes) -> None:
    assert isinstance(ADAPTER.submitted(Answer(status, body), outgoing(), SMSMODE), Unsure)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b"{}", Reason.AUTH_ERROR),
        (402, b"", Reason.INSUFFICIENT_CREDIT),
        (403, b'{"message":"Channel type mismatch"}', Reason.AUTH_ERROR),
        (404, b"", Reason.CONFIG_ERROR),
        (429, b"", Reason.RATE_LIMITED),
        (400, b'{"errorCode":"E1","message":"Invalid recipient","detail":"recipient.to"}', Reason.INVALID_NUMBER),
        (422, b'{"message":"sender not allowed"}', Reason.SENDER_REJECTED),
        (400, b"not JSON", Reason.CONFIG_ERROR),
    ],
)
def test_a_refusal_says_why(status: int, body: bytes, reason: Reason) -> None:
    answer = ADAPTER.submitted(Answer(status, body), outgoing(), SMSMODE)
    assert isinstance(answer, Refused)
    assert (answer.heard.state.stage, answer.heard.state.outcome) == (Stage.SUBMITTING, Outcome.FAILED)
    assert answer.heard.state.reason is reason


def test_words_alone_never_make_a_number_invalid() -> None:
    answer = ADAPTER.submitted(Answer(400, b'{"message":"recipient"}'), outgoing(), SMSMODE)
    assert isinstance(answer, Refused)
    assert answer.heard.state.number_valid is Validity.SUSPECT


@pytest.mark.parametrize(
    ("wait", "pause"),
    [("30", timedelta(seconds=30)), ("99999", timedelta(hours=1)), ("soon", None), ("", None), ("²", None)],
)
def test_a_limit_may_say_how_long_it_lasts(wait: str, pause: timedelta | None) -> None:
    answer = ADAPTER.submitted(Answer(429, b"", {"Retry-After": wait}), outgoing(), SMSMODE)
    assert isinstance(answer, Refused)
    assert answer.after == pause


def test_it_can_be_asked_by_its_own_id_only() -> None:
    assert ADAPTER.query("", outgoing(), SMSMODE) is None
    call = ADAPTER.query("a/b", outgoing(), SMSMODE)
    assert call is not None
    assert (call.method, call.url, call.idempotent) == ("GET", "https://rest.smsmode.com/sms/v1/messages/a%2Fb", True)


def test_what_it_answers_is_found() -> None:
    found = ADAPTER.queried(Answer(200, captured("smsmode", "rest-delivered").body), THEIRS, outgoing(), SMSMODE)
    assert isinstance(found, Found)
    assert found.heard[0].state.outcome is Outcome.DELIVERED


def test_a_status_that_was_asked_for_is_the_event_that_was_called_back() -> None:
    found = ADAPTER.queried(Answer(200, captured("smsmode", "rest-delivered").body), THEIRS, outgoing(), SMSMODE)
    assert isinstance(found, Found)
    assert found.heard[0].id == heard("rest-delivered").id


def test_a_404_is_not_certain() -> None:
    assert ADAPTER.queried(Answer(404), THEIRS, outgoing(), SMSMODE) == NotFound(certain=False)


@pytest.mark.parametrize("answer", [Answer(200), Answer(200, b"{}"), Answer(401), Answer(500, b"[]")])
def test_an_answer_without_a_status_says_nothing(answer: Answer) -> None:
    assert isinstance(ADAPTER.queried(answer, THEIRS, outgoing(), SMSMODE), CannotSay)


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_raises(status: int, body: bytes) -> None:
    answer = Answer(status, body)
    assert isinstance(ADAPTER.submitted(answer, outgoing(), SMSMODE), Taken | Refused | Unsure)
    assert isinstance(ADAPTER.queried(answer, THEIRS, outgoing(), SMSMODE), Found | NotFound | CannotSay)


def told_again(body: bytes) -> bytes:
    """With the addresses of the callbacks, as smsmode may give them back."""
    given = json.loads(ADAPTER.submit(outgoing(), SMSMODE).body)
    addresses = {name: value for name, value in given.items() if name.startswith("callbackUrl")}
    assert len(addresses) == 2
    said = json.loads(body)
    return json.dumps({**said, **addresses, "deeper": {"href": addresses["callbackUrlMo"]}}).encode()


def shows_the_address(raw: str) -> bool:
    token, signature = HOOK.rpartition("/")[2], captured("smsmode", "rest-delivered").params["s"]
    return token in raw or signature in raw


@pytest.mark.parametrize("status", [201, 400, 401, 500])
def test_what_is_kept_of_an_answer_does_not_show_where_callbacks_go(status: int) -> None:
    answer = ADAPTER.submitted(Answer(status, told_again(MESSAGE_RESOURCE)), outgoing(), SMSMODE)
    raw = answer.raw if isinstance(answer, Unsure) else f"{answer}"
    assert raw.count("***") == 6
    assert not shows_the_address(raw)


def test_what_is_kept_of_a_question_or_a_callback_does_not_show_where_callbacks_go() -> None:
    found = ADAPTER.queried(Answer(200, told_again(MESSAGE_RESOURCE)), THEIRS, outgoing(), SMSMODE)
    assert isinstance(found, Found)
    genuine = [captured("smsmode", name) for name in ("rest-delivered", "rest-reply")]
    said = [ADAPTER.read(replace(one, body=told_again(one.body)), SMSMODE)[0] for one in genuine]
    raws = [one.raw for one in (*found.heard, *said)]
    assert [raw.count("***") for raw in raws] == [6, 6, 6]
    assert not any(shows_the_address(raw) for raw in raws)
    assert said[0] == heard("rest-delivered")._replace(raw=raws[1])


# ---- callbacks


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_means_what_is_expected(name: str) -> None:
    row, told = RECEIPTS[name], heard(name)
    assert (told.table, told.raw_status, told.raw_error) == (row["table"], row["status"], row["error"])
    assert told.state == state(row)
    assert told.reference == (str(MESSAGE) if row["table"] == "smsmode_rest" else "m-42")
    assert told.provider_message_id in (THEIRS, "ab12")


@pytest.mark.parametrize("name", names("smsmode"))
def test_nothing_of_smsmode_is_signed(name: str) -> None:
    assert ADAPTER.verify(captured("smsmode", name), SMSMODE, AT) == Genuine(signed=False)


@pytest.mark.parametrize("name", ["rest-delivered", "rest-reply"])
@pytest.mark.parametrize("target", ["/", "/x", "/reply", f"/reply?id={MESSAGE}", "/status", "/status?id=x&s=", "/?s=x"])
def test_an_address_that_is_not_ours_is_forged(target: str, name: str) -> None:
    path, _mark, query = target.partition("?")
    genuine = captured("smsmode", name)
    for body in (genuine.body, b" \n" + genuine.body):
        incoming = replace(genuine, path=path.strip("/"), query=query.encode(), body=body)
        assert isinstance(ADAPTER.verify(incoming, SMSMODE, AT), Forged)


def test_a_form_that_nothing_signs_does_not_speak_for_a_message_of_ours() -> None:
    genuine = captured("smsmode", "legacy-11")
    (told,) = ADAPTER.read(replace(genuine, body=genuine.body.replace(b"m-42", str(MESSAGE).encode())), SMSMODE)
    assert isinstance(told, Heard)
    assert (told.reference, told.provider_message_id) == ("", "ab12")
    with pytest.raises(Garbled, match="without smsID"):
        ADAPTER.read(replace(genuine, body=f"statut=11&refClient={MESSAGE}".encode()), SMSMODE)


def test_one_changed_byte_of_the_address_is_forged() -> None:
    genuine = captured("smsmode", "rest-delivered")
    for at in range(genuine.query.index(b"s=") + 2, len(genuine.query)):
        changed = bytearray(genuine.query)
        changed[at] = ord("0") if changed[at] != ord("0") else ord("1")
        assert isinstance(ADAPTER.verify(replace(genuine, query=bytes(changed)), SMSMODE, AT), Forged)


def test_the_receipt_of_one_message_is_not_taken_for_another() -> None:
    genuine = captured("smsmode", "rest-delivered")
    other = genuine.body.replace(str(MESSAGE).encode(), b"0199a3f2-7c00-7000-8000-000000000009")
    with pytest.raises(Garbled, match="of another"):
        ADAPTER.read(replace(genuine, body=other), SMSMODE)


def test_replies_are_read() -> None:
    reply = inbound("rest-reply")
    assert (reply.sender, reply.recipient, reply.text) == ("447700900123", "36034", "STOP 😀")
    assert reply.occurred_at == datetime(2026, 1, 15, 11, 0, tzinfo=UTC)


def test_replies_of_the_older_api_are_in_iso_8859_15() -> None:
    reply = inbound("legacy-reply")
    assert (reply.sender, reply.recipient, reply.text) == ("447700900123", "36034", "ça coûte 5 €")
    assert reply.provider_message_id == "cd34"


def test_35_and_3502_are_two_things() -> None:
    assert heard("legacy-35").state.reason is Reason.CONFIG_ERROR
    assert heard("legacy-3502").state.reason is Reason.ABSENT


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "neither"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "neither"),
        (b'{"direction":"MO"}', "without from"),
        (b'{"status":{"value":"DELIVERED"}}', "without messageId"),
        (b'{"status":"DELIVERED"}', "neither"),
        (b"statut=11", "without smsID"),
        (b"message=x", "without numero"),
        (b"\xff\xfe\x00", "neither"),
    ],
)
def test_what_smsmode_does_not_send_is_garbled(body: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=why):
        ADAPTER.read(Incoming("POST", HOOK, "", b"", {}, body), SMSMODE)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "value", "direction", "from", "to", "body", "text", "messageId", "changeDate"]),
            inner,
        )
    ),
)
BODIES = st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode())


@given(st.sampled_from(["status", "reply", ""]), st.binary(max_size=60), BODIES)
def test_nothing_raises_but_garbled(path: str, query: bytes, body: bytes) -> None:
    incoming = Incoming("POST", HOOK, path, query, {}, body)
    ADAPTER.verify(incoming, SMSMODE, AT)
    with suppress(Garbled):
        assert len(ADAPTER.read(incoming, SMSMODE)) == 1
