"""Whoever gets past the triggers is found by the chain."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from consent import ledger
from consent.ledger import Event, Purpose, Source
from consent.models import ConsentEvent
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAYA, DAN = "+447700900142", "+447700900209"


@pytest.fixture
def account(db: None) -> Account:
    account = make_account("harbour")
    for phone in (DAN, MAYA):
        for n, event in enumerate([Event.REQUESTED, Event.CONFIRMED, Event.OPTED_OUT, Event.OPTED_IN]):
            ledger.record(
                account=account,
                phone=phone,
                purpose=Purpose.MARKETING,
                event=event,
                source=Source.REPLY,
                by=None,
                at=NOON + n * timedelta(hours=1),
                text=f"Réponse « {n} »",
                ip="192.0.2.7",
            )
    return account


@contextmanager
def past_the_triggers() -> Iterator[Callable[..., None]]:
    """SQL as the table's owner can run it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_event DISABLE TRIGGER USER")
        yield lambda sql, *values: cursor.execute(sql, values)
        cursor.execute("ALTER TABLE consent_event ENABLE TRIGGER USER")


def broken(account: Account | None = None) -> list[tuple[str, int]]:
    return [(link.phone, link.sequence) for link in ledger.verify(account)]


def test_a_ledger_that_nobody_touched_holds(account: Account) -> None:
    assert broken() == broken(account) == []


CHANGES = [
    ("phone", "'+447700900143'"), ("purpose", "2"), ("purpose", "NULL"), ("event", "5"), ("source", "1"),
    ("by_id", "7"), ("by_name", "'ann@example.org'"), ("at", "at - interval '1 microsecond'"),
    ("recorded_at", "recorded_at + interval '1 s'"), ("text", "'STOP'"), ("ip", "'192.0.2.8'"), ("user_agent", "'x'"),
    ("evidence", "gen_random_uuid()"), ("note", "'x'"), ("id", "gen_random_uuid()"), ("account_id", "account_id + 1"),
    ("salt", "'\\x00'::bytea"), ("sealed", "'\\x00'::bytea"), ("previous", "'\\x00'::bytea"),
    ("digest", "'\\x00'::bytea"), ("sequence", "9"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), CHANGES)
@pytest.mark.parametrize("sequence", [1, 2, 4])
def test_a_change_of_any_column_of_any_event_is_found(account: Account, sequence: int, column: str, value: str) -> None:
    with past_the_triggers() as run:
        run(f"UPDATE consent_event SET {column} = {value} WHERE phone = %s AND sequence = %s", MAYA, sequence)
    assert broken()


def test_every_column_is_tried() -> None:
    assert {column for column, _ in CHANGES} == {field.column for field in ConsentEvent._meta.concrete_fields}


@pytest.mark.parametrize("sequence", [1, 2, 3, 4])
def test_an_event_that_was_removed_is_found(account: Account, sequence: int) -> None:
    with past_the_triggers() as run:
        run("DELETE FROM consent_event WHERE phone = %s AND sequence = %s", MAYA, sequence)
    assert broken() == [(MAYA, min(sequence + 1, 4))]


def test_a_removed_event_whose_place_is_closed_up_is_found(account: Account) -> None:
    with past_the_triggers() as run:
        run("DELETE FROM consent_event WHERE phone = %s AND sequence = 2", MAYA)
        run("UPDATE consent_event SET sequence = 2 WHERE phone = %s AND sequence = 3", MAYA)
        run("UPDATE consent_event SET sequence = 3 WHERE phone = %s AND sequence = 4", MAYA)
    assert (MAYA, 2) in broken()


def test_a_number_that_was_removed_as_a_whole_is_found(account: Account) -> None:
    with past_the_triggers() as run:
        run("DELETE FROM consent_event WHERE phone = %s", MAYA)
    assert broken() == [(MAYA, 1)]


def test_an_end_of_a_chain_that_was_forgotten_is_found(account: Account) -> None:
    with past_the_triggers() as run:
        run("DELETE FROM consent_chain WHERE phone = %s", MAYA)
    assert broken() == [(MAYA, 4)]


def test_two_events_that_changed_places_are_found(account: Account) -> None:
    with past_the_triggers() as run:
        run("UPDATE consent_event SET sequence = 99 WHERE phone = %s AND sequence = 2", MAYA)
        run("UPDATE consent_event SET sequence = 2 WHERE phone = %s AND sequence = 3", MAYA)
        run("UPDATE consent_event SET sequence = 3 WHERE phone = %s AND sequence = 99", MAYA)
    assert {(MAYA, 2), (MAYA, 3)} <= set(broken())


def test_another_accounts_broken_chain_is_not_told(account: Account) -> None:
    with past_the_triggers() as run:
        run("UPDATE consent_event SET note = 'x' WHERE phone = %s", MAYA)
    assert broken(make_account()) == []
    assert len(broken(account)) == 4


def test_the_chain_can_be_made_again_by_what_is_written_down_of_it(account: Account) -> None:
    """consent.chain's words, followed here by other hands."""
    previous = bytes(32)
    for row in ConsentEvent.objects.filter(phone=MAYA).order_by("sequence"):
        personal = {"phone": MAYA, "text": row.text, "ip": "192.0.2.7", "user_agent": "", "note": ""}
        sealed = hashlib.sha256(bytes(row.salt) + canonical(personal)).hexdigest()
        facts = {
            "account": account.pk, "at": f"{row.at:%Y-%m-%dT%H:%M:%S.%f}Z", "by_id": None, "by_name": "",
            "event": row.event, "evidence": None, "id": str(row.pk), "purpose": 1,
            "recorded_at": f"{row.recorded_at:%Y-%m-%dT%H:%M:%S.%f}Z", "sealed": sealed, "sequence": row.sequence,
            "source": 7, "version": 1,
        }  # fmt: skip
        previous = hashlib.sha256(previous + canonical(facts)).digest()
        assert bytes(row.digest) == previous


def canonical(values: dict[str, Any]) -> bytes:
    return json.dumps(dict(sorted(values.items())), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def test_the_command_says_that_every_chain_holds(account: Account) -> None:
    out = StringIO()
    call_command("verify_consent", stdout=out)
    assert out.getvalue() == "Every chain holds.\n"


def test_the_command_names_what_is_broken_and_fails(account: Account) -> None:
    with past_the_triggers() as run:
        run("UPDATE consent_event SET event = 3 WHERE phone = %s AND sequence = 3", MAYA)
    out = StringIO()
    with pytest.raises(CommandError, match="1 broken link"):
        call_command("verify_consent", account="harbour", stdout=out)
    assert out.getvalue() == f"account {account.pk}, {MAYA}, event 3: it was changed\n"


def test_the_command_knows_no_other_account(db: None) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("verify_consent", account="nowhere")
