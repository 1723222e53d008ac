"""What every provider must do, whichever it is: a new one passes this or is not finished.

Each adapter of the registry is tried with every field filled in. Only its own word for "taken" must be added here.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.providers.base import (
    GIVEN,
    Adapter,
    Answer,
    Call,
    CannotSay,
    Contract,
    Field,
    Forged,
    Found,
    Garbled,
    Genuine,
    Incoming,
    NotFound,
    Part,
    Refused,
    Reply,
    Taken,
    Unsure,
)
from logs.providers.codes import providers, resolve
from logs.providers.events import Heard, Inbound
from logs.providers.registry import MODULES, adapter, adapters
from logs.statuses import Outcome, Reason, Stage
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, PAYLOADS, captured, expected, names, outgoing
from tests.logs.providers.junk import bodies, forms

AT = datetime(2026, 1, 15, 10, 43, tzinfo=UTC)
THEIRS = "theirs-1/2"
EVERY = [pytest.param(one, id=name) for name, one in adapters().items()]
every_adapter = pytest.mark.parametrize("one", EVERY)


def taken(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


EVENT = {"id": THEIRS, "reference": str(MESSAGE), "status": "accepted", "event": "e", "part": 1, "parts": 1}
TAKEN = {
    "simulator": taken(202, {"id": THEIRS, "events": [EVENT]}),
    "kannel": Answer(202, b"0: Accepted for delivery"),
    "twilio": taken(201, {"sid": THEIRS, "status": "queued", "to": "+447700900123"}),
    "vonage": taken(200, {"message-count": "1", "messages": [{"status": "0", "message-id": THEIRS}]}),
    "infobip": taken(200, {"messages": [{"messageId": str(MESSAGE), "status": {"groupId": 1, "id": 26}}]}),
    "smsmode": taken(201, {"messageId": THEIRS, "status": {"value": "ENROUTE"}}),
    "engagelab": taken(200, {"plan_id": "1", "total_count": 1, "accepted_count": 1, "message_id": THEIRS}),
}


def filled(one: Adapter) -> Contract:
    """Every field filled in, each secret so that it can be recognised."""
    options = {field.name: _option(field) for field in one.fields if not field.secret}
    secrets = {field.name: f"Secret+of/{field.name}=" for field in one.fields if field.secret}
    return replace(CONTRACT, options=options, secrets=secrets)


def _option(field: Field) -> str:
    if field.default:
        return field.default
    return "https://provider.example.test" if "url" in field.name else f"my-{field.name}"


def shows_a_secret(url: str, contract: Contract) -> bool:
    told = [secret for secret in contract.secrets.values() if secret]
    shapes = [shape for secret in told for shape in (secret, quote(secret), quote_plus(secret), quote(secret, safe=""))]
    shapes += [base64.b64encode(secret.encode()).decode() for secret in told]
    return any(shape in url for shape in shapes)


# ---- what it is


def test_every_module_of_the_registry_offers_an_adapter_named_after_its_folder() -> None:
    found = {path: import_module(path).ADAPTER for path in MODULES}
    assert {path: one.name for path, one in found.items()} == {path: path.split(".")[-2] for path in MODULES}
    assert list(adapters().values()) == list(found.values())
    assert all(adapter(one.name) is one for one in found.values())
    assert adapter("never heard of") is None


def test_every_adapter_has_told_here_what_taken_looks_like() -> None:
    assert set(TAKEN) == set(adapters())


@every_adapter
def test_what_an_account_must_give_is_well_formed(one: Adapter) -> None:
    assert one.label
    assert len({field.name for field in one.fields}) == len(one.fields)
    for field in one.fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        assert str(field.label)
        assert isinstance(str(field.help), str)
        assert not (field.secret and (field.default or field.choices)), "a secret has no default"
        assert not field.choices or field.default in [value for value, _label in field.choices]
    for path in (one.status_path, one.reply_path):
        assert path is None or path == "" or path.startswith(("/", "?"))
    assert isinstance(str(one.setup), str)
    assert 1 <= one.longest <= 255


@every_adapter
def test_the_headers_that_are_kept_are_in_lower_case(one: Adapter) -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in one.headers)
    assert not {"cookie", "user-agent"} & set(one.headers)
    assert set(one.secret_headers) <= set(one.headers)


@every_adapter
def test_a_password_that_comes_with_a_callback_is_not_stored(one: Adapter) -> None:
    kept = one.kept_headers(Incoming("POST", HOOK, headers={name: f"my {name}" for name in one.headers}))
    assert set(kept) == set(one.headers)
    assert {name for name, value in kept.items() if value == GIVEN} == set(one.secret_headers)
    assert not {"authorization", "proxy-authorization"} & {name for name, value in kept.items() if value != GIVEN}


# ---- handing over


@every_adapter
def test_a_message_goes_with_our_id_and_without_a_secret_in_the_address(one: Adapter) -> None:
    contract = filled(one)
    call = one.submit(outgoing("Hello"), contract)
    assert isinstance(call, Call)
    assert call.method == "POST"
    assert urlsplit(call.url).scheme in ("http", "https")
    assert not shows_a_secret(call.url, contract)
    assert 0 < call.timeout <= 60
    said = f"{call.url} {dict(call.headers)} {call.body.decode()}"
    assert str(MESSAGE) in said
    assert "447700900123" in said
    assert "Hello" in said


@every_adapter
def test_any_text_and_any_sender_can_be_written_as_http(one: Adapter) -> None:
    for text, sender in (("Grüße 🙂\n日本\0", "Acme"), ("", ""), ("x" * 1600, "+447700900001"), ("a&b=c", "Ä\r\nX: 1")):
        call = one.submit(outgoing(text, segments=3, unicode=True, sender=sender), filled(one))
        request = httpx.Request(call.method, call.url, headers=dict(call.headers), content=call.body)
        assert all(value.isprintable() for value in request.headers.values())


@every_adapter
def test_what_was_taken_is_under_way(one: Adapter) -> None:
    told = one.submitted(TAKEN[one.name], outgoing(), filled(one))
    assert isinstance(told, Taken)
    assert len(told.heard) == 1
    (heard,) = told.heard
    assert heard.table in providers()
    assert heard.state.stage in (Stage.PROVIDER_ACCEPTED, Stage.SENDING)
    assert heard.state.outcome is Outcome.PENDING
    assert heard.reference == str(MESSAGE)
    assert all(isinstance(part, Part) and part.provider_message_id for part in told.parts)
    assert told.parts or one.name == "kannel", "its receipts name our reference only"


GARBAGE = [b"", b"\xff\xfe\0", b"<html>502 Bad Gateway</html>", b"[]", b"null", b"{}", b'"x"']


@every_adapter
@pytest.mark.parametrize("body", GARBAGE)
def test_a_refusal_is_final_and_a_2xx_without_sense_or_a_5xx_leaves_us_unsure(one: Adapter, body: bytes) -> None:
    contract = filled(one)
    for status in (400, 401, 403, 404, 429):
        told = one.submitted(Answer(status, body), outgoing(), contract)
        assert isinstance(told, Refused), status
        assert (told.heard.state.stage, told.heard.state.outcome.is_negative) == (Stage.SUBMITTING, True), status
        assert "\0" not in told.heard.raw
    for status in (200, 201, 202, 500, 502, 504):
        assert isinstance(one.submitted(Answer(status, body), outgoing(), contract), Unsure), status


# Kannel is the gateway next door: it has no such statuses, and says in words what is wrong.
@pytest.mark.parametrize("one", [each for each in EVERY if each.id != "kannel"])
@pytest.mark.parametrize(
    ("status", "reason"), [(401, Reason.AUTH_ERROR), (403, Reason.AUTH_ERROR), (429, Reason.RATE_LIMITED)]
)
def test_a_bad_key_and_a_limit_are_no_fault_of_the_message(one: Adapter, status: int, reason: Reason) -> None:
    told = one.submitted(Answer(status, b"{}"), outgoing(), filled(one))
    assert isinstance(told, Refused)
    assert told.heard.state.reason is reason
    assert told.heard.reference == str(MESSAGE)


# ---- asking


@every_adapter
def test_asking_does_no_harm_and_shows_no_secret(one: Adapter) -> None:
    contract = filled(one)
    by_id, by_reference = (one.query(known, outgoing(), contract) for known in (THEIRS, ""))
    assert (by_id is not None) is one.can_query
    for call in (by_id, by_reference):
        if call is not None:
            assert call.method == "GET"
            assert call.idempotent
            assert not shows_a_secret(call.url, contract)
    assert by_id is None or quote(THEIRS, safe="") in call_text(by_id)


def call_text(call: Call) -> str:
    return f"{call.url} {call.body.decode()}"


@every_adapter
@pytest.mark.parametrize("body", GARBAGE)
def test_an_answer_that_cannot_be_read_finds_nothing_and_is_not_certain(one: Adapter, body: bytes) -> None:
    for status in (200, 400, 401, 403, 404, 429, 500, 502, 503):
        for known in (THEIRS, ""):
            told = one.queried(Answer(status, body), known, outgoing(), filled(one))
            assert isinstance(told, NotFound | CannotSay), status
            assert not (isinstance(told, NotFound) and told.certain), status


@every_adapter
def test_taking_back_shows_no_secret(one: Adapter) -> None:
    contract = filled(one)
    call = one.cancel(THEIRS, contract)
    assert call is None or not shows_a_secret(call.url, contract)


# ---- being called back


NAMES = ["status", "message", "MessageSid", "From", "text", "rows", "results", "type", "d", "id", "s", "to"]
HEADERS = sorted({"content-type"}.union(*(one.headers for one in adapters().values())))
CALLS = st.builds(
    lambda method, path, query, headers, body: Incoming(method, f"{HOOK}/{path}", path, query, headers, body),
    st.sampled_from(["GET", "POST"]),
    st.sampled_from(["", "status", "receipt", "reply", "inbound", "x/y"]),
    st.binary(max_size=60) | forms(NAMES),
    st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=20) | st.just("application/json")),
    bodies(NAMES),
)
ANSWER_NAMES = ["messages", "results", "records", "status", "id", "sid", "messageId", "message_id", "code", "errors"]
ANSWERS = st.builds(Answer, st.integers(100, 599), bodies(ANSWER_NAMES))


@given(CALLS)
def test_nothing_that_comes_in_raises_but_garbled(incoming: Incoming) -> None:
    for one in adapters().values():
        assert isinstance(one.verify(incoming, filled(one), AT), Genuine | Forged)
        assert isinstance(one.reply(incoming), Reply)
        with suppress(Garbled):
            for told in one.read(incoming, filled(one)):
                assert isinstance(told, Heard | Inbound)
                assert "\0" not in f"{told}"
                f"{told}".encode()


@given(ANSWERS)
def test_no_answer_raises(answer: Answer) -> None:
    for one in adapters().values():
        assert isinstance(one.submitted(answer, outgoing(), filled(one)), Taken | Refused | Unsure)
        assert isinstance(one.queried(answer, THEIRS, outgoing(), filled(one)), Found | NotFound | CannotSay)


@every_adapter
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_empty_call_says_nothing_or_is_garbled(one: Adapter, method: str) -> None:
    with suppress(Garbled):
        assert len(one.read(Incoming(method, HOOK), filled(one))) == 0


@every_adapter
def test_what_is_not_signed_is_forged_where_the_provider_signs(one: Adapter) -> None:
    unsigned = Incoming("POST", HOOK, "status", b"a=1", {"content-type": "application/json"}, b'{"a": 1}')
    assert isinstance(one.verify(unsigned, filled(one), AT), Forged) is (one.signs or one.status_path is None)


@every_adapter
def test_the_answer_is_a_2xx(one: Adapter) -> None:
    reply = one.reply(Incoming("POST", HOOK))
    assert 200 <= reply.status < 300
    assert isinstance(reply.body, bytes)
    assert "/" in reply.content_type


WITH_PAYLOADS = sorted(path.name for path in PAYLOADS.iterdir() if path.is_dir())
EVERY_PAYLOAD = [(provider, name) for provider in WITH_PAYLOADS for name in names(provider)]


def test_every_provider_but_the_simulator_has_payloads() -> None:
    assert set(WITH_PAYLOADS) | {"simulator"} == set(adapters())


@pytest.mark.parametrize(("provider", "name"), EVERY_PAYLOAD)
def test_what_is_said_again_is_the_same_event(provider: str, name: str) -> None:
    incoming = captured(provider, name)
    again, once = (adapters()[provider].read(incoming, CONTRACT) for _ in range(2))
    assert [key(one) for one in again] == [key(one) for one in once]


def key(one: Heard | Inbound) -> Any:
    return one.id if isinstance(one, Heard) else (one.provider_message_id, one.sender, one.part)


@pytest.mark.parametrize("table", sorted({row["table"] for provider in WITH_PAYLOADS for row in expected(provider)}))
def test_a_code_unheard_of_means_unknown(table: str) -> None:
    for told in (resolve(table, "unheard-of"), resolve(table, None, "unheard-of"), resolve(table, "new", "too")):
        assert (told.outcome, told.reason) == (Outcome.UNKNOWN, Reason.UNKNOWN)
