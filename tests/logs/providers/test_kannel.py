"""Kannel: what goes to sendsms, what its answers, receipts and replies mean."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.providers.base import Answer, Contract, Forged, Garbled, Genuine, Incoming, Refused, Taken, Unsure
from logs.providers.events import Heard, Inbound
from logs.providers.kannel.adapter import ADAPTER
from logs.statuses import Event, Outcome, Reason, Stage, fold
from tests.logs.providers.captured import CONTRACT, HOOK, MESSAGE, captured, expected, names, outgoing, state

AT = datetime(2026, 11, 22, 3, 20, tzinfo=UTC)
KANNEL = replace(
    CONTRACT,
    options={"url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "dash"},
    secrets={"password": "a password"},
)
RECEIPTS = {row["payload"]: row for row in expected("kannel")}
REPLIES = sorted(set(names("kannel")) - set(RECEIPTS))


def heard(name: str) -> Heard:
    (found,) = ADAPTER.read(captured("kannel", name), KANNEL)
    assert isinstance(found, Heard)
    return found


def inbound(name: str) -> Inbound:
    (found,) = ADAPTER.read(captured("kannel", name), KANNEL)
    assert isinstance(found, Inbound)
    return found


# ---- submitting


def test_everything_but_the_text_goes_in_headers() -> None:
    call = ADAPTER.submit(outgoing("Hello é", segments=1), KANNEL)
    assert (call.method, call.url, call.idempotent) == ("POST", "http://127.0.0.1:13013/cgi-bin/sendsms", False)
    assert call.body == "Hello é".encode()
    headers = dict(call.headers)
    dlr = headers.pop("X-Kannel-DLR-Url")
    assert headers == {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-Kannel-Username": "dash",
        "X-Kannel-Password": "a password",
        "X-Kannel-From": "Acme",
        "X-Kannel-To": "+447700900123",
        "X-Kannel-Coding": "0",
        "X-Kannel-Validity": "2880",
        "X-Kannel-DLR-Mask": "31",
    }
    assert dlr.startswith(f"{HOOK}/receipt?id={MESSAGE}&n=1&s=")
    assert dlr.endswith("&d=%d&fid=%F&ev=%I&smsc=%i&ts=%T&a=%A&e=%#smpp#dlr_err#")


def test_we_choose_the_coding() -> None:
    assert ADAPTER.submit(outgoing("日本", unicode=True), KANNEL).headers["X-Kannel-Coding"] == "2"


def test_an_smsc_can_be_chosen() -> None:
    chosen = replace(KANNEL, options={**KANNEL.options, "smsc": "CARRIER"})
    assert ADAPTER.submit(outgoing(), chosen).headers["X-Kannel-SMSC"] == "CARRIER"


@pytest.mark.parametrize("sender", ["", "Acme\r\nX-Kannel-To: +1", "Ακμή", "A" * 21])
def test_a_sender_that_no_header_can_hold_is_left_out(sender: str) -> None:
    assert "X-Kannel-From" not in ADAPTER.submit(outgoing(sender=sender), KANNEL).headers


@pytest.mark.parametrize("minutes", [0, 0.2, 1])
def test_a_validity_is_at_least_a_minute(minutes: float) -> None:
    short = replace(outgoing(), validity=timedelta(minutes=minutes))
    assert ADAPTER.submit(short, KANNEL).headers["X-Kannel-Validity"] == "1"


# ---- the answer


@pytest.mark.parametrize(
    ("body", "status"), [(b"0: Accepted for delivery", "202 0:"), (b"3: Queued for later delivery", "202 3:")]
)
def test_202_is_taken_and_not_sent(body: bytes, status: str) -> None:
    answer = ADAPTER.submitted(Answer(202, body), outgoing(), KANNEL)
    assert isinstance(answer, Taken)
    (said,) = answer.heard
    assert (said.table, said.raw_status, said.reference) == ("kannel_http", status, str(MESSAGE))
    assert (said.state.stage, said.state.outcome) == (Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
    assert answer.parts == ()


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (403, b"Authorization failed for sendsms", Outcome.FAILED, Reason.AUTH_ERROR),
        (403, b"Not routable. Do not try again.", Outcome.FAILED, Reason.NO_ROUTE),
        (400, b"Missing receiver number, rejected", Outcome.FAILED, Reason.CONFIG_ERROR),
        (400, b"Sender missing and no global set, rejected", Outcome.FAILED, Reason.SENDER_REJECTED),
        (
            400,
            b"Number(s) has/have been denied by white- and/or black-lists.",
            Outcome.BLOCKED,
            Reason.BLOCKLIST_PROVIDER,
        ),
        (400, b"Invalid content-type", Outcome.FAILED, Reason.CONFIG_ERROR),
        (404, b"Unknown request.", Outcome.FAILED, Reason.CONFIG_ERROR),
        (503, b"Temporal failure, try again later.", Outcome.FAILED, Reason.PROVIDER_ERROR),
    ],
)
def test_a_refusal_says_why(status: int, body: bytes, outcome: Outcome, reason: Reason) -> None:
    answer = ADAPTER.submitted(Answer(status, body), outgoing(), KANNEL)
    assert isinstance(answer, Refused)
    assert (answer.heard.state.stage, answer.heard.state.outcome) == (Stage.SUBMITTING, outcome)
    assert answer.heard.state.reason is reason
    assert answer.heard.raw_error == str(status)


@pytest.mark.parametrize(
    ("status", "body"), [(502, b"Bad gateway"), (503, b"<html>busy</html>"), (500, b""), (202, b"hm"), (200, b"0: ok")]
)
def test_an_answer_that_is_not_kannels_leaves_us_unsure(status: int, body: bytes) -> None:
    assert isinstance(ADAPTER.submitted(Answer(status, body), outgoing(), KANNEL), Unsure)


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_raises(status: int, body: bytes) -> None:
    assert isinstance(ADAPTER.submitted(Answer(status, body), outgoing(), KANNEL), Taken | Refused | Unsure)


# ---- receipts


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_means_what_is_expected(name: str) -> None:
    row, told = RECEIPTS[name], heard(name)
    assert (told.table, told.raw_status, told.raw_error) == (row["table"], row["status"], row["error"])
    assert told.state == state(row)
    assert told.soft is (row["soft"] == "yes")
    assert told.reference == str(MESSAGE)
    assert told.provider_event_id
    assert told.occurred_at is not None


@pytest.mark.parametrize("name", RECEIPTS)
def test_an_address_of_ours_is_genuine_and_what_it_says_is_not_signed(name: str) -> None:
    assert ADAPTER.verify(captured("kannel", name), KANNEL, AT) == Genuine(signed=False)


@pytest.mark.parametrize("field", ["id", "n", "s"])
def test_an_address_that_was_changed_is_forged(field: str) -> None:
    genuine = captured("kannel", "delivered")
    value = parse_qs(genuine.query.decode())[field][0]
    other = value[:-1] + ("0" if value[-1] != "0" else "2")
    query = genuine.query.replace(f"{field}={value}".encode(), f"{field}={other}".encode())
    assert query != genuine.query
    assert isinstance(ADAPTER.verify(replace(genuine, query=query), KANNEL, AT), Forged)
    without = b"&".join(pair for pair in genuine.query.split(b"&") if not pair.startswith(f"{field}=".encode()))
    assert isinstance(ADAPTER.verify(replace(genuine, query=without), KANNEL, AT), Forged)


def test_an_address_of_another_contract_is_forged() -> None:
    other = Contract(KANNEL.options, KANNEL.secrets, HOOK, b"another secret")
    assert isinstance(ADAPTER.verify(captured("kannel", "delivered"), other, AT), Forged)


def test_a_dlr_url_comes_back_as_it_was_given() -> None:
    address = ADAPTER.submit(outgoing(segments=3), KANNEL).headers["X-Kannel-DLR-Url"]
    filled = address.replace("%d", "8").replace("%#smpp#dlr_err#", "").replace("%T", "1795317500").replace("%", "x")
    incoming = Incoming("GET", filled, "receipt", urlsplit(filled).query.encode())
    assert ADAPTER.verify(incoming, KANNEL, AT) == Genuine(signed=False)
    (said,) = ADAPTER.read(incoming, KANNEL)
    assert isinstance(said, Heard)
    assert said.reference == str(MESSAGE)


def test_the_words_of_our_own_text_are_not_read_as_a_receipt() -> None:
    assert heard("undelivered-text-tail-lies").raw_status == "UNDELIV"


def test_a_text_in_another_charset_can_be_kept() -> None:
    text = heard("undelivered-text-tail-in-latin-1").raw_text
    assert text.endswith("text:café \ufffdÿ")
    assert "\0" not in text


def test_the_same_callback_again_is_the_same_event() -> None:
    assert heard("delivered").id == heard("delivered").id
    assert len({heard(name).id for name in RECEIPTS}) == len(RECEIPTS)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_refused_part_counts_though_the_first_part_arrives(backwards: bool) -> None:
    told = [heard("refused-second-part"), heard("delivered-first-part-of-three")]
    events = [Event(one.id, one.state, one.occurred_at, AT, one.soft) for one in told]
    folded = fold(reversed(events) if backwards else events)
    assert folded.state.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (b"", "no kind"),
        (b"d=1", "without our id"),
        (b"d=5&id=x", "no kind"),
        (b"d=%FF%FE&id=x", "no kind"),
        (b"id=x&n=1", "no kind"),
    ],
)
def test_what_kannel_does_not_send_is_garbled(query: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=why):
        ADAPTER.read(Incoming("GET", HOOK, "receipt", query), KANNEL)


# ---- replies


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_proved_by_the_address_alone(name: str) -> None:
    assert ADAPTER.verify(captured("kannel", name), KANNEL, AT) == Genuine(signed=False)


def test_a_reply_is_read() -> None:
    reply = inbound("reply-stop")
    assert (reply.sender, reply.recipient, reply.text) == ("+447700900050", "+12345", "STOP")
    assert reply.provider_message_id == "ca29ba85-5a53-4b27-9a7f-8a8d2f5b0c01"
    assert reply.occurred_at == datetime(2026, 11, 22, 3, 22, 27, tzinfo=UTC)
    assert (reply.joined_by, reply.part, reply.parts) == ("", 1, 1)


@pytest.mark.parametrize("name", ["reply-ucs-2-recoded", "reply-ucs-2-as-it-is"])
def test_a_reply_in_ucs_2_is_read_recoded_or_not(name: str) -> None:
    assert inbound(name).text == "STOP 😀"


def test_a_part_that_comes_alone_tells_which_it_is() -> None:
    reply = inbound("reply-second-part-alone")
    assert (reply.joined_by, reply.part, reply.parts) == ("4d", 2, 2)


@pytest.mark.parametrize(
    ("udh", "place"),
    [
        (b"%06%08%04%01%02%03%02", ("0102", 2, 3)),
        (b"%08%24%01%01%00%03%4D%02%01", ("4d", 1, 2)),
        (b"%05%00%03%4D%02%03", ("", 1, 1)),
        (b"%05%00%03%4D%02%00", ("", 1, 1)),
        (b"%05%00%03%4D", ("", 1, 1)),
        (b"%05", ("", 1, 1)),
    ],
)
def test_a_header_tells_the_place_of_a_part_or_nothing(udh: bytes, place: tuple[str, int, int]) -> None:
    (reply,) = ADAPTER.read(Incoming("GET", HOOK, "reply", b"from=%2B447700900050&text=x&udh=" + udh), KANNEL)
    assert isinstance(reply, Inbound)
    assert (reply.joined_by, reply.part, reply.parts) == place


def test_a_plus_that_was_not_escaped_is_a_plus() -> None:
    (reply,) = ADAPTER.read(Incoming("GET", HOOK, "reply", b"from=+447700900050&to=12345&text="), KANNEL)
    assert isinstance(reply, Inbound)
    assert (reply.sender, reply.text) == ("+447700900050", "")


@pytest.mark.parametrize("query", [b"", b"from=%2B447700900050", b"text=STOP", b"from=&text=STOP"])
def test_a_reply_without_sender_or_text_is_garbled(query: bytes) -> None:
    with pytest.raises(Garbled, match="without from or text"):
        ADAPTER.read(Incoming("GET", HOOK, "reply", query), KANNEL)


# ---- anything


FIELDS = st.sampled_from([b"d", b"id", b"n", b"s", b"a", b"e", b"ts", b"from", b"text", b"charset", b"udh", b"ev"])
QUERIES = st.binary(max_size=120) | st.lists(
    st.tuples(FIELDS, st.binary(max_size=40)).map(lambda pair: b"=".join(pair)), max_size=8
).map(b"&".join)


@given(st.sampled_from(["receipt", "reply", "", "x"]), QUERIES)
def test_nothing_raises_but_garbled(path: str, query: bytes) -> None:
    incoming = Incoming("GET", HOOK, path, query)
    ADAPTER.verify(incoming, KANNEL, AT)
    with suppress(Garbled):
        assert all("\0" not in text for one in ADAPTER.read(incoming, KANNEL) for text in texts_of(one))


def texts_of(one: Heard | Inbound) -> list[str]:
    return [value for name in one.__slots__ if isinstance(value := getattr(one, name), str)]


@given(st.sampled_from(["1", "2", "4", "8", "16", "34", "66"]), st.binary(max_size=120), st.binary(max_size=4))
def test_whatever_the_text_kannels_kind_decides_whether_it_arrived(kind: str, text: bytes, parameter: bytes) -> None:
    quoted = b"".join(b"%%%02X" % byte for byte in text)
    error = b"".join(b"%%%02X" % byte for byte in parameter)
    query = b"id=x&n=1&d=" + kind.encode() + b"&a=" + quoted + b"&e=" + error
    (told,) = ADAPTER.read(Incoming("GET", HOOK, "receipt", query), KANNEL)
    assert isinstance(told, Heard)
    assert (told.state.outcome is Outcome.DELIVERED) is (kind == "1")
