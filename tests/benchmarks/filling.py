"""Fills an empty database with messages by SQL: generate_series in chunks, two at a time, indexes afterwards."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from logs import rollups
from smsadmin import partitions
from smsadmin.accounts.models import Account
from tests.benchmarks.report import step

SQL = Path(__file__).parent / "sql"
MONTHS = 12
WORKERS = 2
CHUNKS = 26
"""Enough that two writers keep about the same month at any time."""


@dataclass(slots=True)
class Filled:
    """What a fill took: seconds in all, and for each index seconds and bytes."""

    rows: int
    seconds: float = 0.0
    indexes: dict[str, tuple[float, int]] = field(default_factory=dict)
    bytes: int = 0


def fill(rows: int, url: str, *, events: bool) -> Filled:
    """Fill the default connection's empty database with ``rows`` messages of the last twelve months and this one."""
    begun, filled = time.monotonic(), Filled(rows)
    end = datetime.now(UTC)
    start = partitions.Month.of(end).next(-MONTHS).start
    with step("tables"):
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        partitions.ensure(["message", "status_event"], [partitions.Month.of(start).next(n) for n in range(MONTHS + 2)])
        run("functions.sql")
        run("tenants.sql", rows=rows)
    indexes = drop_indexes()
    with step(f"{rows:,} messages"):
        insert(url, rows, start, end)
    if events:
        with step("status events"):
            run("events.sql")
    for name, definition in indexes.items():
        with step(name):
            filled.indexes[name] = build(name, definition)
    with step("statistics"), connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    with step("roll-ups"):
        for account in Account.objects.all():
            rollups.rebuild(account)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(rollups.TABLES)}")
        cursor.execute("SELECT pg_database_size(current_database())")
        filled.bytes = cursor.fetchone()[0]
    filled.seconds = time.monotonic() - begun
    write_down(filled)
    return filled


def earlier(rows: int) -> Filled | None:
    """What an earlier run wrote down of its fill of the default connection's database, if there was one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_filled') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT seconds, bytes, indexes FROM bench_filled WHERE rows = %s", [rows])
        seconds, size, indexes = cursor.fetchone()
    return Filled(rows, seconds, {name: tuple(pair) for name, pair in json.loads(indexes).items()}, size)


def write_down(filled: Filled) -> None:
    """Last of all, so that a fill that was cut short is not taken for one."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_filled (rows bigint, seconds float, bytes bigint, indexes text)")
        values = [filled.rows, filled.seconds, filled.bytes, json.dumps(filled.indexes)]
        cursor.execute("INSERT INTO bench_filled VALUES (%s, %s, %s, %s)", values)


def read(name: str, **values: Any) -> str:
    """A file of sql/ with ``:name`` replaced by the value as a literal."""
    text = (SQL / name).read_text()
    return re.sub(r"(?<!:):([a-z]+)", lambda found: sql.Literal(values[found[1]]).as_string(), text)


def run(name: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(read(name, **values))


def insert(url: str, rows: int, start: datetime, end: datetime) -> None:
    """Neighbouring chunks at the same time, so that the log grows at its end as it does in life."""
    edges = [rows * n // CHUNKS for n in range(CHUNKS + 1)]

    def chunk(first: int, last: int) -> None:
        with psycopg.connect(url) as own:
            own.execute(read("messages.sql", first=first, last=last - 1, rows=rows, start=start, end=end))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(chunk, edges[:-1], edges[1:]))


def drop_indexes() -> dict[str, str]:
    """Drop the message table's indexes except its key; returns how to make each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = 'message'::regclass AND NOT i.indisprimary ORDER BY c.relname"
        )
        indexes = {name: definition.replace(" ON ONLY ", " ON ") for name, definition in cursor.fetchall()}
        for name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    return indexes


def build(name: str, definition: str) -> tuple[float, int]:
    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(definition)
        took = time.monotonic() - begun
        cursor.execute("SELECT coalesce(sum(pg_relation_size(relid)), 0) FROM pg_partition_tree(%s)", [name])
        return took, int(cursor.fetchone()[0])
