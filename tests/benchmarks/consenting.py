"""The SMS Status report with few and with very many numbers: its totals, its pages and counts, the download beside a
bare COPY, and the question that sending asks of a batch."""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from consent import ledger, totals
from consent.vocabulary import Purpose
from smsadmin.accounts.models import Account, Membership, User
from smsadmin.exports import files, jobs, running
from smsadmin.exports.access import access_of
from smsadmin.exports.kinds import kind_of
from smsadmin.quickstart.postgres import Postgres
from tests.benchmarks.database import Databases
from tests.benchmarks.report import ms, step, table
from tests.benchmarks.stopwatch import timed
from tests.benchmarks.visits import PERSON, REPEATS, Visit, visits

MEMBERS, CHECKED = 40_000, 1_000
GOAL = 0.050  # seconds: the totals, and the first page
PAGES = {
    "first": "",
    "opted out and denied": "?status=opted-out&status=denied",
    "pending": "?status=pending",
    "a rare source": "?source=carrier",
    "one number": "?phone=%2B447100000700",
    "a beginning": "?phone=%2B4471000007*",
    "an ending": "?phone=*0700",
    "a tag": "?tag=gold",
    "one day": "?from={day}&to={day}",
    "oldest": "?after=end",
}
# Events without a proof, which nobody asks for here: their digests would take most of the time.
FILL = """
WITH numbered AS (
    SELECT n, '+4471' || lpad(n::text, 8, '0') AS phone,
           %(now)s::timestamptz - (%(rows)s - n) * interval '700 days' / %(rows)s AS at,
           CASE WHEN n %% 100 < 83 THEN 3 WHEN n %% 100 < 87 THEN 1 WHEN n %% 100 < 98 THEN 4 ELSE 5 END AS event,
           CASE WHEN n %% 10000 = 7 THEN 8 ELSE (ARRAY[2, 3, 4, 5, 7])[1 + n %% 5] END AS source,
           (lpad(to_hex((extract(epoch FROM %(now)s::timestamptz) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid AS id
    FROM generate_series(1, %(rows)s) AS n),
told AS (
    INSERT INTO consent_event (id, account_id, phone, sequence, purpose, event, source, by_name, at, recorded_at, text,
                               user_agent, note, salt, sealed, previous, digest)
    SELECT id, %(account)s, phone, 1, 1, event, source, '', at, %(now)s, CASE WHEN event = 4 THEN 'STOP' ELSE '' END,
           '', '', '', '', '', '' FROM numbered)
INSERT INTO consent_status (account_id, phone, purpose, status, since, source, event_id, last_at, updated_at)
SELECT %(account)s, phone, 1, CASE event WHEN 3 THEN 2 WHEN 1 THEN 1 WHEN 4 THEN 3 ELSE 4 END, at, source, id,
       at, %(now)s
FROM numbered
"""
COUNT = """
INSERT INTO consent_total (account_id, purpose, status, day, n, squashed)
SELECT account_id, purpose, status, CASE WHEN since > now() - interval '40 days' THEN since::date END, count(*), true
FROM consent_status GROUP BY 1, 2, 3, 4
"""
FILL_MEMBERS = """
INSERT INTO members_member (account_id, external_id, name, phone, email, language, time_zone, tags, app_client_id,
    number_validity, created_at, updated_at)
SELECT %s, 'm' || n, 'Member ' || n, '+4471' || lpad((n * 25 - 1)::text, 8, '0'), '', '', '',
    CASE WHEN n %% 40 = 0 THEN '{gold}'::text[] ELSE '{}' END, '', 1, now(), now()
FROM generate_series(1, %s) AS n
"""


@dataclass(slots=True)
class Measured:
    """Seconds, by what was measured; rows a second of the download."""

    rows: int
    totals: float = 0.0
    asked: float = 0.0
    pages: dict[str, Visit] = field(default_factory=dict)
    bare: float = 0.0
    download: float = 0.0


