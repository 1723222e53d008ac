"""The canonical state of a message, its words and its fold: pure, without the database."""

from logs.statuses.folding import Event, Folded, event_id, fold, fold_parts
from logs.statuses.reasons import Reason, ReasonFamily, Validity
from logs.statuses.states import Leg, Outcome, Stage, State, Status

__all__ = [
    "Event",
    "Folded",
    "Leg",
    "Outcome",
    "Reason",
    "ReasonFamily",
    "Stage",
    "State",
    "Status",
    "Validity",
    "event_id",
    "fold",
    "fold_parts",
]
