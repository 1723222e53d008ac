"""Who may ask for a removal, who decides, and what each may know."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from blocklist import entries, requests
from blocklist.models import BlockEntry, RemovalRequest
from smsadmin.accounts.models import Account, AuditEvent, User
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.removal import PHONE, make_failure, make_request
from tests.threads import at_once

NOW = datetime.now(UTC)
State = RemovalRequest.State


@pytest.fixture
def operator(db: None) -> User:
    return make_user("operator")


def is_stopped(account: Account) -> bool:
    return PHONE in entries.active_for(account=account, phones=[PHONE], kind=1, at=datetime.now(UTC))


def test_accepting_lifts_the_entry_for_everybody(account: Account, operator: User) -> None:
    asked = make_request(account)
    assert is_stopped(account)
    decided = requests.decide(pk=asked.pk, accept=True, note="It works.", by=operator, at=datetime.now(UTC))
    assert (decided.state, decided.note, decided.decided_by_name) == ("accepted", "It works.", operator.email)
    assert not is_stopped(account)
    verbs = list(AuditEvent.objects.filter(account_id=account.pk).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["removal_request.filed", "removal_request.accepted"]
    assert AuditEvent.objects.filter(verb="block.lifted", by_id=operator.pk).count() == 1


def test_refusing_changes_nothing_but_the_request(account: Account, operator: User) -> None:
    asked = make_request(account)
    requests.decide(pk=asked.pk, accept=False, note="It does not.", by=operator, at=datetime.now(UTC))
    asked.refresh_from_db()
    assert asked.state == State.REFUSED
    assert is_stopped(account)


def test_the_owner_of_an_entry_does_not_learn_who_asked(account: Account, operator: User) -> None:
    asked = make_request(account)
    requests.decide(pk=asked.pk, accept=True, note="For Harbour.", by=operator, at=datetime.now(UTC))
    entry = BlockEntry.objects.get(pk=asked.entry_id)
    assert entry.lift_reason == "A removal request was accepted."
    assert not AuditEvent.objects.filter(account_id=entry.source_account_id).exists()


def test_only_operators_decide_and_test(account: Account) -> None:
    asked, admin = make_request(account), make_user("admin", account)
    with pytest.raises(requests.NotOperator):
        requests.decide(pk=asked.pk, accept=True, note="", by=admin, at=NOW)
    with pytest.raises(requests.NotOperator):
        requests.tried(pk=asked.pk, message_id=uuid4(), by=admin, at=NOW)
    asked.refresh_from_db()
    assert asked.is_open
    assert asked.test_message is None


def test_what_the_account_may_lift_itself_is_not_asked_for(account: Account) -> None:
    entry = make_failure(account)
    with pytest.raises(requests.CannotRequest, match="itself"):
        requests.file(account=account, entry=entry, statement="works", by=make_user("support", account), at=NOW)


def test_an_entry_that_the_account_cannot_see_is_as_good_as_none(account: Account) -> None:
    entry = make_failure(make_account())
    with pytest.raises(requests.CannotRequest, match="no such entry"):
        requests.file(account=account, entry=entry, statement="works", by=make_user("support", account), at=NOW)


def test_an_entry_that_is_over_is_not_asked_for(account: Account) -> None:
    make_member(account, phone=PHONE)
    entry = make_failure(make_account(), at=NOW - timedelta(days=30))
    with pytest.raises(requests.CannotRequest, match="over"):
        requests.file(account=account, entry=entry, statement="works", by=make_user("support", account), at=NOW)


def test_one_open_request_an_entry_and_account(account: Account, operator: User) -> None:
    asked = make_request(account)
    again = {"account": account, "entry": asked.entry, "statement": "again", "by": operator}
    with pytest.raises(requests.CannotRequest, match="already"):
        requests.file(**again, at=datetime.now(UTC))
    requests.decide(pk=asked.pk, accept=False, note="no", by=operator, at=datetime.now(UTC))
    assert requests.file(**again, at=datetime.now(UTC)).is_open


def test_two_accounts_ask_about_one_entry_apart(account: Account, operator: User) -> None:
    first, other = make_request(account), make_account("other")
    make_member(other, phone=PHONE)
    second = requests.file(
        account=other, entry=first.entry, statement="ours too", by=make_user("support", other), at=datetime.now(UTC)
    )
    requests.decide(pk=first.pk, accept=False, note="no", by=operator, at=datetime.now(UTC))
    second.refresh_from_db()
    assert second.is_open


def test_what_is_decided_or_withdrawn_stays_so(account: Account, operator: User) -> None:
    asked = make_request(account)
    requests.withdraw(account=account, pk=asked.pk, by=operator, at=NOW)
    with pytest.raises(requests.NotOpen):
        requests.decide(pk=asked.pk, accept=True, note="", by=operator, at=NOW)
    with pytest.raises(RemovalRequest.DoesNotExist):
        requests.withdraw(account=make_account("other"), pk=asked.pk, by=operator, at=NOW)


def test_answers_are_unread_until_the_one_who_asked_has_seen_them(account: Account, operator: User) -> None:
    by = make_user("support", account)
    asked = make_request(account, by=by)
    unread = RemovalRequest.objects.of(account)
    assert not unread.unread_by(by.pk).exists()
    requests.decide(pk=asked.pk, accept=False, note="no", by=operator, at=datetime.now(UTC))
    assert unread.unread_by(by.pk).count() == 1
    assert requests.read(account=account, by=operator, at=NOW) == 0
    assert requests.read(account=account, by=by, at=NOW) == 1
    assert not unread.unread_by(by.pk).exists()


def test_two_operators_at_once_decide_once(transactional_db: None) -> None:
    asked = make_request(make_account("harbour"))
    people = [make_user("operator"), make_user("operator")]

    def decide(operator: User) -> str:
        try:
            return requests.decide(pk=asked.pk, accept=True, note="", by=operator, at=datetime.now(UTC)).state
        except requests.NotOpen:
            return "late"

    assert sorted(at_once(lambda: decide(people[0]), lambda: decide(people[1]))) == ["accepted", "late"]
