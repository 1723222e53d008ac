"""How the state of an export looks: the one table. Templates hand a badge to _components/_status.html."""

from dataclasses import dataclass

from django.utils.functional import Promise

from smsadmin.exports.models import Export

State = Export.State


@dataclass(frozen=True, slots=True)
class Badge:
    """Tone and symbol are those of the message statuses, so that shapes mean the same everywhere."""

    tone: str
    symbol: str
    label: Promise | str


TABLE = {
    State.WAITING: ("wait", "queued"),
    State.RUNNING: ("move", "sending"),
    State.DONE: ("good", "delivered"),
    State.FAILED: ("bad", "failed"),
    State.CANCELED: ("wait", "canceled"),
    State.EXPIRED: ("late", "expired"),
}


def badge(export: Export) -> Badge:
    tone, symbol = TABLE[State(export.state)]
    return Badge(tone, symbol, State(export.state).label)
