"""The adapter against the real Kannel and an SMSC: what it sends arrives as meant, what it reads was really said.

test_kannel.py makes the same journeys through the whole product.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from logs.providers.base import Answer, Contract, Genuine, Incoming, Outgoing, Refused, Taken
from logs.providers.events import Heard, Inbound
from logs.providers.http import Lost, NotSent, call
from logs.providers.kannel.adapter import ADAPTER
from logs.segments import Encoding, measure
from logs.statuses import Event, Outcome, Reason, Stage, State, fold
from smsadmin import uuid7
from tests.fixtures.kannel import RESENDS, Kannel, kannel
from tests.fixtures.sink import Sink
from tests.fixtures.smpp import Status
from tests.fixtures.smsc import Fate, Report

pytestmark = pytest.mark.kannel

LATE = 2.0  # seconds
LONG = "多くの人が待っています。😀 " * 12  # three parts in UCS-2


@dataclass
class Journey:
    """Kannel with a sink for its callbacks, and an account that knows both."""

    peer: Kannel
    sink: Sink

    @property
    def contract(self) -> Contract:
        options = {"url": self.peer.url, "username": self.peer.username}
        return Contract(options, {"password": self.peer.password}, self.sink.hook, b"the hook secret of a journey")

    def submit(self, outgoing: Outgoing) -> Taken | Refused:
        answer = call(ADAPTER.submit(outgoing, self.contract))
        assert isinstance(answer, Answer)
        submission = ADAPTER.submitted(answer, outgoing, self.contract)
        assert isinstance(submission, Taken | Refused)
        return submission

    def send(self, to: str, fate: Fate, text: str = "Hello", sender: str = "Acme") -> Outgoing:
        self.peer.smsc.let(to, fate)
        message = outgoing(to, text, sender)
        assert isinstance(self.submit(message), Taken)
        return message

    def hear(self, message: Outgoing, *kinds: str) -> list[Heard]:
        """What Kannel says of a message, once it has said all these kinds; in the order in which it was said."""
        for kind in kinds:
            self.sink.wait_for(lambda one, kind=kind: is_of(one, message.id) and one.params["d"] == kind)
        return [self.read(one) for one in self.sink.all(lambda one: is_of(one, message.id))]

    def read(self, incoming: Incoming) -> Heard:
        assert ADAPTER.verify(incoming, self.contract, datetime.now(UTC)) == Genuine(signed=False)
        (heard,) = ADAPTER.read(incoming, self.contract)
        assert isinstance(heard, Heard)
        return heard

    def reply(self, wanted: str) -> Inbound:
        (incoming,) = self.sink.wait_for(lambda one: one.path == "reply" and wanted in one.params["from"])
        assert ADAPTER.verify(incoming, self.contract, datetime.now(UTC)) == Genuine(signed=False)
        (inbound,) = ADAPTER.read(incoming, self.contract)
        assert isinstance(inbound, Inbound)
        return inbound


def is_of(incoming: Incoming, message: UUID) -> bool:
    return incoming.params.get("id") == str(message)


def outgoing(to: str, text: str = "Hello", sender: str = "Acme") -> Outgoing:
    size = measure(text)
    unicode = size.encoding is Encoding.UCS_2
    return Outgoing(uuid7.make(datetime.now(UTC)), to, text, sender, size.segments, unicode, timedelta(hours=48))


def state(heard: list[Heard]) -> State:
    now = datetime.now(UTC)
    return fold(Event(one.id, one.state, one.occurred_at, now, one.soft) for one in heard).state


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with Sink().open() as sink:
        folder = tmp_path_factory.mktemp("kannel")
        with kannel(folder, sink.hook + ADAPTER.reply_path) as peer:
            yield Journey(peer, sink)


def test_a_message_arrives_as_it_was_written_and_is_delivered(journey: Journey) -> None:
    message = journey.send("+447700900001", Fate(), "Voilà: {5} €, très bien")
    heard = journey.hear(message, "8", "1")
    assert {(one.table, one.raw_status) for one in heard} == {("kannel", "8"), ("smpp34_stat", "DELIVRD")}
    assert len({one.provider_event_id for one in heard}) == 2
    assert len({one.provider_message_id for one in heard}) == 1
    assert state(heard) == State.of(Stage.HANDSET, Outcome.DELIVERED)
    assert all(abs(datetime.now(UTC) - one.occurred_at) < timedelta(minutes=1) for one in heard if one.occurred_at)
    (sms,) = journey.peer.smsc.submitted["+447700900001"]
    assert (sms.to_type, sms.coding, sms.sender, bool(sms.validity)) == (1, 0, "Acme", True)
    # In the GSM alphabet, where { } and € take two places.
    assert sms.data == b"Voil\x7f: \x1b(5\x1b) \x1be, tr\x04s bien"


@pytest.mark.parametrize(
    ("last", "report", "kind", "outcome", "reason"),
    [
        ("010", Report("UNDELIV", "001"), "2", Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER),
        ("011", Report("UNDELIV", "027"), "2", Outcome.UNDELIVERED, Reason.ABSENT),
        ("012", Report("UNDELIV", "034", parameters=True, text=False), "2", Outcome.UNDELIVERED, Reason.CARRIER_ERROR),
        ("013", Report("EXPIRED"), "2", Outcome.EXPIRED, Reason.EXPIRED),
        ("014", Report("EXPIRED", parameters=True), "34", Outcome.EXPIRED, Reason.EXPIRED),
        ("015", Report("REJECTD", "088"), "2", Outcome.UNDELIVERED, Reason.CARRIER_REJECTED),
        ("016", Report("DELETED"), "2", Outcome.UNDELIVERED, Reason.CARRIER_REJECTED),
        ("017", Report("UNKNOWN"), "2", Outcome.UNKNOWN, Reason.UNKNOWN),
        ("018", Report("ENROUTE"), "4", Outcome.PENDING, Reason.NONE),
        ("019", Report("DELIVRD", after=LATE), "1", Outcome.DELIVERED, Reason.NONE),
    ],
)
def test_a_receipt_is_understood(
    journey: Journey, last: str, report: Report, kind: str, outcome: Outcome, reason: Reason
) -> None:
    heard = journey.hear(journey.send(f"+447700900{last}", Fate((report,))), "8", kind)
    assert (state(heard).outcome, state(heard).reason) == (outcome, reason)


def test_a_refusal_by_the_operator_has_its_number(journey: Journey) -> None:
    heard = journey.hear(journey.send("+447700900020", Fate(always=Status.INVALID_DESTINATION)), "16")
    assert [(one.raw_status, one.raw_error) for one in heard] == [("16", "0x0000000b")]
    assert state(heard) == State.of(Stage.SENDING, Outcome.FAILED, Reason.INVALID_NUMBER)


def test_a_throttled_message_is_delivered_in_the_end(journey: Journey) -> None:
    heard = journey.hear(journey.send("+447700900021", Fate(answers=(Status.THROTTLED,) * 2)), "8", "1")
    assert state(heard).outcome is Outcome.DELIVERED
    assert len(journey.peer.smsc.submitted["+447700900021"]) == 3


def test_a_message_that_is_always_throttled_fails(journey: Journey) -> None:
    heard = journey.hear(journey.send("+447700900022", Fate(always=Status.THROTTLED)), "16")
    assert [one.raw_error for one in heard] == ["Retries Exceeded"]
    assert state(heard) == State.of(Stage.SENDING, Outcome.FAILED, Reason.CONGESTION)
    assert len(journey.peer.smsc.submitted["+447700900022"]) == RESENDS + 1


def test_a_callback_that_we_could_not_take_comes_again_as_the_same_event(journey: Journey) -> None:
    journey.sink.refuse_next = 2
    message = journey.send("+447700900023", Fate())
    incoming = journey.sink.wait_for(lambda one: is_of(one, message.id), 4)
    heard = [journey.read(one) for one in incoming]
    assert len({one.id for one in heard}) == 2
    assert state(heard) == state(heard[:-1]) == State.of(Stage.HANDSET, Outcome.DELIVERED)


def test_of_two_receipts_kannel_tells_the_first(journey: Journey) -> None:
    twice = journey.send("+447700900024", Fate((Report("UNDELIV", "027"), Report("DELIVRD", after=0.5))))
    # The receipt of a later message has come, so the second one of this would have come too.
    journey.hear(journey.send("+447700900025", Fate((Report(after=1.0),))), "8", "1")
    assert [one.raw_status for one in journey.hear(twice, "8", "2") if one.raw_status != "8"] == ["UNDELIV"]


def test_without_a_receipt_it_stays_with_the_operator(journey: Journey) -> None:
    heard = journey.hear(journey.send("+447700900026", Fate(reports=())), "8")
    assert state(heard) == State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING)


def test_a_long_text_in_ucs_2_goes_in_three_parts_and_one_receipt_is_asked_for(journey: Journey) -> None:
    text = LONG[: 67 * 2 + 20]
    assert measure(text).segments == 3
    heard = journey.hear(journey.send("+447700900027", Fate(), text), "8", "1")
    assert state(heard).outcome is Outcome.DELIVERED
    parts = journey.peer.smsc.submitted["+447700900027"]
    assert [(sms.part, sms.parts, sms.coding, sms.wants_receipt) for sms in parts] == [
        (1, 3, 8, True),
        (2, 3, 8, False),
        (3, 3, 8, False),
    ]
    assert b"".join(sms.data for sms in parts).decode("utf-16-be") == text


def test_a_refused_part_fails_the_text_though_the_first_part_arrives(journey: Journey) -> None:
    message = journey.send("+447700900028", Fate(second_part=Status.SUBMIT_FAILED), "long " * 40)
    heard = journey.hear(message, "16", "1")
    assert state(heard).outcome is Outcome.FAILED


def test_a_stop_in_ucs_2_arrives(journey: Journey) -> None:
    journey.peer.smsc.say("+447700900030", "12345", "STOP 😀", unicode=True)
    reply = journey.reply("447700900030")
    assert (reply.sender.removeprefix("+"), reply.recipient.removeprefix("+")) == ("447700900030", "12345")
    assert reply.text == "STOP 😀"


def test_the_parts_of_a_reply_are_joined(journey: Journey) -> None:
    journey.peer.smsc.say("+447700900031", "12345", "one " * 30, "two " * 30)
    assert journey.reply("447700900031").text == "one " * 30 + "two " * 30


def test_a_part_whose_others_do_not_come_arrives_alone(journey: Journey) -> None:
    journey.peer.smsc.say("+447700900032", "12345", "STOP", "and never again", lost=2)
    reply = journey.reply("447700900032")
    assert (reply.text, reply.joined_by, reply.part, reply.parts) == ("STOP", "4d", 1, 2)


def test_a_wrong_password_is_no_fault_of_the_message(journey: Journey) -> None:
    message = outgoing("+447700900040")
    wrong = Contract({**journey.contract.options}, {"password": "wrong"}, journey.sink.hook, b"x")
    answer = call(ADAPTER.submit(message, wrong))
    assert isinstance(answer, Answer)
    refused = ADAPTER.submitted(answer, message, wrong)
    assert isinstance(refused, Refused)
    assert refused.heard.state.reason is Reason.AUTH_ERROR


def test_a_sender_that_no_header_can_hold_is_refused_and_not_sent(journey: Journey) -> None:
    refused = journey.submit(outgoing("+447700900041", sender="Ακμή"))
    assert isinstance(refused, Refused)
    assert refused.heard.state.reason is Reason.SENDER_REJECTED
    assert "+447700900041" not in journey.peer.smsc.submitted


def test_where_no_kannel_is_nothing_was_sent(journey: Journey) -> None:
    nowhere = Contract({"url": "http://127.0.0.1:9/cgi-bin/sendsms"}, {}, journey.sink.hook, b"x")
    answer = call(ADAPTER.submit(outgoing("+447700900042"), nowhere))
    assert isinstance(answer, NotSent)
    assert not isinstance(answer, Lost)
