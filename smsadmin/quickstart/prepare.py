"""``python -m smsadmin.quickstart.prepare``: bring the database to this version and load the demo, once.

One process for all, since starting Django takes longer than finding that nothing is to be done.
"""

import io
import os

import django
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from smsadmin.quickstart.report import say, step


def main() -> None:
    django.setup()
    if _migrations_to_apply():
        with step("Building the tables"):
            call_command("migrate", interactive=False, stdout=io.StringIO())
    call_command("createcachetable", stdout=io.StringIO())
    if os.environ.get("DEMO", "1") == "0":
        say("  Starting without the demo account, as DEMO=0 asks.")
    elif "load_demo" in get_commands():
        with step("Looking after the demo account"):
            call_command("load_demo")


def _migrations_to_apply() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


if __name__ == "__main__":
    main()
