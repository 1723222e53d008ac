"""Which numbers are proposed as wrong, and what people make of them."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.urls import reverse

from logs import wrong_numbers
from logs.models import Kind
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, make_user, signed_in
from tests.factories.exports import make_file_of, table
from tests.factories.members import make_member
from tests.factories.messages import ACCEPTED, DELIVERED, QUEUED, make_message

NOW = datetime.now(UTC)
PHONE = "+447700900142"
DAY = timedelta(days=1)
SINCE = NOW - 90 * DAY
Invalid = Member.NumberValidity.INVALID


def ended(reason: Reason, outcome: Outcome = Outcome.UNDELIVERED, stage: Stage = Stage.CARRIER_ACCEPTED) -> State:
    return State.of(stage, outcome, reason)


UNKNOWN_SUBSCRIBER, SUSPENDED = ended(Reason.UNKNOWN_SUBSCRIBER), ended(Reason.SUBSCRIBER_SUSPENDED)


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour", time_zone="UTC")


def say(account: Account, state: State, days_ago: float, phone: str = PHONE) -> None:
    at = NOW - days_ago * DAY
    make_message(account, QUEUED, ACCEPTED, state, requested_at=at, at=at, phone=phone, kind=Kind.OPERATIONAL)


def proposed(account: Account) -> list[str]:
    return [one.phone for one in wrong_numbers.find(account=account, since=SINCE, limit=100)[0]]


@pytest.mark.parametrize(
    ("said", "is_proposed"),
    [
        ([(UNKNOWN_SUBSCRIBER, 5)], True),
        ([(ended(Reason.INVALID_NUMBER, Outcome.FAILED, Stage.SUBMITTING), 5)], True),  # the provider knows already
        ([(UNKNOWN_SUBSCRIBER, 5), (DELIVERED, 3)], False),
        ([(DELIVERED, 5), (UNKNOWN_SUBSCRIBER, 3)], True),
        ([(SUSPENDED, 5), (SUSPENDED, 4)], False),
        ([(SUSPENDED, 5), (SUSPENDED, 4), (SUSPENDED, 3)], True),
        ([(SUSPENDED, 5), (SUSPENDED, 5.001), (SUSPENDED, 5.002)], False),  # one day
        ([(SUSPENDED, 5), (SUSPENDED, 4), (DELIVERED, 3.5), (SUSPENDED, 3)], False),
        ([(ended(Reason.ABSENT), n) for n in (5, 4, 3)], False),
        ([(ended(Reason.MEMORY_FULL), n) for n in (5, 4, 3)], False),
        ([(ended(Reason.BUSY), n) for n in (5, 4, 3)], False),
        ([(ended(Reason.EXPIRED, Outcome.EXPIRED), n) for n in (5, 4, 3)], False),
        ([(ended(Reason.CARRIER_ERROR), n) for n in (5, 4, 3)], False),
        ([(ended(Reason.NO_NUMBER, Outcome.BLOCKED, Stage.QUEUED), 5)], False),  # our own rule
        ([(UNKNOWN_SUBSCRIBER, 100)], False),  # before the period
    ],
)
def test_a_number_is_proposed_on_proof_alone(
    account: Account, said: list[tuple[State, float]], is_proposed: bool
) -> None:
    for state, days_ago in said:
        say(account, state, days_ago)
    assert (proposed(account) == [PHONE]) is is_proposed


def test_the_query_does_what_the_rule_says(account: Account) -> None:
    """By a naive walk over each number's story."""
    chance = Random(5)
    states = [UNKNOWN_SUBSCRIBER, SUSPENDED, SUSPENDED, SUSPENDED, DELIVERED, ended(Reason.ABSENT)]
    stories: defaultdict[str, list[tuple[float, State]]] = defaultdict(list)
    for n in range(30):
        phone = f"+4477009{n:05d}"
        for _turn in range(chance.randint(1, 6)):
            stories[phone].append((round(chance.uniform(1, 8), 3), chance.choice(states)))
    for phone, story in stories.items():
        for days_ago, state in story:
            say(account, state, days_ago, phone)
    expected = set()
    for phone, story in stories.items():
        refused, days = False, set()
        for days_ago, state in sorted(story, key=lambda one: -one[0]):
            if state is DELIVERED:
                refused, days = False, set()
            elif state is UNKNOWN_SUBSCRIBER:
                refused = True
            elif state is SUSPENDED:
                days.add((NOW - days_ago * DAY).date())
        if refused or len(days) >= 3:
            expected.add(phone)
    assert set(proposed(account)) == expected
    assert expected