def consents(options: argparse.Namespace, server: Postgres, facts: Callable[[str], str]) -> str:
    """Fill, measure, return the report."""
    databases = Databases()
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        small = min(options.small, 10_000)
        found = [measured(rows, server, databases, options.var) for rows in (small, options.rows)]
        with databases.using(f"consent_{options.rows}"), connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
    finally:
        databases.close()
    return text(found, facts(version))


def measured(rows: int, server: Postgres, databases: Databases, folder: Path) -> Measured:
    name, found = f"consent_{rows}", Measured(rows)
    is_new = server.create_database(name)
    with databases.using(name):
        if is_new:
            with step(f"fill {rows:,} numbers"):
                fill(rows)
        account = Account.objects.get(slug="big")
        with step("totals and the question of a batch"):
            found.totals, found.asked = counted(account), asked(account, rows)
        with step("pages"):
            found.pages = visits("consent", PAGES)
        with step("download"):
            found.bare, found.download = downloads(account, folder)
    return found


def fill(rows: int) -> None:
    call_command("migrate", verbosity=0)
    own = Account.objects.create(slug="big", name="Big", time_zone="Europe/London", country="GB")
    Membership.objects.create(account=own, user=User.objects.create_user(PERSON), role="admin")
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"account": own.pk, "rows": rows, "now": timezone.now()})
        cursor.execute(COUNT)
        cursor.execute(FILL_MEMBERS, [own.pk, min(MEMBERS, rows)])
        for name in ("consent_status", "consent_event", "consent_total", "members_member"):
            cursor.execute(f"VACUUM ANALYZE {name}")


def seconds_of(work: Callable[[], object]) -> float:
    """The median of some turns, in the database."""
    taken = []
    for _turn in range(REPEATS):
        with timed() as watch:
            work()
        taken.append(watch.seconds)
    return median(taken)


def counted(account: Account) -> float:
    return seconds_of(lambda: totals.of(account=account, purpose=Purpose.MARKETING))


def asked(account: Account, rows: int) -> float:
    phones = [f"+4471{1 + (n * rows // CHECKED) % (rows * 2):08}" for n in range(CHECKED)]
    return seconds_of(lambda: ledger.standings(account=account, phones=phones, purpose=Purpose.MARKETING))


def downloads(account: Account, folder: Path) -> tuple[float, float]:
    """Rows a second: a bare COPY of the same query into a file, and the product's export."""
    kind = kind_of("consent")
    query = jobs.bound_query(kind, account, access_of(account, None, kind), {})
    path, begun = folder / "bare.csv", time.perf_counter()
    with (
        connection.cursor() as cursor,
        path.open("wb") as file,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as rows,
    ):
        for row in rows:
            file.write(row)
    bare = time.perf_counter() - begun
    path.unlink()
    export = jobs.start(account=account, kind=kind.name, params={}, format="csv", by=None, at=timezone.now())
    begun = time.perf_counter()
    running.advance(account_id=account.pk, export_id=export.pk)
    seconds = time.perf_counter() - begun
    export.refresh_from_db()
    files.remove(export.file)
    return export.rows / bare, export.rows / seconds


def text(found: list[Measured], facts: str) -> str:
    small, large = found
    rows = [
        ("totals", ms(small.totals), ms(large.totals), ms(GOAL)),
        (f"how {CHECKED:,} numbers stand", ms(small.asked), ms(large.asked), ""),
        *((f"page: {name}", ms(small.pages[name].database), ms(large.pages[name].database), "") for name in PAGES),
        ("whole answer: first", ms(small.pages["first"].whole), ms(large.pages["first"].whole), ""),
    ]
    head = ("milliseconds", f"{small.rows:,} numbers", f"{large.rows:,} numbers", "at most")
    share = large.download / large.bare
    return (
        f"## Consent\n\n{facts}\n\n{table(head, rows)}\nDownload: {large.download:,.0f} rows a second, a bare COPY "
        f"of the same query {large.bare:,.0f} ({share:.0%}; at least 50%).\n"
    )
