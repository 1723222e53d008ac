"""The benchmark from fill to tables. Loaded once Django is set up."""

import argparse
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection

from smsadmin.quickstart.postgres import Postgres
from tests.benchmarks import (
    blocking,
    consenting,
    exporting,
    filling,
    importing,
    pages,
    receipts,
    sending,
    stopwatch,
    tables,
    web,
)
from tests.benchmarks.cases import BIG, SMALL
from tests.benchmarks.database import Databases
from tests.benchmarks.lists import Lists, Measured, Size
from tests.benchmarks.report import say, step

EVENTS_UP_TO = 2_000_000


def whole(options: argparse.Namespace, server: Postgres, facts: Callable[[str], str]) -> str:
    """Everything; returns the report."""
    if options.pipeline:
        return pipeline(options, server, facts)
    if options.consent:
        return consenting.consents(options, server, facts)
    if options.blocks:
        return blocking.blocks(options, server, facts)
    if options.exports:
        return exports(options, server, facts)
    databases = Databases()
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        filled = [fill(rows, server, databases, options) for rows in (options.small, options.rows)]
        small, large = (ready(rows, databases) for rows in (options.small, options.rows))
        found = measure_lists(options, databases, small, large)
        with step("pages through the web server"):
            through_http(found, server, large, options)
        with databases.using(large.name), step("import"):
            imported = importing.measure(options.import_rows, options.var)
        with databases.using(large.name), connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
    finally:
        databases.close()
    return text(options, facts(version), filled, found, imported)


def pipeline(options: argparse.Namespace, server: Postgres, facts: Callable[[str], str]) -> str:
    """What moves messages, in the large database; returns the report."""
    databases = Databases()
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        fill(options.rows, server, databases, options)
        with databases.using(database(options.rows)), connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
            with step("sending"):
                sent = sending.sending()
            with step("receipts"):
                heard = receipts.measure(options.receipts, server.url(database(options.rows)), options.var)
    finally:
        databases.close()
    head = f"# The pipeline among {options.rows:,} messages\n\n{facts(version)}.\n"
    return "\n".join([head, "## Sending\n", sending.table(sent), "## Receipts\n", receipts.text(heard)])


def exports(options: argparse.Namespace, server: Postgres, facts: Callable[[str], str]) -> str:
    """Lists as files, in the large database; returns the report."""
    databases = Databases()
    try:
        fill(options.rows, server, databases, options)
        with databases.using(database(options.rows)), connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
            with step("export of messages"):
                found = exporting.measure(options.var)
    finally:
        databases.close()
    return "\n".join([f"# Exports among {options.rows:,} messages\n", f"{facts(version)}.\n", exporting.text(found)])


def fill(rows: int, server: Postgres, databases: Databases, options: argparse.Namespace) -> filling.Filled:
    name = database(rows)
    server.create_database(name)
    with databases.using(name):
        if (known := filling.earlier(rows)) is not None:
            say(f"{name} is filled already")
            call_command("migrate", verbosity=0)
            return known
        say(f"Filling {name}")
        return filling.fill(rows, server.url(name), events=options.events or rows <= EVENTS_UP_TO)


def database(rows: int) -> str:
    return f"bench_{rows}"


def ready(rows: int, databases: Databases) -> Size:
    with databases.using(database(rows)):
        return Size(database(rows), pages.session())


def measure_lists(options: argparse.Namespace, databases: Databases, small: Size, large: Size) -> list[Measured]:
    measuring = Lists(databases, small, large, repeats=options.repeats, with_stock=not options.no_stock)
    found = []
    for account in (BIG, SMALL):
        with step(f"list pages of account {account}"):
            found += list(measuring.measure(account, options.only))
    return found


def through_http(found: list[Measured], server: Postgres, large: Size, options: argparse.Namespace) -> None:
    """p50 and p95 of each page in the large database."""
    with web.server(server.url(large.name), options.var) as port:
        browser = web.Browser(port, large.cookie)
        for measured in found:
            times = options.requests if measured.place == "first" else max(options.requests // 3, 1)
            taken = browser.seconds(measured.large.path, times)
            measured.large.http_p50 = stopwatch.percentile(taken, 0.5)
            measured.large.http_p95 = stopwatch.percentile(taken, 0.95)
        browser.close()


def text(
    options: argparse.Namespace,
    facts: str,
    filled: list[filling.Filled],
    found: list[Measured],
    imported: importing.Imported,
) -> str:
    parts = [
        f"# {options.rows:,} messages beside {options.small:,}\n",
        f"{facts}. Medians of {options.repeats} warm runs, the variants in turn; milliseconds; over a limit in bold.\n",
    ]
    for account, which in ((BIG, "50 %"), (SMALL, "0.7 %")):
        for period in ("all", "30 days"):
            rows = [m for m in found if m.account == account and m.period == period]
            title = "all time" if period == "all" else "the default period of 30 days"
            parts += [
                f"## The account with {which} of the messages, {title}\n",
                tables.lists(rows, options.small, options.rows),
            ]
    parts += ["## Import\n", tables.imports(imported), "## Filling\n", tables.fills(filled)]
    parts += ["## Over the limits\n", "\n".join(tables.over(found)) or "Nothing.", ""]
    return "\n".join(parts)
