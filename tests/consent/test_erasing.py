"""Forgetting a number: what goes, what stays, and that the proof and the refusal outlive it."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from consent import erasing, ledger, totals
from consent.ledger import Event, Happening, Purpose, Source, Status
from consent.models import ConsentChain, ConsentEvent, ConsentStatus, Erasure, KeptRefusal
from consent.replay import status_after
from smsadmin.accounts.models import Account, AuditEvent
from tests.consent.test_ledger import DAN, HOUR, MAYA, NOON, stands, tell
from tests.consent.test_proof import past_the_triggers
from tests.factories.accounts import make_account, make_user


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


def forget(account: Account, phone: str = MAYA, at: datetime = NOON + 10 * HOUR) -> erasing.Forgotten:
    return erasing.erase(account=account, phone=phone, by=make_user("admin", account), at=at)


def everything() -> str:
    """All that the tables of consent hold, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'consent%'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_everything_personal_goes_and_the_proof_stays(account: Account) -> None:
    tell(
        account, Event.OPTED_IN, text="I am Maya Okafor", ip="192.0.2.7", user_agent="Phone of Maya", note="Maya called"
    )
    tell(account, Event.OPTED_OUT, NOON + HOUR, text="STOP Maya")
    tell(account, Event.OPTED_IN, phone=DAN)
    forget(account)
    kept = everything()
    assert "Maya" not in kept
    assert "447700900142" not in kept
    assert "192.0.2.7" not in kept
    assert list(ledger.verify(account)) == []
    assert ConsentEvent.objects.filter(phone__startswith="#").count() == 2
    assert stands(account, DAN) is Status.OPTED_IN


def test_a_forgotten_number_still_stands_refused(account: Account) -> None:
    tell(account, Event.OPTED_OUT, purpose=None)
    assert forget(account).refused == (Purpose.MARKETING, Purpose.OPERATIONAL)
    assert stands(account) is stands(account, purpose=Purpose.OPERATIONAL) is Status.OPTED_OUT
    assert stands(make_account()) is None


def test_who_had_opted_in_does_not_any_more(account: Account) -> None:
    tell(account, Event.OPTED_IN)
    tell(account, Event.OPTED_IN, purpose=Purpose.OPERATIONAL)
    assert forget(account).refused == (Purpose.MARKETING,)
    assert stands(account) is Status.OPTED_OUT
    assert stands(account, purpose=Purpose.OPERATIONAL) is None


def test_a_number_that_nobody_knew_can_be_forgotten(account: Account) -> None:
    forget(account)
    assert stands(account) is Status.OPTED_OUT
    assert list(ledger.verify(account)) == []


def test_an_import_meets_the_opt_out_that_was_kept(account: Account) -> None:
    tell(account, Event.OPTED_OUT, text="STOP")
    forget(account)
    tell(account, Event.OPTED_IN, NOON + 20 * HOUR, source=Source.IMPORT, recorded_at=NOON + 21 * HOUR)
    assert stands(account) is Status.OPTED_OUT
    first = ConsentEvent.objects.get(phone=MAYA, sequence=1)
    assert (first.event, first.at, first.source) == (Event.OPTED_OUT, NOON, Source.REPLY)
    assert first.evidence == Erasure.objects.get().pk
    assert list(ledger.verify(account)) == []


def test_an_older_opt_in_through_the_api_meets_it_and_a_newer_one_counts(account: Account) -> None:
    tell(account, Event.OPTED_OUT)
    forget(account)
    tell(account, Event.OPTED_IN, NOON - HOUR, source=Source.API)
    assert stands(account) is Status.OPTED_OUT
    tell(account, Event.OPTED_IN, NOON + 20 * HOUR, source=Source.API, recorded_at=NOON + 21 * HOUR)
    assert stands(account) is Status.OPTED_IN


def test_who_comes_back_can_be_forgotten_again(account: Account) -> None:
    tell(account, Event.OPTED_OUT)
    forget(account)
    tell(account, Event.OPTED_IN, NOON + 20 * HOUR, source=Source.APP, recorded_at=NOON + 21 * HOUR)
    forget(account, at=NOON + 30 * HOUR)
    assert stands(account) is Status.OPTED_OUT
    assert Erasure.objects.count() == 2
    assert KeptRefusal.objects.count() == 1
    assert list(ledger.verify(account)) == []


def test_the_forgotten_are_in_no_total_and_no_list(account: Account) -> None:
    tell(account, Event.OPTED_IN)
    tell(account, Event.OPTED_IN, phone=DAN)
    forget(account)
    assert totals.of(account=account, purpose=Purpose.MARKETING).by_status == {Status.OPTED_IN: 1}
    assert list(ConsentStatus.objects.values_list("phone", flat=True)) == [DAN]


def test_the_audit_line_names_nobody(account: Account) -> None:
    tell(account, Event.OPTED_OUT)
    forget(account)
    line = AuditEvent.objects.get(verb="consent.erased")
    assert MAYA not in str(line.facts)
    assert line.facts["events"] == 1


