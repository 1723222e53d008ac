"""How the state of an import looks: the one table."""

from django.utils.translation import gettext_lazy as _

from smsadmin.badges import Badge
from smsadmin.imports.models import ImportJob

State = ImportJob.State


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
