"""Through the whole product and the real Kannel: asked for over the API, sent by the dispatcher, taken by an SMSC, told
back to the callback address over HTTP, drained into the log. Each case ends in its state, its sentence and its words.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from django.utils import timezone

from logs import inbox, polling, provider_accounts, receipts, replies
from logs.advice import explain
from logs.credentials import hook_url
from logs.dispatching.round import dispatch
from logs.models import Callback, Message, Orphan, ProviderAccount, RefusedCallback, Reply, ReplyPart, StatusEvent
from logs.provider_accounts import Entered
from logs.providers import http
from logs.providers.kannel.adapter import ADAPTER
from logs.statuses import Outcome, Reason, State, Status
from logs.vocabularies import VOCABULARIES
from smsadmin.accounts.models import Account
from smsadmin.quickstart.waiting import wait_until
from tests.factories.accounts import make_account
from tests.factories.members import make_member
from tests.factories.sending import make_key, make_sms_user
from tests.fixtures.databases import own_database, using
from tests.fixtures.kannel import Kannel, kannel
from tests.fixtures.smpp import Status as Answered
from tests.fixtures.smsc import Fate, Report

pytestmark = pytest.mark.kannel

PATIENCE = 60.0  # seconds
LATE = 3.0  # seconds
LONG = "多くの人が待っています。😀 " * 10  # three parts in UCS-2
WORDS = ("como", "communicate", "engagelab", "smsmode", "crm_sms_list")


@dataclass
class Place:
    """The product at its address, with Kannel behind it."""

    address: str
    peer: Kannel
    account: Account
    way: ProviderAccount
    key: str

    def send(self, to: str, text: str = "Your table is booked.") -> UUID:
        body = json.dumps({"to": to, "text": text, "source": "app-login"}).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/api/v1/messages", body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 202
            return UUID(json.load(answer)["id"])

    def message(self, pk: UUID) -> Message:
        return Message.objects.of(self.account).get(pk=pk)

    def events(self, pk: UUID) -> list[StatusEvent]:
        rows = StatusEvent.objects.filter(account=self.account, message_id=pk)
        return list(rows.order_by("received_at", "id"))

    def said(self, pk: UUID) -> list[str]:
        """What Kannel told of it."""
        return [event.raw_status for event in self.events(pk) if event.provider in ("kannel", "smpp34_stat")]

    def until(self, wanted: Callable[[], bool], ahead: timedelta = timedelta()) -> None:
        """Work as the pipeline's worker does until it is so; the dispatcher's clock may be ahead."""

        def worked() -> bool:
            dispatch(now=lambda: timezone.now() + ahead)
            inbox.drain_all(now=timezone.now)
            receipts.match_orphans(at=timezone.now())
            return wanted()

        assert wait_until(worked, deadline=time.monotonic() + PATIENCE, pause=0.05)

    def ended(self, pk: UUID) -> Message:
        self.until(lambda: self.message(pk).state.outcome.is_final)
        return self.message(pk)


@pytest.fixture(scope="module")
def address(django_test_environment: None, django_db_blocker: Any) -> Iterator[str]:
    """Of the product, over a database of its own, at the address that it tells providers."""
    name = f"smsadmin_kannel_{os.getpid()}"
    with django_db_blocker.unblock(), own_database(name), using(name), pytest.MonkeyPatch.context() as patch:
        thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        found = f"http://127.0.0.1:{thread.port}"
        patch.setattr("django.conf.settings.PUBLIC_URL", found)
        yield found
        thread.terminate()
        http.close_shared_client()


@pytest.fixture(scope="module")
def place(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("kannel")
    account, at = make_account(time_zone="UTC"), timezone.now()
    entered = Entered("Kannel", sender="Acme", rate=100, options={"username": "smsadmin"})
    way = provider_accounts.create(account=account, provider="kannel", entered=entered, by=None, at=at)
    with ExitStack() as stack:
        peer = stack.enter_context(kannel(folder, hook_url(way) + str(ADAPTER.reply_path)))
        options, secrets = {"url": peer.url, "username": peer.username}, {"password": peer.password}
        entered = Entered("Kannel", sender="Acme", rate=100, options=options, secrets=secrets)
        provider_accounts.change(provider_account=way, entered=entered, by=None, at=at)
        way.refresh_from_db()
        provider_accounts.switch(provider_account=way, enabled=True, by=None, at=at)
        yield Place(address, peer, account, way, make_key(make_sms_user(account)))


@pytest.fixture(autouse=True)
def _database(place: Place, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


# ---- what becomes of a message


@dataclass(frozen=True)
class Case:
    """What the SMSC does with a text, what Kannel tells of it, and how it ends: our word and sentence, and the words
    of WORDS."""

    fate: Fate
    told: set[str]
    status: Status
    sentence: str
    words: tuple[str, ...]
    text: str = "Your table is booked."


ARRIVED = "The carrier or the phone confirmed that it arrived."
RECEIVED = ("Delivery success", "Sent", "Delivered", "Received", "delivered")
OVER = (
    "Delivery failure",
    "Undelivered/Failed to Send/another reason",
    "Send failed/590 Other",
    "Reception error",
    "not delivered",
)
BY_CARRIER = ("Delivery failure", "Undelivered/Failed to Send/carrier issues", "Send failed/590 Other")
NOBODY = (
    "Delivery failure",
    "Undelivered/Failed to Send/account invalid or gone",
    "Send failed/500 Empty",
    "Permanent absence error",
    "not delivered",
)

CASES = {
    "delivered": Case(Fate(), {"8", "DELIVRD"}, Status.DELIVERED, ARRIVED, RECEIVED),
    "absent": Case(
        Fate((Report("UNDELIV", "027"),)),
        {"8", "UNDELIV"},
        Status.UNDELIVERED,
        "It did not reach the phone. The phone was off or out of reach.",
        (
            "Delivery failure",
            "Undelivered/Failed to Send/another reason",
            "Send failed/580 Power off",
            "Temporary absence error",
            "not delivered",
        ),
    ),
    "unknown-subscriber": Case(
        Fate((Report("UNDELIV", "001"),)),
        {"8", "UNDELIV"},
        Status.UNDELIVERED,
        "It did not reach the phone. The carrier knows nobody with this number.",
        NOBODY,
    ),
    "code-without-text": Case(
        Fate((Report("UNDELIV", "034", parameters=True, text=False),)),
        {"8", "2"},
        Status.UNDELIVERED,
        "It did not reach the phone. The carrier had a technical fault.",
        (*BY_CARRIER, "Temporary operator error", "not delivered"),
    ),
    "expired-in-text": Case(
        Fate((Report("EXPIRED"),)),
        {"8", "EXPIRED"},
        Status.EXPIRED,
        "Its time ran out before it could be delivered.",
        OVER,
    ),
    "expired-by-parameter": Case(
        Fate((Report("EXPIRED", parameters=True),)),
        {"8", "EXPIRED"},
        Status.EXPIRED,
        "Its time ran out before it could be delivered.",
        OVER,
    ),
    "rejected": Case(
        Fate((Report("REJECTD", "088"),)),
        {"8", "REJECTD"},
        Status.UNDELIVERED,
        "It did not reach the phone. The carrier refused it without saying more.",
        (*BY_CARRIER, "Reception error", "not delivered"),
    ),
    "refused-number": Case(
        Fate(always=Answered.INVALID_DESTINATION),
        {"16"},
        Status.FAILED,
        "The SMS provider could not send it on. This cannot be a mobile number.",
        NOBODY,
    ),
    "throttled-then-delivered": Case(
        Fate(answers=(Answered.THROTTLED,)), {"8", "DELIVRD"}, Status.DELIVERED, ARRIVED, RECEIVED
    ),
    "throttled-for-good": Case(
        Fate(always=Answered.THROTTLED),
        {"16"},
        Status.FAILED,
        "The SMS provider could not send it on. The network was overloaded.",
        (*BY_CARRIER, "Temporary operator error", "not delivered"),
    ),
    "two-receipts": Case(Fate((Report(), Report(after=0.3))), {"8", "DELIVRD"}, Status.DELIVERED, ARRIVED, RECEIVED),
    "three-parts-in-ucs-2": Case(Fate(), {"8", "DELIVRD"}, Status.DELIVERED, ARRIVED, RECEIVED, LONG),
    "second-part-refused": Case(
        Fate(second_part=Answered.SUBMIT_FAILED),
        {"16", "DELIVRD"},
        Status.FAILED,
        "The SMS provider could not complete it. The carrier refused it without saying more.",
        (*BY_CARRIER, "Reception error", "not delivered"),
        "long " * 40,
    ),
}
NUMBERS = {name: f"+447700900{n:03d}" for n, name in enumerate(CASES, start=100)}


@pytest.mark.parametrize("name", CASES)
def test_a_message_ends_in_its_state_sentence_and_words(place: Place, name: str) -> None:
    case = CASES[name]
    place.peer.smsc.let(NUMBERS[name], case.fate)
    pk = place.send(NUMBERS[name], case.text)
    place.until(lambda: set(place.said(pk)) >= case.told)
    assert set(place.said(pk)) == case.told
    state = place.message(pk).state
    assert state.status is case.status
    assert str(explain(state).sentence) == case.sentence
    assert words(state) == case.words
    assert not Orphan.objects.exists()


def words(state: State) -> tuple[str, ...]:
    return tuple(VOCABULARIES[key].project(state).full for key in WORDS)


def test_a_text_in_ucs_2_arrives_in_its_parts_as_it_was_written(place: Place) -> None:
    place.peer.smsc.let("+447700900120", Fate())
    message = place.ended(place.send("+447700900120", LONG))
    parts = place.peer.smsc.submitted["+447700900120"]
    assert message.segments == len(parts) == 3
    assert b"".join(sms.data for sms in parts).decode("utf-16-be") == LONG == message.body


def test_a_late_receipt_finds_a_message_that_is_still_on_its_way(place: Place) -> None:
    place.peer.smsc.let("+447700900121", Fate((Report(after=LATE),)))
    pk = place.send("+447700900121")
    place.until(lambda: "8" in place.said(pk))
    assert place.message(pk).state.status is Status.SENDING
    assert words(place.message(pk).state) == (
        "Pending delivery",
        "Sent",
        "Wait result",
        "Sent",
        "in the process of delivery",
    )
    assert place.ended(pk).state.status is Status.DELIVERED


def test_without_a_receipt_nobody_knows_until_one_comes_after_all(place: Place) -> None:
    place.peer.smsc.let("+447700900122", Fate((Report(after=LATE),)))
    pk = place.send("+447700900122")
    place.until(lambda: "8" in place.said(pk))
    polling.poll(now=lambda: timezone.now() + timedelta(hours=80))
    given_up = place.message(pk)
    assert (given_up.state.outcome, given_up.state.reason) == (Outcome.UNKNOWN, Reason.NO_REPORT)
    assert given_up.soft
    place.until(lambda: "DELIVRD" in place.said(pk))
    assert place.message(pk).state.status is Status.DELIVERED


# ---- callbacks


def get(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_same_callbacks_again_add_nothing(place: Place) -> None:
    place.peer.smsc.let("+447700900123", Fate())
    pk = place.send("+447700900123")
    place.until(lambda: len(place.said(pk)) == 2)
    before = [event.pk for event in place.events(pk)]
    for event in place.events(pk):
        if event.raw.startswith("id="):
            assert [get(f"{hook_url(place.way)}/receipt?{event.raw}") for _ in range(2)] == [200, 200]
    place.until(lambda: not Callback.objects.exists())
    assert [event.pk for event in place.events(pk)] == before


def test_a_callback_for_another_message_is_turned_away(place: Place) -> None:
    place.peer.smsc.let("+447700900124", Fate((Report("UNDELIV", "001"),)))
    one, other = place.send("+447700900124"), place.send("+447700900125")
    place.until(lambda: "UNDELIV" in place.said(one) and "DELIVRD" in place.said(other))
    (raw,) = [event.raw for event in place.events(one) if event.raw_status == "UNDELIV"]
    assert get(f"{hook_url(place.way)}/receipt?{raw.replace(str(one), str(other))}") == 403
    assert RefusedCallback.objects.filter(account=place.account, status=403).exists()
    assert place.message(other).state.status is Status.DELIVERED


# ---- replies


def reply_of(place: Place, phone: str) -> Reply:
    found = Reply.objects.filter(account=place.account, phone=phone)
    place.until(found.exists)
    return found.get()


def test_a_stop_in_ucs_2_is_a_reply_to_the_last_message(place: Place) -> None:
    member = make_member(place.account, phone="+447700900130")
    place.peer.smsc.let("+447700900130", Fate())
    message = place.ended(place.send("+447700900130"))
    place.peer.smsc.say("+447700900130", "12345", "STOP 😀", unicode=True)
    reply = reply_of(place, "+447700900130")
    assert (reply.body, reply.recipient.removeprefix("+")) == ("STOP 😀", "12345")
    assert (reply.member_id, reply.message_id) == (member.pk, message.pk)


def test_a_reply_in_parts_is_one_reply(place: Place) -> None:
    place.peer.smsc.say("+447700900131", "12345", "one " * 30, "two " * 30)
    assert reply_of(place, "+447700900131").body == "one " * 30 + "two " * 30


def test_a_reply_whose_last_part_is_lost_is_kept_with_what_came(place: Place) -> None:
    place.peer.smsc.say("+447700900132", "12345", "STOP ", "and never write again", lost=2)
    waiting = ReplyPart.objects.filter(account=place.account, phone="+447700900132")
    place.until(waiting.exists)
    replies.join_late_parts(at=timezone.now() + timedelta(hours=2))
    assert reply_of(place, "+447700900132").body.startswith("STOP")


# ---- Kannel away


def test_a_message_waits_while_kannel_is_away(place: Place) -> None:
    place.peer.smsc.let("+447700900140", Fate())
    with place.peer.away():
        pk = place.send("+447700900140")
        place.until(lambda: len(place.events(pk)) > 1)
        assert place.message(pk).state.outcome is Outcome.PENDING
        assert "+447700900140" not in place.peer.smsc.submitted
    place.until(lambda: "DELIVRD" in place.said(pk), ahead=timedelta(minutes=1))
    assert len(place.peer.smsc.submitted["+447700900140"]) == 1
