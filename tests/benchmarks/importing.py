"""How fast the product imports a provider's log, beside a bare COPY of what came of it into the same tables."""

import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from django.core.management import call_command
from django.db import connection, transaction

from logs import rollups
from logs.recording import EVENT_COLUMNS, MESSAGE_COLUMNS
from smsadmin.accounts.models import Account
from smsadmin.imports.models import ImportJob
from tests.benchmarks import filling

ROUNDS = 3


@dataclass(slots=True)
class Imported:
    """Rows a second of each way, medians of the rounds."""

    rows: int
    product: list[float] = field(default_factory=list)
    messages: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)

    @property
    def rates(self) -> tuple[float, float, float]:
        return median(self.product), median(self.messages), median(self.both)


def measure(rows: int, folder: Path) -> Imported:
    """Import ``rows`` rows in ROUNDS files of a Twilio log, each beside its COPY; leaves the database as it was."""
    found = Imported(rows // ROUNDS)
    accounts = [
        Account.objects.create(slug=f"bench-{name}", name=name, country="FR")
        for name in ("import", "copy", "copy-both")
    ]
    try:
        for number in range(ROUNDS):
            path = folder / f"twilio-{number}.csv"
            write_file(path, found.rows, number)
            found.product.append(found.rows / run_import(path, accounts[0]))
            found.messages.append(found.rows / copy(accounts, 1, events=False))
            found.both.append(found.rows / copy(accounts, 2, events=True))
            clear(accounts)
            path.unlink()
    finally:
        clear(accounts)
        Account.objects.filter(pk__in=[account.pk for account in accounts]).delete()
    return found


def write_file(path: Path, rows: int, number: int) -> None:
    statement = filling.read("twilio.sql", rows=rows, skip=rows * number)
    with (
        connection.cursor() as cursor,
        path.open("wb") as file,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)") as stream,
    ):
        for chunk in stream:
            file.write(chunk)


def run_import(path: Path, account: Account) -> float:
    begun = time.perf_counter()
    call_command("import_csv", path, account=account.slug, preset="twilio", stdout=io.StringIO(), stderr=io.StringIO())
    took = time.perf_counter() - begun
    job = ImportJob.objects.filter(account=account).latest("pk")
    if job.bad or not job.new:
        raise RuntimeError(f"the import says {job.new} new and {job.bad} bad rows")
    return took


def copy(accounts: list[Account], which: int, *, events: bool) -> float:
    """Seconds for a COPY of what the import left, as rows of another account, in one transaction."""
    source, target = accounts[0].pk, accounts[which].pk
    tables = {"message": MESSAGE_COLUMNS, "status_event": EVENT_COLUMNS} if events else {"message": MESSAGE_COLUMNS}
    held = {table: unload(table, columns, source, target) for table, columns in tables.items()}
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns in tables.items():
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
                stream.write(held[table])
    return time.perf_counter() - begun


def unload(table: str, columns: tuple[str, ...], source: int, target: int) -> bytes:
    chosen = ", ".join(str(target) if name == "account_id" else name for name in columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY (SELECT {chosen} FROM {table} WHERE account_id = {source}) TO STDOUT") as stream,
    ):
        return b"".join(stream)


def clear(accounts: list[Account]) -> None:
    """What a round left. The status log refuses DELETE, so its guard sleeps meanwhile."""
    keys = [account.pk for account in accounts]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("status_event", "message", *rollups.TABLES):
            cursor.execute(f"DELETE FROM {table} WHERE account_id = ANY(%s)", [keys])
