"""Whom a run of reminders reaches, and why not the others; two runs at once; what was confirmed."""

from datetime import timedelta

import pytest

from blocklist import entries
from consent.models import Reminder, ReminderRun
from consent.vocabulary import Event, Purpose
from logs.reminding import starting
from logs.reminding.choosing import Choice, Chooser
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.reminders import allow_reminders, begin, make_pending, said
from tests.factories.sending import NOON
from tests.threads import at_once

DAY = timedelta(days=1)


@pytest.fixture
def account(db: None) -> Account:
    made = make_account("harbour")
    allow_reminders(made)
    return made


def count(account: Account, channel: str = "email") -> Choice:
    return Chooser(account, Member.objects.of(account), channel, NOON).count()


def test_only_the_pending_are_chosen(account: Account) -> None:
    make_pending(account)
    make_member(account, phone="+447700900001", email="never@asked.example")
    make_member(account, phone="", email="no@number.example")
    opted_in = make_pending(account)
    said(account, opted_in.phone, Event.OPTED_IN)
    make_pending(make_account("theirs"))
    assert count(account) == Choice(1)


def test_the_others_are_told_by_reason(account: Account) -> None:
    make_pending(account, phone="+447700900100")
    make_pending(account, email="")
    out = make_pending(account)
    said(account, out.phone, Event.OPTED_OUT, purpose=Purpose.OPERATIONAL)
    make_pending(account, number_validity=Member.NumberValidity.INVALID)
    resting = make_pending(account)
    entries.block(account=account, phone=resting.phone, scope="account", until=None, note="", by=None, at=NOON - DAY)
    make_member(account, phone="+447700900100", email="twin@post.example")
    found = count(account, "email")
    assert (found.going, found.excluded) == (3, {"opted_out": 1, "no_email": 1, "shared": 1})
    assert found.pending == 6
    found = count(account, "sms")
    assert (found.going, found.excluded) == (2, {"opted_out": 1, "invalid": 1, "blocked": 1, "shared": 1})


def test_of_a_shared_number_whoever_can_be_reached_is_chosen(account: Account) -> None:
    make_pending(account, phone="+447700900100", email="")
    reached = make_member(account, phone="+447700900100", email="twin@post.example")
    assert count(account) == Choice(1, {"no_email": 1})
    begin(account)
    assert Reminder.objects.get().member_id == reached.pk


@pytest.mark.parametrize(("days", "going"), [(29, 0), (31, 1)])
def test_nobody_is_reminded_again_within_the_interval(account: Account, days: int, going: int) -> None:
    make_pending(account)
    begin(account, at=NOON - days * DAY)
    found = count(account, "sms")
    assert (found.going, found.excluded.get("reminded", 0)) == (going, 1 - going)


def test_filters_and_words_with_odd_letters_choose(account: Account) -> None:
    make_pending(account, name="100 % {Ada}", tags=["vip%s"])
    make_pending(account, name="Grace")
    for members, n in (
        (Member.objects.of(account).filter(tags__contains=["vip%s"]), 1),
        (Member.objects.of(account).filter(name__contains="% {"), 1),
        (Member.objects.of(account).with_words("grace:*"), 1),
        (Member.objects.of(account).filter(name__in=["Ada' OR 1=1"]), 0),
    ):
        assert Chooser(account, members, "sms", NOON).count().going == n


def test_a_run_holds_exactly_those_who_were_confirmed(account: Account) -> None:
    chosen = {make_pending(account).phone for _ in range(3)}
    user = make_user("support", account)
    run = begin(account, by=user, filters={"tag": ["vip"]})
    assert set(Reminder.objects.filter(run=run).values_list("phone", flat=True)) == chosen
    assert (run.total, run.by_name, run.filters) == (3, user.email, {"tag": ["vip"]})
    line = AuditEvent.objects.get(verb="reminders.begun")
    assert (line.by_name, line.facts) == (user.email, {"channel": "email", "n": 3})


def test_where_the_number_is_another_nothing_begins(account: Account) -> None:
    make_pending(account)
    with pytest.raises(starting.OtherNumber) as error:
        begin(account, expected=2)
    assert error.value.choice == Choice(1)
    assert not ReminderRun.objects.exists()
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(
    ("channel", "fields", "sentence"),
    [
        ("sms", {"request_by_sms": False}, "does not ask for consent by SMS"),
        ("email", {"short_code": ""}, "needs the number"),
    ],
)
def test_what_the_rules_do_not_let_does_not_begin(
    account: Account, channel: str, fields: dict[str, object], sentence: str
) -> None:
    make_pending(account)
    account.consentrules.delete()
    account.refresh_from_db()
    allow_reminders(account, **fields)
    with pytest.raises(starting.NotNow, match=sentence):
        begin(account, channel)


def test_nobody_is_no_run(account: Account) -> None:
    with pytest.raises(starting.NotNow, match="Nobody"):
        begin(account)


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_reminds() -> None:
    account = make_account("busy")
    allow_reminders(account)
    for _ in range(20):
        make_pending(account)

    def try_one() -> str:
        try:
            begin(account, expected=20)
        except (starting.OtherNumber, starting.NotNow) as error:
            return type(error).__name__
        return "begun"

    assert sorted(at_once(try_one, try_one, try_one)) == ["OtherNumber", "OtherNumber", "begun"]
    phones = list(Reminder.objects.values_list("phone", flat=True))
    assert len(phones) == len(set(phones)) == 20


def test_stopping_frees_those_who_were_not_reminded(account: Account) -> None:
    make_pending(account)
    run = begin(account)
    assert starting.stop(run=run, by=None, at=NOON)
    assert count(account) == Choice(1)
    assert not starting.stop(run=run, by=None, at=NOON)
    run.refresh_from_db()
    assert (run.state, run.done_at) == (ReminderRun.State.STOPPED, NOON)
