"""The block list with few and with very many entries: the check of a batch, the page and its counts, a bulk lift.

Half of the entries are one account's, two in five others' partial ones, the rest global ones of others, of which some
stop numbers of the account's 40,000 members. One in ten holds now.
"""

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from blocklist import bulk, bulk_running, entries
from blocklist.models import BlockEntry, BlockJob
from smsadmin.accounts.models import Account, Membership, User
from smsadmin.quickstart.postgres import Postgres
from tests.benchmarks.database import Databases
from tests.benchmarks.report import ms, step, table
from tests.benchmarks.stopwatch import timed
from tests.benchmarks.visits import PERSON, REPEATS, Visit, visits

CHECKED, MEMBERS, LIFTED = 1_000, 40_000, 100_000
SIZES = (10_000, 100_000)  # beside the one asked for
GOAL = 0.015  # seconds of the check in the database
PAGES = {
    "first": "",
    "stopped now": "?state=active",
    "expired": "?state=expired",
    "lifted": "?state=lifted",
    "one reason": "?reason=560",
    "within 1 h": "?expires=1h",
    "imported": "?origin=import",
    "one number": "?phone=%2B447100000700",
    "an ending": "?phone=*0700",
    "one day": "?from={day}&to={day}",
    "oldest": "?after=end",
}
FILL = """
INSERT INTO block_entry (phone, scope, account_id, source_account_id, code, origin, note, by_name, intercepted_at,
    expires_at, seen_at, times, step, ended_at, lifted_at, lifted_by_name, lift_reason)
SELECT '+4471' || lpad(n::text, 8, '0'), CASE WHEN n %% 10 = 9 THEN 'global' ELSE 'account' END,
    CASE WHEN n %% 10 = 9 THEN NULL WHEN n %% 2 = 0 THEN %(own)s ELSE %(other)s END,
    CASE WHEN n %% 2 = 0 THEN %(own)s ELSE %(other)s END,
    (ARRAY[500, 510, 520, 550, 560])[1 + n %% 5], 1, '', '', began, began + CASE WHEN n %% 10 IN (0, 9) AND n %% 3 > 0
    THEN interval '400 days' ELSE interval '1 hour' END, began, 1, 0,
    CASE WHEN n %% 50 = 6 THEN began + interval '1 minute' END,
    CASE WHEN n %% 50 = 6 THEN began + interval '1 minute' END, '', CASE WHEN n %% 50 = 6 THEN 'works' ELSE '' END
FROM (SELECT n, %(now)s::timestamptz - (%(rows)s - n) * interval '300 days' / %(rows)s AS began
      FROM generate_series(1, %(rows)s) AS n) AS numbered
"""
FILL_MEMBERS = """
INSERT INTO members_member (account_id, external_id, name, phone, email, language, time_zone, tags, app_client_id,
    number_validity, created_at, updated_at)
SELECT %s, 'm' || n, 'Member ' || n, '+4471' || lpad((n * 25 - 1)::text, 8, '0'), '', '', '', '{}', '', 1, now(), now()
FROM generate_series(1, %s) AS n
"""


@dataclass(slots=True)
class Measured:
    """Seconds, by what was measured."""

    rows: int
    check: float = 0.0
    pages: dict[str, Visit] = field(default_factory=dict)
    lift: float = 0.0
    lifted: int = 0
    grown: int = 0  # kB of memory while lifting


def blocks(options: argparse.Namespace, server: Postgres, facts: Callable[[str], str]) -> str:
    """Fill, measure, return the report."""
    databases = Databases()
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        sizes = sorted({rows for rows in SIZES if rows < options.rows} | {options.rows})
        found = [measured(rows, server, databases) for rows in sizes]
        with databases.using(f"blocks_{options.rows}"), connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
    finally:
        databases.close()
    return text(found, facts(version))


def measured(rows: int, server: Postgres, databases: Databases) -> Measured:
    name = f"blocks_{rows}"
    is_new = server.create_database(name)
    with databases.using(name):
        if is_new:
            with step(f"fill {rows:,} entries"):
                fill(rows)
        found = Measured(rows)
        with step("check of a batch"):
            found.check = check()
        with step("pages"):
            found.pages = visits("blocks", PAGES)
        with step("bulk lift"):
            lift(found)
    return found


def fill(rows: int) -> None:
    call_command("migrate", verbosity=0)
    own = Account.objects.create(slug="big", name="Big", time_zone="Europe/London", country="GB")
    other = Account.objects.create(slug="other", name="Other", time_zone="Europe/London", country="GB")
    Membership.objects.create(account=own, user=User.objects.create_user(PERSON), role="admin")
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"own": own.pk, "other": other.pk, "rows": rows, "now": timezone.now()})
        cursor.execute(FILL_MEMBERS, [own.pk, MEMBERS])
        for name in ("block_entry", "members_member"):
            cursor.execute(f"VACUUM ANALYZE {name}")


def check() -> float:
    """Seconds in the database for a thousand numbers, spread over all entries."""
    own, rows = Account.objects.get(slug="big"), BlockEntry.objects.count()
    taken = []
    for turn in range(REPEATS):
        # Half of them have an entry, of every kind: the step shares no factor with the pattern of FILL.
        step = 2 * rows // CHECKED - 1
        numbers = [f"+4471{1 + (n * step + turn * 7) % (rows * 2):08}" for n in range(CHECKED)]
        with timed() as watch:
            entries.active_for(account=own, phones=numbers, kind=1, at=timezone.now())
        taken.append(watch.seconds)
    return median(taken)


def lift(found: Measured) -> None:
    """A hundred thousand entries, or all there are; then the list is as it was."""
    own, by, at = Account.objects.get(slug="big"), User.objects.get(email=PERSON), timezone.now()
    with transaction.atomic():
        some = BlockEntry.objects.own(own).filter(ended_at=None).order_by("pk").values("pk")[:LIFTED]
        BlockEntry.objects.filter(pk__in=some).update(expires_at=at + timedelta(days=1))
        wanted: list[Any] = [BlockEntry.objects.own(own).filter(pk__in=some)]
        job = bulk.draft_lift(account=own, entries=wanted, as_operator=False, source="", by=by, at=at)
        bulk.start(job=job, note="bench", by=by, at=at)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    bulk_running.advance(account_id=own.pk, job_id=job.pk)
    found.lift = time.perf_counter() - begun
    found.grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found.lifted = BlockJob.objects.get(account=own, pk=job.pk).done


def text(found: list[Measured], facts: str) -> str:
    """Each in the database, then as whole answers."""
    sizes = [f"{one.rows:,}" for one in found]
    head = ("page", *(f"{size}: database" for size in sizes), *sizes)
    rows = [
        (name, *(ms(one.pages[name].database) for one in found), *(ms(one.pages[name].whole) for one in found))
        for name in PAGES
    ]
    over = "" if found[-1].check <= GOAL else f" (over {GOAL * 1000:.0f} ms)"
    checks = ", ".join(ms(one.check) for one in found)
    lifts = (f"Bulk lift of {one.lifted:,}: {one.lift:.1f} s, {one.grown / 1024:.0f} MB more memory." for one in found)
    return "\n".join(
        [
            f"# The block list with {', '.join(sizes)} entries\n",
            f"{facts}. Medians of {REPEATS}; milliseconds.\n",
            f"Check of {CHECKED:,} numbers: {checks} in the database{over}.\n",
            table(head, rows),
            "",
            *lifts,
            "",
        ]
    )
