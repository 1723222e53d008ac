"""``manage.py create_months``: the timetable's task by hand, for an installation whose worker stood still."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from logs import months


class Command(BaseCommand):
    help = "Creates the partitions of this month and the months ahead, where they are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ahead", type=int, default=months.AHEAD, help="months after this one (default: %(default)s)"
        )

    def handle(self, *args: Any, ahead: int, **options: Any) -> None:
        created = months.create_ahead(at=timezone.now(), months=ahead)
        self.stdout.write(f"{created} partitions created." if created else "Every month is there.")
