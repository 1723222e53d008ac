"""How the state of an import looks: the one table. Templates hand a badge to _components/_status.html."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from smsadmin.imports.models import ImportJob

State = ImportJob.State


@dataclass(frozen=True, slots=True)
class Badge:
    """Tone and symbol are those of the message statuses, so that shapes mean the same everywhere."""

    tone: str
    symbol: str
    label: Promise | str


TABLE = {
    State.UPLOADED: ("wait", "queued"),
    State.CHECKING: ("move", "sending"),
    State.CHECKED: ("wait", "queued"),
    State.RUNNING: ("move", "sending"),
    State.DONE: ("good", "delivered"),
    State.FAILED: ("bad", "failed"),
    State.CANCELED: ("wait", "canceled"),
}


def badge(job: ImportJob) -> Badge:
    if job.state == State.DONE and job.bad:
        return Badge("late", "partial", _("Done, but not all"))
    tone, symbol = TABLE[State(job.state)]
    return Badge(tone, symbol, State(job.state).label)
