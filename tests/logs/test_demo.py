"""The demo: a small month of it stands for the large one, since both are told by the same code."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from blocklist.models import BlockEntry, RemovalRequest
from consent import ledger
from consent.models import ConsentEvent, DeskItem, Reminder, ReminderRun
from consent.vocabulary import Event, Purpose, Status
from consent.vocabulary import Source as ConsentSource
from logs.demo import dialects, harbour, loading, numbers, stories
from logs.demo.catalogue import BUSINESSES, PEOPLE
from logs.demo.file_loading import FROM_THE_TILL
from logs.demo.month import Told, tell
from logs.demo.people import Person
from logs.models import EventSource, Message, ProviderAccount, Reply, ReplyEffect, Source, StatusEvent
from logs.providers import codes
from logs.recording import folded_of
from logs.reminding.choosing import Chooser
from logs.statuses import Outcome, Reason, Stage, fold
from logs.statuses import Status as MessageStatus
from smsadmin import phones
from smsadmin.accounts.models import Account, Membership, User
from smsadmin.imports.models import ImportJob
from smsadmin.members.models import Member
from tests.logs.looking import counted, rolled_up

END = datetime(2026, 3, 11, 15, tzinfo=UTC)
SMALL = 1_500

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Account]:
    """The demo, loaded once for all tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.DEBUG", True)
            loading.load(at=END, messages=SMALL)
        yield Account.objects.get(slug="demo")
        transaction.set_rollback(True)


@cache
def month(messages: int = SMALL) -> list[Told]:
    return list(tell(harbour.plan(END, messages / harbour.MESSAGES)))


# ---- what is told


def test_the_same_end_tells_the_same_month() -> None:
    first, second = month(), month.__wrapped__()

    assert [told.pen.id for told in first] == [told.pen.id for told in second]
    assert [told.said for told in first] == [told.said for told in second]
    assert [told.body for told in first] == [told.body for told in second]


def test_another_end_tells_the_same_story_later() -> None:
    later = list(tell(harbour.plan(END + timedelta(days=7), SMALL / harbour.MESSAGES)))

    assert {told.ask.person.name for told in later if told.ask.person} == {
        told.ask.person.name for told in month() if told.ask.person
    }


@pytest.mark.parametrize("hour", [4, 13, 23])
def test_at_any_hour_some_messages_wait_and_some_are_on_their_way(hour: int) -> None:
    told = tell(harbour.plan(END.replace(hour=hour), SMALL / harbour.MESSAGES))
    states = Counter(fold(said.event for said in message.said).state.status for message in told)

    assert states[MessageStatus.QUEUED] >= 10
    assert states[MessageStatus.SENDING] >= 1


def test_nothing_is_said_after_the_end_and_every_message_has_a_first_word() -> None:
    for told in month():
        assert told.said
        assert all(said.received_at <= END for said in told.said)
        assert told.ask.at <= min(said.received_at for said in told.said)


def test_every_variable_is_filled_in_but_where_that_is_the_story() -> None:
    unfilled = [told for told in month() if "{" in told.body]

    assert unfilled
    assert {fold(s.event for s in told.said).state.reason for told in unfilled} <= {
        Reason.VARIABLE_ERROR,
        Reason.NO_NUMBER,
    }


def test_what_a_provider_said_is_in_its_table_of_codes() -> None:
    told_codes = {
        (said.provider, kind, raw)
        for told in month()
        for said in told.said
        for kind, raw in (("status", said.raw_status), ("error", said.raw_error))
        if said.provider and raw
    }

    assert len(told_codes) > 20
    assert [code for code in told_codes if codes.lookup(*code) is None] == []


def test_every_fault_of_a_dialect_is_in_its_table_of_codes() -> None:
    for dialect in dialects.DIALECTS.values():
        for status, error in dialect.faults.values():
            assert codes.lookup(dialect.receipts, "status", status), (dialect.receipts, status)
            assert not error or codes.lookup(dialect.receipts, "error", error), (dialect.receipts, error)
            assert codes.resolve(dialect.receipts, status, error).outcome.is_negative, (dialect.receipts, status, error)
        for error in dialect.refusals.values():
            kind: codes.Kind = "status" if dialect.submits == "infobip" else "error"
            assert codes.lookup(dialect.submits, kind, error), (dialect.submits, error)


