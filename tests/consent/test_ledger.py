"""What the ledger takes, refuses and says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from consent import ledger
from consent.ledger import Event, Happening, Purpose, Source, Standing, Status
from consent.models import ConsentEvent, ConsentStatus
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.threads import at_once

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAYA, DAN = "+447700900142", "+447700900209"
HOUR = timedelta(hours=1)


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


def tell(account: Account, event: Event, at: datetime = NOON, **fields: Any) -> ConsentEvent:
    wanted = {"phone": MAYA, "purpose": Purpose.MARKETING, "source": Source.REPLY, "by": None, **fields}
    return ledger.record(account=account, event=event, at=at, **wanted)


def stands(account: Account, phone: str = MAYA, purpose: Purpose = Purpose.MARKETING) -> Status | None:
    found = ledger.standings(account=account, phones=[phone], purpose=purpose).get(phone)
    return found and found.status


def test_a_number_of_which_nothing_is_known_is_absent(account: Account) -> None:
    assert ledger.standings(account=account, phones=[MAYA], purpose=Purpose.MARKETING) == {}


def test_where_consent_stands_says_since_when_and_through_what(account: Account) -> None:
    tell(account, Event.OPTED_IN, source=Source.APP)
    tell(account, Event.OPTED_OUT, NOON + HOUR)
    tell(account, Event.OPTED_OUT, NOON + 2 * HOUR, source=Source.LINK)
    assert ledger.standings(account=account, phones=[MAYA, DAN], purpose=Purpose.MARKETING) == {
        MAYA: Standing(Status.OPTED_OUT, NOON + HOUR, Source.REPLY)
    }


def test_an_account_knows_nothing_of_another_accounts_consent(account: Account) -> None:
    tell(make_account(), Event.OPTED_IN)
    assert stands(account) is None


def test_one_purpose_says_nothing_of_the_other(account: Account) -> None:
    tell(account, Event.OPTED_OUT)
    assert stands(account, purpose=Purpose.OPERATIONAL) is None


def test_an_opt_out_for_all_purposes_touches_both(account: Account) -> None:
    tell(account, Event.OPTED_IN)
    tell(account, Event.OPTED_OUT, NOON + HOUR, purpose=None)
    assert stands(account) is stands(account, purpose=Purpose.OPERATIONAL) is Status.OPTED_OUT
    assert ConsentEvent.objects.count() == 2


def test_an_import_never_undoes_an_opt_out(account: Account) -> None:
    tell(account, Event.OPTED_OUT)
    tell(account, Event.OPTED_IN, NOON + HOUR, source=Source.IMPORT)
    assert stands(account) is Status.OPTED_OUT
    tell(account, Event.OPTED_IN, NOON + 2 * HOUR)
    assert stands(account) is Status.OPTED_IN


def test_an_older_event_that_arrives_late_changes_the_past_only(account: Account) -> None:
    tell(account, Event.OPTED_OUT)
    late = tell(account, Event.OPTED_IN, NOON - HOUR)
    assert stands(account) is Status.OPTED_OUT
    assert late.sequence == 2
    assert ledger.as_of(account=account, phone=MAYA, purpose=Purpose.MARKETING, at=NOON - HOUR) == Standing(
        Status.OPTED_IN, NOON - HOUR, Source.REPLY
    )


def test_as_of_a_moment_tells_what_stood_then_and_what_was_known_then(account: Account) -> None:
    tell(account, Event.OPTED_IN, NOON, recorded_at=NOON)
    tell(account, Event.OPTED_OUT, NOON + HOUR, recorded_at=NOON + 3 * HOUR)
    asked = {"account": account, "phone": MAYA, "purpose": Purpose.MARKETING}
    assert ledger.as_of(**asked, at=NOON - HOUR) is None
    assert ledger.as_of(**asked, at=NOON).status is Status.OPTED_IN
    assert ledger.as_of(**asked, at=NOON + HOUR).status is Status.OPTED_OUT
    assert ledger.as_of(**asked, at=NOON + HOUR, known_at=NOON + 2 * HOUR).status is Status.OPTED_IN


def test_nothing_happens_later_than_it_was_recorded(account: Account) -> None:
    row = tell(account, Event.OPTED_IN, NOON + 365 * 24 * HOUR, recorded_at=NOON)
    assert row.at == NOON


def test_text_that_no_database_holds_is_kept_as_near_as_can_be(account: Account) -> None:
    row = tell(account, Event.OPTED_OUT, text="STOP\0 \ud83d \U0001f6d1", ip="2001:DB8::0001", user_agent="x" * 5000)
    kept = ConsentEvent.objects.get(pk=row.pk)
    assert kept.text == "STOP\ufffd \ufffd \U0001f6d1"
    assert len(kept.user_agent) == ledger.LONGEST_USER_AGENT
    assert list(ledger.verify(account)) == []


@pytest.mark.parametrize("ip", ["192.0.2.7", "::1", "::ffff:192.0.2.7", "::192.0.2.7", "fe80::1%eth0", "2001:DB8:0::1"])
def test_the_proof_holds_for_every_way_to_write_an_address(account: Account, ip: str) -> None:
    tell(account, Event.OPTED_IN, ip=ip)
    assert list(ledger.verify(account)) == []


def test_what_a_person_records_by_hand_is_in_the_audit_log_without_the_number(account: Account) -> None:
    ann = make_user("support", account)
    row = tell(account, Event.OPTED_OUT, source=Source.SUPPORT, by=ann, note="Called us.")
    line = AuditEvent.objects.get()
    assert (line.verb, line.object_id, line.by_id, row.by_name) == ("consent.recorded", str(row.pk), ann.pk, ann.email)
    assert MAYA not in str(line.facts)


@pytest.mark.parametrize(
    "fields", [{"phone": "0770090014"}, {"phone": "+0123456789"}, {"event": 9}, {"source": 0}, {"purpose": 3}]
)
def test_what_the_ledger_does_not_know_is_refused_and_nothing_written(account: Account, fields: Any) -> None:
    wanted = {"phone": MAYA, "purpose": 1, "event": Event.OPTED_IN, "source": Source.APP, **fields}
    with pytest.raises((ValueError, IntegrityError)), transaction.atomic():
        ledger.record(account=account, by=None, at=NOON, **wanted)
    assert not ConsentEvent.objects.exists()
    assert not ConsentStatus.objects.exists()


@pytest.mark.parametrize(
    "statement", ["UPDATE consent_event SET note = 'x'", "DELETE FROM consent_event", "TRUNCATE consent_event"]
)
def test_the_database_refuses_to_change_or_forget(account: Account, statement: str) -> None:
    tell(account, Event.OPTED_OUT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE consent_event ENABLE TRIGGER consent_event_is_not_emptied")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert ConsentEvent.objects.count() == 1


def test_many_are_added_with_as_many_queries_as_few(account: Account, django_assert_num_queries: Any) -> None:
    for number in (3, 300):
        items = [
            Happening(f"+4477009{number}{n:03d}"[:14], Purpose.MARKETING, Event.OPTED_IN, Source.IMPORT, NOON)
            for n in range(number)
        ]
        with django_assert_num_queries(7):  # begin, lock, who came back, insert, move the ends, the status, end
            ledger.record_many(account=account, items=items, by=None)
    assert ConsentStatus.objects.count() == 303


def test_two_events_of_one_number_in_one_call_follow_each_other(account: Account) -> None:
    items = [
        Happening(MAYA, Purpose.MARKETING, event, Source.IMPORT, NOON + n * HOUR)
        for n, event in enumerate([Event.OPTED_IN, Event.OPTED_OUT])
    ]
    rows = ledger.record_many(account=account, items=items, by=None)
    assert [row.sequence for row in rows] == [1, 2]
    assert stands(account) is Status.OPTED_OUT
    assert list(ledger.verify(account)) == []


def test_writers_at_once_never_fork_a_chain(transactional_db: None) -> None:
    account = make_account("harbour")
    phones = [f"+4477009001{n:02d}" for n in range(20)]

    def write(writer: int) -> None:
        for again in range(4):
            some = phones[writer:] + phones[:writer]  # each in another order
            ledger.record_many(
                account=account,
                items=[
                    Happening(phone, None, list(Event)[(writer + again) % 7], Source.API, NOON + writer * HOUR)
                    for phone in some
                ],
                by=None,
            )

    at_once(*(lambda writer=writer: write(writer) for writer in range(8)))
    assert ConsentEvent.objects.count() == 8 * 4 * 20
    assert list(ledger.verify(account)) == []
    for status in ConsentStatus.objects.all():
        found = ledger.as_of(account=account, phone=status.phone, purpose=status.purpose, at=NOON + 99 * HOUR)
        assert (found.status, found.since, found.source) == (status.status, status.since, status.source)


def test_members_that_become_one_take_no_opt_out_away(account: Account) -> None:
    """Consent is the number's: whoever has it, had it, or is deleted."""
    tell(account, Event.OPTED_OUT)
    tell(account, Event.OPTED_IN, phone=DAN, source=Source.APP)
    kept, gone = make_member(account, phone=DAN), make_member(account, phone=MAYA)
    gone.delete()
    kept.phone = MAYA
    kept.save()
    assert stands(account) is Status.OPTED_OUT
    assert stands(account, DAN) is Status.OPTED_IN
