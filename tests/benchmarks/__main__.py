"""``python -m tests.benchmarks --rows N``: fills databases of 100,000 and of N messages, measures pages and import.

A server of its own under var/bench, which ends with it; with --keep the data stays for a second run.
"""

import argparse
import os
import platform
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path

import django
import psutil

from smsadmin.quickstart.children import Trouble
from tests.benchmarks.report import say

ROOT = Path(__file__).resolve().parent.parent.parent
BYTES_PER_MESSAGE = 1_300
BYTES_PER_EVENT_SET = 900
"""With indexes and room for the write-ahead log; measured at a million rows."""
EVENTS_UP_TO = 2_000_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="messages in the large database (to 10 million)")
    parser.add_argument("--small", type=int, default=100_000, help="messages in the small one")
    parser.add_argument("--keep", action="store_true", help="leave the data for a second run")
    parser.add_argument("--out", type=Path, help="write the tables to this file too")
    parser.add_argument("--var", type=Path, default=ROOT / "var" / "bench", help="the folder of its server and files")
    parser.add_argument("--repeats", type=int, default=5, help="how often each page is measured")
    parser.add_argument("--requests", type=int, default=30, help="HTTP requests for each first page")
    parser.add_argument("--import-rows", type=int, default=180_000, help="rows to import")
    parser.add_argument("--events", action="store_true", help=f"status events too above {EVENTS_UP_TO:,} messages")
    parser.add_argument(
        "--no-stock", action="store_true", help="leave out the stock page, which takes most of the time"
    )
    parser.add_argument(
        "--pipeline", action="store_true", help="measure sending and receipts in the large database, and nothing else"
    )
    parser.add_argument(
        "--exports", action="store_true", help="measure the export of messages in the large database, and nothing else"
    )
    parser.add_argument("--blocks", action="store_true", help="measure the block list with N entries, and nothing else")
    parser.add_argument(
        "--consent", action="store_true", help="measure the SMS Status report with N numbers, and nothing else"
    )
    parser.add_argument("--receipts", type=int, default=75_000, help="messages whose receipts are drained")
    parser.add_argument("--only", default="", help="only filters whose name matches this regular expression")
    return parser.parse_args()


def check_room(options: argparse.Namespace) -> None:
    with_events = options.events or options.rows <= EVENTS_UP_TO
    wanted = (options.rows + options.small) * (BYTES_PER_MESSAGE + BYTES_PER_EVENT_SET * with_events) + 2 * 1024**3
    free = shutil.disk_usage(options.var).free
    say(f"  needs about {wanted / 1024**3:.1f} GB below {options.var}; {free / 1024**3:.1f} GB are free")
    if free < wanted and not (options.var / "postgres").exists():
        raise Trouble(f"{options.var} has too little room. Choose fewer rows or another folder with --var.")


def configure(options: argparse.Namespace, url: str) -> None:
    """Django as in production, over the benchmark's server."""
    os.environ.update(
        {
            "DEBUG": "0",
            "HTTPS": "0",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": url,
            "CELERY_BROKER_URL": "memory://",
            "SMSADMIN_VAR": str(options.var),
            "DJANGO_SETTINGS_MODULE": os.environ.get("BENCH_SETTINGS", "tests.benchmarks.settings"),
        }
    )
    django.setup()


def facts(version: str) -> str:
    memory = psutil.virtual_memory().total / 1024**3
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB RAM, PostgreSQL {version}, "
        f"Python {platform.python_version()}, Django {django.get_version()}, load {os.getloadavg()[0]:.1f}"
    )


def main() -> int:
    options = arguments()
    options.var = options.var.resolve()
    options.var.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begun = time.monotonic()
    try:
        check_room(options)
        measure(options)
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(options.var, ignore_errors=True)
    say(f"Done after {(time.monotonic() - begun) / 60:.1f} minutes.")
    return 0


def measure(options: argparse.Namespace) -> None:
    # Only now, since these load Django's models, which want its settings.
    from tests.benchmarks import database

    server = database.server(options.var)
    with server:
        configure(options, server.url("postgres"))
        from tests.benchmarks.whole import whole

        text = whole(options, server, facts)
    print(text)
    if options.out:
        options.out.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
