"""How the state of a run of reminders looks: the one table. Templates hand a badge to _components/_status.html."""

from consent.models import ReminderRun
from smsadmin.badges import Badge

State = ReminderRun.State
TABLE = {State.RUNNING: ("move", "sending"), State.DONE: ("good", "delivered"), State.STOPPED: ("wait", "canceled")}


def badge(run: ReminderRun) -> Badge:
    state = State(run.state)
    tone, symbol = ("late", "partial") if state == State.DONE and run.failed else TABLE[state]
    return Badge(tone, symbol, state.label.capitalize())
