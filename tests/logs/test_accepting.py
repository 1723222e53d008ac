"""Accepting: a batch of asks becomes messages that are queued, held or refused; what is no message is named."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from consent import ledger
from consent.vocabulary import Event
from consent.vocabulary import Source as Through
from logs import credit, segments
from logs.accepting import Accepted, Ask, Rejected, accept
from logs.accepting.resolving import segments_of
from logs.eligibility import pipeline
from logs.models import (
    BlockedWord,
    Campaign,
    Credit,
    EventSource,
    IdempotencyKey,
    Kind,
    Label,
    Message,
    QueuedMessage,
    Source,
    StatusEvent,
)
from logs.statuses import Outcome, Reason, Status
from smsadmin.accounts.models import Account, AuditEvent, SmsUser
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.sending import NOON, PHONE, make_ask, make_rules, make_sms_user, make_template, night
from tests.threads import at_once

OTHER = "+447700900209"


@pytest.fixture
def account(db: None) -> Account:
    return make_account(time_zone="UTC")


def ask_for(
    account: Account, *asks: Ask, at: datetime = NOON, sms_user: SmsUser | None = None
) -> list[Accepted | Rejected]:
    return accept(account=account, asks=asks, sms_user=sms_user, by=None, at=at)


def one(account: Account, at: datetime = NOON, sms_user: SmsUser | None = None, **fields: Any) -> Accepted:
    (answer,) = ask_for(account, make_ask(**fields), at=at, sms_user=sms_user)
    assert isinstance(answer, Accepted), answer
    return answer


def problem(account: Account, **fields: Any) -> tuple[str, str]:
    (answer,) = ask_for(account, make_ask(**fields))
    assert isinstance(answer, Rejected), answer
    assert not Message.objects.of(account).exists()
    assert not QueuedMessage.objects.filter(account=account).exists()
    return answer.field, answer.reason


def message_of(account: Account, answer: Accepted | Rejected) -> Message:
    assert isinstance(answer, Accepted), answer
    return Message.objects.of(account).get(pk=answer.id)


def event_of(account: Account, answer: Accepted) -> StatusEvent:
    return StatusEvent.objects.get(account=account, message_id=answer.id)


def opt_in(account: Account, phone: str = PHONE, event: int = Event.OPTED_IN, purpose: int | None = 1) -> None:
    ledger.record(
        account=account,
        phone=phone,
        purpose=purpose,
        event=event,
        source=Through.API,
        by=None,
        at=NOON - timedelta(days=30),
    )


# ---- what goes


def test_a_message_is_queued_with_what_it_was_decided_on(account: Account) -> None:
    user, member = make_sms_user(account), make_member(account, phone=PHONE)
    answer = one(
        account, sms_user=user, sender="Harbour", reference="crm-7", labels=("vip", "Till 2"), campaign="Spring beans"
    )
    message, event = message_of(account, answer), event_of(account, answer)
    assert (message.status_word, message.requested_at, message.phone) == (Status.QUEUED, NOON, PHONE)
    assert (message.member, message.sms_user, message.sender, message.reference) == (member, user, "Harbour", "crm-7")
    assert (message.kind, message.source, message.segments) == (Kind.OPERATIONAL, Source.AUTOMATION, 1)
    assert message.campaign == Campaign.objects.get(account=account, name="Spring beans")
    assert set(Label.objects.filter(pk__in=message.labels).values_list("name", flat=True)) == {"vip", "Till 2"}
    assert (event.source, event.raw_text) == (EventSource.PLATFORM, "")
    assert pipeline.replay(json.loads(event.raw)).rule == "allowed"
    row = QueuedMessage.objects.get(pk=answer.id)
    assert (row.account_id, row.step, row.due_at, row.held_credit) == (account.pk, row.Step.WAITING, NOON, 0)
    assert row.expires_at == NOON + timedelta(hours=24)


@pytest.mark.parametrize(
    ("source", "kind", "priority"),
    [
        (Source.APP_LOGIN, Kind.OPERATIONAL, 1),
        (Source.POS_PAYMENT, Kind.OPERATIONAL, 1),
        (Source.CONSENT_POS, Kind.OPERATIONAL, 5),
        (Source.AUTOMATION, Kind.OPERATIONAL, 5),
        (Source.FILTER_MEMBERS, Kind.MARKETING, 9),
    ],
)
def test_codes_go_before_the_rest_and_marketing_goes_last(
    account: Account, source: Source, kind: Kind, priority: int
) -> None:
    opt_in(account)
    answer = one(account, source=source, kind=kind)
    assert QueuedMessage.objects.get(pk=answer.id).priority == priority


@pytest.mark.parametrize(
    ("source", "template_type", "kind"),
    [
        (Source.FILTER_MEMBERS, None, Kind.MARKETING),
        (Source.AUTOMATION, None, Kind.MARKETING),
        (Source.AUTOMATION, "marketing", Kind.MARKETING),
        (Source.AUTOMATION, "notification", Kind.OPERATIONAL),
        (Source.APP_LOGIN, None, Kind.OPERATIONAL),
        (Source.CONSENT_REGISTRATION, None, Kind.OPERATIONAL),
    ],
)
def test_what_a_message_is_follows_from_template_and_source(
    account: Account, source: Source, template_type: str | None, kind: Kind
) -> None:
    content = {}
    if template_type:
        content = {"template": make_template(account, body="Hello", type=template_type).name}
    assert message_of(account, one(account, source=source, kind=None, **content)).kind == kind


@pytest.mark.parametrize(
    ("source", "kind", "field"),
    [
        (Source.AUTOMATION, Kind.OPERATIONAL, "kind"),
        (Source.JOINING_CODE, Kind.OPERATIONAL, "kind"),
        (Source.JOINING_CODE, None, "source"),
        (Source.CONSENT_POS, None, "source"),
    ],
)
def test_a_marketing_template_makes_nothing_operational(
    account: Account, source: Source, kind: Kind | None, field: str
) -> None:
    template = make_template(account, body="Sale!", type="marketing")
    for content in ({"template": template.name}, {"template_id": template.pk}):
        named, why = problem(account, source=source, kind=kind, **content)
        assert (named, "for marketing" in why) == (field, True)


def test_a_template_is_filled_in(account: Account) -> None:
    template = make_template(account, "Points", "Hi {name}, {points} points.")
    answers = ask_for(
        account,
        make_ask(template="POINTS", variables={"name": "Maya", "points": "70"}),
        make_ask(template_id=template.pk, variables={"name": "Ann", "points": "7"}, to=OTHER),
    )
    texts = [(m.body, m.template_id) for m in (message_of(account, a) for a in answers)]
    assert texts == [("Hi Maya, 70 points.", template.pk), ("Hi Ann, 7 points.", template.pk)]


def test_a_number_that_two_members_share_is_neithers(account: Account) -> None:
    make_member(account, phone=PHONE), make_member(account, phone=PHONE)
    assert message_of(account, one(account)).member_id is None


def test_a_member_is_found_by_key_and_by_external_id(account: Account) -> None:
    member = make_member(account, phone=PHONE, external_id="H-1")
    answers = ask_for(account, make_ask(member=member.pk), make_ask(external_id="H-1"))
    assert [(m.member_id, m.phone) for m in (message_of(account, a) for a in answers)] == [(member.pk, PHONE)] * 2


def test_numbers_are_read_as_people_write_them(account: Account) -> None:
    assert message_of(account, one(account, to="07700 900142")).phone == PHONE


def test_a_batch_keeps_its_order_in_the_log(account: Account) -> None:
    answers = ask_for(account, *[make_ask(reference=str(n)) for n in range(40)])
    logged = Message.objects.of(account).order_by("pk").values_list("reference", flat=True)
    assert list(logged) == [str(n) for n in range(40)]
    assert [answer.index for answer in answers] == list(range(40))


# ---- what waits


def test_quiet_hours_hold_in_the_members_zone(account: Account) -> None:
    night(account)
    make_member(account, phone=PHONE, time_zone="Asia/Tokyo")
    held, here = ask_for(account, make_ask(), make_ask(to=OTHER))
    assert isinstance(held, Accepted)
    assert held.held_until == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert held.sentence == "Held until 08:00: quiet hours from 21:00 to 08:00 in Asia/Tokyo."
    assert message_of(account, held).state.reason is Reason.SCHEDULED
    row = QueuedMessage.objects.get(pk=held.id)
    assert (row.due_at, row.expires_at) == (held.held_until, held.held_until + timedelta(hours=24))
    assert isinstance(here, Accepted)
    assert here.held_until is None


def test_codes_and_consent_requests_go_at_any_hour(account: Account) -> None:
    night(account)
    midnight = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    assert one(account, source=Source.APP_LOGIN, at=midnight).held_until is None
    assert one(account, source=Source.CONSENT_POS, at=midnight).held_until is None
    assert one(account, at=midnight).held_until == midnight.replace(hour=8, minute=0)


def test_not_before_plans_it(account: Account) -> None:
    later = NOON + timedelta(days=2)
    answer = one(account, not_before=later, validity=timedelta(hours=1))
    row = QueuedMessage.objects.get(pk=answer.id)
    assert (answer.held_until, row.due_at, row.expires_at) == (later, later, later + timedelta(hours=1))
    assert answer.sentence == "Planned for 22 November 2026 12:00."


# ---- what is refused: in the log like any other message, with its sentence, and not in the queue


def refusal(account: Account, reason: Reason, **fields: Any) -> str:
    answer = one(account, **fields)
    message, event = message_of(account, answer), event_of(account, answer)
    assert (message.state.reason, message.state, event.raw_text) == (reason, answer.state, answer.sentence)
    assert message.status_word in (Status.BLOCKED, Status.FAILED)
    assert not QueuedMessage.objects.filter(pk=answer.id).exists()
    assert pipeline.replay(json.loads(event.raw)).state == answer.state
    return answer.sentence


def test_a_member_without_a_number_is_refused(account: Account) -> None:
    member = make_member(account, phone="")
    assert refusal(account, Reason.NO_NUMBER, member=member.pk) == "There was no phone number."


def test_a_number_marked_invalid_is_refused(account: Account) -> None:
    member = make_member(account, number_validity=3)
    refusal(account, Reason.NO_NUMBER, member=member.pk)
    assert one(account, member=member.pk, source=Source.PHONE_VALIDATION).state.outcome is Outcome.PENDING


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event.OPTED_OUT, Reason.OPTED_OUT),
        (Event.DENIED, Reason.CONSENT_DENIED),
        (Event.REQUESTED, Reason.CONSENT_PENDING),
    ],
)
def test_marketing_without_consent_is_refused(account: Account, event: int, reason: Reason) -> None:
    opt_in(account, event=event)
    assert "21 October 2026" in refusal(account, reason, kind=Kind.MARKETING)


def test_marketing_to_who_never_opted_in_is_refused(account: Account) -> None:
    assert refusal(account, Reason.NOT_OPTED_IN, kind=Kind.MARKETING) == "Never opted in."


def test_an_opt_out_of_everything_stops_all_but_codes(account: Account) -> None:
    opt_in(account, event=Event.OPTED_OUT, purpose=None)
    refusal(account, Reason.OPTED_OUT)
    refusal(account, Reason.OPTED_OUT, kind=Kind.MARKETING)
    assert one(account, source=Source.APP_LOGIN).state.outcome is Outcome.PENDING


def test_an_account_can_ask_for_an_opt_in_to_operational_messages_too(account: Account) -> None:
    make_rules(account, without_opt_in=[3])
    refusal(account, Reason.NOT_OPTED_IN)
    opt_in(account, purpose=2)
    assert one(account).state.outcome is Outcome.PENDING


def test_another_accounts_consent_does_not_count(account: Account) -> None:
    opt_in(make_account())
    refusal(account, Reason.NOT_OPTED_IN, kind=Kind.MARKETING)


def test_a_number_gets_a_campaign_once(account: Account) -> None:
    fields = {"campaign": "Spring"}
    first, second, other = ask_for(account, make_ask(**fields), make_ask(**fields), make_ask(**fields, to=OTHER))
    reasons = [message_of(account, a).state.reason for a in (first, second, other)]
    assert reasons == [Reason.NONE, Reason.DUPLICATE_NUMBER, Reason.NONE]
    refusal(account, Reason.DUPLICATE_NUMBER, campaign="spring", at=NOON + timedelta(hours=3))
    assert one(account, campaign="Autumn").state.outcome is Outcome.PENDING


def test_what_was_refused_does_not_stand_in_the_way(account: Account) -> None:
    refusal(account, Reason.NOT_OPTED_IN, kind=Kind.MARKETING, campaign="Spring")
    opt_in(account)
    assert one(account, kind=Kind.MARKETING, campaign="Spring").state.outcome is Outcome.PENDING


def test_blocked_words_of_account_and_installation(account: Account) -> None:
    BlockedWord.objects.create(account=account, word="Casino")
    BlockedWord.objects.create(account=None, word="crédit")
    BlockedWord.objects.create(account=make_account(), word="table")
    sentence = refusal(account, Reason.CONTENT_FILTERED, text="CASINO: credit for your table")
    assert sentence == "The text holds “Casino”, “crédit”, which is not allowed."


def test_a_missing_variable_is_a_refusal(account: Account) -> None:
    make_template(account, "Points", "Hi {name}, {points} points.")
    sentence = refusal(account, Reason.VARIABLE_ERROR, template="Points", variables={"name": "Maya"})
    assert sentence == "No value for {points}."


def test_a_text_too_long_is_a_refusal(account: Account) -> None:
    make_rules(account, max_segments=2)
    refusal(account, Reason.MESSAGE_TOO_LONG, text="a" * 400)


def test_the_cap_counts_earlier_ones_also_of_the_batch(account: Account) -> None:
    make_rules(account, cap_messages=2, cap_hours=24)
    opt_in(account)
    one(account, kind=Kind.MARKETING, at=NOON - timedelta(hours=25))
    one(account, kind=Kind.MARKETING, at=NOON - timedelta(hours=1))
    answers = ask_for(account, make_ask(kind=Kind.MARKETING), make_ask(kind=Kind.MARKETING), make_ask())
    reasons = [message_of(account, answer).state.reason for answer in answers]
    assert reasons == [Reason.NONE, Reason.FREQUENCY_CAP, Reason.NONE]


def test_credit_pays_in_order_and_what_it_does_not_reach_is_refused(account: Account) -> None:
    credit.top_up(account=account, segments=3, by=None, at=NOON)
    long = "a" * 161
    answers = ask_for(account, make_ask(text=long), make_ask(text=long), make_ask(text="short"), make_ask(text="x"))
    reasons = [message_of(account, answer).state.reason for answer in answers]
    assert reasons == [Reason.NONE, Reason.INSUFFICIENT_CREDIT, Reason.NONE, Reason.INSUFFICIENT_CREDIT]
    assert Credit.objects.get(account=account).balance == 0
    assert sorted(QueuedMessage.objects.filter(account=account).values_list("held_credit", flat=True)) == [1, 2]


# ---- what is no message: the field and the reason, and the others go on


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"to": ""}, "to", "Say who gets it"),
        ({"to": "12"}, "to", "Not a phone number"),
        ({"to": PHONE, "external_id": "H-1"}, "external_id", "Give one of"),
        ({"member": 987654}, "member", "There is no such member."),
        ({"external_id": "nobody"}, "external_id", "There is no such member."),
        ({"text": ""}, "text", "Write a text"),
        ({"text": " \n"}, "text", "Write a text"),
        ({"text": "a" * 10_001}, "text", "Longer than"),
        ({"text": "a", "template": "b"}, "text", "either"),
        ({"text": "a", "variables": {"a": "b"}}, "variables", "need a template"),
        ({"template": "nowhere"}, "template", "no such template"),
        ({"template_id": 987654}, "template", "no such template"),
        ({"sender": "x" * 33}, "sender", "Longer than 32"),
        ({"reference": "x" * 101}, "reference", "Longer than 100"),
        ({"idempotency_key": "x" * 101}, "idempotency_key", "Longer than 100"),
        ({"campaign": "x" * 101}, "campaign", "Longer than 100"),
        ({"labels": ("x" * 101,)}, "labels", "1 to 100"),
        ({"labels": ("",)}, "labels", "1 to 100"),
        ({"labels": tuple(map(str, range(21)))}, "labels", "More than 20"),
        ({"not_before": NOON + timedelta(days=181)}, "not_before", "At most 180 days"),
        ({"validity": timedelta(seconds=59)}, "validity", "Between"),
        ({"validity": timedelta(hours=73)}, "validity", "Between"),
        ({"source": Source.APP_LOGIN, "kind": Kind.MARKETING}, "kind", "operational"),
    ],
)
def test_what_is_wrong_with_an_ask_is_named(account: Account, fields: dict[str, Any], field: str, reason: str) -> None:
    named, why = problem(account, **fields)
    assert (named, reason in why) == (field, True), why


def test_a_template_of_which_only_the_name_is_known_is_no_text(account: Account) -> None:
    make_template(account, "Imported", "")
    assert problem(account, template="Imported") == ("template", "This template has no text yet.")


def test_another_accounts_member_and_template_are_not_found(account: Account) -> None:
    theirs = make_account()
    member, template = make_member(theirs, external_id="H-9"), make_template(theirs, "Theirs", "Hello")
    answers = ask_for(
        account,
        make_ask(member=member.pk),
        make_ask(external_id="H-9"),
        make_ask(template="Theirs"),
        make_ask(template_id=template.pk),
    )
    assert [a.field for a in answers if isinstance(a, Rejected)] == ["member", "external_id", "template", "template"]


def test_a_wrong_ask_does_not_stop_the_others_and_makes_no_labels(account: Account) -> None:
    answers = ask_for(
        account, make_ask(), make_ask(to="bad", labels=("never",)), make_ask(template="none", campaign="no"), make_ask()
    )
    assert [type(answer) for answer in answers] == [Accepted, Rejected, Rejected, Accepted]
    assert [answer.index for answer in answers] == [0, 1, 2, 3]
    assert (Label.objects.count(), Campaign.objects.count()) == (0, 0)


# ---- once


def test_the_same_key_gives_the_first_answer_again(account: Account) -> None:
    user = make_sms_user(account)
    first = one(account, sms_user=user, idempotency_key="k-1")
    again = one(account, sms_user=user, idempotency_key="k-1", at=NOON + timedelta(minutes=5))
    assert again == replace(first, repeated=True, sentence=again.sentence)
    assert Message.objects.of(account).count() == 1


def test_a_repeat_is_answered_also_where_what_it_names_is_gone(account: Account) -> None:
    member, template = make_member(account, phone=PHONE, external_id="H-1"), make_template(account, body="Hello")
    fields = {"external_id": "H-1", "template": template.name, "labels": ("vip",), "idempotency_key": "k-1"}
    first = one(account, **fields)
    template.delete()
    member.delete()
    Label.objects.all().delete()
    assert one(account, **fields) == replace(first, repeated=True)
    assert (Message.objects.of(account).count(), Label.objects.count()) == (1, 0)
    (other,) = ask_for(account, make_ask(**{**fields, "template": "Another"}))
    assert isinstance(other, Rejected)
    assert other.field == "idempotency_key"


def test_a_repeat_of_what_is_held_says_until_when(account: Account) -> None:
    later = NOON + timedelta(hours=3)
    first = one(account, idempotency_key="k-1", not_before=later)
    again = one(account, idempotency_key="k-1", not_before=later, at=NOON + timedelta(minutes=5))
    assert again == replace(first, repeated=True)
    assert again.held_until == later


def test_a_refusal_is_repeated_with_its_sentence(account: Account) -> None:
    first = one(account, idempotency_key="k-1", kind=Kind.MARKETING)
    assert one(account, idempotency_key="k-1", kind=Kind.MARKETING) == replace(first, repeated=True)


def test_the_same_key_for_something_else_is_wrong(account: Account) -> None:
    one(account, idempotency_key="k-1")
    (answer,) = ask_for(account, make_ask(idempotency_key="k-1", text="Another text"))
    assert isinstance(answer, Rejected)
    assert (answer.field, "used for another message" in answer.reason) == ("idempotency_key", True)


def test_a_key_twice_in_a_batch_is_one_message(account: Account) -> None:
    first, again, clash = ask_for(
        account,
        make_ask(idempotency_key="k"),
        make_ask(idempotency_key="k"),
        make_ask(idempotency_key="k", text="Other"),
    )
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (again.id, again.repeated, type(clash)) == (first.id, True, Rejected)


def test_keys_belong_to_the_sms_user(account: Account) -> None:
    one(account, sms_user=make_sms_user(account, "a"), idempotency_key="k")
    one(account, sms_user=make_sms_user(account, "b"), idempotency_key="k")
    one(account, idempotency_key="k")
    assert (Message.objects.of(account).count(), IdempotencyKey.objects.count()) == (3, 3)


def test_a_rejected_ask_leaves_its_key_free(account: Account) -> None:
    ask_for(account, make_ask(idempotency_key="k", template="none"))
    assert not one(account, idempotency_key="k").repeated


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_makes_one_message() -> None:
    account = make_account()

    def ask() -> list[Accepted | Rejected]:
        return ask_for(account, *[make_ask(idempotency_key=f"k-{n}") for n in range(20)])

    answers = at_once(*[ask] * 4)
    assert Message.objects.of(account).count() == 20
    assert {tuple(a.id for a in batch if isinstance(a, Accepted)) for batch in answers} == {
        tuple(a.id for a in answers[0] if isinstance(a, Accepted))
    }
    assert sum(isinstance(a, Accepted) and not a.repeated for batch in answers for a in batch) == 20


@pytest.mark.django_db(transaction=True)
def test_batches_at_once_pass_neither_cap_nor_credit() -> None:
    account = make_account()
    make_rules(account, cap_messages=3)
    opt_in(account)
    credit.top_up(account=account, segments=5, by=None, at=NOON)

    def ask() -> list[Accepted | Rejected]:
        return ask_for(account, make_ask(kind=Kind.MARKETING), make_ask(kind=Kind.MARKETING), make_ask(to=OTHER))

    at_once(*[ask] * 4)
    going = Message.objects.of(account).filter(outcome=Outcome.PENDING)
    assert going.filter(kind=Kind.MARKETING).count() <= 3
    assert going.count() == 5
    assert Credit.objects.get(account=account).balance == 0


# ---- at scale


def test_a_thousand_take_as_many_queries_as_two(account: Account) -> None:
    make_rules(account, cap_messages=5)
    make_template(account, "Points", "Hi {name}")
    credit.top_up(account=account, segments=10_000, by=None, at=NOON)

    def batch(n: int, start: int) -> list[Ask]:
        return [
            make_ask(
                to=f"+4477009{start + i:05d}",
                kind=Kind.MARKETING if i % 2 else Kind.OPERATIONAL,
                template="Points",
                variables={"name": "x"},
                labels=(f"l{start + i % 7}",),
                campaign=f"c{start + i % 3}",
                idempotency_key=f"k{start + i}",
            )
            for i in range(n)
        ]

    ask_for(account, *batch(2, 0))

    def queries(n: int, start: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answers = ask_for(account, *batch(n, start))
        assert all(isinstance(answer, Accepted) for answer in answers)
        return len(captured)

    assert queries(1000, 100) == queries(2, 50_000)


def test_nothing_asked_is_nothing_done(account: Account) -> None:
    assert ask_for(account) == []


def test_a_person_who_asks_by_a_page_leaves_a_line_in_the_audit_log(account: Account) -> None:
    ann = make_user("support", account)
    accept(account=account, asks=[make_ask(), make_ask(to=OTHER)], sms_user=None, by=ann, at=NOON)
    line = AuditEvent.objects.get(verb="messages.asked")
    assert (line.by_id, line.account_id, line.facts) == (ann.pk, account.pk, {"n": 2})


@given(st.text(st.sampled_from("aé€ \n{😀"), max_size=700))
def test_counting_segments_fast_is_counting_them_right(text: str) -> None:
    assert segments_of(text) == (segments.measure(text).segments if text.strip() else 0)
