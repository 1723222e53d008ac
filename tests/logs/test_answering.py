"""What replies do: opted out within a transaction, once, answered once, to the desk, whatever is in the way."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from consent import ledger
from consent.models import ConsentEvent, ConsentRules, ConsentText, DeskItem, KeywordSet
from consent.vocabulary import Event, Purpose, Source, Status
from logs.accepting import accept
from logs.answering import answer_all, working
from logs.answering.working import Answered
from logs.dispatching.round import dispatch
from logs.models import Kind, Message, QueuedMessage, Reply, ReplyEffect
from logs.models import Source as Asker
from logs.statuses import Outcome, Reason
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from tests.factories.accounts import make_account
from tests.factories.members import make_member
from tests.factories.peer import Peer
from tests.factories.queue import Clock, make_way
from tests.factories.sending import NOON, make_ask
from tests.threads import at_once

pytestmark = pytest.mark.django_db

MAYA, NOOR = "+447700900142", "+447700900143"


@pytest.fixture
def account() -> Account:
    return make_account(name="Harbour")


def wrote(account: Account, text: str = "STOP", *, minutes: float = 0, phone: str = MAYA, **fields: Any) -> Reply:
    at = NOON + timedelta(minutes=minutes)
    values = {"id": uuid4(), "account": account, "phone": phone, "body": text, "received_at": at, **fields}
    return Reply.objects.create(**values)


def answered(minutes: float = 0) -> Answered:
    return answer_all(now=lambda: NOON + timedelta(minutes=minutes, seconds=1))


def effect(reply: Reply) -> ReplyEffect:
    return ReplyEffect(Reply.objects.get(pk=reply.pk).effect)


def status(account: Account, purpose: Purpose = Purpose.MARKETING, phone: str = MAYA) -> Status | None:
    found = ledger.standings(account=account, phones=[phone], purpose=purpose).get(phone)
    return found.status if found else None


def opted_in(account: Account, purpose: Purpose | None = None, **fields: Any) -> None:
    at = NOON - timedelta(days=9)
    values = {"phone": MAYA, "event": Event.OPTED_IN, "source": Source.APP, "by": None, "at": at, **fields}
    ledger.record(account=account, purpose=purpose, **values)


def sent() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("body", flat=True))


def marketing(account: Account, minutes: float) -> Any:
    ask = make_ask(kind=Kind.MARKETING, to=MAYA)
    return accept(account=account, asks=[ask], sms_user=None, by=None, at=NOON + timedelta(minutes=minutes))[0]


# ---- STOP


def test_stop_opts_out_of_everything_with_its_text_as_evidence(account: Account) -> None:
    opted_in(account)
    reply = wrote(account, "Stop. Thank you 🙏")
    assert answered() == Answered(1, 0)
    event = ConsentEvent.objects.get(account=account, event=Event.OPTED_OUT)
    assert (event.purpose, event.source, event.text, event.evidence) == (None, Source.REPLY, reply.body, reply.pk)
    assert (event.at, event.by_id) == (NOON, None)
    assert (status(account), status(account, Purpose.OPERATIONAL)) == (Status.OPTED_OUT, Status.OPTED_OUT)
    assert effect(reply) is ReplyEffect.UNSUBSCRIBED


def test_where_the_account_says_so_stop_stops_marketing_only(account: Account) -> None:
    ConsentRules.objects.create(account=account, stop_is_for_all=False)
    opted_in(account)
    wrote(account)
    answered()
    assert (status(account), status(account, Purpose.OPERATIONAL)) == (Status.OPTED_OUT, Status.OPTED_IN)


def test_stop_is_confirmed_once_though_the_number_has_just_opted_out(account: Account) -> None:
    reply = wrote(account)
    answered()
    message = Message.objects.get()
    assert message.body == "Harbour: you are unsubscribed and will get no more messages. Reply START to resubscribe."
    assert (message.source, message.kind, message.phone) == (Asker.KEYWORD_ANSWER, Kind.OPERATIONAL, MAYA)
    assert Reply.objects.get(pk=reply.pk).answer_id == message.pk
    assert QueuedMessage.objects.filter(message_id=message.pk).exists()


@pytest.mark.parametrize(("minutes", "answers"), [(0, 1), (10, 1), (60 * 23, 1), (60 * 25, 2)])
def test_a_second_stop_is_not_confirmed_within_a_day(account: Account, minutes: float, answers: int) -> None:
    wrote(account)
    answered()
    again = wrote(account, "stop!!", minutes=minutes)
    answered(minutes)
    assert len(sent()) == answers
    assert effect(again) is ReplyEffect.UNSUBSCRIBED
    assert ConsentEvent.objects.filter(account=account).count() == 2


def test_two_stops_in_one_batch_are_confirmed_once(account: Account) -> None:
    wrote(account)
    wrote(account, "STOPALL")
    assert answered() == Answered(2, 0)
    assert len(sent()) == 1


def test_nothing_is_confirmed_where_the_provider_has_answered(account: Account) -> None:
    known = wrote(account, opt_out=True)
    unknown = wrote(account, "HALT", phone=NOOR, opt_out=True)
    answered()
    assert sent() == []
    assert {effect(known), effect(unknown)} == {ReplyEffect.UNSUBSCRIBED}
    assert status(account, phone=NOOR) is Status.OPTED_OUT


def test_nothing_is_confirmed_where_the_account_does_not_want_it(account: Account) -> None:
    ConsentRules.objects.create(account=account, confirm_stop=False)
    wrote(account)
    answered()
    assert sent() == []


@pytest.mark.parametrize("phone", ["60006", "HARBOUR", "", "07700900142"])
def test_what_is_no_number_is_neither_opted_out_nor_answered(account: Account, phone: str) -> None:
    keyword, other = wrote(account, phone=phone), wrote(account, "hello", phone=phone)
    answered()
    assert (effect(keyword), effect(other)) == (ReplyEffect.NO_NUMBER, ReplyEffect.NOTHING)
    assert sent() == []
    assert not ConsentEvent.objects.exists()


def test_stop_holds_from_when_it_came_whatever_the_phones_clock_says(account: Account) -> None:
    opted_in(account, at=NOON - timedelta(minutes=10))
    wrote(account, occurred_at=NOON - timedelta(hours=1))
    answered()
    assert status(account) is Status.OPTED_OUT


def test_marketing_is_refused_after_stop_and_goes_after_start(account: Account) -> None:
    opted_in(account)
    wrote(account)
    answered()
    refused = marketing(account, 1)
    assert refused.state.reason is Reason.OPTED_OUT
    assert refused.sentence == "Opted out of all messages on 20 November 2026."
    wrote(account, "START", minutes=2)
    answered(2)
    assert marketing(account, 3).state.outcome.slug == "pending"


# ---- START


def test_start_opts_in_to_marketing_and_lifts_the_rest(account: Account) -> None:
    wrote(account)
    answered()
    reply = wrote(account, "unstop", minutes=5)
    answered(5)
    assert (status(account), status(account, Purpose.OPERATIONAL)) == (Status.OPTED_IN, Status.OPTED_IN)
    assert effect(reply) is ReplyEffect.RESUBSCRIBED
    assert sent()[1] == "Harbour: you are subscribed. Reply HELP for help, STOP to unsubscribe."


def test_a_start_that_was_overtaken_by_stop_changes_nothing(account: Account) -> None:
    wrote(account, occurred_at=NOON)
    answered()
    wrote(account, "START", minutes=5, occurred_at=NOON - timedelta(minutes=1))
    answered(5)
    assert status(account) is Status.OPTED_OUT


@pytest.mark.parametrize(
    ("event", "after", "did"),
    [
        (None, None, ReplyEffect.NOTHING),
        (Event.OPTED_IN, Status.OPTED_IN, ReplyEffect.NOTHING),
        (Event.REQUESTED, Status.OPTED_IN, ReplyEffect.RESUBSCRIBED),
        (Event.OPTED_OUT, Status.OPTED_IN, ReplyEffect.RESUBSCRIBED),
        (Event.DENIED, Status.OPTED_IN, ReplyEffect.RESUBSCRIBED),
    ],
)
def test_a_bare_yes_counts_for_whom_was_asked(
    account: Account, event: Event | None, after: Status | None, did: ReplyEffect
) -> None:
    if event:
        opted_in(account, event=event)
    reply = wrote(account, "Yes!")
    answered()
    assert (status(account), effect(reply)) == (after, did)


# ---- HELP, the desk, nothing


def test_help_is_always_answered_but_not_for_ever(account: Account) -> None:
    wrote(account)
    replies = [wrote(account, "HELP", minutes=n) for n in range(1, 6)]
    answered(6)
    assert [effect(reply) for reply in replies] == [ReplyEffect.HELPED] * 3 + [ReplyEffect.HELP_ASKED] * 2
    assert sent().count("Harbour: reply STOP to get no more messages, START to get them again.") == 3
    later = wrote(account, "info?", minutes=60 * 25)
    answered(60 * 25)
    assert effect(later) is ReplyEffect.HELPED


def test_what_smells_goes_to_the_desk_with_a_clock(account: Account) -> None:
    reply = wrote(account, "pls stop texting me")
    answered()
    item = DeskItem.objects.get()
    assert (item.phone, item.reply_id, item.text, item.received_at) == (MAYA, reply.pk, reply.body, NOON)
    assert item.due_at > NOON + timedelta(days=13)
    assert (effect(reply), status(account), sent()) == (ReplyEffect.DESK, None, [])


def test_who_is_out_already_is_not_put_on_the_desk(account: Account) -> None:
    wrote(account)
    reply = wrote(account, "leave me alone!!", minutes=1)
    answered(2)
    assert effect(reply) is ReplyEffect.NOTHING
    assert not DeskItem.objects.exists()


def test_other_words_do_nothing(account: Account) -> None:
    reply = wrote(account, "See you at five")
    answered()
    assert effect(reply) is ReplyEffect.NOTHING
    assert not ConsentEvent.objects.exists()


# ---- words and texts


def test_the_answer_is_in_the_members_language_or_the_keywords_or_the_accounts(account: Account) -> None:
    ConsentRules.objects.create(account=account, language="nl", sender_name="Haven")
    ConsentText.objects.create(account=account, language="fr", kind="stopped", text="{name} : c'est fini.")
    member = make_member(account, phone=MAYA, language="fr-CA")
    wrote(account, member_id=member.pk)
    wrote(account, "ABMELDEN", phone=NOOR, minutes=1)
    wrote(account, phone="+447700900144", minutes=2)
    answered(3)
    assert sent() == [
        "Haven : c'est fini.",
        "Haven: Sie sind abgemeldet und erhalten keine Nachrichten mehr. Mit START wieder anmelden.",
        "Haven: u bent afgemeld en ontvangt geen berichten meer. Antwoord START om ze weer te ontvangen.",
    ]


def test_an_accounts_own_words_count_for_it_alone(account: Account) -> None:
    other = make_account()
    KeywordSet.objects.create(account=account, language="en", family="stop", words=["HALT"])
    mine, theirs = wrote(account, "halt"), wrote(other, "halt")
    assert answered() == Answered(2, 0)
    assert (effect(mine), effect(theirs)) == (ReplyEffect.UNSUBSCRIBED, ReplyEffect.NOTHING)


# ---- once, whatever happens


def test_a_reply_is_acted_on_once(account: Account) -> None:
    wrote(account)
    assert (answered(), answered()) == (Answered(1, 0), Answered(0, 0))
    assert (ConsentEvent.objects.count(), len(sent())) == (1, 1)


def test_what_fails_leaves_nothing_behind_and_a_person_reads_it(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, broken = wrote(account), wrote(account, "Stop me", phone=NOOR, minutes=1)
    whole = working.classify

    def failing(text: str, words: Any) -> Any:
        if text == "Stop me":
            raise RuntimeError("a fault of ours")
        return whole(text, words)

    monkeypatch.setattr(working, "classify", failing)
    assert answered(2) == Answered(2, 1)
    assert (effect(sound), effect(broken)) == (ReplyEffect.UNSUBSCRIBED, ReplyEffect.FAILED)
    assert DeskItem.objects.get().reply_id == broken.pk
    assert len(sent()) == 1


def test_a_stop_holds_though_its_answer_cannot_be_written(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(**_asked: Any) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(working.accepting, "accept", failing)
    reply = wrote(account)
    assert answered() == Answered(1, 0)
    assert (effect(reply), status(account)) == (ReplyEffect.UNSUBSCRIBED, Status.OPTED_OUT)


@pytest.mark.django_db(transaction=True)
def test_many_workers_act_once_on_each() -> None:
    accounts = [make_account(), make_account()]
    for n in range(20):
        wrote(accounts[n % 2], phone=f"+4477009001{n:02d}")

    def worker() -> None:
        answer_all(now=lambda: NOON + timedelta(seconds=1), limit=3)
        connection.close()

    at_once(*[worker] * 4)
    assert (ConsentEvent.objects.count(), len(sent())) == (20, 20)
    assert not Reply.objects.filter(effect=ReplyEffect.WAITING).exists()


def test_so_many_replies_cost_so_many_queries(account: Account, django_assert_max_num_queries: Any) -> None:
    for n in range(60):
        wrote(account, ["STOP", "HELP", "leave me alone", "hi"][n % 4], phone=f"+4477009001{n:02d}")
    with django_assert_max_num_queries(50):
        working.answer_some(at=NOON + timedelta(minutes=1))


# ---- whom the answer goes to


@pytest.mark.parametrize("word", ["STOP", "START"])
def test_the_confirmation_goes_to_the_number_that_wrote(account: Account, word: str) -> None:
    """The member has another number by now, and the last message to the old one was theirs."""
    member = make_member(account, phone=NOOR)
    wrote(account, word, member_id=member.pk)
    answered()
    answer = Message.objects.get()
    assert answer.phone == MAYA
    assert [row.message_id for row in QueuedMessage.objects.all()] == [answer.pk]


def test_it_still_does_when_the_member_changes_the_number_before_it_leaves(
    account: Account, peer: Peer, clock: Clock
) -> None:
    make_way(account, peer.url)
    member = make_member(account, phone=MAYA)
    wrote(account, member_id=member.pk)
    answered()
    assert Message.objects.get().member_id == member.pk
    Member.objects.filter(pk=member.pk).update(phone=NOOR, number_validity=Member.NumberValidity.INVALID)
    clock.at = NOON + timedelta(minutes=1)
    dispatch(now=clock)
    assert [document["to"] for document in peer.got] == [MAYA]


def test_who_writes_has_the_number_whatever_it_is_marked_as(account: Account) -> None:
    make_member(account, phone=MAYA, number_validity=Member.NumberValidity.INVALID)
    wrote(account)
    answered()
    assert Message.objects.get().state.outcome is Outcome.PENDING
