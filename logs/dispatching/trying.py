"""One try: what is called, and what came of it. The call is made in a thread, which never touches the database."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from logs.dispatching.claiming import Claimed
from logs.dispatching.outgoing import Route
from logs.models import EventSource
from logs.providers import http
from logs.providers.base import Answer, Call, CannotSay, Finding, Outgoing, Submission, Unsure
from logs.providers.http import Lost, NotSent

logger = logging.getLogger(__name__)


def threads(most: int) -> ThreadPoolExecutor:
    """For calls."""
    return ThreadPoolExecutor(most, thread_name_prefix="call")


@dataclass(frozen=True, slots=True)
class Try:
    """A submission that is about to be made. ``number`` counts from 1; ``until`` is the moment of time.monotonic()
    after which it must not begin, since others may have taken the message over by then."""

    claimed: Claimed
    number: int
    started_at: datetime
    route: Route
    outgoing: Outgoing
    call: Call
    until: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try. ``answer`` as the adapter reads it; ``source`` is logs.models.EventSource."""

    claimed: Claimed
    number: int
    started_at: datetime
    answer: Submission | NotSent | Lost
    source: int = EventSource.SUBMIT


def submit(this: Try) -> Tried:
    """Make the call. Never raises: whatever breaks once the request may have left means that nobody knows."""
    return Tried(this.claimed, this.number, this.started_at, _submitted(this))


def _submitted(this: Try) -> Submission | NotSent | Lost:
    if time.monotonic() > this.until:
        return NotSent("the worker was held up for too long")
    answer = exchange(this.call)
    return read(this, answer) if isinstance(answer, Answer) else answer


def read(this: Try, answer: Answer) -> Submission:
    adapter = this.route.adapter
    try:
        return adapter.submitted(answer, this.outgoing, this.route.contract)
    except Exception as error:
        logger.exception("the adapter %s could not read an answer to a submission", adapter.name)
        return Unsure(f"the answer could not be read: {type(error).__name__}", answer.text[:4000])


def exchange(call: Call) -> Answer | NotSent | Lost:
    try:
        return http.call(call)
    except Exception as error:
        logger.exception("a call broke in a way that logs.providers.http does not know")
        return Lost(f"the call broke: {type(error).__name__}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a message that perhaps was taken: whether the provider has it, or (``repeats``) the submission
    once more, where the provider takes a repeat for the same message."""

    claimed: Claimed
    started_at: datetime
    route: Route
    outgoing: Outgoing
    call: Call
    repeats: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """``answer``: of a repeat what it came to, of a question what was found."""

    asked: Question
    answer: Submission | Finding | NotSent | Lost


def ask(question: Question) -> Learned:
    """Make the call. Never raises."""
    answer = exchange(question.call)
    if not isinstance(answer, Answer):
        return Learned(question, answer)
    route, made = question.route, question.outgoing
    try:
        if question.repeats:
            return Learned(question, route.adapter.submitted(answer, made, route.contract))
        return Learned(question, route.adapter.queried(answer, "", made, route.contract))
    except Exception as error:
        logger.exception("the adapter %s could not read an answer to a question", route.adapter.name)
        return Learned(question, CannotSay(f"the answer could not be read: {type(error).__name__}"))
