"""How the state of an export looks: the one table."""

from smsadmin.badges import Badge
from smsadmin.exports.models import Export

State = Export.State


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
