"""The months of the message log: a month must exist before its first row."""

from datetime import datetime

from django.db import transaction

from logs.recording import TABLES
from smsadmin import partitions

AHEAD = 3


@transaction.atomic
def create_ahead(*, at: datetime, months: int = AHEAD) -> int:
    """Create what is missing of the month of ``at`` and so many after it; returns how many partitions that were."""
    this = partitions.Month.of(at)
    return partitions.ensure(TABLES, [this.next(n) for n in range(months + 1)])
