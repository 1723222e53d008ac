"""What moves messages: the queue "pipeline", which a worker of its own takes.

Every second the timetable wakes a dispatcher, a drain and who answers replies (see smsadmin.celery). Dispatching,
polling, answering and sweeping have as many places as are useful; a task that finds none free ends at once.
"""

from typing import Any

from logs import answering, inbox, polling, sweeping
from logs.dispatching import round as dispatching
from smsadmin.celery import app


@app.task
def dispatch(**_later: Any) -> None:
    dispatching.work()


@app.task
def drain_inbox(**_later: Any) -> None:
    inbox.work()


@app.task
def answer_replies(**_later: Any) -> None:
    answering.work()


@app.task
def poll_statuses(**_later: Any) -> None:
    polling.work()


@app.task
def sweep(**_later: Any) -> None:
    sweeping.work()
