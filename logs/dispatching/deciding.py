"""What the answer to a try means for the message, its queue row and the provider account: one table. Pure.

    taken                              done
    refused for the number, handset, subscriber, content, consent, block list or contact
                                       the end
    refused for the sender, route, system or anything else, or by us since it is too long for this provider
                                       another provider account now; without one again later where the reason says
                                       that it may help, or where one is left that is only down, else the end
    refused for the provider account (its key, contract or credit)
                                       the same, but always again later, since the message is not at fault; a test of
                                       that very account ends
    refused for a limit                the same provider account later; where its quota is used up, or it is to be left
                                       alone for a minute or more, another one now
    surely not sent                    another provider account now; without one again later
    perhaps sent                       asked for before anything else

Where "later" lies behind the end of the validity, it is tried once more just before that; then the message has expired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from logs.dispatching import retrying
from logs.dispatching.circuit import Sign
from logs.dispatching.routing import LONG, Mark
from logs.providers.base import Refused, Submission, Taken, Unsure
from logs.providers.http import Lost, NotSent
from logs.statuses import Outcome, Reason, ReasonFamily, Stage, State

FIRST_QUESTION = timedelta(seconds=15)  # what was taken needs a moment to be found
SLOWER = timedelta(seconds=1)  # where a provider tells us to be slower and not for how long

_F = ReasonFamily
ENDS = frozenset({_F.NUMBER, _F.HANDSET, _F.SUBSCRIBER, _F.CONTENT, _F.CONSENT, _F.BLOCKLIST, _F.CONTACT})
SIGNS = {_F.SYSTEM: Sign.FAULT, _F.ACCOUNT: Sign.BREAKDOWN, _F.LIMIT: Sign.SILENT}

PERHAPS = State.of(Stage.SUBMITTING, Outcome.PENDING, Reason.AMBIGUOUS_SUBMIT)
NOT_SENT = State.of(Stage.SUBMITTING, Outcome.PENDING, Reason.TRANSPORT_ERROR)


class Next(Enum):
    DONE = auto()  # the provider has it
    AGAIN = auto()  # at due_at
    ASK = auto()  # at due_at
    END = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """``state`` is that of the event that tells of the try; None where the provider's own words stand. ``mark`` is how
    this provider account stands to the message from now on. ``slower``: nothing goes by it for so long."""

    next: Next
    sign: Sign
    state: State | None = None
    due_at: datetime | None = None
    mark: Mark = Mark.NONE
    slower: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """The circumstances: its number from 1, now, when the validity ends, whether ``another`` provider account could
    take the message now, whether one that was down before, or is, may take it later (``hope``), whether it is a test of
    this one; ``roll`` in [0, 1) is for the jitter."""

    attempt: int
    at: datetime
    expires_at: datetime
    another: bool = False
    hope: bool = False
    pinned: bool = False
    roll: float = 0.5


def decide(answer: Submission | NotSent | Lost, this: Try) -> Decision:
    match answer:
        case Taken():
            return Decision(Next.DONE, Sign.WORKS)
        case Refused():
            return _refused(answer, this)
        case NotSent():
            return _elsewhere(NOT_SENT, Sign.FAULT, this)
        case Lost() | Unsure():
            return Decision(Next.ASK, Sign.FAULT, PERHAPS, this.at + FIRST_QUESTION)


def _refused(answer: Refused, this: Try) -> Decision:
    state = _negative(answer.heard.state)
    family = state.reason.family
    sign = SIGNS.get(family, Sign.WORKS)
    if state.reason is Reason.MESSAGE_TOO_LONG and not answer.heard.table:  # our own word: nobody was called
        return _elsewhere(state, Sign.SILENT, this, patient=False)
    if family in ENDS:
        return Decision(Next.END, sign, state)
    if family is _F.LIMIT:
        long = state.reason is Reason.QUOTA_EXCEEDED or (answer.after or SLOWER) >= LONG
        decide_on = _elsewhere if long and this.another and state.reason is not Reason.FREQUENCY_CAP else _later
        return replace(decide_on(state, sign, this, answer.after), slower=answer.after or SLOWER)
    patient = state.retry or (family is _F.ACCOUNT and not this.pinned)
    return _elsewhere(state, sign, this, answer.after, patient=patient)


def _elsewhere(
    state: State, sign: Sign, this: Try, after: timedelta | None = None, *, patient: bool = True
) -> Decision:
    mark = Mark.DOWN if patient else Mark.REFUSED
    if this.another:
        return Decision(Next.AGAIN, sign, _to_be_repeated(state), this.at, mark)
    if patient or this.hope:
        return _later(state, sign, this, after, mark)
    return Decision(Next.END, sign, state)


def _later(state: State, sign: Sign, this: Try, after: timedelta | None, mark: Mark = Mark.NONE) -> Decision:
    due_at = retrying.next_try(this.attempt, this.roll, this.at, this.expires_at, after)
    if due_at is None:
        return Decision(Next.END, sign, replace(state, stage=Stage.SUBMITTING, outcome=Outcome.EXPIRED))
    return Decision(Next.AGAIN, sign, _to_be_repeated(state), due_at, mark)


def _to_be_repeated(state: State) -> State:
    return replace(state, stage=Stage.SUBMITTING, outcome=Outcome.PENDING, retry=True)


def _negative(state: State) -> State:
    """A refusal is one, whatever an adapter's table of codes says."""
    return state if state.outcome.is_negative else replace(state, outcome=Outcome.FAILED)
