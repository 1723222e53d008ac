"""Months of the partitioned tables: made when missing, once, and never by themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction

from smsadmin import partitions, uuid7
from smsadmin.partitions import Month
from tests.threads import at_once

TABLES = ("message", "status_event")
FAR = Month(2091, 5)


def test_months_follow_each_other() -> None:
    assert Month(2026, 12).next() == Month(2027, 1)
    assert Month(2026, 1).next(-1) == Month(2025, 12)
    assert Month(2026, 11).next(14) == Month(2028, 1)
    assert Month(2026, 3).suffix == "y2026m03"


def test_a_month_is_one_of_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert Month.of(datetime(2026, 4, 1, 8, 59, tzinfo=tokyo)) == Month(2026, 3)
    assert Month.of(datetime(2026, 4, 1, 9, 0, tzinfo=tokyo)) == Month(2026, 4)


@pytest.mark.django_db
def test_what_is_there_is_not_made_again() -> None:
    before = partitions.months_of("message")
    assert partitions.ensure(TABLES, [FAR, FAR.next(), FAR]) == 4
    assert partitions.ensure(TABLES, [FAR, FAR.next()]) == 0
    assert partitions.ensure(TABLES, [FAR.next(), FAR.next(2)]) == 2
    assert partitions.months_of("message") == [*before, FAR, FAR.next(), FAR.next(2)]
    assert partitions.months_of("status_event") == partitions.months_of("message")
    assert partitions.ensure(TABLES, []) == 0


def kinds_of_parts(name: str) -> dict[str, list[str]]:
    """What a partition has besides its columns, without the parts of names that tell the month."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'index', regexp_replace(pg_get_indexdef(indexrelid), '^.* USING', '')
            FROM pg_index WHERE indrelid = %(t)s::regclass
            UNION ALL
            SELECT contype::text, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE conrelid = %(t)s::regclass AND contype <> 'n'
            UNION ALL
            SELECT 'trigger', tgname FROM pg_trigger WHERE tgrelid = %(t)s::regclass
            UNION ALL
            SELECT 'column', concat_ws(' ', attname, atttypid::regtype, attnotnull, attcollation,
                                       pg_get_expr(adbin, adrelid))
            FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attrelid = %(t)s::regclass AND attnum > 0
            ORDER BY 1, 2
            """,
            {"t": name},
        )
        found: dict[str, list[str]] = {}
        for sort, text in cursor.fetchall():
            found.setdefault(sort, []).append(text)
        return found


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_a_month_has_all_that_its_table_has(table: str) -> None:
    partitions.ensure(TABLES, [FAR])
    assert kinds_of_parts(f"{table}_{FAR.suffix}") == kinds_of_parts(table)


def insert_message(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO message (id, account_id, requested_at, updated_at, state_received_at, state_event_id, kind,
                                 status, stage, state_stage, outcome, phone)
            VALUES (%(id)s, 1, %(at)s, %(at)s, %(at)s, %(id)s, 1, 1, 10, 10, 1, '+447700900123')
            """,
            {"id": uuid7.make(at), "at": at},
        )


@pytest.mark.django_db
def test_the_database_refuses_a_row_of_a_month_that_is_missing() -> None:
    with pytest.raises(IntegrityError, match='no partition of relation "message" found'), transaction.atomic():
        insert_message(FAR.start)


@pytest.mark.django_db
def test_a_month_takes_its_first_and_its_last_millisecond_and_no_more() -> None:
    partitions.ensure(TABLES, [FAR])
    insert_message(FAR.start)
    insert_message(FAR.next().start - timedelta(milliseconds=1))
    for outside in (FAR.start - timedelta(milliseconds=1), FAR.next().start):
        with pytest.raises(IntegrityError, match="no partition"), transaction.atomic():
            insert_message(outside)


@pytest.fixture
def months_to_drop(transactional_db: None) -> Iterator[list[Month]]:
    """What a test makes for good, thrown away afterwards."""
    months = [FAR.next(n) for n in range(6)]
    yield months
    with connection.cursor() as cursor:
        for month in months:
            for table in TABLES:
                cursor.execute(f"DROP TABLE IF EXISTS {table}_{month.suffix}")


def test_makers_at_once_share_the_work(months_to_drop: list[Month]) -> None:
    made = at_once(*[lambda: partitions.ensure(TABLES, months_to_drop)] * 4)
    assert sum(made) == len(TABLES) * len(months_to_drop)
    assert set(months_to_drop) <= set(partitions.months_of("message"))


def test_a_new_month_waits_for_no_reader_and_no_writer(months_to_drop: list[Month]) -> None:
    def make() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return partitions.ensure(TABLES, months_to_drop[:1])

    with transaction.atomic():
        insert_message(datetime.now(UTC))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM message JOIN status_event ON status_event.message_id = message.id")
        assert at_once(make) == [2]
        transaction.set_rollback(True)