def test_an_answer_means_what_its_code_means() -> None:
    """But for a receipt of one part among several, which speaks for the part."""
    for told in month():
        for said in told.said:
            if said.provider and said.parts == 1:
                assert said.state == codes.resolve(said.provider, said.raw_status, said.raw_error)


def test_all_numbers_are_numbers_and_each_country_is_known() -> None:
    pool = numbers.Numbers(harbour.Random(1), set())
    for country in numbers.COUNTRIES:
        for _ in range(20):
            phone = pool.take(country)
            assert phones.parse(phone) == phone
            assert numbers.country_of(phone)


def test_each_story_has_a_moral_and_people_of_its_own() -> None:
    people = stories.told(harbour.Calendar(END, harbour.ZoneInfo("Europe/London")), harbour.Random(1)).people

    assert all(story.__doc__ for story in stories.STORIES)
    assert len({person.external_id for person in people}) == len(people) >= 12


# ---- the way out


def test_both_accounts_send_through_the_simulator_and_through_nothing_else(demo: Account) -> None:
    enabled = ProviderAccount.objects.filter(enabled=True)
    assert Counter(enabled.values_list("account__slug", "provider")) == {
        ("demo", "simulator"): 1,
        ("northwind", "simulator"): 1,
    }
    assert all(row.sender and not row.secrets and not row.options for row in enabled)


