"""The simulator's fates, its adapter, and the carrier as the process that it is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.models import ProviderAccount
from logs.providers.base import (
    Answer,
    CannotSay,
    Forged,
    Found,
    Garbled,
    Genuine,
    Incoming,
    NotFound,
    Outgoing,
    Refused,
    Taken,
    Unsure,
)
from logs.providers.codes import lookup, resolve
from logs.providers.events import Heard, Inbound
from logs.providers.http import Lost, call
from logs.providers.simulator.adapter import ADAPTER
from logs.providers.simulator.fates import FAILURES, MAGIC, magic
from logs.providers.simulator.guide import NUMBERS
from logs.providers.simulator.odds import ordinary
from logs.providers.simulator.signing import SIGNATURE, TIMESTAMP, sign
from logs.statuses import Outcome, Reason, Stage
from smsadmin import phones
from tests.factories.accounts import make_account, signed_in
from tests.factories.simulator import KEY, SECRET, Simulator, Sink

NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)


def outgoing(to: str = "001", **more: Any) -> Outgoing:
    """A message to one of the numbers with a fate, or to a whole number."""
    number = to if to.startswith("+") else f"+447700900{to}"
    facts = {"text": "Hello", "sender": "HARBOUR", "segments": 1, "unicode": False, "validity": timedelta(days=1)}
    return Outgoing(**{"id": uuid4(), "to": number, **facts, **more})


# ---- fates


@pytest.mark.parametrize("suffix", MAGIC)
def test_a_number_with_a_fate_is_a_whole_number_and_the_guide_names_it(suffix: str) -> None:
    number = f"+447700900{suffix}"
    assert phones.parse(number) == number
    assert magic(number) is MAGIC[suffix]
    assert str(NUMBERS[suffix]).endswith(".")


def test_the_guide_names_no_number_without_a_fate_and_the_manual_all() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()
    assert list(NUMBERS) == list(MAGIC)
    assert [suffix for suffix, says in NUMBERS.items() if f"| {suffix} | {says}" not in manual] == []


@pytest.mark.django_db
def test_the_provider_accounts_page_tells_what_each_number_does() -> None:
    account = make_account("harbour")
    admin = signed_in("admin", account)
    contract = ProviderAccount.objects.create(account=account, provider="simulator", name="Simulator")
    page = admin.get(f"/harbour/settings/providers/{contract.pk}/").content.decode()
    assert [number for number in ADAPTER.numbers if number not in page] == []


def test_other_numbers_have_no_fate() -> None:
    assert [magic(to) for to in ("+447700900999", "+4477009000011", "+33639980001", "")] == [None] * 4


@pytest.mark.parametrize("suffix", FAILURES)
def test_the_failures_of_the_network_are_ours_by_the_same_numbers(suffix: str) -> None:
    ours, theirs = resolve("simulator", "undelivered", suffix), lookup("engagelab", "error", suffix)
    assert theirs is not None
    assert ours == theirs.state


def test_every_status_and_error_of_a_fate_is_in_the_table_but_the_one_that_nobody_knows() -> None:
    steps = [step for fate in MAGIC.values() for step in fate.steps]
    unknown = {s.status for s in steps if lookup("simulator", "status", s.status) is None}
    assert unknown == {"teleported"}
    refusals = {fate.answering.code for fate in MAGIC.values() if fate.answering.code}
    assert {code for code in refusals if lookup("simulator", "error", code) is None} == {"broken"}


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.uuids(), st.text(max_size=40))
def test_the_odds_of_a_message_are_always_the_same_and_time_goes_forward(to: str, key: UUID, text: str) -> None:
    fate = ordinary(to, str(key), text)
    assert fate == ordinary(to, str(key), text)
    assert fate.steps
    assert all(step.after > 0 for step in fate.steps)


def test_most_messages_arrive_and_some_numbers_are_gone() -> None:
    ends = Counter(
        (step.status, step.error)
        for n in range(4000)
        for step in [ordinary(f"+4472{n:08}", f"message {n}", "Hello").steps[-1]]
    )
    assert 0.92 < ends["delivered", ""] / 4000 < 0.97
    assert all(ends["undelivered", code] for code in FAILURES)
    assert ends["expired", ""]


def test_some_write_back_where_the_text_offers_it() -> None:
    asked = [ordinary(f"+4472{n:08}", f"message {n}", "Reply YES to join").replies for n in range(300)]
    assert 50 < sum(bool(replies) for replies in asked) < 150
    assert not any(ordinary(f"+4472{n:08}", f"message {n}", "Hello").replies for n in range(300))


# ---- the adapter

CONTRACT = Simulator(Path("nowhere")).contract("http://here/hooks/simulator/token")


def receipt(**more: Any) -> bytes:
    facts = {"type": "receipt", "event": "m.1.1", "id": "m", "reference": "r", "to": "+447700900580", "part": 1}
    return json.dumps({**facts, "parts": 1, "status": "undelivered", "error": "580", **more}).encode()


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET) -> Incoming:
    timestamp = str(int(at.timestamp()))
    headers = {TIMESTAMP: timestamp, SIGNATURE: sign(secret, timestamp, body)}
    return Incoming("POST", CONTRACT.hook_url, headers=headers, body=body)


def test_a_signature_holds_and_with_one_byte_changed_it_does_not() -> None:
    genuine = signed(receipt())
    assert ADAPTER.verify(genuine, CONTRACT, NOW) == Genuine(signed=True)
    for place in range(len(genuine.body)):
        changed = bytearray(genuine.body)
        changed[place] ^= 1
        assert isinstance(ADAPTER.verify(replace(genuine, body=bytes(changed)), CONTRACT, NOW), Forged)


@pytest.mark.parametrize(
    "incoming",
    [
        signed(receipt(), secret="another"),
        signed(receipt(), at=NOW - timedelta(seconds=301)),
        signed(receipt(), at=NOW + timedelta(seconds=302)),
        replace(signed(receipt()), headers={}),
        replace(signed(receipt()), headers={**signed(receipt()).headers, TIMESTAMP: "²"}),
        replace(signed(receipt()), headers={**signed(receipt()).headers, SIGNATURE: "é\udc80"}),
    ],
)
def test_a_forged_or_stale_signature_is_refused(incoming: Incoming) -> None:
    assert isinstance(ADAPTER.verify(incoming, CONTRACT, NOW), Forged)


def test_without_a_secret_nothing_is_genuine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMULATOR_SECRET", raising=False)
    contract = replace(CONTRACT, secrets={})
    assert isinstance(ADAPTER.verify(signed(receipt(), secret=""), contract, NOW), Forged)


def test_with_nothing_filled_in_it_is_the_embedded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SIMULATOR_URL": "http://127.0.0.1:9/", "SIMULATOR_KEY": "k", "SIMULATOR_SECRET": "s"}.items():
        monkeypatch.setenv(name, value)
    contract = replace(CONTRACT, options={}, secrets={})
    submission = ADAPTER.submit(outgoing(), contract)
    assert (submission.url, submission.headers["Authorization"]) == ("http://127.0.0.1:9/messages", "Bearer k")
    assert ADAPTER.verify(signed(receipt(), secret="s"), contract, NOW) == Genuine(signed=True)


def test_a_receipt_is_read_with_its_evidence() -> None:
    (heard,) = ADAPTER.read(signed(receipt(at="2026-03-10T14:20:00.250+00:00", part=2, parts=3)), CONTRACT)
    assert isinstance(heard, Heard)
    assert (heard.state.outcome, heard.state.reason) == (Outcome.UNDELIVERED, Reason.POWER_OFF)
    assert (heard.provider_message_id, heard.reference, heard.part, heard.parts) == ("m", "r", 2, 3)
    assert heard.occurred_at == NOW + timedelta(milliseconds=250)
    assert json.loads(heard.raw)["error"] == "580"


def test_a_status_that_nobody_knows_is_unknown() -> None:
    (heard,) = ADAPTER.read(signed(receipt(status="teleported", error="4711")), CONTRACT)
    assert isinstance(heard, Heard)
    assert (heard.state.outcome, heard.raw_status, heard.raw_error) == (Outcome.UNKNOWN, "teleported", "4711")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x80{not JSON",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        receipt(type="postcard"),
        receipt(status=["delivered"]),
        receipt(id="m" * 101),
        receipt(part=0),
        receipt(part=True),
        receipt(part=4, parts=3),
        receipt(parts="many"),
    ],
)
def test_garbage_is_called_so(body: bytes) -> None:
    with pytest.raises(Garbled):
        ADAPTER.read(signed(body), CONTRACT)


@given(
    st.dictionaries(st.sampled_from(["type", "id", "status", "at", "part", "to", "text"]), st.text() | st.integers())
)
def test_nothing_that_can_be_posted_breaks_the_reading(document: dict[str, Any]) -> None:
    body = json.dumps({"type": "receipt", **document}).encode()
    try:
        (said,) = ADAPTER.read(signed(body), CONTRACT)
    except Garbled:
        return
    texts = (value for name in said.__slots__ if isinstance(value := getattr(said, name), str))
    assert all("\0" not in text and text.encode() is not None for text in texts)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (202, b"", Unsure),
        (202, b'{"id": "m"}', Unsure),
        (202, b'{"id": ["m"], "events": []}', Unsure),
        (200, b"<html>", Unsure),
        (302, b"", Unsure),
        (500, b'{"error": {"code": "broken"}}', Unsure),
        (502, b"", Unsure),
        (503, b"", Refused),
        (400, b'{"error": "odd"}', Refused),
        (418, b"teapot", Refused),
    ],
)
def test_an_answer_is_never_an_error(status: int, body: bytes, kind: type) -> None:
    answer = Answer(status, body)
    assert isinstance(ADAPTER.submitted(answer, outgoing(), CONTRACT), kind)
    assert ADAPTER.queried(answer, "m", outgoing(), CONTRACT) == CannotSay(f"answered {status}")


@pytest.mark.parametrize("body", [b"{}", b'{"messages": {}}', b'{"messages": ["m"]}', b'{"messages": [{"events": 1}]}'])
def test_a_finding_that_cannot_be_read_says_nothing(body: bytes) -> None:
    assert isinstance(ADAPTER.queried(Answer(200, body), "", outgoing(), CONTRACT), CannotSay)


# ---- the carrier, as a process


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator(tmp_path_factory.mktemp("simulator"), "--speed", "20", "--odds", "delivered") as running:
        yield running


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def test_a_message_is_taken_delivered_and_found(simulator: Simulator, sink: Sink) -> None:
    message = outgoing()
    taken = simulator.submit(message, sink.url)
    assert isinstance(taken, Taken)
    (accepted,), (part,) = taken.heard, taken.parts
    assert (accepted.state.stage, accepted.reference) == (Stage.PROVIDER_ACCEPTED, str(message.id))
    assert (accepted.price, accepted.currency) == (Decimal("0.035"), "EUR")
    sink.wait_for(1)
    assert isinstance(ADAPTER.verify(sink.got[0], simulator.contract(sink.url), datetime.now(UTC)), Genuine)
    (delivered,) = ADAPTER.read(sink.got[0], simulator.contract(sink.url))
    assert isinstance(delivered, Heard)
    assert (delivered.state.outcome, delivered.provider_message_id) == (Outcome.DELIVERED, part.provider_message_id)
    by_id, by_reference = simulator.query(message, part.provider_message_id), simulator.query(message)
    assert by_id.heard[0].id == delivered.id  # asked for or posted, it is the same event
    assert by_reference == Found(by_id.heard, taken.parts)


def test_a_message_that_it_does_not_have_is_certainly_not_there(simulator: Simulator) -> None:
    assert simulator.query(outgoing()) == simulator.query(outgoing(), "nothing") == NotFound(certain=True)


@pytest.mark.parametrize("suffix", FAILURES)
def test_each_failure_of_the_network_comes_as_a_receipt(simulator: Simulator, sink: Sink, suffix: str) -> None:
    simulator.submit(outgoing(suffix), sink.url)
    sent, undelivered = sink.wait_for(2)
    assert (sent["status"], undelivered["status"], undelivered["error"]) == ("sent", "undelivered", suffix)


RECEIPTS = {
    "012": [("delivered", "")] * 3,
    "014": [("undelivered", "580"), ("delivered", "")],
    "015": [("delivered", ""), ("undelivered", "590")],
    "016": [("delivered", ""), ("sent", "")],
    "020": [("teleported", "4711")],
    "060": [("sent", ""), ("buffered", ""), ("expired", "")],
    "061": [("rejected", "")],
}


@pytest.mark.parametrize("suffix", RECEIPTS)
def test_the_receipts_of_a_number_with_a_fate(simulator: Simulator, sink: Sink, suffix: str) -> None:
    simulator.submit(outgoing(suffix), sink.url)
    got = sink.wait_for(len(RECEIPTS[suffix]))
    assert [(said["status"], said["error"]) for said in got] == RECEIPTS[suffix]


def test_a_receipt_posted_three_times_is_one_event(simulator: Simulator, sink: Sink) -> None:
    simulator.submit(outgoing("012"), sink.url)
    assert len({said["event"] for said in sink.wait_for(3)}) == 1


def test_forged_and_garbled_receipts_come_once_and_are_never_what_it_says_when_asked(
    simulator: Simulator, sink: Sink
) -> None:
    sink.status = 403
    messages, contract = [outgoing(suffix) for suffix in ("021", "022")], simulator.contract(sink.url)
    for message in messages:
        simulator.submit(message, sink.url)
    sink.wait(lambda: len(sink.got) >= 4)
    sink.status = 200
    sink.wait(lambda: len(sink.got) >= 6)  # the good ones again
    verdicts = Counter(type(ADAPTER.verify(got, contract, datetime.now(UTC))) for got in sink.got)
    assert verdicts == {Forged: 1, Genuine: 5}
    assert sum(got.body.startswith(b"\x80") for got in sink.got) == 1
    assert {simulator.query(message).heard[0].state.outcome for message in messages} == {Outcome.DELIVERED}


def test_a_receipt_can_be_of_a_message_that_nobody_knows(simulator: Simulator, sink: Sink) -> None:
    message = outgoing("023")
    simulator.submit(message, sink.url)
    stranger, delivered = sink.wait_for(2)
    assert (stranger["reference"], delivered["reference"]) == ("", str(message.id))
    assert stranger["id"] != delivered["id"]


def test_the_receipt_can_come_before_the_answer(simulator: Simulator, sink: Sink) -> None:
    got: list[int] = []
    message = outgoing("013")
    assert isinstance(simulator.submit(message, sink.url), Taken)
    got.append(len(sink.got))
    assert got == [1]


@pytest.mark.parametrize(("suffix", "outcome"), [("010", Outcome.DELIVERED), ("011", Outcome.PENDING)])
def test_without_a_receipt_asking_helps_or_does_not(
    simulator: Simulator, sink: Sink, suffix: str, outcome: Outcome
) -> None:
    message, other = outgoing(suffix), outgoing("002")
    for asked in (message, other):
        simulator.submit(asked, sink.url)
    assert {said["reference"] for said in sink.wait_for(2)} == {str(other.id)}
    assert simulator.query(message).heard[0].state.outcome is outcome


@pytest.mark.parametrize(("suffix", "taken"), [("031", True), ("033", True), ("032", False), ("034", False)])
def test_after_an_answer_that_leaves_it_open_the_reference_tells(
    simulator: Simulator, suffix: str, taken: bool
) -> None:
    message = outgoing(suffix)
    assert isinstance(simulator.submit(message), Lost | Unsure)
    found = simulator.query(message)
    assert isinstance(found, Found if taken else NotFound)
    if taken:  # what the lost answer would have told
        assert found.heard[0].price == Decimal("0.035")
        assert len(found.parts) == 1


def test_a_slow_answer_is_a_time_out_and_the_message_is_there(simulator: Simulator) -> None:
    message, contract = outgoing("030"), simulator.contract("")
    assert isinstance(call(replace(ADAPTER.submit(message, contract), timeout=0.5)), Lost)
    assert isinstance(simulator.query(message), Found)


@pytest.mark.parametrize(
    ("suffix", "reason", "after"),
    [
        ("035", Reason.PROVIDER_ERROR, None),
        ("036", Reason.RATE_LIMITED, timedelta(seconds=5)),
        ("037", Reason.AUTH_ERROR, None),
        ("038", Reason.INSUFFICIENT_CREDIT, None),
        ("050", Reason.INVALID_NUMBER, None),
        ("051", Reason.CONTENT_FILTERED, None),
        ("052", Reason.SENDER_REJECTED, None),
        ("053", Reason.OPTED_OUT, None),
        ("054", Reason.NO_ROUTE, None),
    ],
)
def test_a_refusal_says_why_and_nothing_was_taken(
    simulator: Simulator, suffix: str, reason: Reason, after: timedelta | None
) -> None:
    message = outgoing(suffix)
    refused = simulator.submit(message)
    assert isinstance(refused, Refused)
    assert (refused.heard.state.stage, refused.heard.state.reason, refused.after) == (Stage.SUBMITTING, reason, after)
    assert refused.heard.state.outcome.is_negative
    assert simulator.query(message) == NotFound(certain=True)


def test_the_third_try_is_taken(simulator: Simulator) -> None:
    message = outgoing("039")
    tries = [type(simulator.submit(message)) for _ in range(4)]
    assert tries == [Refused, Refused, Taken, Taken]


def test_three_parts_of_which_the_second_fails(simulator: Simulator, sink: Sink) -> None:
    taken = simulator.submit(outgoing("040"), sink.url)
    assert [(heard.part, heard.parts) for heard in taken.heard] == [(1, 3), (2, 3), (3, 3)]
    assert [heard.price for heard in taken.heard] == [Decimal("0.105"), None, None]
    assert {(said["part"], said["status"]) for said in sink.wait_for(3)} == {
        (1, "delivered"),
        (2, "undelivered"),
        (3, "delivered"),
    }
    assert len(taken.parts) == 1


def test_a_long_text_has_a_receipt_for_each_part(simulator: Simulator, sink: Sink) -> None:
    simulator.submit(outgoing("+33639980007", text="Ж" * 141), sink.url)
    assert sorted(said["part"] for said in sink.wait_for(3)) == [1, 2, 3]


@pytest.mark.parametrize(("suffix", "text"), [("070", "STOP"), ("072", "pls stop texting me"), ("075", "СТОП ✋")])
def test_people_write_back(simulator: Simulator, sink: Sink, suffix: str, text: str) -> None:
    simulator.submit(outgoing(suffix), sink.url)
    sink.wait_for(2)
    said = [thing for got in sink.got for thing in ADAPTER.read(got, simulator.contract(sink.url))]
    (reply,) = [thing for thing in said if isinstance(thing, Inbound)]
    assert (reply.sender, reply.recipient, reply.text) == (f"+447700900{suffix}", "HARBOUR", text)


def test_a_long_reply_comes_in_parts_that_belong_together(simulator: Simulator, sink: Sink) -> None:
    simulator.submit(outgoing("076"), sink.url)
    sink.wait_for(3)
    said = [thing for got in sink.got for thing in ADAPTER.read(got, simulator.contract(sink.url))]
    parts = sorted((thing for thing in said if isinstance(thing, Inbound)), key=lambda reply: reply.part)
    assert len({part.joined_by for part in parts}) == 1
    assert "".join(part.text for part in parts).endswith("tell me when it is done.")


def post(simulator: Simulator, path: str, body: bytes, key: str = KEY) -> Answer:
    request = replace(ADAPTER.submit(outgoing(), simulator.contract("")), url=simulator.url + path, body=body)
    answer = call(replace(request, headers={"Authorization": f"Bearer {key}"}))
    assert isinstance(answer, Answer)
    return answer


def test_a_phone_can_be_made_to_write(simulator: Simulator, sink: Sink) -> None:
    told = {"from": "+447700900142", "to": "60777", "text": "Stop", "callback": sink.url}
    assert post(simulator, "/replies", json.dumps(told).encode()).status == 202
    (said,) = sink.wait_for(1)
    assert (said["type"], said["from"], said["text"]) == ("reply", "+447700900142", "Stop")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"to": 1, "text": "a"}', b'{"to": "+447700900001"}', b"[" * 90_000])
def test_a_request_that_it_cannot_read_is_refused(simulator: Simulator, body: bytes) -> None:
    assert post(simulator, "/messages", body).status == 400


def test_a_body_that_is_too_long_a_wrong_key_and_a_wrong_address(simulator: Simulator) -> None:
    assert post(simulator, "/messages", b"x" * 300_000).status == 413
    assert post(simulator, "/messages", b"{}", key="x").status == 401
    assert post(simulator, "/nothing", b"{}").status == 404


def cancel(simulator: Simulator, identity: str) -> int:
    request = ADAPTER.cancel(identity, simulator.contract(""))
    assert request is not None
    answer = call(request)
    assert isinstance(answer, Answer)
    return answer.status


def stats(simulator: Simulator) -> dict[str, int]:
    request = ADAPTER.query("", outgoing(), simulator.contract(""))
    assert request is not None
    answer = call(replace(request, url=f"{simulator.url}/stats"))
    assert isinstance(answer, Answer)
    counts: dict[str, int] = json.loads(answer.body)
    return counts


def test_what_was_not_sent_yet_can_be_taken_back(tmp_path: Path, sink: Sink) -> None:
    message, sent = outgoing("580"), outgoing("001")
    with Simulator(tmp_path, "--speed", "0.001") as slow:
        open_, gone = (slow.submit(each, sink.url).parts[0].provider_message_id for each in (message, sent))
        sink.wait_for(1)
        assert (cancel(slow, open_), cancel(slow, gone), cancel(slow, "nothing")) == (200, 409, 404)
        assert slow.query(message).heard[0].state.outcome is Outcome.CANCELED


def test_killed_and_started_again_it_goes_on_where_it_was(tmp_path: Path, sink: Sink) -> None:
    sink.status = 500
    messages = [outgoing("001") for _ in range(40)]
    with Simulator(tmp_path, "--speed", "20") as simulator:
        for message in messages:
            assert isinstance(simulator.submit(message, sink.url), Taken)
        sink.wait_for(1)
        simulator.kill()
        sink.status = 200
        simulator.start()
        wanted = {str(message.id) for message in messages}
        sink.wait(lambda: {said["reference"] for said in sink.documents()} == wanted)
        assert (stats(simulator)["taken"], stats(simulator)["again"]) == (40, 0)


def test_a_receipt_that_was_not_taken_comes_again_signed_anew(simulator: Simulator, sink: Sink) -> None:
    sink.status = 503
    simulator.submit(outgoing(), sink.url)
    sink.wait_for(2)
    sink.status = 200
    first, again = sink.got[:2]
    assert first.body == again.body
    assert first.headers[TIMESTAMP] < again.headers[TIMESTAMP]


def test_it_does_not_start_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMULATOR_KEY", raising=False)
    command = [sys.executable, "-m", "logs.providers.simulator", "--port", "1", "--state", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SIMULATOR_KEY" in done.stderr
