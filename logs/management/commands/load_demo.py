"""``manage.py load_demo``: the demo accounts with a believable month, once."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from logs.demo import harbour, loading


class Command(BaseCommand):
    help = (
        "Load two demo accounts with a month of messages, and people who can sign in. Does nothing if they are there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at",
            type=moment,
            help="the moment at which the story ends, like 2026-03-10T15:00Z; otherwise the last full hour",
        )
        parser.add_argument(
            "--messages",
            type=int,
            default=harbour.MESSAGES,
            help="about so many in the first account (default: %(default)s)",
        )
        parser.add_argument("--reset", action="store_true", help="delete the two accounts' messages and members first")

    def handle(
        self, *, at: datetime | None = None, messages: int = harbour.MESSAGES, reset: bool = False, **options: Any
    ) -> None:
        begun = time.monotonic()
        try:
            if reset:
                loading.reset()
            loaded = loading.load(at=at or last_full_hour(), messages=messages)
        except loading.DemoRefused as refused:
            raise CommandError(str(refused)) from None
        if loaded.already_there:
            self.stdout.write("The demo is already there.")
            return
        counts = ", ".join(f"{n:,} messages in {slug}" for slug, n in loaded.messages.items())
        self.stdout.write(f"The demo is loaded: {counts}, in {time.monotonic() - begun:.1f} s.")


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def last_full_hour() -> datetime:
    now = datetime.now(UTC)
    return now - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