def test_evidence_is_of_the_account_alone(account: Account) -> None:
    other = make_account("other")
    say(other, UNKNOWN_SUBSCRIBER, 3)
    assert proposed(account) == []
    say(account, UNKNOWN_SUBSCRIBER, 4)
    say(other, DELIVERED, 2)
    assert proposed(account) == [PHONE]


def test_what_was_kept_comes_back_with_newer_evidence(account: Account) -> None:
    say(account, UNKNOWN_SUBSCRIBER, 5)
    wrong_numbers.dismiss(account=account, phones=[PHONE], by=make_user("admin", account), at=NOW - 4 * DAY)
    assert proposed(account) == []
    wrong_numbers.dismiss(account=account, phones=[PHONE], by=make_user("admin", account), at=NOW - 3 * DAY)
    assert proposed(account) == []
    say(account, SUSPENDED, 2)
    assert proposed(account) == [PHONE]


# ---- the page


def test_exactly_the_confirmed_numbers_are_marked(account: Account) -> None:
    other_phone = "+447700900209"
    members = [make_member(account, phone=PHONE), make_member(account, phone=other_phone)]
    elsewhere = make_member(make_account("other"), phone=PHONE)
    for phone in (PHONE, other_phone):
        say(account, UNKNOWN_SUBSCRIBER, 5, phone)
    client, url = signed_in("support", account), reverse("wrong_numbers", args=[account.slug])
    page = client.get(url).content.decode()
    assert "+44 7700 900142" in page
    assert "Refused for good" in page
    asked = client.post(url, {"act": "mark", "phone": [PHONE, "+447700900999"]}).content.decode()
    assert "Mark 1 number as invalid?" in asked
    assert not Member.objects.filter(number_validity=Invalid).exists()
    client.post(url, {"act": "mark", "phone": [PHONE], "confirmed": "1"})
    for member in (*members, elsewhere):
        member.refresh_from_db()
    assert [m.number_validity == Invalid for m in (*members, elsewhere)] == [True, False, False]
    assert proposed(account) == [other_phone]
    assert AuditEvent.objects.get(verb="numbers.marked_invalid").facts == {"n": 1, "members": [members[0].pk]}


def test_a_number_of_nobody_is_done_with_too(account: Account) -> None:
    say(account, UNKNOWN_SUBSCRIBER, 5)
    url = reverse("wrong_numbers", args=[account.slug])
    signed_in("admin", account).post(url, {"act": "mark", "phone": [PHONE], "confirmed": "1"})
    assert proposed(account) == []


def test_a_marketer_reads_and_changes_nothing(account: Account) -> None:
    say(account, UNKNOWN_SUBSCRIBER, 5)
    client, url = signed_in("marketer", account), reverse("wrong_numbers", args=[account.slug])
    assert "Mark invalid" not in client.get(url).content.decode()
    assert client.post(url, {"act": "keep", "phone": [PHONE], "confirmed": "1"}).status_code == 403
    assert proposed(account) == [PHONE]


def test_they_are_downloaded_with_their_evidence(account: Account) -> None:
    make_member(account, phone=PHONE, name="Maya Okafor")
    say(account, UNKNOWN_SUBSCRIBER, 5)
    (row,) = table(make_file_of(account, "wrong_numbers", params={"days": ["30"]}, at=NOW))
    assert row["name"] == "Maya Okafor"
    assert row["last_reason"] == "unknown_subscriber"
    assert row["refusals"] == "1"