STATEMENTS = [
    "UPDATE consent_event SET text = ''",
    "UPDATE consent_event SET phone = '#0123456789abcde', text = '', ip = NULL, user_agent = '', note = '', salt = ''",
    "UPDATE consent_event SET phone = '{name}', text = 'x', ip = NULL, user_agent = '', note = '', salt = ''",
    "UPDATE consent_event SET phone = '{name}', text = '', ip = NULL, user_agent = '', note = '', salt = '', event = 3",
    "UPDATE consent_event SET phone = '{name}', text = '', ip = NULL, user_agent = '', note = '', salt = '', by_id = 9",
    "UPDATE consent_event SET phone = '{name}', text = '', ip = NULL, user_agent = '', note = ''",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_lets_nothing_but_an_erasure_through(account: Account, statement: str) -> None:
    tell(account, Event.OPTED_OUT, phone=DAN, text="STOP")
    tell(account, Event.OPTED_OUT)
    name = forget(account).erasure.name
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
    ):
        cursor.execute(statement.format(name=name) + f" WHERE phone = '{DAN}'")
    assert ConsentEvent.objects.get(phone=DAN).text == "STOP"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_event SET event = 4 WHERE phone = %s AND sequence = 1",
        "UPDATE consent_event SET at = at - interval '1 s' WHERE phone = %s AND sequence = 2",
        "UPDATE consent_event SET sealed = digest WHERE phone = %s AND sequence = 1",
        "UPDATE consent_event SET text = 'I agreed' WHERE phone = %s AND sequence = 1",
        "UPDATE consent_event SET salt = 'x' WHERE phone = %s AND sequence = 1",
        "DELETE FROM consent_event WHERE phone = %s AND sequence = 1",
        "DELETE FROM consent_event WHERE phone = %s AND sequence = 2",
        "DELETE FROM consent_event WHERE phone = %s",
        "DELETE FROM consent_chain WHERE phone = %s",
        "DELETE FROM consent_erasure WHERE name = %s",
    ],
)
def test_after_an_erasure_every_change_is_still_found(account: Account, change: str) -> None:
    tell(account, Event.OPTED_IN)
    tell(account, Event.OPTED_OUT, NOON + HOUR)
    name = forget(account).erasure.name
    with past_the_triggers() as run:
        run(change, name)
    assert list(ledger.verify(account))


def test_two_forgotten_events_that_changed_places_are_found(account: Account) -> None:
    tell(account, Event.OPTED_IN)
    tell(account, Event.OPTED_OUT, NOON + HOUR)
    name = forget(account).erasure.name
    with past_the_triggers() as run:
        run("UPDATE consent_event SET sequence = 99 WHERE phone = %s AND sequence = 1", name)
        run("UPDATE consent_event SET sequence = 1 WHERE phone = %s AND sequence = 2", name)
        run("UPDATE consent_event SET sequence = 2 WHERE phone = %s AND sequence = 99", name)
    assert len(list(ledger.verify(account))) >= 2


def test_the_key_may_change_where_the_old_one_is_kept(account: Account, settings: Any) -> None:
    tell(account, Event.OPTED_OUT)
    forget(account)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret", [settings.SECRET_KEY]
    assert stands(account) is Status.OPTED_OUT


happenings = st.tuples(
    st.sampled_from(Event), st.sampled_from(Source), st.sampled_from([None, *Purpose]), st.integers(0, 5)
)


class TheReplayHoldsAroundErasures(TestCase):
    """Whatever happens, in any order, with people forgotten in between."""

    def setUp(self) -> None:
        self.account = make_account()
        self.by = make_user("admin", self.account)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.one_of(happenings, st.just(None)), max_size=8))
    def test_table_ledger_totals_and_chain_agree(self, steps: list[Any]) -> None:
        for n, step in enumerate(steps):
            now = NOON + (10 + n) * HOUR
            before = stands(self.account)
            if step is None:
                erasing.erase(account=self.account, phone=MAYA, by=self.by, at=now)
                assert stands(self.account) in (Status.OPTED_OUT, Status.DENIED)
                continue
            event, source, purpose, hours = step
            item = Happening(MAYA, purpose, event, source, NOON + hours * HOUR)
            ledger.record_many(account=self.account, items=[item], by=None, recorded_at=now)
            if before in (Status.OPTED_OUT, Status.DENIED) and source is Source.IMPORT:
                assert stands(self.account) in (Status.OPTED_OUT, Status.DENIED)
        self.agree()

    def agree(self) -> None:
        assert list(ledger.verify(self.account)) == []
        rows = list(ConsentEvent.objects.filter(account=self.account, phone=MAYA).order_by("sequence"))
        for purpose in Purpose:
            replayed = status_after([row for row in rows if row.purpose in (None, purpose)])
            kept = ConsentStatus.objects.filter(account=self.account, phone=MAYA, purpose=purpose).first()
            assert (replayed and replayed.status) == (kept and kept.status)
            counted = totals.of(account=self.account, purpose=purpose).by_status
            assert counted == ({Status(kept.status): 1} if kept else {})
        assert ConsentChain.objects.filter(account=self.account, phone=MAYA).exists() == bool(rows)