def test_a_demo_that_is_there_gets_its_way_out_once(demo: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.DEBUG", True)
    ProviderAccount.objects.filter(account=demo, provider="simulator").delete()
    ProviderAccount.objects.filter(account__slug="northwind", provider="simulator").update(enabled=False)
    for _ in range(2):
        assert loading.load(at=END).already_there
    found = ProviderAccount.objects.filter(provider="simulator").values_list("account__slug", "enabled")
    assert dict(found) == {"demo": True, "northwind": False}
    assert len(found) == 2


# ---- consent and replies


def test_the_ledger_of_the_demo_is_whole_and_says_what_the_members_said(demo: Account) -> None:
    assert list(ledger.verify(account=demo)) == []
    owners: dict[str, list[Person]] = {}
    for person in harbour.plan(END, SMALL / harbour.MESSAGES).people:
        if person.phone and person.created_at < END:
            owners.setdefault(person.phone, []).append(person)
    stands = ledger.standings(account=demo, phones=list(owners), purpose=Purpose.MARKETING)
    words = {"in": Status.OPTED_IN, "out": Status.OPTED_OUT, "pending": Status.PENDING, "denied": Status.DENIED}
    assert {phone: stands[phone].status if phone in stands else None for phone in owners} == {
        phone: words.get(persons[-1].consent if persons[-1].told else persons[0].consent)
        for phone, persons in owners.items()
    }


def test_all_events_sources_and_effects_are_there(demo: Account) -> None:
    events = ConsentEvent.objects.filter(account=demo)

    assert set(events.values_list("event", flat=True)) == set(Event.values)
    assert set(events.values_list("source", flat=True)) == set(ConsentSource.values)
    effects = set(Reply.objects.filter(account=demo).values_list("effect", flat=True))
    assert effects == set(ReplyEffect.values) - {ReplyEffect.WAITING, ReplyEffect.FAILED}
    assert Reply.objects.filter(account=demo, parts__gt=1).exists()


def test_what_was_written_did_what_the_rules_say(demo: Account) -> None:
    """A STOP is in the ledger with its words; what was answered has its answer in the log."""
    said = Reply.objects.filter(account=demo, effect__in=[ReplyEffect.UNSUBSCRIBED, ReplyEffect.RESUBSCRIBED])
    for reply in said:
        event = ConsentEvent.objects.get(account=demo, evidence=reply.pk)
        assert (event.phone, event.text, event.source) == (reply.phone, reply.body, ConsentSource.REPLY)
    for reply in Reply.objects.filter(account=demo, answer_id__isnull=False):
        answer = Message.objects.of(demo).get(pk=reply.answer_id)
        assert (answer.source, answer.phone, answer.reference) == (
            Source.KEYWORD_ANSWER,
            reply.phone,
            f"reply {reply.pk}",
        )
    members = Reply.objects.filter(account=demo, member_id=None)
    assert set(members.values_list("effect", flat=True)) <= {ReplyEffect.NO_NUMBER, ReplyEffect.NOTHING}


def test_the_desk_has_work_of_all_ages_and_decisions_of_both_kinds(demo: Account) -> None:
    items = DeskItem.objects.filter(account=demo)

    assert items.filter(decided_at=None, due_at__lt=END).exists()
    assert items.filter(decided_at=None, received_at__gt=END - timedelta(days=1)).exists()
    assert set(items.exclude(decided_at=None).values_list("decision", flat=True)) == set(DeskItem.Decision.values)


def test_those_who_were_reminded_long_ago_can_be_reminded_again(demo: Account) -> None:
    run = ReminderRun.objects.get(account=demo)

    assert run.state == ReminderRun.State.DONE
    assert run.sent == run.total == Reminder.objects.filter(run=run).exclude(sent_at=None).count() > 0
    assert Chooser(demo, Member.objects.of(demo), ReminderRun.Channel.EMAIL, END).count().going > 0


# ---- what is loaded


def test_all_sources_and_all_statuses_are_there(demo: Account) -> None:
    rows = Message.objects.of(demo)

    assert set(rows.values_list("source", flat=True)) == {source.value for source in Source}
    assert set(rows.values_list("status", flat=True)) == {status.value for status in MessageStatus}


def test_many_reasons_are_there(demo: Account) -> None:
    reasons = set(Message.objects.of(demo).values_list("reason", flat=True))

    assert len(reasons) >= 25


def test_most_of_what_was_sent_arrived(demo: Account) -> None:
    rows = Message.objects.of(demo).filter(requested_at__lt=END - timedelta(hours=4))
    sent = rows.exclude(status__in=[MessageStatus.BLOCKED, MessageStatus.CANCELED, MessageStatus.QUEUED])

    assert 0.85 < sent.filter(status=MessageStatus.DELIVERED).count() / sent.count() < 0.97


def test_the_stored_state_is_the_fold_of_the_stored_events(demo: Account) -> None:
    events: dict[Any, list[StatusEvent]] = {}
    for event in StatusEvent.objects.filter(account=demo):
        events.setdefault(event.message_id, []).append(event)

    for message in Message.objects.of(demo):
        assert folded_of(message) == fold(event.event for event in events[message.pk])


def test_the_roll_ups_say_what_a_count_would_say(demo: Account) -> None:
    assert rolled_up(demo) == counted(demo)


def test_what_no_provider_took_costs_nothing(demo: Account) -> None:
    rows = Message.objects.of(demo)

    assert not rows.filter(status=MessageStatus.BLOCKED, stage=Stage.QUEUED, price__isnull=False).exists()
    assert not rows.filter(status=MessageStatus.DELIVERED, price__isnull=True).exists()


def test_an_attempt_that_was_followed_by_another_makes_no_conflict(demo: Account) -> None:
    again = set(StatusEvent.objects.filter(account=demo, attempt=2).values_list("message_id", flat=True))
    rows = Message.objects.of(demo).filter(pk__in=again)

    assert rows.filter(status=MessageStatus.DELIVERED, conflict=False).exists()
    assert not rows.filter(conflict=True).exists()
    assert Message.objects.of(demo).filter(conflict=True).exists()


def test_a_phone_in_two_accounts_has_two_histories(demo: Account) -> None:
    northwind = Account.objects.get(slug="northwind")
    phone = "+447700900209"

    assert Member.objects.of(demo).filter(phone=phone).count() == 1
    assert Member.objects.of(northwind).filter(phone=phone).count() == 1
    assert Message.objects.of(northwind).count() > 100
    named = Message.objects.of(northwind).values_list("member_id", flat=True).distinct()
    assert not Member.objects.of(demo).filter(pk__in=list(named)).exists()


def test_daniel_gets_codes_and_statements_but_no_offers_since_he_opted_out(demo: Account) -> None:
    daniel = Member.objects.of(demo).get(external_id="H-20418")
    rows = Message.objects.of(demo).filter(member=daniel).order_by("-pk")

    assert rows[0].state.reason is Reason.OPTED_OUT
    assert rows[1].state.outcome is Outcome.DELIVERED
    event = StatusEvent.objects.of(rows[0]).get(source=EventSource.PLATFORM, outcome=Outcome.BLOCKED)
    assert event.raw_text.startswith("Opted out on")


def test_people_can_sign_in_to_their_own_account_only(demo: Account) -> None:
    roles = {(m.user.email, m.account.slug, m.role) for m in Membership.objects.select_related("user", "account")}

    assert roles == {(p.email, p.account, p.role) for p in PEOPLE if p.role}
    assert User.objects.get(email="operator@demo.example").is_superuser
    assert all(user.check_password("demo") for user in User.objects.filter(email__endswith="@demo.example")[:1])


def test_a_second_load_does_nothing(demo: Account, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEBUG = True
    before = Message.objects.count(), Member.objects.count(), User.objects.count()

    call_command("load_demo", messages=SMALL)

    assert "already there" in capsys.readouterr().out
    assert (Message.objects.count(), Member.objects.count(), User.objects.count()) == before


def test_a_reset_takes_the_demo_and_leaves_the_others(demo: Account, settings: Any) -> None:
    settings.DEBUG = True
    other = Account.objects.create(slug="other", name="Other")
    Member.objects.create(account=other, name="Somebody")

    loading.reset()

    assert not Message.objects.filter(account__slug__in=[business.slug for business in BUSINESSES]).exists()
    assert list(Member.objects.values_list("name", flat=True)) == ["Somebody"]
    assert User.objects.filter(email="marketer@demo.example").exists()


def test_with_debug_off_the_command_refuses(settings: Any) -> None:
    settings.DEBUG = False
    User.objects.all().delete()

    with pytest.raises(CommandError, match="DEBUG off"):
        call_command("load_demo")

    assert not User.objects.exists()


def test_batches_come_in_order_while_the_next_is_told() -> None:
    batches = ([n] for n in range(5))

    assert list(loading.ahead(islice(batches, 4))) == [[0], [1], [2], [3]]


# ---- the block list


def test_the_block_list_holds_what_the_month_stopped(demo: Account) -> None:
    seen = BlockEntry.objects.visible_to(demo).stopping()
    states = Counter(entry.state(END) for entry in seen)
    assert states["active"] >= 10
    assert states["expired"] > states["lifted"] == 1
    assert set(seen.values_list("origin", "scope")) >= {(1, "global"), (1, "account"), (2, "account")}
    assert not BlockEntry.objects.filter(intercepted_at__gt=END).exists()
    for entry in seen.exclude(evidence=None).filter(source_account_id=demo.pk)[:20]:
        assert Message.objects.of(demo).get(pk=entry.evidence).phone == entry.phone


def test_support_waits_for_an_answer_about_a_number_that_another_account_stopped(demo: Account) -> None:
    asked = RemovalRequest.objects.get()
    assert (asked.account_id, asked.by_name, asked.is_open) == (demo.pk, "support@demo.example", True)
    assert asked.entry.source_account_id not in (None, demo.pk)
    assert asked.entry.state(END) == "active"


def test_one_import_is_in_with_bad_rows_and_one_waits_to_be_run(demo: Account) -> None:
    done, waiting = ImportJob.objects.filter(account=demo).order_by("pk")

    assert (done.state, waiting.state) == (ImportJob.State.DONE, ImportJob.State.CHECKED)
    assert (done.new, done.changed, done.bad, waiting.checked["bad"]) == (0, 0, len(FROM_THE_TILL), 1)
    assert done.same == done.read - done.bad > 0
    assert done.path.exists()
    assert waiting.checked["new"] > 0
    assert not Member.objects.filter(account=demo, external_id__startswith="F-").exists()
