"""Which numbers rest: made by failures and by people, true to the second."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from blocklist import entries
from blocklist.entries import Block, Delivery, Failure
from blocklist.models import BlockEntry, FailureRule
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.threads import at_once

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAYA, DAN = "+447700900142", "+447700900209"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
MARKETING, OPERATIONAL = 1, 2
INTERCEPTED, EMPTY, BUSY = 550, 500, 530


@pytest.fixture
def other(db: None) -> Account:
    return make_account("other")


def fail(account: Account, code: int, at: datetime = NOON, phone: str = MAYA, **fields: Any) -> int:
    failure = Failure(account.pk, phone, code, fields.pop("evidence", uuid4()), at)
    return entries.record_failures([failure], at=fields.pop("now", at))


def told(account: Account, at: datetime, phone: str = MAYA, kind: int = MARKETING) -> Block | None:
    return entries.active_for(account=account, phones=[phone], kind=kind, at=at).get(phone)


def until(account: Account, at: datetime) -> datetime | None:
    found = told(account, at)
    return found and found.until


def stop(account: Account | None, **fields: Any) -> BlockEntry:
    wanted = {"phone": MAYA, "scope": "account", "until": None, "note": "asked by phone", "by": None, "at": NOON}
    return entries.block(account=account, **{**wanted, **fields})


@pytest.mark.parametrize(
    ("after", "rests"),
    [
        (-SECOND, False),  # just before the interception
        (timedelta(0), True),  # at it
        (HOUR - SECOND, True),  # just before the expiry
        (HOUR, False),  # at it
        (HOUR + SECOND, False),
    ],
)
def test_a_number_rests_from_its_interception_until_its_expiry(account: Account, after: timedelta, rests: bool) -> None:
    fail(account, INTERCEPTED)
    assert (told(account, NOON + after) is not None) is rests


def test_the_boundary_is_the_same_moment_in_every_zone(account: Account) -> None:
    fail(account, INTERCEPTED, datetime.fromisoformat("2026-11-20T13:00:00+01:00"))
    assert told(account, datetime.fromisoformat("2026-11-20T07:59:59-05:00"))
    assert not told(account, datetime.fromisoformat("2026-11-20T08:00:00-05:00"))


@pytest.mark.parametrize("began", ["2026-10-20T12:00+01:00", "2027-03-20T12:00+00:00"], ids=["autumn", "spring"])
def test_thirty_days_are_as_long_where_the_clocks_change(account: Account, began: str) -> None:
    at = datetime.fromisoformat(began)
    fail(account, EMPTY, at)
    assert until(account, at) == at + timedelta(hours=720)
    assert told(account, at + timedelta(hours=720) - SECOND)
    assert not told(account, at + timedelta(hours=720))


def test_what_only_counts_does_not_let_a_number_go_that_rests_for_another_reason(account: Account) -> None:
    fail(account, INTERCEPTED)
    fail(account, BUSY, NOON + HOUR / 2)
    entry = BlockEntry.objects.get()
    assert (entry.code, entry.expires_at, entry.times) == (INTERCEPTED, NOON + HOUR, 2)
    fail(account, BUSY, NOON + HOUR)  # at the very end: the next one, which stops nobody
    assert not told(account, NOON + HOUR)


@pytest.mark.parametrize(("after", "scope"), [(0, "global"), (3599, "global"), (3600, "account"), (7199, "account")])
def test_when_the_global_entry_is_over_the_partial_one_holds_on(account: Account, after: int, scope: str) -> None:
    fail(account, 510)
    stop(account, until=NOON + 2 * HOUR)
    assert told(account, NOON + timedelta(seconds=after)).scope == scope


def test_an_entry_says_why_and_until_when(account: Account) -> None:
    fail(account, INTERCEPTED)
    pk = BlockEntry.objects.get().pk
    assert told(account, NOON) == Block(pk, "account", 550, "Intercepted", NOON, NOON + HOUR)


def test_what_is_global_stops_every_account_and_what_is_not_only_its_own(account: Account, other: Account) -> None:
    fail(account, INTERCEPTED)
    fail(account, EMPTY, phone=DAN)
    assert told(account, NOON)
    assert not told(other, NOON)
    assert told(account, NOON, DAN) == told(other, NOON, DAN)


def test_a_global_entry_is_told_before_a_partial_one(account: Account) -> None:
    fail(account, INTERCEPTED)
    fail(account, 510)
    assert told(account, NOON).scope == "global"
    assert BlockEntry.objects.count() == 2


def test_two_accounts_whose_messages_fail_make_one_global_entry_and_the_first_is_its_source(
    account: Account, other: Account
) -> None:
    fail(account, EMPTY)
    fail(other, EMPTY, NOON + HOUR)
    entry = BlockEntry.objects.get()
    assert (entry.source_account_id, entry.times, entry.expires_at) == (account.pk, 2, NOON + HOUR + 30 * DAY)


def test_what_stops_for_0_s_is_recorded_once_and_counted(account: Account) -> None:
    for n in range(3):
        fail(account, BUSY, NOON + n * HOUR)
        assert not told(account, NOON + n * HOUR)
    entry = BlockEntry.objects.get()
    assert (entry.times, entry.code, entry.intercepted_at, entry.expires_at) == (
        3,
        BUSY,
        NOON + 2 * HOUR,
        NOON + 2 * HOUR,
    )


@pytest.mark.parametrize("code", [0, 21610, 591, -1])
def test_what_has_no_code_of_the_policy_blocks_nobody(account: Account, code: int) -> None:
    assert fail(account, code) == 0
    assert not BlockEntry.objects.exists()


def test_a_failure_of_something_that_is_no_number_is_left_aside(account: Account) -> None:
    assert fail(account, EMPTY, phone="INFO") == 0


def test_a_failure_while_it_rests_makes_the_rest_longer(account: Account) -> None:
    fail(account, INTERCEPTED)
    fail(account, INTERCEPTED, NOON + HOUR / 2)
    assert until(account, NOON) == NOON + 1.5 * HOUR
    assert BlockEntry.objects.get().times == 2


def test_a_failure_that_is_told_late_makes_no_rest_shorter(account: Account) -> None:
    fail(account, INTERCEPTED)
    fail(account, INTERCEPTED, NOON - HOUR / 2, now=NOON + HOUR / 2)
    assert until(account, NOON) == NOON + HOUR


def test_a_failure_that_claims_to_be_in_the_future_is_dated_to_now(account: Account) -> None:
    fail(account, INTERCEPTED, NOON + 365 * DAY, now=NOON)
    assert until(account, NOON) == NOON + HOUR


def test_the_same_message_told_again_counts_once(account: Account) -> None:
    message = uuid4()
    for n in range(3):
        fail(account, INTERCEPTED, NOON + n * SECOND, evidence=message)
    entry = BlockEntry.objects.get()
    assert (entry.times, entry.expires_at) == (1, NOON + HOUR)


def test_an_expired_rest_gives_way_to_the_next_and_stays_as_history(account: Account) -> None:
    fail(account, INTERCEPTED)
    fail(account, INTERCEPTED, NOON + HOUR)
    old, new = BlockEntry.objects.order_by("intercepted_at")
    assert (old.ended_at, old.expires_at, old.times) == (NOON + HOUR, NOON + HOUR, 1)
    assert (new.ended_at, new.expires_at, new.times) == (None, NOON + 2 * HOUR, 2)


def test_a_batch_of_a_whole_day_makes_the_rests_that_a_day_would_have_made(account: Account) -> None:
    hours = [0, 0.5, 3, 3, 9]
    failures = [Failure(account.pk, MAYA, INTERCEPTED, uuid4(), NOON + n * HOUR) for n in reversed(hours)]
    assert entries.record_failures(failures, at=NOON + 10 * HOUR) == 5
    rests = BlockEntry.objects.order_by("intercepted_at").values_list(
        "intercepted_at", "expires_at", "times", "ended_at"
    )
    assert [(since - NOON, end - NOON, times, ended is None) for since, end, times, ended in rests] == [
        (0 * HOUR, 1.5 * HOUR, 2, False),
        (3 * HOUR, 4 * HOUR, 4, False),
        (9 * HOUR, 10 * HOUR, 5, True),
    ]


def step_up(code: int, longest: timedelta | None = None) -> None:
    FailureRule.objects.update_or_create(
        code=code,
        defaults={
            "stop_seconds": 3600,
            "scope": "account",
            "step_up": True,
            "step_up_max_seconds": longest and int(longest.total_seconds()),
        },
    )


def test_with_step_up_each_rest_in_a_row_is_twice_as_long_up_to_the_maximum(account: Account) -> None:
    step_up(INTERCEPTED, 3 * HOUR)
    at, lengths = NOON, []
    for _ in range(4):
        fail(account, INTERCEPTED, at)
        fail(account, INTERCEPTED, at)  # one that was on its way is no repeat
        end = until(account, at)
        lengths.append((end - at) / HOUR)
        at = end
    assert lengths == [1, 2, 3, 3]


def test_a_delivery_begins_the_row_anew(account: Account) -> None:
    step_up(INTERCEPTED)
    fail(account, INTERCEPTED)
    fail(account, INTERCEPTED, NOON + HOUR)
    assert entries.record_deliveries([Delivery(account.pk, MAYA, NOON + 4 * HOUR)]) == 1
    assert entries.record_deliveries([Delivery(account.pk, MAYA, NOON + 5 * HOUR)]) == 0
    fail(account, INTERCEPTED, NOON + 6 * HOUR)
    assert until(account, NOON + 6 * HOUR) == NOON + 7 * HOUR
    assert BlockEntry.objects.get(ended_at=None).times == 1


def test_another_accounts_delivery_says_nothing_of_a_partial_entry(account: Account, other: Account) -> None:
    fail(account, INTERCEPTED)
    assert entries.record_deliveries([Delivery(other.pk, MAYA, NOON + HOUR)]) == 0


def test_a_lifted_number_may_be_texted_at_once_and_fail_again(account: Account) -> None:
    fail(account, INTERCEPTED)
    entry = BlockEntry.objects.get()
    assert entries.lift(account=account, ids=[entry.pk], reason="works", by=None, at=NOON + SECOND) == 1
    assert not told(account, NOON + SECOND)
    assert fail(account, INTERCEPTED, NOON, now=NOON + 2 * SECOND) == 0  # one from before: the person knew better
    assert not told(account, NOON + 2 * SECOND)
    assert fail(account, INTERCEPTED, NOON + 3 * SECOND) == 1
    assert told(account, NOON + 3 * SECOND)
    assert BlockEntry.objects.get(ended_at=None).times == 1


def test_lifting_leaves_one_line_in_the_audit_log(account: Account) -> None:
    ann = make_user("support", account)
    ids = [stop(account, phone=phone).pk for phone in (MAYA, DAN)]
    assert AuditEvent.objects.filter(verb="block.added").count() == 2
    assert entries.lift(account=account, ids=ids, reason="both work", by=ann, at=NOON + HOUR) == 2
    line = AuditEvent.objects.get(verb="block.lifted")
    assert (line.account_id, line.by_id, line.facts) == (account.pk, ann.pk, {"entries": ids, "reason": "both work"})
    assert entries.lift(account=account, ids=ids, reason="again", by=ann, at=NOON + HOUR) == 0


def test_an_account_lifts_only_what_it_caused_and_the_code_lets_it(account: Account, other: Account) -> None:
    fail(other, EMPTY)
    theirs = BlockEntry.objects.get().pk
    fail(account, EMPTY, phone=DAN)
    ours = BlockEntry.objects.get(phone=DAN).pk
    for ids in ([theirs], [ours, theirs], [ours, 10**9]):
        with pytest.raises(entries.MayNotLift):
            entries.lift(account=account, ids=ids, reason="", by=None, at=NOON + HOUR)
    FailureRule.objects.filter(code=EMPTY).update(user_may_delete=False)
    with pytest.raises(entries.MayNotLift):
        entries.lift(account=account, ids=[ours], reason="", by=None, at=NOON + HOUR)
    assert BlockEntry.objects.filter(ended_at=None).count() == 2
    assert entries.lift(account=None, ids=[ours, theirs], reason="", by=None, at=NOON + HOUR) == 2


def test_nothing_tells_an_account_which_other_account_caused_a_global_entry(account: Account, other: Account) -> None:
    fail(other, EMPTY)
    stop(other, phone=DAN, scope="global", note="Other Ltd. asked for it")
    for found in entries.active_for(account=account, phones=[MAYA, DAN], kind=MARKETING, at=NOON).values():
        assert "other" not in repr(found).lower()
        assert not {"account", "account_id", "source_account_id"} & set(Block.__slots__)


def test_a_person_may_stop_a_number_for_ever_and_says_why(account: Account) -> None:
    stop(account)
    assert told(account, NOON + 10_000 * DAY).reason == "asked by phone"
    line = AuditEvent.objects.get()
    assert (line.verb, line.account_id, MAYA in str(line.facts)) == ("block.added", account.pk, False)


def test_an_entry_for_marketing_lets_the_rest_go(account: Account) -> None:
    stop(account, kind=MARKETING)
    assert told(account, NOON, kind=MARKETING)
    assert not told(account, NOON, kind=OPERATIONAL)


def test_a_persons_word_takes_the_place_of_an_entry_and_is_never_shorter(account: Account) -> None:
    fail(account, INTERCEPTED)
    stop(account, until=NOON + HOUR / 2)
    entry = BlockEntry.objects.get(ended_at=None)
    assert (entry.origin, entry.expires_at, entry.times) == (BlockEntry.Origin.PERSON, NOON + HOUR, 2)
    stop(account, until=None, at=NOON + SECOND)
    fail(account, INTERCEPTED, NOON + 2 * SECOND)
    entry = BlockEntry.objects.get(ended_at=None)
    assert (entry.expires_at, entry.times, entry.note) == (None, 4, "asked by phone")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"until": NOON}, entries.AlreadyOver),
        ({"scope": "partial"}, ValueError),
        ({"phone": "0770090014"}, IntegrityError),
        ({"kind": OPERATIONAL}, IntegrityError),
    ],
)
def test_what_cannot_be_an_entry_is_refused(account: Account, fields: Any, error: type[Exception]) -> None:
    with pytest.raises(error), transaction.atomic():
        stop(account, **fields)
    assert not BlockEntry.objects.exists()


def test_many_numbers_are_asked_for_and_recorded_with_as_many_queries_as_few(
    account: Account, django_assert_num_queries: Any
) -> None:
    for number in (3, 300):
        phones = [f"+4477009{number}{n:03d}"[:14] for n in range(number)]
        with django_assert_num_queries(3):  # the rules, what was lifted, the entries
            entries.record_failures([Failure(account.pk, phone, EMPTY, uuid4(), NOON) for phone in phones], at=NOON)
        with django_assert_num_queries(1):
            assert len(entries.active_for(account=account, phones=phones, kind=MARKETING, at=NOON)) == number


def test_failures_in_eight_workers_at_once_make_one_entry_a_number(transactional_db: None) -> None:
    accounts = [make_account() for _ in range(2)]
    phones = [f"+4477009001{n:02d}" for n in range(20)]

    def work(worker: int) -> None:
        for again in range(4):
            some = phones[worker:] + phones[:worker]  # each in another order
            with transaction.atomic():
                entries.record_failures(
                    [Failure(accounts[worker % 2].pk, phone, EMPTY, uuid4(), NOON + again * SECOND) for phone in some],
                    at=NOON + HOUR,
                )

    at_once(*(lambda worker=worker: work(worker) for worker in range(8)))
    assert set(BlockEntry.objects.values_list("times", "expires_at")) == {(32, NOON + 3 * SECOND + 30 * DAY)}
    assert BlockEntry.objects.count() == 20


def test_eight_workers_that_find_a_rest_expired_make_one_next_rest(transactional_db: None) -> None:
    account = make_account()
    fail(account, INTERCEPTED)

    def work(worker: int) -> None:
        with transaction.atomic():
            fail(account, INTERCEPTED, NOON + DAY + worker * SECOND, now=NOON + 2 * DAY)

    at_once(*(lambda worker=worker: work(worker) for worker in range(8)))
    assert sorted(BlockEntry.objects.values_list("times", "ended_at")) == [(1, NOON + 2 * DAY), (9, None)]


def test_a_person_and_workers_at_once_leave_one_open_entry(transactional_db: None) -> None:
    account = make_account()
    at_once(
        *(lambda n=n: fail(account, INTERCEPTED, NOON + n * SECOND, now=NOON + HOUR) and None for n in range(4)),
        *(lambda n=n: stop(account, at=NOON + n * SECOND) and None for n in range(4)),
    )
    entry = BlockEntry.objects.get(ended_at=None)
    assert (entry.expires_at, entry.times) == (None, 8)


def test_those_of_one_batch_stand_in_the_order_in_which_they_began(account: Account) -> None:
    phones = [f"+44770090{n:04}" for n in (150, 142, 209, 117)]  # not the order in which they are written
    failures = [Failure(account.pk, phone, EMPTY, uuid4(), NOON + n * SECOND) for n, phone in enumerate(phones)]
    entries.record_failures(failures[::-1], at=NOON + HOUR)
    assert list(BlockEntry.objects.order_by("pk").values_list("phone", flat=True)) == phones
